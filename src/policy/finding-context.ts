/** A finding → where its proofs lie: what makes the same trait weigh more or less. The words are explained in docs/policy.md. */
import type { Evidence, Finding } from '../core/finding.ts';
import type { FindingContext } from './policy.ts';

/** A member of an archive is told apart by this mark. */
const memberMark = '!/';

/** Folders and files that are read, not run: documentation, tests, examples. */
const examplePath =
  /(?:^|\/)(?:docs?|documentation|man|examples?|samples?|tests?|testing|testdata|test[-_]data|fixtures|__tests__|specs?)\/|(?:^|\/)(?:README|CHANGELOG|CHANGES|NEWS)[^/]*$|\.(?:md|rst|adoc)$/;

/** Fields of the image config that say what runs, and the names of what was read from them. */
const startField = /^(?:entrypoint|cmd|command|healthcheck|launch path|start command)\b/i;

type FileProof = Extract<Evidence, { readonly kind: 'file' | 'excerpt' }>;

const isFileProof = (proof: Evidence): proof is FileProof => proof.kind === 'file' || proof.kind === 'excerpt';

const isLaunched = (proof: Evidence): boolean =>
  isFileProof(proof) ? proof.launched === true : proof.kind === 'config' && startField.test(proof.field);

/** What lessens holds of every proof: one copy of a program among the examples excuses no other. */
const lessening: readonly (readonly [FindingContext, (proof: FileProof) => boolean])[] = [
  ['owned', ({ owner }) => owner !== undefined],
  ['hidden', ({ hidden }) => hidden === true],
  ['nested', ({ path, launched }) => path.includes(memberMark) && launched !== true],
  ['example', ({ path, launched }) => examplePath.test(path) && launched !== true],
];

/**
 * `launched` and `unowned` hold when they hold of one proof; the others when they hold of every proof, all proofs lie in files, and
 * the cap left none out.
 */
export const contextOf = (finding: Finding): ReadonlySet<FindingContext> => {
  const { evidence, more = 0 } = finding;
  const files = evidence.filter(isFileProof);
  const isWhole = more === 0 && files.length === evidence.length;
  return new Set([
    ...(evidence.some(isLaunched) ? (['launched'] as const) : []),
    ...(files.some(({ unowned }) => unowned === true) ? (['unowned'] as const) : []),
    ...lessening.filter(([, holds]) => isWhole && files.every(holds)).map(([word]) => word),
  ]);
};

const outerPath = (path: string): string => {
  const end = path.indexOf(memberMark);
  return end < 0 ? path : path.slice(0, end);
};

/** Folders that unrelated software shares: lying in one of them connects nothing. */
const sharedFolder = /^(?:(?:usr\/)?(?:local\/)?(?:s?bin|lib(?:32|64|x32)?|libexec|share|etc)|opt|srv|root|)$/;

/**
 * What a finding is about. Two findings that have one of these in common are about one thing: the same file, the same folder where no
 * package put it there, or the start of the image.
 */
export const subjectsOf = (finding: Finding): ReadonlySet<string> => {
  const subjects = new Set<string>();
  for (const proof of finding.evidence) {
    if (isLaunched(proof)) subjects.add('start');
    if (!isFileProof(proof)) continue;
    const path = outerPath(proof.path);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    subjects.add(`file ${path}`);
    if (proof.owner === undefined && !sharedFolder.test(folder)) subjects.add(`folder ${folder}`);
  }
  return subjects;
};
