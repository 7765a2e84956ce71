/** Operations of Azure, in whatever case they are written → what they do to images and machines. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage, EventPlace } from '../../core/event.ts';
import { jsonAt, listAt, objectAt, parsedAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { bounded, imageOr, text, unknownImage } from '../event-parts.ts';

export interface AzureDeed {
  readonly action: EventAction;
  readonly image?: EventImage;
  readonly place?: EventPlace;
  readonly target?: string;
}

/** The request: text or object, in one of the members that hold it; the answer where there is no request. */
const bodiesOf = (fields: unknown): readonly JsonObject[] => {
  const properties =
    parsedAt(fields, 'properties') ?? parsedAt(fields, 'Properties') ?? parsedAt(fields, 'Properties_d');
  return [
    parsedAt(properties, 'requestbody'),
    parsedAt(properties, 'requestBody'),
    parsedAt(properties, 'responseBody'),
    parsedAt(properties, 'responsebody'),
  ].filter(isJsonObject);
};

const machine = (
  written: string,
  more: { readonly owner?: string | undefined; readonly resolved?: string | undefined } = {},
): EventImage => ({
  kind: 'machine',
  cloud: 'azure',
  written: bounded(written),
  ...text('resolved', more.resolved),
  ...text('owner', more.owner),
});

/** By publisher, by resource, by gallery; then the plan, which the market asks for with each of its images. */
const imageOfProfile = (profile: unknown, plan: unknown): EventImage | undefined => {
  const reference = jsonAt(profile, 'imageReference');
  const id = ['id', 'sharedGalleryImageId', 'communityGalleryImageId']
    .map((name) => textAt(reference, name))
    .find((one) => one !== undefined);
  if (id !== undefined)
    return machine(id, {
      owner: /^\/subscriptions\/([^/]+)/i.exec(id)?.[1] ?? /^\/communitygalleries\/([^/]+)/i.exec(id)?.[1],
    });
  const publisher = textAt(reference, 'publisher');
  if (publisher !== undefined) {
    const [offer, sku, version] = ['offer', 'sku', 'version'].map((name) => textAt(reference, name) ?? '');
    const exact = textAt(reference, 'exactVersion');
    const urn = `${publisher}:${offer}:${sku}`;
    return machine(`${urn}:${version}`, {
      owner: publisher,
      resolved: exact === undefined ? undefined : `${urn}:${exact}`,
    });
  }
  const disk =
    textAt(profile, 'osDisk', 'image', 'uri') ??
    textAt(profile, 'osDisk', 'vhd', 'uri') ??
    textAt(profile, 'osDisk', 'managedDisk', 'id');
  if (textAt(plan, 'publisher') !== undefined)
    return machine(['publisher', 'product', 'name'].map((name) => textAt(plan, name) ?? '').join(':'), {
      owner: textAt(plan, 'publisher'),
    });
  return disk === undefined ? undefined : machine(disk);
};

const imageOfMachine = (bodies: readonly JsonObject[]): EventImage => {
  for (const body of bodies)
    for (const profile of [
      jsonAt(body, 'properties', 'storageProfile'),
      jsonAt(body, 'properties', 'virtualMachineProfile', 'storageProfile'),
    ]) {
      const image = imageOfProfile(profile, objectAt(body, 'plan'));
      if (image !== undefined) return image;
    }
  for (const body of bodies) {
    const image = imageOfProfile(undefined, objectAt(body, 'plan'));
    if (image !== undefined) return image;
  }
  return unknownImage(bodies.length === 0 ? 'the record has no body' : 'the body names no image and no plan');
};

const hasScript = (bodies: readonly JsonObject[]): boolean =>
  bodies.some(
    (body) =>
      ['customData', 'userData'].some(
        (name) =>
          jsonAt(body, 'properties', 'osProfile', name) !== undefined || jsonAt(body, 'properties', name) !== undefined,
      ) || jsonAt(body, 'properties', 'virtualMachineProfile', 'osProfile', 'customData') !== undefined,
  );

const containersOf = (bodies: readonly JsonObject[]): readonly EventImage[] => {
  for (const body of bodies)
    for (const path of [
      ['properties', 'containers'],
      ['properties', 'template', 'containers'],
    ]) {
      const containers = listAt(body, ...path);
      if (containers.length > 0)
        return containers
          .slice(0, 64)
          .map((container) =>
            imageOr(
              textAt(container, 'properties', 'image') ?? textAt(container, 'image'),
              'the container names no image',
            ),
          );
    }
  return [unknownImage(bodies.length === 0 ? 'the record has no body' : 'the body names no container')];
};

