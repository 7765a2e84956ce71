/** Lints of the files themselves: whoever may write them decides who is trusted. */
import { ownUser, type DraftFile, type TrustDraft } from '../trust-file/trust-draft.ts';
import type { LintHit, TrustLint } from './lint.ts';

const everybody = 0o002;
const group = 0o020;
/** In a folder with the sticky bit only owners replace their files. */
const sticky = 0o1000;

const shown = (mode: number): string => (mode & 0o7777).toString(8).padStart(3, '0');

const each =
  (judge: (file: DraftFile) => string | undefined) =>
  (draft: TrustDraft): readonly LintHit[] => {
    const seen = new Set<string>();
    return draft.files.flatMap((file) => {
      const message = seen.has(file.file) ? undefined : judge(file);
      seen.add(file.file);
      return message === undefined ? [] : [{ path: file.path, message: `${file.file}: ${message}` }];
    });
  };

export const fileLints: readonly TrustLint[] = [
  {
    code: 'TRUST_FILE_WRITABLE',
    severity: 'error',
    about: 'files that everybody on this machine may write or replace',
    find: each(({ mode = 0, folderMode = 0 }) => {
      if ((mode & everybody) !== 0)
        return `everybody may write it (mode ${shown(mode)}), and so decide who is trusted: chmod o-w`;
      return (folderMode & everybody) !== 0 && (folderMode & sticky) === 0
        ? `everybody may replace it, for its folder can be written by all (mode ${shown(folderMode)}): chmod o-w the folder`
        : undefined;
    }),
  },
  {
    code: 'TRUST_FILE_SHARED',
    severity: 'warning',
    about: 'files that a group or another user may write',
    find: each(({ mode = 0, owner }) => {
      if ((mode & everybody) !== 0) return undefined;
      if ((mode & group) !== 0)
        return `its group may write it (mode ${shown(mode)}): chmod g-w, unless all of them may decide who is trusted`;
      const own = ownUser();
      return own === undefined || owner === undefined || owner === own || owner === 0
        ? undefined
        : `it belongs to user ${owner}, who can change who is trusted`;
    }),
  },
];
