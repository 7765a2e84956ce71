/**
 * What an engine answers when it is asked about a container or an image → what its own events do not say: rights, command, addresses,
 * digests. The listener puts it into the record as its member `asked`, which no engine sends (Docker Engine API, `ContainerInspect`,
 * `ImageInspect`; Podman's has the same members).
 */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { EventProcess, EventRights } from '../../core/event.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { bounded, boundedRights, commandLimit, member, readReference, text } from '../event-parts.ts';

const maximumTexts = 64;
const maximumNetworks = 16;

const texts = (value: unknown, ...path: readonly string[]): readonly string[] =>
  textsAt(value, ...path)
    .slice(0, maximumTexts)
    .map((one) => bounded(one));

/** What is kept of an answer: never the environment, where secrets are. `inside`: with what holds only while it runs. */
export const pickContainer = (answer: JsonObject, inside: boolean): JsonObject => {
  const host = objectAt(answer, 'HostConfig');
  const networks = Object.entries(objectAt(answer, 'NetworkSettings', 'Networks')).slice(0, maximumNetworks);
  const given: unknown = jsonAt(answer, 'Args');
  return {
    ...text('Image', textAt(answer, 'Image')),
    ...text('Path', textAt(answer, 'Path')),
    ...(Array.isArray(given)
      ? { Args: texts(given).concat(given.length > maximumTexts ? [`(${given.length - maximumTexts} more)`] : []) }
      : {}),
    HostConfig: {
      ...(host['Privileged'] === true ? { Privileged: true } : {}),
      ...text('NetworkMode', textAt(host, 'NetworkMode')),
      ...text('PidMode', textAt(host, 'PidMode')),
      ...text('IpcMode', textAt(host, 'IpcMode')),
      CapAdd: texts(host, 'CapAdd'),
    },
    Mounts: listAt(answer, 'Mounts')
      .slice(0, maximumTexts)
      .map((mount) => ({
        ...text('Type', textAt(mount, 'Type')),
        // Of a volume it is a folder of the engine's own.
        ...(textAt(mount, 'Type') === 'bind' ? text('Source', textAt(mount, 'Source')) : {}),
        ...text('Destination', textAt(mount, 'Destination')),
      })),
    ...(inside
      ? {
          State: { ...member('Pid', numberAt(answer, 'State', 'Pid')) },
          NetworkSettings: {
            Networks: Object.fromEntries(
              networks.map(([name, network]) => [
                bounded(name, 128),
                {
                  ...text('IPAddress', textAt(network, 'IPAddress')),
                  ...text('GlobalIPv6Address', textAt(network, 'GlobalIPv6Address')),
                },
              ]),
            ),
          },
        }
      : {}),
  };
};

export const pickImage = (answer: JsonObject): JsonObject => ({
  ...text('Id', textAt(answer, 'Id')),
  RepoDigests: texts(answer, 'RepoDigests'),
});

const rightsOf = (container: JsonObject): EventRights | undefined => {
  const host = objectAt(container, 'HostConfig');
  const isHost = (name: string): boolean => textAt(host, name) === 'host';
  const paths = listAt(container, 'Mounts')
    .map((mount) => textAt(mount, 'Source'))
    .filter((path) => path !== undefined);
  const capabilities = texts(host, 'CapAdd').map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  return boundedRights({
    ...(host['Privileged'] === true ? { privileged: true } : {}),
    ...(isHost('NetworkMode') ? { hostNetwork: true } : {}),
    ...(isHost('PidMode') ? { hostProcesses: true } : {}),
    ...(isHost('IpcMode') ? { hostIpc: true } : {}),
    ...(paths.length === 0 ? {} : { hostPaths: paths }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
  });
};

const processOf = (container: JsonObject): EventProcess | undefined => {
  const path = textAt(container, 'Path');
  const id = numberAt(container, 'State', 'Pid');
  const words = path === undefined ? [] : [path, ...textsAt(container, 'Args')];
  if (words.length === 0 && (id === undefined || id === 0)) return undefined;
  return {
    ...(words.length === 0 ? {} : { commandLine: bounded(words.join(' '), commandLimit), arguments: words }),
    // 0: it does not run.
    ...(id === undefined || id === 0 ? {} : { id }),
  };
};

/** Without tag and digest. */
const repositoryOf = (reference: string): string => reference.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');

/** That under which the image was got by this name: others may have the same content under names of their own. */
const manifestOf = (image: JsonObject, name: string | undefined): Digest | undefined => {
  const wanted = name === undefined ? undefined : readReference(name)?.reference;
  const found = new Set<Digest>();
  for (const written of textsAt(image, 'RepoDigests')) {
    const read = readReference(written);
    if (read?.digest === undefined || !isDigest(read.digest)) continue;
    if (wanted === undefined || repositoryOf(read.reference) === repositoryOf(wanted)) found.add(read.digest);
  }
  const [digest] = found;
  return found.size === 1 ? digest : undefined;
};

export interface Asked {
  readonly imageId?: string;
  readonly manifest?: Digest;
  readonly rights?: EventRights;
  readonly process?: EventProcess;
}

/** Of a record; nothing where the engine was not asked. `name`: the image's. */
export const readAsked = (fields: JsonObject, name: string | undefined): Asked => {
  const container = jsonAt(fields, 'asked', 'container');
  const image = jsonAt(fields, 'asked', 'image');
  const imageId = textAt(container, 'Image') ?? textAt(image, 'Id');
  return {
    ...text('imageId', imageId),
    ...(isJsonObject(image) ? member('manifest', manifestOf(image, name)) : {}),
    ...(isJsonObject(container)
      ? { ...member('rights', rightsOf(container)), ...member('process', processOf(container)) }
      : {}),
  };
};
