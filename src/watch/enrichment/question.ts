/** An event → what a cloud may be asked about its image and machine. Ids of records are hostile: by the cloud's grammar, or not at all. */
import type { Event } from '../../core/event.ts';
import { textAt } from '../../formats/records/json-member.ts';

export interface CloudQuestion {
  readonly cloud: 'aws' | 'gcp' | 'azure';
  readonly account: string;
  readonly region?: string;
  readonly image?: string;
  readonly machine?: string;
  /** Of the machine: which image, which tags. */
  readonly details: boolean;
  /** Of the machine: what it runs when it starts. */
  readonly startUp: boolean;
}

type Cloud = CloudQuestion['cloud'];

const googleName = '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?';
const googleProject = '(?:[a-z0-9][-a-z0-9.]{0,60}:)?[a-z][-a-z0-9]{4,28}[a-z0-9]';
const azureName = '[\\w.()-]{1,90}';
const azureGroup = `/subscriptions/[0-9a-f-]{36}/resourcegroups/${azureName}/providers/microsoft\\.compute`;

const grammars: Readonly<
  Record<Cloud, { readonly account: RegExp; readonly image: RegExp; readonly machine: RegExp }>
> = {
  aws: { account: /^\d{12}$/, image: /^ami-[0-9a-f]{8,17}$/, machine: /^i-[0-9a-f]{8,17}$/ },
  gcp: {
    account: new RegExp(`^${googleProject}$`),
    image: new RegExp(`^projects/${googleProject}/global/images/(?:family/)?${googleName}$`),
    machine: new RegExp(`^projects/${googleProject}/zones/${googleName}/instances/${googleName}$`),
  },
  azure: {
    account: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/,
    image: new RegExp(
      `^${azureGroup}/(?:images/${azureName}|galleries/${azureName}/images/${azureName}(?:/versions/${azureName})?)$`,
      'i',
    ),
    machine: new RegExp(`^${azureGroup}/virtualmachines/${azureName}$`, 'i'),
  },
};

/** A region of AWS: it becomes part of a host's name. */
export const isRegion = (name: string): boolean => /^[a-z]{2}(?:-[a-z]{3,9}){1,3}-\d{1,2}$/.test(name);

export const isCloudImage = (cloud: Cloud, id: string): boolean => id.length <= 1024 && grammars[cloud].image.test(id);
export const isCloudMachine = (cloud: Cloud, id: string): boolean =>
  id.length <= 1024 && grammars[cloud].machine.test(id);

/** By what the cloud knows the machine: AWS by its id, the others by the resource that the record is about. */
const machineOf = ({ place, fields, target }: Event, cloud: Cloud): string | undefined => {
  const found =
    cloud === 'aws'
      ? place.instance
      : cloud === 'gcp'
        ? (textAt(fields, 'protoPayload', 'resourceName') ?? textAt(fields, 'resourceName'))
        : target;
  return found !== undefined && isCloudMachine(cloud, found) ? found : undefined;
};

const imageOf = ({ image }: Event, cloud: Cloud): string | undefined => {
  if (image?.kind !== 'machine' || image.cloud !== cloud) return undefined;
  return [image.resolved, image.written].find((id) => id !== undefined && isCloudImage(cloud, id));
};

/** Machines that one request launched were all given the same script: the first is asked. */
const isFirstOfRequest = ({ id }: Event, cloud: Cloud): boolean => cloud !== 'aws' || !/\/\d+$/.test(id);

const askedAbout: ReadonlySet<string> = new Set([
  'launch',
  'start',
  'user-data',
  'create',
  'image-register',
  'image-copy',
  'image-share',
]);

/** What the record gives as an id of AWS and is none: nobody is asked about it. */
export const misnamedIn = ({ action, place, image, outcome }: Event): string | undefined => {
  if (place.cloud !== 'aws' || !askedAbout.has(action) || outcome === 'failure' || outcome === 'denied')
    return undefined;
  const ids = [
    image?.kind === 'machine' && image.written.startsWith('ami-') ? image.written : undefined,
    place.instance,
  ];
  return ids.find((id) => id !== undefined && !isCloudImage('aws', id) && !isCloudMachine('aws', id));
};

/** undefined: nothing that a cloud could tell more of. */
export const questionOf = (event: Event): CloudQuestion | undefined => {
  const { action, place, outcome, target, image } = event;
  const { cloud, account, region } = place;
  if (cloud === undefined || account === undefined || outcome === 'failure' || outcome === 'denied') return undefined;
  if (!grammars[cloud].account.test(account)) return undefined;
  const common = { cloud, account, ...(region === undefined ? {} : { region }) };
  const machine = machineOf(event, cloud);
  const ofMachine = (details: boolean, startUp: boolean) =>
    machine === undefined || !(details || startUp) ? { details: false, startUp: false } : { machine, details, startUp };
  const imageId = imageOf(event, cloud);
  const ofImage = imageId === undefined ? {} : { image: imageId };
  switch (action) {
    case 'launch':
    case 'start': {
      // What is no image of the cloud's own is one of a container.
      if (image?.kind === 'container') return undefined;
      const question = {
        ...common,
        ...ofImage,
        ...ofMachine(imageId === undefined || cloud !== 'aws', isFirstOfRequest(event, cloud)),
      };
      return 'image' in question || 'machine' in question ? question : undefined;
    }
    case 'user-data':
      if (machine === undefined || target?.startsWith('read') === true) return undefined;
      return { ...common, ...ofMachine(false, true) };
    case 'create':
    case 'image-register':
    case 'image-copy':
    case 'image-share':
      return imageId === undefined ? undefined : { ...common, image: imageId, details: false, startUp: false };
    default:
      return undefined;
  }
};
