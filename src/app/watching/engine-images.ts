/** Which image an engine holds under a name or a digest, by the engine's own word: `GET /images/NAME/json`. */
import type { Context } from '../../core/context.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { isFault, unavailable } from '../../core/fault.ts';
import { askEngineJson } from '../../io/engine-client.ts';
import { dockerPlaces, podmanPlaces, type EngineEndpoint } from '../../io/engine-endpoints.ts';
import type { JudgingEngine } from './judge-target.ts';

/** An engine that is listened to. Without an address: where its own client looks. */
export interface ListenedEngine {
  readonly engine: JudgingEngine;
  readonly address?: string;
}

export interface HeldImage {
  readonly id: Digest;
  /** Of manifests and indexes by which the engine got it: at most 16. */
  readonly digests: readonly Digest[];
  /** For whoever asks the same engine next. */
  readonly environment: Readonly<Record<string, string>>;
}

const endpointsOf = async (
  { engine, address }: ListenedEngine,
  context: Context,
): Promise<readonly EngineEndpoint[]> => {
  if (address !== undefined) return [{ label: address, socketPath: address.slice('unix://'.length) }];
  const places = await (engine === 'docker' ? dockerPlaces(context, '/') : podmanPlaces(context, '/'));
  return places.slice(0, 1).map(({ endpoint }) => endpoint);
};

const toDigest = (written: unknown): Digest | undefined => {
  if (typeof written !== 'string') return undefined;
  const bare = written.slice(written.lastIndexOf('@') + 1);
  if (isDigest(bare)) return bare;
  // Podman writes ids without the algorithm.
  return /^[0-9a-f]{64}$/.test(bare) ? `sha256:${bare}` : undefined;
};

/** `names`: of the strict grammar, or digests; the first that is there. undefined: it has none of them. @throws {Fault} */
export const findInEngine = async (
  listened: ListenedEngine,
  names: readonly string[],
  context: Context,
): Promise<HeldImage | undefined> => {
  for (const endpoint of await endpointsOf(listened, context))
    for (const name of names) {
      const { status, answer } = await askEngineJson(endpoint, `/images/${encodeURI(name)}/json`, context);
      if (status === 404) continue;
      const id = toDigest(answer['Id']);
      if (status !== 200 || id === undefined)
        throw unavailable('ENGINE_ANSWER_INVALID', `status ${status}, and no id of the image`, endpoint.label);
      const listed = Array.isArray(answer['RepoDigests']) ? answer['RepoDigests'].slice(0, 16) : [];
      const digests = listed.map(toDigest).filter((digest) => digest !== undefined);
      const environment = endpoint.socketPath === undefined ? {} : { DOCKER_HOST: endpoint.label };
      return { id, digests, environment };
    }
  return undefined;
};

/** All engines of the kind, one after the other. @throws {Fault} of the last one that could not be asked */
export const findInEngines = async (
  engines: readonly ListenedEngine[],
  names: readonly string[],
  context: Context,
): Promise<HeldImage | undefined> => {
  let refused: unknown;
  for (const engine of engines)
    try {
      const held = await findInEngine(engine, names, context);
      if (held !== undefined) return held;
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      refused = thrown;
    }
  if (refused !== undefined) throw refused;
  return undefined;
};
