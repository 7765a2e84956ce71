/** Google Cloud → what it says of images and machines (Compute Engine API v1: images.get, images.getFromFamily, instances.get, disks.get). */
import type { CloudClient, MachineFacts, MachineImageFacts } from '../../core/cloud-client.ts';
import { jsonAt, listAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { askDocument } from '../../io/cloud-document.ts';
import type { HttpClient } from '../../io/http-client.ts';
import type { TokenSource } from '../../io/oauth-token.ts';
import { bounded, text, toTime } from '../event-parts.ts';
import { isCloudImage, isCloudMachine } from './question.ts';

export const googleEndpoint = new URL('https://compute.googleapis.com/');

const listLimit = 64;
const name = '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?';
const diskPattern = new RegExp(`/(projects/[-a-z0-9.:]{6,91}/(?:zones|regions)/${name}/disks/${name})$`);

const pathOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : /\/(projects\/[^?#]{1,1000})$/.exec(url)?.[1];

/** `asked`: what leads to it, a family perhaps. */
export const parseImage = (document: unknown, asked: string): MachineImageFacts | undefined => {
  const own = textAt(document, 'name');
  if (own === undefined) return undefined;
  const id = pathOf(textAt(document, 'selfLink')) ?? asked;
  const created = toTime(textAt(document, 'creationTimestamp'));
  return {
    id: bounded(id),
    name: bounded(own),
    ...text('owner', /^projects\/([^/]+)\//.exec(id)?.[1]),
    ...(created === undefined ? {} : { created }),
  };
};

/** Keys that a machine runs when it starts, in the order in which a person looks at them. */
const startKeys = ['startup-script', 'user-data', 'windows-startup-script-ps1', 'windows-startup-script-cmd'];
const urlKeys = ['startup-script-url', 'windows-startup-script-url'];

export const parseMachine = (document: unknown, startUp: boolean): MachineFacts => {
  const items = listAt(document, 'metadata', 'items').slice(0, 512);
  const valueOf = (key: string): string | undefined =>
    items
      .map((item) => (textAt(item, 'key') === key ? textAt(item, 'value') : undefined))
      .find((value) => value !== undefined);
  const labels = Object.entries(objectAt(document, 'labels')).slice(0, listLimit);
  const networks = listAt(document, 'networkInterfaces').slice(0, listLimit);
  const scripts = [
    ...startKeys.map(valueOf),
    ...urlKeys.map(valueOf).map((url) => (url === undefined ? undefined : `#include\n${url}`)),
  ].filter((one) => one !== undefined);
  return {
    tags: labels.map(([key, value]) => bounded(`${key}=${typeof value === 'string' ? value : ''}`)),
    addresses: networks
      .flatMap((network) => [
        textAt(network, 'networkIP'),
        ...listAt(network, 'accessConfigs').map((config) => textAt(config, 'natIP')),
      ])
      .filter((one) => one !== undefined)
      .slice(0, listLimit)
      .map((one) => bounded(one, 64)),
    hostNames: [textAt(document, 'name'), textAt(document, 'hostname')]
      .filter((one) => one !== undefined)
      .map((one) => bounded(one, 256)),
    ...(startUp ? { startUp: scripts.map((script) => Buffer.from(script)) } : {}),
  };
};

const bootDiskOf = (document: unknown): string | undefined => {
  const boot = listAt(document, 'disks').find((disk) => jsonAt(disk, 'boot') === true);
  return diskPattern.exec(textAt(boot, 'source') ?? '')?.[1];
};

export const openGoogle = (http: HttpClient, tokens: TokenSource, endpoint: URL = googleEndpoint): CloudClient => {
  /** `path` is by the grammar. undefined: there is none. */
  const ask = (path: string, permission: string, signal: AbortSignal): Promise<unknown> =>
    askDocument(http, tokens, {
      url: new URL(`compute/v1/${path}`, endpoint),
      cloud: 'Google Cloud',
      permission,
      signal,
    });

  return {
    image: async (id, _region, signal) => {
      if (!isCloudImage('gcp', id)) return undefined;
      const document = await ask(id, 'compute.images.get', signal);
      return document === undefined ? undefined : parseImage(document, id);
    },
    machine: async (id, _region, { details, startUp }, signal) => {
      if (!isCloudMachine('gcp', id)) return undefined;
      const document = await ask(id, 'compute.instances.get', signal);
      if (document === undefined) return undefined;
      const facts = parseMachine(document, startUp);
      const disk = details ? bootDiskOf(document) : undefined;
      const source = disk === undefined ? undefined : await ask(disk, 'compute.disks.get', signal);
      const image = pathOf(textAt(source, 'sourceImage'));
      return image === undefined ? facts : { ...facts, image: bounded(image) };
    },
  };
};
