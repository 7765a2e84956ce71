/** The Docker Engine API, of Docker and of Podman → the images that the engine holds, and the containers made of them. */
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { unavailable } from '../core/fault.ts';
import type { Use, UseState } from '../core/use.ts';
import { isJsonObject, type JsonObject } from '../formats/strict-json.ts';
import { askEngineJson } from '../io/engine-client.ts';
import type { EngineEndpoint } from '../io/engine-endpoints.ts';
import type { Holding, Reading } from './finder.ts';
import { idOf } from './image-digest.ts';

/** Ten thousand containers with their networks and mounts. */
const listBytes = 128 * 2 ** 20;

const askList = async (endpoint: EngineEndpoint, path: string, context: Context): Promise<readonly JsonObject[]> => {
  const limits = { ...context.limits, record: listBytes };
  const { status, answer } = await askEngineJson(endpoint, path, { ...context, limits });
  if (status === 200 && Array.isArray(answer)) return answer.filter(isJsonObject);
  const message = typeof answer['message'] === 'string' ? answer['message'] : 'no list in its answer';
  throw unavailable('ENGINE_ANSWER_INVALID', `status ${status}: ${message.slice(0, 300)}`, endpoint.label);
};

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const memberOf = (value: unknown, name: string): unknown => (isJsonObject(value) ? value[name] : undefined);

/** `<none>:<none>` is how engines write that there is no name. */
const tagsOf = (image: JsonObject): readonly string[] =>
  textsOf(image['RepoTags']).filter((tag) => !tag.startsWith('<none>'));

const stateOf = (word: unknown): UseState => {
  if (word === 'running' || word === 'restarting') return 'running';
  return word === 'paused' ? 'paused' : 'stopped';
};

interface Found {
  readonly id: Digest;
  /** What was stored under the id, where the engine tells: platform manifests with what is run of them. */
  readonly manifests: readonly { readonly digest: Digest; readonly platform?: string }[];
  readonly names: readonly string[];
  /** False: the id may be an index's. */
  readonly isExact: boolean;
}

const platformOf = (value: unknown): string | undefined => {
  const [os, architecture, variant] = ['os', 'architecture', 'variant'].map((name) => textOf(memberOf(value, name)));
  return os && architecture ? [os, architecture, variant].filter(Boolean).join('/') : undefined;
};

/** API 1.48 and later list what is stored below an id when the engine keeps its images in containerd. */
const readImage = (image: JsonObject): Found | undefined => {
  const id = idOf(image['Id']);
  if (id === undefined) return undefined;
  const manifests = (Array.isArray(image['Manifests']) ? image['Manifests'] : []).flatMap((one: unknown) => {
    const digest = idOf(memberOf(one, 'ID'));
    if (digest === undefined || memberOf(one, 'Kind') !== 'image' || memberOf(one, 'Available') !== true) return [];
    const platform = platformOf(memberOf(memberOf(one, 'ImageData'), 'Platform'));
    return [{ digest, ...(platform === undefined ? {} : { platform }) }];
  });
  const type = textOf(memberOf(image['Descriptor'], 'mediaType'));
  return { id, manifests, names: tagsOf(image), isExact: !/index|manifest\.list/.test(type) };
};

interface Container {
  readonly use: Pick<Use, 'state' | 'container'>;
  readonly image: Digest;
  readonly manifest?: Digest;
  readonly written: string;
}

const readContainer = (container: JsonObject, label: string): Container => {
  const image = idOf(container['ImageID']);
  const id = textOf(container['Id']);
  if (image === undefined)
    throw unavailable('ENGINE_ANSWER_INVALID', `the container ${id.slice(0, 80)} has no image id`, label);
  const manifest = idOf(memberOf(container['ImageManifestDescriptor'], 'digest'));
  const name = textsOf(container['Names'])[0]?.replace(/^\//, '');
  return {
    use: { state: stateOf(container['State']), container: { id, ...(name === undefined ? {} : { name }) } },
    image,
    ...(manifest === undefined ? {} : { manifest }),
    written: textOf(container['Image']),
  };
};

/** `environment`: what leads `docker-daemon:` to this engine. */
export const surveyEngine = async (
  engine: string,
  endpoint: EngineEndpoint,
  environment: Reading['environment'],
  context: Context,
): Promise<readonly Holding[]> => {
  const images = await askList(endpoint, '/images/json?manifests=1', context);
  const containers = (await askList(endpoint, '/containers/json?all=1', context)).map((container) =>
    readContainer(container, endpoint.label),
  );
  const found = images.map((image) => {
    const read = readImage(image);
    if (read === undefined) throw unavailable('ENGINE_ANSWER_INVALID', 'an image without an id', endpoint.label);
    return read;
  });
  // A container's image may be one that is listed no more: parents of others, and images removed by force.
  const listed = new Set(found.map(({ id }) => id));
  for (const { image, written } of containers)
    if (!listed.has(image)) {
      listed.add(image);
      found.push({ id: image, manifests: [], names: idOf(written) === undefined ? [written] : [], isExact: true });
    }

  const at = endpoint.label;
  const toHolding = (
    { id, names, isExact }: Found,
    manifest: Found['manifests'][number] | undefined,
    made: readonly Container[],
  ): Holding => {
    const { digest = id, platform } = manifest ?? {};
    const exact = manifest !== undefined || isExact;
    return {
      exact: exact ? [digest] : [],
      loose: digest === id && exact ? [] : [id],
      reading: { reference: `docker-daemon:${id}`, environment, ...(platform === undefined ? {} : { platform }) },
      uses:
        made.length === 0
          ? [{ engine, at, state: 'stored', names }]
          : made.map(({ use }) => ({ engine, at, names, ...use })),
    };
  };
  return found.flatMap((image) => {
    const made = containers.filter((container) => container.image === image.id);
    if (image.manifests.length === 0) return [toHolding(image, undefined, made)];
    const [first] = image.manifests;
    return image.manifests.map((manifest) =>
      toHolding(
        image,
        manifest,
        // What the engine does not tell apart is said of the first, which it runs by default.
        made.filter((container) => (container.manifest ?? first?.digest) === manifest.digest),
      ),
    );
  });
};
