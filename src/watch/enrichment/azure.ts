/** Azure → what it says of images and machines (Compute REST API: images, gallery image versions, virtual machines with their user data). */
import type { CloudClient, MachineFacts, MachineImageFacts } from '../../core/cloud-client.ts';
import { jsonAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { askDocument } from '../../io/cloud-document.ts';
import type { HttpClient } from '../../io/http-client.ts';
import type { TokenSource } from '../../io/oauth-token.ts';
import { bounded, text, toTime } from '../event-parts.ts';
import { isCloudImage, isCloudMachine } from './question.ts';

export const azureEndpoint = new URL('https://management.azure.com/');

const machineVersion = '2024-07-01';
const imageVersion = '2024-03-01';
const galleryVersion = '2023-07-03';
const listLimit = 64;

export const parseImage = (document: unknown, id: string): MachineImageFacts => {
  const created = toTime(
    textAt(document, 'properties', 'publishingProfile', 'publishedDate') ?? textAt(document, 'systemData', 'createdAt'),
  );
  return {
    id,
    ...text('name', /\/images\/([^/]+)/i.exec(id)?.[1]),
    ...text('owner', /^\/subscriptions\/([^/]+)/i.exec(id)?.[1]?.toLowerCase()),
    ...(created === undefined ? {} : { created }),
  };
};

const imageOf = (document: unknown): string | undefined => {
  const reference = jsonAt(document, 'properties', 'storageProfile', 'imageReference');
  const id =
    textAt(reference, 'id') ??
    textAt(reference, 'communityGalleryImageId') ??
    textAt(reference, 'sharedGalleryImageId');
  if (id !== undefined) return bounded(id);
  const parts = ['publisher', 'offer', 'sku'].map((part) => textAt(reference, part));
  if (parts[0] === undefined) return undefined;
  return bounded(
    [...parts, textAt(reference, 'exactVersion') ?? textAt(reference, 'version')].map((part) => part ?? '').join(':'),
  );
};

/** Custom data are told to nobody; user data are. */
export const parseMachine = (document: unknown, startUp: boolean): MachineFacts => {
  const image = imageOf(document);
  const data = textAt(document, 'properties', 'userData');
  return {
    ...(image === undefined ? {} : { image }),
    tags: Object.entries(objectAt(document, 'tags'))
      .slice(0, listLimit)
      .map(([key, value]) => bounded(`${key}=${typeof value === 'string' ? value : ''}`)),
    hostNames: [textAt(document, 'properties', 'osProfile', 'computerName'), textAt(document, 'name')]
      .filter((one) => one !== undefined)
      .map((one) => bounded(one.toLowerCase(), 256)),
    ...(startUp ? { startUp: data === undefined ? [] : [Buffer.from(data, 'base64')] } : {}),
  };
};

export const openAzure = (http: HttpClient, tokens: TokenSource, endpoint: URL = azureEndpoint): CloudClient => {
  /** `id` is by the grammar. undefined: there is none. */
  const ask = (id: string, query: string, permission: string, signal: AbortSignal): Promise<unknown> =>
    askDocument(http, tokens, {
      url: new URL(`${id.slice(1)}?${query}`, endpoint),
      cloud: 'Azure',
      permission,
      signal,
    });

  return {
    image: async (id, _region, signal) => {
      if (!isCloudImage('azure', id)) return undefined;
      const isGallery = /\/galleries\//i.test(id);
      const document = await ask(
        id,
        `api-version=${isGallery ? galleryVersion : imageVersion}`,
        isGallery ? 'Microsoft.Compute/galleries/images/versions/read' : 'Microsoft.Compute/images/read',
        signal,
      );
      return document === undefined ? undefined : parseImage(document, id);
    },
    machine: async (id, _region, { startUp }, signal) => {
      if (!isCloudMachine('azure', id)) return undefined;
      const query = `${startUp ? '$expand=userData&' : ''}api-version=${machineVersion}`;
      const document = await ask(id, query, 'Microsoft.Compute/virtualMachines/read', signal);
      return document === undefined ? undefined : parseMachine(document, startUp);
    },
  };
};
