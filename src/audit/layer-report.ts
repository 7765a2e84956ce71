/** What an image claims about a layer, and what its bytes are → Findings and Gaps, placed in that image. */
import type { Finding, Placement } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Layer } from '../core/image.ts';
import { containerFinding } from './container-remark.ts';
import { kindOfGap } from './gap-kind.ts';
import type { LayerFacts } from './layer-facts.ts';
import type { PlacedGap } from './protocol.ts';

/** `layer 2 (sha256:0123456789ab…)`. */
export const layerName = (index: number, layer: Pick<Layer, 'digest' | 'diffId'>): string => {
  const digest = layer.digest ?? layer.diffId;
  return digest === undefined ? `layer ${index}` : `layer ${index} (${digest.slice(0, digest.indexOf(':') + 13)}…)`;
};

const toGap = ({ path, code, reason, bytes, executable, nested }: PlacedGap, layer: string): Gap => ({
  where: path === '' ? layer : `${layer}: ${path}`,
  code,
  reason,
  bytes,
  kind: kindOfGap(code),
  ...(executable ? { executable } : {}),
  ...(nested === true ? { nested } : {}),
});

/**
 * Other bytes than promised are an attack or its equal. Bytes that end too early are mostly a broken copy: serious, but the Gap that
 * goes with them says more.
 */
const weightOf = (isCut: boolean): Pick<Finding, 'severity' | 'confidence'> =>
  isCut ? { severity: 'high', confidence: 'medium' } : { severity: 'critical', confidence: 'high' };

const mismatch = (
  what: string,
  title: string,
  layer: string,
  claimed: string,
  actual: string,
  isCut = false,
): Finding => ({
  rule: `layer/${what}`,
  title,
  ...weightOf(isCut),
  intent: 'tampering',
  techniques: ['T1525', 'T1195.002'],
  advice:
    'Do not run this image. Fetch it again from its origin; if the mismatch stays, the registry, the archive or the path between was tampered with.',
  evidence: [
    { kind: 'name', field: `${layer}, claimed`, value: claimed },
    { kind: 'name', field: `${layer}, of the bytes`, value: actual },
  ],
});

/** Claims are compared for facts from memory too: the same bytes may lie in an image that claims something else. */
const claimFindings = (layer: Layer, name: string, facts: LayerFacts): readonly Finding[] => {
  const { digest, stored, diffId } = facts;
  const findings: Finding[] = [];
  const isCut = digest !== undefined && layer.size !== undefined && stored < layer.size;
  if (digest !== undefined && layer.digest !== undefined && digest !== layer.digest)
    findings.push(
      mismatch('digest-mismatch', 'A layer is not the one that its digest names', name, layer.digest, digest, isCut),
    );
  if (digest !== undefined && layer.size !== undefined && stored !== layer.size)
    findings.push(
      mismatch(
        'size-mismatch',
        'A layer does not have the size that the manifest states',
        name,
        `${layer.size} bytes`,
        `${stored} bytes`,
        isCut,
      ),
    );
  if (diffId !== undefined && layer.diffId !== undefined && diffId !== layer.diffId)
    findings.push(
      mismatch('diff-id-mismatch', 'A layer unpacks to other bytes than the config states', name, layer.diffId, diffId),
    );
  return findings;
};

const claimGaps = (layer: Layer, name: string, facts: LayerFacts): readonly Gap[] => {
  const gaps: Gap[] = [];
  if (facts.digest !== undefined && layer.size !== undefined && facts.stored < layer.size)
    gaps.push({
      where: name,
      code: 'LAYER_TRUNCATED',
      reason: `the layer ends after ${facts.stored} of ${layer.size} bytes`,
      bytes: layer.size - facts.stored,
      kind: 'malformed',
      executable: true,
    });
  return gaps;
};

/** `placementOf` tells about the file at a path of this layer. */
export const reportLayer = (
  layer: Layer,
  index: number,
  facts: LayerFacts,
  placementOf: (path: string) => Placement,
): { readonly findings: readonly Finding[]; readonly gaps: readonly Gap[] } => {
  const name = layerName(index, layer);
  const remarks = facts.remarks.map((remark) => containerFinding(remark, name, placementOf(remark.where)));
  return {
    findings: [...claimFindings(layer, name, facts), ...remarks],
    gaps: [...claimGaps(layer, name, facts), ...facts.gaps.map((gap) => toGap(gap, name))],
  };
};
