/** `containerd:[NAMESPACE//]NAME`, an image that containerd holds here → Images, read from its content store through its API. */
import type { Context } from '../../core/context.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { isFault, misuse, unavailable } from '../../core/fault.ts';
import type { Descriptor, Image, ImageSource } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { formatReference, type ContainerdReference } from '../../core/reference.ts';
import { contentSize, listImages, listNamespaces, namespaceHeader } from '../../formats/records/containerd-api.ts';
import { containerdSockets } from '../../io/engine-sockets.ts';
import { openGrpc, type GrpcConnection, type GrpcEndpoint } from '../../io/grpc-client.ts';
import { openContentStore } from '../content-store.ts';
import { canonicalName } from '../layout-root.ts';
import { openBlob, openManifestReader, readRoot } from '../read-layout.ts';
import type { StoredFiles } from '../stored-files.ts';

interface Held {
  readonly endpoint: GrpcEndpoint;
  readonly namespace: string;
  readonly target: Descriptor;
  /** What this namespace calls it. */
  readonly names: readonly string[];
}

/** Names may be in the form that a person wrote; CRI also stores `sha256:…` of the config as a name. */
const isNamed = (written: string, wanted: string): boolean =>
  written === wanted || (!isDigest(wanted) && canonicalName(written) === `docker://${wanted}`);

const findInNamespace = async (
  connection: GrpcConnection,
  namespace: string,
  wanted: string,
): Promise<Pick<Held, 'target' | 'names'> | undefined> => {
  const headers = { [namespaceHeader]: namespace };
  const images = await connection.require(listImages, undefined, headers);
  const exact = images.find(({ name }) => name === wanted);
  const named = exact ?? images.find(({ name, target }) => isNamed(name, wanted) || target.digest === wanted);
  if (named !== undefined) {
    const same = images.filter(({ target }) => target.digest === named.target.digest);
    return { target: named.target, names: same.map(({ name }) => name).filter((name) => !isDigest(name)) };
  }
  if (!isDigest(wanted)) return undefined;
  // A manifest inside an index has no record of its own. What the bytes are, they say themselves.
  const answer = await connection.call(contentSize, wanted, headers);
  return 'reply' in answer ? { target: { mediaType: '', digest: wanted, size: answer.reply }, names: [] } : undefined;
};

interface Search {
  readonly held: readonly Held[];
  /** Where an engine answered and has no such image. */
  readonly without: readonly string[];
  readonly unreachable: readonly string[];
}

const searchAll = async ({ name, namespace }: ContainerdReference, context: Context): Promise<Search> => {
  const held: Held[] = [];
  const without: string[] = [];
  const unreachable: string[] = [];
  for (const endpoint of containerdSockets(context.environment)) {
    try {
      await using connection = await openGrpc(endpoint, context);
      const namespaces = namespace === undefined ? await connection.require(listNamespaces, undefined) : [namespace];
      const before = held.length;
      for (const one of namespaces) {
        const found = await findInNamespace(connection, one, name);
        if (found !== undefined) held.push({ endpoint, namespace: one, ...found });
      }
      if (held.length === before) without.push(`${endpoint.label} (${namespaces.join(', ') || 'no namespaces'})`);
    } catch (thrown) {
      if (!isFault(thrown) || thrown.code !== 'ENGINE_UNREACHABLE') throw thrown;
      unreachable.push(thrown.message);
    }
  }
  return { held, without, unreachable };
};

const findImage = async (reference: ContainerdReference, context: Context): Promise<Held> => {
  const { name } = reference;
  const { held, without, unreachable } = await searchAll(reference, context);
  const [first] = held;
  if (first === undefined) {
    if (without.length > 0)
      throw unavailable(
        'ENGINE_IMAGE_MISSING',
        `no image ${name} in containerd at ${without.join('; ')}${isDigest(name) ? '' : `; to scan it from its registry write docker://${name}`}`,
        name,
      );
    throw unavailable('ENGINE_UNREACHABLE', `containerd does not answer; tried ${unreachable.join('; ')}`, name);
  }
  if (held.some(({ target }) => target.digest !== first.target.digest))
    throw misuse(
      'IMAGE_NAME_AMBIGUOUS',
      `containerd holds different images named ${name}; write one of ${[...new Set(held.map((one) => `containerd:${one.namespace}//${reference.namespace === undefined ? name : one.target.digest}`))].slice(0, 30).join(', ')}`,
    );
  return first;
};

/** containerd may drop the packed layers once they are unpacked, and then has nothing to give that could be checked. */
const openLayer = async (files: StoredFiles, layer: Descriptor, name: string) => {
  try {
    return await openBlob(files, layer);
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== 'BLOB_MISSING') throw thrown;
    const registry = isDigest(name) ? 'in its registry' : `in its registry (docker://${name})`;
    throw unavailable(
      'CONTAINERD_CONTENT_MISSING',
      `${files.where} has not kept the layer ${layer.digest}: containerd drops layers that are unpacked where discard_unpacked_layers is set. Scan the image ${registry}, or fetch its content again: ctr content fetch NAME`,
      layer.digest,
    );
  }
};

const readHeld = async (
  reference: ContainerdReference,
  { endpoint, namespace, target, names }: Held,
  choice: PlatformChoice,
  context: Context,
): Promise<readonly Image[]> => {
  const files = openContentStore(await openGrpc(endpoint, context), namespace);
  try {
    const reader = openManifestReader(files, context);
    const document = await reader.load(target);
    return await readRoot(
      {
        files,
        label: formatReference({ ...reference, namespace }),
        root: { descriptor: { ...target, digest: reader.actual(target.digest) }, document },
        named: true,
        names,
        reader,
        openLayer: (layer) => openLayer(files, layer, reference.name),
        // containerd keeps no list of what refers to an image.
        referrers: async (): Promise<readonly Descriptor[]> => [],
      },
      choice,
      context,
    );
  } catch (thrown) {
    await files[Symbol.asyncDispose]();
    throw thrown;
  }
};

/** Which containerd: CONTAINERD_ADDRESS, else every usual socket. Which namespace: all of them, unless the reference names one. */
export const containerd: ImageSource = {
  id: 'containerd',
  about: 'an image in containerd on this machine, in any of its namespaces',
  resolve: async (reference, choice, context) => {
    if (reference.scheme !== 'containerd')
      throw misuse('REFERENCE_INVALID', `expected containerd:NAME, not ${formatReference(reference)}`);
    const held = await findImage(reference, context);
    const digest: Digest = held.target.digest;
    context.log.debug('image found in containerd', { at: held.endpoint.label, namespace: held.namespace, digest });
    return readHeld(reference, held, choice, context);
  },
};
