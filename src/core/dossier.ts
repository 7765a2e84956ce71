/** Everything known about one digest: plain data, the only input of `judge`. */
import type { Attestation } from './attestation.ts';
import type { Digest } from './digest.ts';
import type { Finding } from './finding.ts';
import type { Coverage, Gap } from './gap.ts';
import type { Identity } from './identity.ts';
import type { ImageConfig, ImageKind } from './image.ts';
import type { ImageHistory } from './image-history.ts';
import type { PackageRecord } from './package-record.ts';
import type { TrustSummary } from './trust-summary.ts';

export interface RulesUsed {
  /** Digest over every rule and feed that took part: two reports with the same value used the same knowledge. */
  readonly version: string;
  readonly counts: Readonly<Record<string, number>>;
  /** By analyzer: the day of the newest of what it knows, `2026-03-29`. Absent where nothing tells. */
  readonly newest?: Readonly<Record<string, string>>;
}

export interface LayerSummary {
  readonly index: number;
  readonly digest?: Digest;
  readonly diffId?: Digest;
  readonly mediaType: string;
  readonly createdBy?: string;
  /** Unpacked bytes read. */
  readonly bytes: number;
  readonly files: number;
  /** True when its facts came from memory of an earlier scan. */
  readonly recalled: boolean;
}

/** What is installed, as the image's own records claim. */
export type InstalledPackage = Pick<PackageRecord, 'name' | 'version' | 'ecosystem' | 'purl'>;

export interface Dossier {
  readonly reference: string;
  readonly asked: string;
  readonly digest: Digest | null;
  readonly identity: Identity;
  readonly kind: ImageKind;
  readonly platform: string;
  readonly config?: Omit<ImageConfig, 'raw'>;
  readonly layers: readonly LayerSummary[];
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly coverage: Coverage;
  readonly attestations: readonly Attestation[];
  /** What came of the demand for signatures; absent where no signature was demanded. */
  readonly trust?: TrustSummary;
  /** What was seen of the image before; absent where nobody asked, and where it cannot be told. */
  readonly history?: ImageHistory;
  /** What happens when the image starts, one plain sentence a step, in order. */
  readonly story: readonly string[];
  /** By ecosystem, name and version, each once. */
  readonly packages: readonly InstalledPackage[];
  readonly rules: RulesUsed;
}
