/** Facts of layers between scans: found by what names the layer's bytes, and by everything else that the facts depend on. */
import { createHash } from 'node:crypto';
import type { Limits } from '../core/budget.ts';
import type { Context } from '../core/context.ts';
import { digestAlgorithm } from '../core/digest.ts';
import type { Layer } from '../core/image.ts';
import { noMemory, type FactMemory } from '../core/memory.ts';
import { BlobReader } from './blob-reader.ts';
import { decodeLayerFacts, encodeLayerFacts, type LayerFacts } from './layer-facts.ts';

/** undefined for a layer that no digest names: a folder read as one. */
export const layerKey = (layer: Layer, knowledgeKey: string, limits: Limits): string | undefined => {
  const name = layer.digest ?? layer.diffId;
  if (name === undefined) return undefined;
  // The media type and the annotations are compared with the bytes, and the title names what is no tar.
  const annotations = Object.entries(layer.annotations ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const circumstances = [knowledgeKey, limits, layer.digest === undefined, layer.mediaType, annotations];
  return `${name}:${createHash('sha256').update(JSON.stringify(circumstances)).digest('hex').slice(0, 32)}`;
};

/**
 * Facts of a layer whose name is the digest of its blob are recalled without opening it: whoever pulls the image verifies that
 * digest, and so does the source of the next scan. A name that only the config gives is verified by reading the bytes.
 */
export const recallLayer = async (
  layer: Layer,
  key: string,
  memory: FactMemory,
  context: Context,
): Promise<LayerFacts | undefined> => {
  const value = memory.recall('layer', key);
  const facts = value === undefined ? undefined : decodeLayerFacts(value);
  if (facts?.diffId === undefined) return undefined;
  if (layer.diffId !== undefined && digestAlgorithm(layer.diffId) !== digestAlgorithm(facts.diffId)) return undefined;
  if (layer.digest !== undefined) return facts.digest === layer.digest ? facts : undefined;
  const blob = new BlobReader(layer.diffId, context.limits.bytes);
  await blob.read(await layer.open(context), () => undefined);
  return blob.digest() === facts.diffId ? facts : undefined;
};

/** Only facts about bytes that were read to the end, verified, and not cut short by circumstances. False: these are none such. */
export const rememberLayer = (layer: Layer, key: string, facts: LayerFacts, memory: FactMemory): boolean => {
  const verified = layer.digest === undefined ? facts.diffId === layer.diffId : facts.digest === layer.digest;
  if (memory === noMemory || facts.circumstantial || facts.diffId === undefined || !verified) return false;
  memory.remember('layer', [{ key, value: encodeLayerFacts(facts) }]);
  return true;
};
