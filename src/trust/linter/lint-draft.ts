/** A trust configuration as read → everything that the linter has to say about it, with what the file itself allows. */
import { formatPath, type DocumentPath } from '../../formats/written-document.ts';
import type { TrustFinding } from '../demand.ts';
import type { DraftAllowance, TrustDraft, TrustSurroundings } from '../trust-file/trust-draft.ts';
import { fileLints } from './file-lints.ts';
import { foreignLints } from './foreign-lints.ts';
import { identityLints } from './identity-lints.ts';
import { keyLints } from './key-lints.ts';
import type { TrustLint } from './lint.ts';
import { ruleLints } from './rule-lints.ts';

export const trustLints: readonly TrustLint[] = [
  ...ruleLints,
  ...identityLints,
  ...keyLints,
  ...fileLints,
  ...foreignLints,
];

const maximumFindings = 200;

const isWithin = (path: DocumentPath, block: DocumentPath): boolean =>
  block.length <= path.length && block.every((step, index) => step === path[index]);

const byPlace = (one: TrustFinding, other: TrustFinding): number =>
  (one.line ?? 0) - (other.line ?? 0) || (one.code < other.code ? -1 : one.code > other.code ? 1 : 0);

/** In the order of the file. What is fatal is never allowed. */
export const lintDraft = (draft: TrustDraft, surroundings: TrustSurroundings): readonly TrustFinding[] => {
  const used = new Set<DraftAllowance>();
  const toFinding = (
    code: string,
    severity: TrustFinding['severity'],
    path: DocumentPath,
    message: string,
  ): TrustFinding => {
    const allowance =
      severity === 'fatal'
        ? undefined
        : draft.allowances.find((given) => given.code === code && isWithin(path, given.block));
    if (allowance !== undefined) used.add(allowance);
    const line = draft.lineOf(path);
    return {
      code,
      severity,
      file: draft.file,
      ...(line === undefined ? {} : { line }),
      // A flag has no parts.
      path: formatPath(draft.kind === 'command-line' ? path.slice(0, 1) : path),
      message: message.slice(0, 1000),
      ...(allowance === undefined ? {} : { allowed: allowance.reason }),
    };
  };
  const findings = trustLints.flatMap(({ code, severity, find }) =>
    find(draft, surroundings).map(({ path, message }) => toFinding(code, severity, path, message)),
  );
  const idle = draft.allowances
    .filter((allowance) => !used.has(allowance))
    .map(({ path, code }) =>
      toFinding(
        'TRUST_ALLOW_UNUSED',
        'warning',
        path,
        `there is nothing here that ${code} would refuse: take the line out, or it lets in what is written here later`,
      ),
    );
  return [...findings, ...idle].sort(byPlace).slice(0, maximumFindings);
};
