/** `containerd:[NAMESPACE//]NAME`, an image that containerd holds here → Images, read from its content store through its API. */
import type { Context } from '../../core/context.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { isFault, misuse, unavailable } from '../../core/fault.ts';
import type { Descriptor, Image, ImageSource, Repository } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { formatReference, type ContainerdReference } from '../../core/reference.ts';
import { contentSize, listImages, listNamespaces, namespaceHeader } from '../../formats/records/containerd-api.ts';
import { containerdSockets } from '../../io/engine-sockets.ts';
import { openGrpc, type GrpcConnection, type GrpcEndpoint } from '../../io/grpc-client.ts';
import { openContentStore } from '../content-store.ts';
import { layoutPlace } from '../layout-place.ts';
import { canonicalName, nameKeys } from '../layout-root.ts';
import { openBlob, openManifestReader, readRoot } from '../read-layout.ts';
import { openRepository } from '../repository.ts';
import type { StoredFiles } from '../stored-files.ts';

const splitTag = (name: string): { readonly repository: string; readonly tag: string } | undefined => {
  const [, repository, tag] = /^(.+):([\w][\w.-]{0,127})$/.exec(name) ?? [];
  return repository === undefined || tag === undefined ? undefined : { repository, tag };
};

interface Held {
  readonly endpoint: GrpcEndpoint;
  readonly namespace: string;
  readonly target: Descriptor;
  /** What this namespace calls it. */
  readonly names: readonly string[];
  /** What else it holds of the same repository, by tag: signatures that were pulled too. */
  readonly tags: ReadonlyMap<string, Descriptor>;
}

/** Names may be in the form that a person wrote; CRI also stores `sha256:…` of the config as a name. */
const isNamed = (written: string, wanted: string): boolean =>
  written === wanted || (!isDigest(wanted) && canonicalName(written) === `docker://${wanted}`);

/** Record names are `REPOSITORY:TAG`; those of the repositories in which the image itself is. */
const tagsBeside = (
  images: readonly { readonly name: string; readonly target: Descriptor }[],
  names: readonly string[],
): ReadonlyMap<string, Descriptor> => {
  const repositories = new Set(names.map((name) => splitTag(name)?.repository));
  const tags = new Map<string, Descriptor>();
  for (const { name, target } of images) {
    const split = splitTag(name);
    if (split !== undefined && repositories.has(split.repository)) tags.set(split.tag, target);
  }
  return tags;
};

const findInNamespace = async (
  connection: GrpcConnection,
  namespace: string,
  wanted: string,
): Promise<Pick<Held, 'target' | 'names' | 'tags'> | undefined> => {
  const headers = { [namespaceHeader]: namespace };
  const images = await connection.require(listImages, undefined, headers);
  const exact = images.find(({ name }) => name === wanted);
  const named = exact ?? images.find(({ name, target }) => isNamed(name, wanted) || target.digest === wanted);
  if (named !== undefined) {
    const same = images.filter(({ target }) => target.digest === named.target.digest);
    const names = same.map(({ name }) => name).filter((name) => !isDigest(name));
    return { target: named.target, names, tags: tagsBeside(images, names) };
  }
  if (!isDigest(wanted)) return undefined;
  // A manifest inside an index has no record of its own. What the bytes are, they say themselves.
  const answer = await connection.call(contentSize, wanted, headers);
  const target = (size: number): Descriptor => ({ mediaType: '', digest: wanted, size });
  return 'reply' in answer ? { target: target(answer.reply), names: [], tags: new Map() } : undefined;
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

/**
 * containerd keeps no list of what refers to an image, and whoever pulls an image pulls no signatures. So only a store that holds
 * some is a place in which one could be absent.
 */
const besideOf = (
  files: StoredFiles,
  tags: Held['tags'],
  names: readonly string[],
): { readonly repository?: Repository } => {
  if (![...tags.keys()].some((tag) => /^sha(?:256|512)-[0-9a-f]{64}/.test(tag))) return {};
  const name = splitTag(names[0] ?? '')?.repository;
  const entries = [...tags].map(([tag, target]) => ({ ...target, annotations: { [nameKeys[1]]: tag } }));
  const place = layoutPlace(files, entries);
  return { repository: openRepository({ ...place, ...(name === undefined ? {} : { name }) }) };
};

const readHeld = async (
  reference: ContainerdReference,
  { endpoint, namespace, target, names, tags }: Held,
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
        ...besideOf(files, tags, names),
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
