/** The findings and gaps of two images → which are new, which are gone, which are the same, and which weigh more than before. */
import type { FindingChanges, GapChanges, HeavierFinding } from '../../core/difference.ts';
import type { Evidence, Finding, Placement } from '../../core/finding.ts';
import type { Gap } from '../../core/gap.ts';

const isFile = (proof: Evidence): proof is Extract<Evidence, { readonly kind: 'file' | 'excerpt' }> =>
  proof.kind === 'file' || proof.kind === 'excerpt';

const subjectOf = ({ evidence: [proof] }: Finding): string => (isFile(proof) ? proof.path : proof.field);

/** Versions in a path change with every upgrade: `usr/lib/python3.11/x.py`. */
const withoutNumbers = (text: string): string => text.replace(/\d+/g, '#');

/** How a finding is known again, the surest first. */
const keys: readonly ((finding: Finding) => string | undefined)[] = [
  (finding) => `${finding.rule}\n${subjectOf(finding)}`,
  ({ rule, evidence: [proof] }) =>
    isFile(proof) && proof.sha256 !== undefined ? `${rule}\n${proof.sha256}` : undefined,
  (finding) => `${finding.rule}\n${withoutNumbers(subjectOf(finding))}`,
];

interface Pairs<Item> {
  readonly pairs: readonly (readonly [old: Item, now: Item])[];
  readonly added: readonly Item[];
  readonly gone: readonly Item[];
}

/** Each is paired once, so that two findings where one was are one new finding. */
const pairUp = <Item>(
  old: readonly Item[],
  now: readonly Item[],
  ways: readonly ((item: Item) => string | undefined)[],
): Pairs<Item> => {
  const pairs: (readonly [Item, Item])[] = [];
  let [gone, added] = [old, now];
  for (const keyOf of ways) {
    const waiting = new Map<string, Item[]>();
    for (const item of gone) {
      const key = keyOf(item);
      if (key === undefined) continue;
      const known = waiting.get(key);
      if (known === undefined) waiting.set(key, [item]);
      else known.push(item);
    }
    const paired = new Set<Item>();
    added = added.filter((item) => {
      const key = keyOf(item);
      const before = key === undefined ? undefined : waiting.get(key)?.shift();
      if (before === undefined) return true;
      pairs.push([before, item]);
      paired.add(before);
      return false;
    });
    gone = gone.filter((item) => !paired.has(item));
  }
  return { pairs, added, gone };
};

const anyProof = ({ evidence }: Finding, holds: (placed: Placement) => boolean): boolean =>
  evidence.some((proof) => isFile(proof) && holds(proof));

const becomes: readonly (readonly [words: string, holds: (finding: Finding) => boolean])[] = [
  ['now started by the image', (finding) => anyProof(finding, ({ launched }) => launched === true)],
  ['no longer hidden by a later layer', (finding) => anyProof(finding, ({ hidden }) => hidden === false)],
  ['no longer owned by a package', (finding) => anyProof(finding, ({ unowned }) => unowned === true)],
];

const heavierOf = ([old, now]: readonly [Finding, Finding]): readonly HeavierFinding[] => {
  const words = becomes.filter(([, holds]) => holds(now) && !holds(old)).map(([word]) => word);
  return words.length === 0 ? [] : [{ finding: now, now: words }];
};

export const compareFindingsOf = (old: readonly Finding[], now: readonly Finding[]): FindingChanges => {
  const { pairs, added, gone } = pairUp(old, now, keys);
  return { added, gone, heavier: pairs.flatMap(heavierOf), same: pairs.length };
};

/** `layer 2 (sha256:…): usr/bin/x` → `usr/bin/x`: a layer's number and digest change with every build. */
const placeOf = ({ where }: Gap): string => where.replace(/^layer \d+(?: \([^)]*\))?(?:: )?/, '');

export const compareGapsOf = (old: readonly Gap[], now: readonly Gap[]): GapChanges => {
  const { pairs, added, gone } = pairUp(old, now, [(gap) => `${gap.code}\n${placeOf(gap)}`]);
  return { added, gone, same: pairs.length };
};
