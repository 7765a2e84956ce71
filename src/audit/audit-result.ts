/** What an audit comes to. */
import type { InventoryEntry } from '../core/analyzer.ts';
import type { InstalledPackage, LayerSummary, RulesUsed } from '../core/dossier.ts';
import type { Finding } from '../core/finding.ts';
import type { Coverage, Gap } from '../core/gap.ts';
import type { Identity } from '../core/identity.ts';
import type { TreeContext } from './conclude.ts';

/** What goes into a report. */
export interface AuditConclusions {
  /** Of layers and analyzers, sorted and capped; what the source itself found is not among them. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly coverage: Coverage;
  readonly layers: readonly LayerSummary[];
  /** The image's, with the diffIDs of the bytes that were read. */
  readonly identity: Identity;
  readonly rules: RulesUsed;
  /** Empty where no analyzer tells one. */
  readonly story: readonly string[];
  readonly packages: readonly InstalledPackage[];
}

/** The same, and what was seen of every file. */
export interface AuditResult extends AuditConclusions {
  readonly inventory: readonly InventoryEntry[];
  /** What runs when the image starts, and whose the files of the final tree are. */
  readonly context: TreeContext;
}
