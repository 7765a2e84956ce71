/** What was concluded about an image between scans: found by all that a conclusion is drawn from, which makes it a memory of a pure function. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Image } from '../core/image.ts';
import type { FactMemory } from '../core/memory.ts';
import { sourceStamp } from '../io/code-cache.ts';
import type { AuditConclusions } from './audit-result.ts';

/** Raised when what is remembered has other members. */
const formatVersion = 1;

/** Rules and processes are of the scan, not of the image. */
export type RememberedImage = Omit<AuditConclusions, 'rules'>;

/** Conclusions change with the code that draws them, also where nobody raised an analyzer's version. */
const concludingFolders = ['core', 'formats', 'audit'].map((name) => join(import.meta.dirname, '..', name));

/**
 * undefined where the bytes of a layer have to be read anyway, since nothing but the config names them.
 * `layerKeys`: of every layer, in order, as its facts are found. `rulesVersion`: over everything that every analyzer knows.
 */
export const imageKey = (
  image: Image,
  layerKeys: readonly (string | undefined)[],
  rulesVersion: string,
): string | undefined => {
  if (image.layers.some(({ digest }, index) => digest === undefined || layerKeys[index] === undefined))
    return undefined;
  const { reference, names, kind, platform, config, identity } = image;
  const layers = image.layers.map(({ digest, diffId, mediaType, size, createdBy, annotations }) => [
    digest,
    diffId,
    mediaType,
    size,
    createdBy,
    annotations,
  ]);
  const subject = { reference, names, kind, platform, config, identity, layers };
  return createHash('sha256')
    .update(JSON.stringify([formatVersion, rulesVersion, sourceStamp(concludingFolders), layerKeys, subject]))
    .digest('hex');
};

export const recallImage = (key: string, memory: FactMemory): RememberedImage | undefined => {
  const value = memory.recall('image', key);
  if (value === undefined) return undefined;
  const remembered = JSON.parse(Buffer.from(value).toString()) as RememberedImage;
  return { ...remembered, layers: remembered.layers.map((layer) => ({ ...layer, recalled: true })) };
};

export const rememberImage = (key: string, conclusions: RememberedImage, memory: FactMemory): void => {
  const { findings, gaps, coverage, layers, identity, story, packages } = conclusions;
  const remembered: RememberedImage = { findings, gaps, coverage, layers, identity, story, packages };
  memory.remember('image', [{ key, value: Buffer.from(JSON.stringify(remembered)) }]);
};
