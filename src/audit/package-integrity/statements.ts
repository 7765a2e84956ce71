/** What the findings of package integrity have in common: proofs, and the words around them. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { toPlainText } from '../../core/plain-text.ts';

export const proofOf = ({ path, sha256, size, layerIndex }: InventoryEntry): Evidence => ({
  kind: 'file',
  path,
  ...(sha256 === undefined ? {} : { sha256 }),
  size,
  layerIndex,
  hidden: false,
});

export const recordProof = (record: PackageRecord): readonly Evidence[] =>
  record.recordedIn === undefined ? [] : [{ kind: 'file', path: record.recordedIn }];

export const named = ({ name, version }: PackageRecord): string => toPlainText(`${name} ${version}`, 120);

/** So many proofs of one finding are shown; the title tells the number of all. */
export const shownProofs = 10;

export const tampered = { intent: 'tampering', techniques: ['T1554'] } as const;

export const planted = (stated: Pick<Finding, 'rule' | 'title' | 'severity'>, entry: InventoryEntry): Finding => ({
  ...stated,
  confidence: 'medium',
  intent: 'implant',
  techniques: ['T1036.005', 'T1525'],
  advice:
    'Find the build step that put the program there, and what it is for. Programs of your own belong below /usr/local or /opt.',
  evidence: [proofOf(entry)],
});
