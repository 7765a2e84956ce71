/** A finding: something that an analyzer or a detection states about an image, with its proof. */

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];
export type Confidence = 'low' | 'medium' | 'high';

/** What the trait is for. `dual-use`: honest software that attackers bring along; `hygiene`: careless, not hostile. */
export type Intent = 'implant' | 'miner' | 'dual-use' | 'exposure' | 'impersonation' | 'tampering' | 'hygiene';

/** Where the layer-bound proofs lie. Stamped by the engine. */
export interface Placement {
  /** Position of the layer, 0 the lowest. */
  readonly layerIndex?: number;
  /** Digest of the layer: the blob's, or the diffID where no blob has one. */
  readonly layer?: string;
  /** The build step that made the layer. */
  readonly createdBy?: string;
  /** True when a later layer deletes or overwrites the file: it ships, but the final tree does not show it. */
  readonly hidden?: boolean;
  /** It runs when the image starts, or is run by what does. */
  readonly launched?: true;
  /** The package of the system that delivers the file as it is, as far as the image's own database tells: a changed file has no owner here. */
  readonly owner?: string;
  /** The image has a package database, and no package delivers the file. */
  readonly unowned?: true;
}

export type Evidence =
  | ({ readonly kind: 'file'; readonly path: string; readonly sha256?: string; readonly size?: number } & Placement)
  | ({
      readonly kind: 'excerpt';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
      readonly text: string;
      readonly sha256?: string;
    } & Placement)
  | { readonly kind: 'config'; readonly field: string; readonly value: string }
  | ({ readonly kind: 'history'; readonly field: string; readonly value: string } & Placement)
  | { readonly kind: 'event'; readonly field: string; readonly value: string }
  | { readonly kind: 'name'; readonly field: string; readonly value: string }
  | { readonly kind: 'signature'; readonly field: string; readonly value: string };

/** No proof, no finding. `path` of a member inside an archive is `outer.jar!/inner.class`. */
export interface Finding {
  /** `part/what`, public. */
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly intent: Intent;
  /** ATT&CK technique ids; never checked against a fixed list. */
  readonly techniques: readonly string[];
  /** What to do about it, one or two sentences. */
  readonly advice: string;
  readonly evidence: readonly [Evidence, ...Evidence[]];
  /** How many more of the same rule were found and left out by the cap. */
  readonly more?: number;
  /** Name of the lesson about it: `tidewaiter explain NAME` shows it. */
  readonly lesson?: string;
}

export const severityRank = (severity: Severity): number => severities.indexOf(severity);

const position = (finding: Finding): readonly [string, number] => {
  const [proof] = finding.evidence;
  if (proof.kind === 'excerpt') return [proof.path, proof.offset];
  return [proof.kind === 'file' ? proof.path : proof.field, 0];
};

/** The order of every report: worst first, then rule, path, offset. Total, so that equal input gives equal bytes. */
export const compareFindings = (one: Finding, other: Finding): number => {
  const [onePath, oneOffset] = position(one);
  const [otherPath, otherOffset] = position(other);
  const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return (
    severityRank(other.severity) - severityRank(one.severity) ||
    compareText(one.rule, other.rule) ||
    compareText(onePath, otherPath) ||
    oneOffset - otherOffset ||
    compareText(JSON.stringify(one.evidence), JSON.stringify(other.evidence))
  );
};
