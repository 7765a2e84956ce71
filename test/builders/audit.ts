/** Layers written as code → an Image in memory, and an auditor with the marker analyzer. */
import { join } from 'node:path';
import { openAuditor, type Auditor, type AuditorOptions } from '../../src/audit/auditor.ts';
import { ScanProcesses } from '../../src/audit/scan-processes.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Image, Layer } from '../../src/core/image.ts';
import { noMemory } from '../../src/core/memory.ts';
import { buildImage, type LayerSpec } from '../../src/image/oci-layout-writer.ts';
import { marker } from '../fakes/marker-analyzer.ts';

export interface MemoryImage extends Image {
  /** How often each layer was opened. */
  readonly opened: number[];
}

/** What a test changes about a layer: what is claimed, and what is delivered. */
export type LayerChange = Partial<Pick<Layer, 'digest' | 'diffId' | 'size' | 'mediaType' | 'annotations'>> & {
  readonly bytes?: (stored: Uint8Array, attempt: number) => Uint8Array | AsyncIterable<Uint8Array>;
};

/** Chunks of a size that no format is aligned to. */
const pieces = async function* (bytes: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) yield* bytes;
  else for (let at = 0; at < bytes.length; at += 40_009) yield bytes.subarray(at, at + 40_009);
};

export const memoryImage = (layers: readonly (LayerSpec & { readonly change?: LayerChange })[]): MemoryImage => {
  const built = buildImage({ layers });
  const manifest = JSON.parse(Buffer.from(built.manifest).toString()) as {
    layers: { mediaType: string; digest: Digest; size: number }[];
  };
  const opened = layers.map(() => 0);
  return {
    reference: 'docker://registry.example/app:1',
    digest: built.manifestDigest,
    identity: { manifest: built.manifestDigest, config: built.configDigest, diffIds: built.diffIds },
    kind: 'container',
    opened,
    layers: manifest.layers.map(({ mediaType, digest, size }, index): Layer => {
      const { bytes, ...claims } = layers[index]?.change ?? {};
      const diffId = built.diffIds[index];
      const createdBy = layers[index]?.createdBy;
      return {
        mediaType,
        digest,
        size,
        ...(diffId === undefined ? {} : { diffId }),
        ...(createdBy === undefined ? {} : { createdBy }),
        ...claims,
        open: async () => {
          const stored = built.blobs.get(digest) ?? new Uint8Array();
          opened[index] = (opened[index] ?? 0) + 1;
          return pieces(bytes === undefined ? stored : bytes(stored, opened[index]));
        },
      };
    }),
    findings: [],
    gaps: [],
    referrers: async () => [],
    async [Symbol.asyncDispose]() {
      // Nothing is held.
    },
  };
};

/** Absolute path of the module that looks for markers in scanning processes. */
export const markerEntry = join(import.meta.dirname, '../fakes/scan-worker.ts');

export const markerAuditor = (options: Partial<AuditorOptions> = {}): Promise<Auditor> =>
  openAuditor({
    analyzers: [marker],
    locations: { added: [] },
    memory: noMemory,
    processes: new ScanProcesses({ workerEntry: markerEntry }),
    cores: 2,
    ...options,
  });