type Reader = (resource: string, bodies: readonly JsonObject[]) => readonly AzureDeed[];

const launches: Reader = (_, bodies) => [
  { action: 'launch', image: imageOfMachine(bodies) },
  ...(hasScript(bodies) ? [{ action: 'user-data' } as const] : []),
];

const registers: Reader = (resource, bodies) => {
  const from = ['sourceVirtualMachine', 'storageProfile'].flatMap((name) =>
    bodies.map((body) => textAt(body, 'properties', name, 'id') ?? textAt(body, 'properties', name, 'source', 'id')),
  );
  return [
    {
      action: 'image-register',
      image: machine(resource),
      ...text(
        'target',
        from.find((one) => one !== undefined),
      ),
    },
  ];
};

/** In lower case, by the whole name. */
const operations: Readonly<Record<string, Reader>> = {
  'microsoft.compute/virtualmachines/write': launches,
  'microsoft.compute/virtualmachinescalesets/write': launches,
  'microsoft.compute/virtualmachines/start/action': () => [
    { action: 'start', image: unknownImage('a record of a start names no image') },
  ],
  'microsoft.compute/virtualmachines/restart/action': () => [
    { action: 'start', image: unknownImage('a record of a start names no image') },
  ],
  'microsoft.compute/virtualmachines/poweroff/action': () => [{ action: 'stop' }],
  'microsoft.compute/virtualmachines/deallocate/action': () => [{ action: 'stop' }],
  'microsoft.compute/virtualmachinescalesets/start/action': () => [
    { action: 'start', image: unknownImage('a record of a start names no image') },
  ],
  'microsoft.compute/virtualmachines/runcommand/action': (resource) => [{ action: 'exec', target: bounded(resource) }],
  'microsoft.compute/virtualmachines/runcommands/write': (resource) => [{ action: 'exec', target: bounded(resource) }],
  'microsoft.compute/virtualmachines/extensions/write': (resource) => [
    { action: 'user-data', target: bounded(resource) },
  ],
  'microsoft.compute/virtualmachines/capture/action': registers,
  'microsoft.compute/images/write': registers,
  'microsoft.compute/galleries/images/versions/write': registers,
  'microsoft.compute/galleries/share/action': (resource) => [{ action: 'image-share', image: machine(resource) }],
  'microsoft.compute/images/delete': (resource) => [{ action: 'delete', image: machine(resource) }],
  'microsoft.compute/galleries/images/versions/delete': (resource) => [{ action: 'delete', image: machine(resource) }],
  'microsoft.containerinstance/containergroups/write': (_, bodies) =>
    containersOf(bodies).map((image) => ({ action: 'create', image })),
  'microsoft.containerinstance/containergroups/start/action': () => [
    { action: 'start', image: unknownImage('a record of a start names no image') },
  ],
  'microsoft.app/containerapps/write': (_, bodies) =>
    containersOf(bodies).map((image) => ({ action: 'create', image })),
  'microsoft.containerregistry/registries/importimage/action': (resource, bodies) => [
    {
      action: 'push',
      image: imageOr(
        bodies.map((body) => textAt(body, 'source', 'sourceImage')).find((one) => one !== undefined),
        'the body names no image',
      ),
      target: bounded(resource),
    },
  ],
  'microsoft.compute/disks/begingetaccess/action': (resource) => [{ action: 'image-share', image: machine(resource) }],
};

const verbs: readonly (readonly [RegExp, EventAction])[] = [
  [/^microsoft\.authorization\/(?:roleassignments|roledefinitions)\/write$/, 'grant'],
  [/\/write$/, 'change'],
  [/\/delete$/, 'delete'],
  [/\/read$|\/list\w*\/action$/, 'read'],
];

export const azureDeeds = (operation: string, resource: string, fields: unknown): readonly AzureDeed[] => {
  const name = operation.toLowerCase();
  const reader = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const deeds = reader?.(resource, bodiesOf(fields)) ?? [
    { action: verbs.find(([pattern]) => pattern.test(name))?.[1] ?? 'other' },
  ];
  return deeds.map((deed) => ({ ...deed, ...text('target', deed.target ?? (resource === '' ? operation : resource)) }));
};
