/** Files by layer → what one analyzer concludes, without processes: the same inspector and the same conclusion as in a scan. */
import { createHash } from 'node:crypto';
import { toConclusion, type Analyzer, type InventoryEntry, type Observation } from '../../src/core/analyzer.ts';
import type { FileHeader, FileType } from '../../src/core/file-entry.ts';
import type { Finding } from '../../src/core/finding.ts';
import { noConfig, type ImageConfig } from '../../src/core/image.ts';
import { detectFileKind, kindHeadLength } from '../../src/formats/file-kind.ts';

export interface InspectedSpec {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: FileType;
  readonly mode?: number;
  readonly uid?: number;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** A later layer deletes or replaces it. */
  readonly hidden?: boolean;
}

const emptyConfig: ImageConfig = { ...noConfig, workingDirectory: '/' };

export const inspectAll = async (
  analyzer: Analyzer,
  specs: readonly InspectedSpec[],
  config: Partial<ImageConfig> = {},
): Promise<{ readonly findings: readonly Finding[]; readonly observations: readonly Observation[] }> => {
  const inspector = await analyzer.open?.(undefined);
  const inventory: InventoryEntry[] = [];
  const observations: Observation[] = [];
  for (const spec of specs) {
    const bytes =
      typeof spec.content === 'string' ? Buffer.from(spec.content, 'utf8') : (spec.content ?? new Uint8Array());
    const { path, type = 'file', mode = 0o644, uid = 0, hidden = false } = spec;
    const header: FileHeader = {
      path,
      type,
      mode,
      uid,
      gid: 0,
      size: bytes.length,
      modified: 0,
      ...(spec.xattrs === undefined ? {} : { xattrs: new Map(Object.entries(spec.xattrs)) }),
    };
    const { xattrs, ...row } = header;
    const rights = xattrs?.get('security.capability');
    const place = { layerIndex: 0, hidden };
    const capabilities = rights === undefined ? {} : { capabilities: Buffer.from(rights).toString('hex') };
    if (type !== 'file') {
      inventory.push({ ...row, ...place });
      continue;
    }
    const kind = detectFileKind(bytes.subarray(0, kindHeadLength), bytes.length);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    inventory.push({ ...row, ...place, ...capabilities, sha256, kind });
    if (inspector === undefined || inspector.wants?.(header, kind) === false) continue;
    inspector.scope(header, kind);
    const file = { ...header, kind, sha256, windowOffset: 0, overlap: 0, lastWindow: true };
    const facts = inspector.inspect(file, bytes, {})?.facts;
    // Facts cross a process border as JSON.
    if (facts !== undefined)
      observations.push({
        path,
        sha256,
        size: bytes.length,
        ...place,
        facts: JSON.parse(JSON.stringify(facts)) as typeof facts,
      });
  }
  inspector?.close?.();
  const subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    config: { ...emptyConfig, ...config },
    layers: [{}],
    inventory,
  } as const;
  return { findings: toConclusion(analyzer.conclude(subject, observations, undefined)).findings, observations };
};

/** Rules without the analyzer's name, in order. */
export const rulesOf = async (
  analyzer: Analyzer,
  specs: readonly InspectedSpec[],
  config: Partial<ImageConfig> = {},
): Promise<readonly string[]> =>
  (await inspectAll(analyzer, specs, config)).findings.map(({ rule }) => rule.slice(rule.indexOf('/') + 1)).sort();
