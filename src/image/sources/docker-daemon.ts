/** `docker-daemon:NAME`, an image that Docker or Podman holds here → an Image, through the engine's API (images/NAME/json, images/NAME/get). */
import type { Context } from '../../core/context.ts';
import { collect } from '../../core/collect.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { isFault, misuse, unavailable, type Fault } from '../../core/fault.ts';
import type { Finding } from '../../core/finding.ts';
import type { Image, ImageSource } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { formatReference, type EngineReference } from '../../core/reference.ts';
import { askEngine, askEngineJson, isUnreachable } from '../../io/engine-client.ts';
import { engineEndpoints, type EngineEndpoint } from '../../io/engine-endpoints.ts';
import { openArchiveBytes } from '../open-archive.ts';
import { readDockerArchive } from '../read-docker-archive.ts';
import { spool } from '../spool.ts';
import type { StoredFiles } from '../stored-files.ts';

interface Held {
  readonly endpoint: EngineEndpoint;
  readonly id: Digest;
  readonly size: number;
  /** All tags of the image. */
  readonly names: readonly string[];
}

/** Names and ids hold nothing that a path may not: the reference grammar has seen to it. */
const pathOf = (name: string, what: 'json' | 'get'): string => `/images/${encodeURI(name)}/${what}`;

const inspect = async (endpoint: EngineEndpoint, name: string, context: Context): Promise<Held | undefined> => {
  const { status, answer } = await askEngineJson(endpoint, pathOf(name, 'json'), context);
  if (status === 404) return undefined;
  const written = answer['Id'];
  // Podman writes ids without the algorithm.
  const id = typeof written === 'string' && /^[0-9a-f]{64}$/.test(written) ? `sha256:${written}` : written;
  if (status !== 200 || typeof id !== 'string' || !isDigest(id)) {
    const message = typeof answer['message'] === 'string' ? answer['message'] : 'no image id in its answer';
    throw unavailable('ENGINE_ANSWER_INVALID', `status ${status}: ${message.slice(0, 300)}`, endpoint.label);
  }
  const tags = Array.isArray(answer['RepoTags']) ? answer['RepoTags'] : [];
  const names = tags.filter((tag): tag is string => typeof tag === 'string');
  return { endpoint, id, size: typeof answer['Size'] === 'number' ? answer['Size'] : 0, names };
};

/** The first engine that has the image. */
const findImage = async (name: string, context: Context): Promise<Held> => {
  const tried: string[] = [];
  const without: string[] = [];
  for (const endpoint of await engineEndpoints(context)) {
    context.signal.throwIfAborted();
    try {
      const held = await inspect(endpoint, name, context);
      if (held !== undefined) return held;
      without.push(endpoint.label);
    } catch (thrown) {
      if (!isFault(thrown) || !isUnreachable(thrown)) throw thrown;
      tried.push(thrown.message);
    }
  }
  if (without.length > 0)
    throw unavailable(
      'ENGINE_IMAGE_MISSING',
      `no image ${name} in the engine at ${without.join(', ')}${isDigest(name) ? '' : `; to scan it from its registry write docker://${name}`}`,
      name,
    );
  throw unavailable('ENGINE_UNREACHABLE', `no container engine answers; tried ${tried.join('; ')}`, name);
};

/** Engines that were found to say one thing and give another. */
const idMismatch = (held: Held, image: Image): Finding => ({
  rule: 'image/engine-id-mismatch',
  title: 'The engine gave another image than the one it names',
  severity: 'high',
  confidence: 'medium',
  intent: 'tampering',
  techniques: ['T1525', 'T1036'],
  advice:
    'Check the engine: the id under which it lists this image is no digest of what it gave. Pull the image again and compare.',
  evidence: [
    { kind: 'config', field: 'image id, of the engine', value: held.id },
    { kind: 'config', field: 'config digest, of the bytes', value: image.identity.config ?? 'none' },
  ],
});

/** True when the engine's id is the digest of something in the archive: config (classic store, Podman), manifest or index (containerd's). */
const isLinked = (id: Digest, { identity }: Image): boolean =>
  [identity.config, identity.manifest, identity.index].includes(id);

const fetchArchive = async (held: Held, context: Context): Promise<StoredFiles> => {
  const { endpoint, id } = held;
  // By id: the name may be moved to another image between the two questions.
  const { status, body } = await askEngine(endpoint, pathOf(id, 'get'), context, true);
  if (status !== 200) {
    const text = Buffer.from(await collect(body, 64 * 1024, endpoint.label)).toString('utf8');
    throw unavailable(
      'ENGINE_ANSWER_INVALID',
      `status ${status} for the image's content: ${text.slice(0, 300)}`,
      endpoint.label,
    );
  }
  const step = { id: 'engine', label: `from ${endpoint.label}`, total: held.size };
  let told = 0;
  let done = 0;
  try {
    const file = await spool(body, context, endpoint.label, (total) => {
      done = total;
      if (total - told < 4 * 2 ** 20) return;
      told = total;
      context.progress({ ...step, done: total, state: 'running' });
    });
    context.progress({ ...step, done, state: 'done' });
    return await openArchiveBytes(file, endpoint.label, context);
  } catch (thrown) {
    context.progress({ ...step, done, state: 'failed' });
    throw thrown;
  }
};

/** What an engine with containerd's store gives of an image whose layers it never fetched, as they were unpacked already: names only. */
const contentMissing = ({ endpoint }: Held, { name }: EngineReference, { message }: Error): Fault =>
  unavailable(
    'ENGINE_CONTENT_MISSING',
    `the engine lists ${name}, but has not all of its content (${message}): it fetches no layer whose files it has from another image. ${isDigest(name) ? 'Scan the image from its registry' : `Scan it from its registry: docker://${name}`}, or remove both images and pull this one again`,
    endpoint.label,
  );

const readImages = async (
  reference: EngineReference,
  held: Held,
  files: StoredFiles,
  choice: PlatformChoice,
  context: Context,
): Promise<readonly Image[]> => {
  try {
    return await readDockerArchive({ files, label: formatReference(reference), name: undefined }, choice, context);
  } catch (thrown) {
    await files[Symbol.asyncDispose]();
    throw isFault(thrown) && thrown.code === 'BLOB_MISSING' ? contentMissing(held, reference, thrown) : thrown;
  }
};

/**
 * The engine's whole answer is kept in the temporary folder while the image is open. Which engine: DOCKER_HOST, DOCKER_CONTEXT, the
 * current context, else the sockets of Docker and Podman, the first that has the image.
 */
export const dockerDaemon: ImageSource = {
  id: 'docker-daemon',
  about: 'an image in the Docker or Podman engine of this machine',
  resolve: async (reference, choice, context) => {
    if (reference.scheme !== 'docker-daemon')
      throw misuse('REFERENCE_INVALID', `expected docker-daemon:NAME, not ${formatReference(reference)}`);
    const held = await findImage(reference.name, context);
    context.log.debug('image found in an engine', { engine: held.endpoint.label, id: held.id });
    const images = await readImages(reference, held, await fetchArchive(held, context), choice, context);
    const linked = images.some((image) => isLinked(held.id, image));
    return images.map((image) => ({
      ...image,
      ...(held.names.length === 0 ? {} : { names: [...new Set([...(image.names ?? []), ...held.names])] }),
      get findings() {
        return linked ? image.findings : [...image.findings, idMismatch(held, image)];
      },
      get gaps() {
        return image.gaps;
      },
    }));
  },
};
