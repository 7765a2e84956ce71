/** Two sides of a comparison for tests: a verdict and what an audit would have seen, everything ordinary that is not said. */
import type { AuditResult } from '../../src/audit/audit-result.ts';
import type { TreeContext } from '../../src/audit/conclude.ts';
import type { InventoryEntry } from '../../src/core/analyzer.ts';
import type { Difference } from '../../src/core/difference.ts';
import type { Dossier } from '../../src/core/dossier.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { differenceOf } from '../../src/app/diff/difference.ts';
import type { Examined } from '../../src/app/inspect.ts';
import { someDossier, someVerdict } from './dossier.ts';

export const someEntry = (path: string, given: Partial<InventoryEntry> = {}): InventoryEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 10,
  modified: 0,
  layerIndex: 0,
  hidden: false,
  sha256: 'a'.repeat(64),
  kind: 'text',
  ...given,
});

export const someProgram = (path: string, given: Partial<InventoryEntry> = {}): InventoryEntry =>
  someEntry(path, { mode: 0o755, kind: 'elf', ...given });

export interface SideSpec {
  readonly verdict?: Partial<Verdict>;
  readonly dossier?: Partial<Dossier>;
  readonly inventory?: readonly InventoryEntry[];
  readonly context?: Partial<TreeContext>;
}

export const someSide = ({ verdict, dossier, inventory = [], context }: SideSpec = {}): Examined => {
  const known = someDossier(dossier);
  const audit: AuditResult = {
    findings: known.findings,
    gaps: known.gaps,
    coverage: known.coverage,
    layers: known.layers,
    identity: known.identity,
    inventory,
    rules: known.rules,
    story: known.story,
    context: { launched: new Set(), ...context },
    packages: known.packages,
  };
  return { verdict: someVerdict({ ...verdict, dossier: known }), audit };
};

export const someDifference = (old: SideSpec, now: SideSpec): Difference => differenceOf(someSide(old), someSide(now));
