/** Methods of Google Cloud → what they do to images and machines, with what was asked for and what it led to. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage, EventPlace, EventRights } from '../../core/event.ts';
import { jsonAt, listAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { bounded, containerImage, imageOr, text, unknownImage } from '../event-parts.ts';

export interface GoogleDeed {
  readonly action: EventAction;
  readonly image?: EventImage;
  readonly place?: EventPlace;
  readonly rights?: EventRights;
  readonly target?: string;
}

export interface GoogleCall {
  /** The entry of a long operation's end: it has the answer, and not always the question. */
  readonly ends: boolean;
  readonly name: string;
}

/** `https://www.googleapis.com/compute/v1/projects/…` is `projects/…`. */
const pathOf = (url: string): string =>
  bounded(url.replace(/^https?:\/\/[^/]+\/(?:compute\/)?(?:v1|beta|alpha)\//, ''));

/** `family/debian-12` is asked for, an image of today comes of it: both are told, and the project that owns it. */
const machineImage = (written: string, resolved?: string): EventImage => {
  const path = pathOf(written);
  const owner =
    /projects\/([^/]+)\//.exec(resolved === undefined ? path : pathOf(resolved))?.[1] ??
    /projects\/([^/]+)\//.exec(path)?.[1];
  return {
    kind: 'machine',
    cloud: 'gcp',
    written: path,
    ...(resolved === undefined ? {} : { resolved: pathOf(resolved) }),
    ...text('owner', owner),
    ...text('name', /[^/]+$/.exec(path)?.[0]),
  };
};

const disksOf = (body: unknown): readonly unknown[] => [
  ...listAt(body, 'disks'),
  ...listAt(body, 'properties', 'disks'),
  ...listAt(body, 'instanceProperties', 'disks'),
];

const sourceOf = (disk: unknown): string | undefined =>
  textAt(disk, 'initializeParams', 'sourceImage') ?? textAt(disk, 'sourceImage');

const machineNames = ['sourceMachineImage', 'source_machine_image', 'sourceInstanceTemplate', 'sourceImage'];

const noImage = 'the request names no image of its disks';

/** Images of the boot disks; where only the answer or the metadata names one, that is what it led to. */
const imagesOfMachine = (payload: JsonObject): readonly EventImage[] => {
  const request = objectAt(payload, 'request');
  const resolved = listAt(payload, 'metadata', 'sourceImages').find((one) => typeof one === 'string');
  const answered = disksOf(objectAt(payload, 'response'))
    .map(sourceOf)
    .find((source) => source !== undefined);
  const led = typeof resolved === 'string' ? resolved : (textAt(payload, 'metadata', 'resolvedImage') ?? answered);
  const asked = disksOf(request)
    .map(sourceOf)
    .filter((source) => source !== undefined);
  if (asked.length > 0) return asked.slice(0, 64).map((source) => machineImage(source, led));
  const other = machineNames.map((name) => textAt(request, name)).find((name) => name !== undefined);
  if (other !== undefined) return [machineImage(other, led)];
  return [led === undefined ? unknownImage(noImage) : machineImage(led)];
};

/** Konlet: a container that a machine starts is declared in its metadata, as YAML. */
const declaredContainer = (request: JsonObject): readonly EventImage[] => {
  const items = [
    ...listAt(request, 'metadata', 'items'),
    ...listAt(request, 'properties', 'metadata', 'items'),
    ...listAt(request, 'items'),
  ];
  return items
    .filter((item) => textAt(item, 'key') === 'gce-container-declaration')
    .flatMap((item) => [
      ...(textAt(item, 'value') ?? '')
        .slice(0, 65_536)
        .matchAll(/^[ \t]{0,80}(?:-[ \t]{1,8})?image:[ \t]{0,8}['"]?([^\s'"]{1,512})/gm),
    ])
    .slice(0, 64)
    .map((found) => containerImage({ written: found[1] ?? '' }));
};

/** Keys that a machine reads when it starts. */
const startKeys =
  /^(?:startup-script(?:-url)?|shutdown-script(?:-url)?|user-data|gce-container-declaration|windows-startup-script-\w+|sysprep-specialize-script-\w+)$/;

const metadataKeys = (payload: JsonObject): readonly string[] => {
  const request = objectAt(payload, 'request');
  const keys = [...listAt(request, 'items'), ...listAt(request, 'metadata', 'items')].map((item) =>
    textAt(item, 'key'),
  );
  const delta = objectAt(payload, 'metadata', 'instanceMetadataDelta');
  const project = objectAt(payload, 'metadata', 'projectMetadataDelta');
  const changed = [delta, project].flatMap((one) => [
    ...listAt(one, 'addedMetadataKeys'),
    ...listAt(one, 'modifiedMetadataKeys'),
  ]);
  return [...keys, ...changed.map((key) => (typeof key === 'string' ? key : textAt(key, 'key')))].filter(
    (key) => key !== undefined,
  );
};

/** Members of a policy that stand for everybody, and those who are somebody. */
const sharing = (payload: JsonObject): EventRights => {
  const bindings = [...listAt(payload, 'request', 'policy', 'bindings'), ...listAt(payload, 'request', 'bindings')];
  const added = listAt(payload, 'serviceData', 'policyDelta', 'bindingDeltas').filter(
    (delta) => textAt(delta, 'action') === 'ADD',
  );
  const members = [
    ...bindings.flatMap((binding) => listAt(binding, 'members')),
    ...added.map((delta) => jsonAt(delta, 'member')),
  ].filter((member) => typeof member === 'string');
  const open = members.some((member) => /^(?:allUsers|allAuthenticatedUsers)$/.test(member));
  const named = members
    .filter((member) => member.includes(':'))
    .slice(0, 256)
    .map((member) => bounded(member));
  return { ...(open ? { public: true } : {}), ...(named.length === 0 ? {} : { sharedWith: named }) };
};

/** Cloud Run in both versions of its interface, and jobs. */
const containersOf = (payload: JsonObject): readonly EventImage[] => {
  const request = objectAt(payload, 'request');
  for (const body of [jsonAt(request, 'service'), jsonAt(request, 'job'), request])
    for (const path of [
      ['spec', 'template', 'spec', 'containers'],
      ['template', 'containers'],
      ['template', 'template', 'containers'],
      ['spec', 'template', 'spec', 'template', 'spec', 'containers'],
    ]) {
      const containers = listAt(body, ...path);
      if (containers.length > 0)
        return containers
          .slice(0, 64)
          .map((container) => imageOr(textAt(container, 'image'), 'the container names no image'));
    }
  return [unknownImage('the request names no container')];
};

const machineOr = (written: string | undefined): EventImage =>
  written === undefined ? unknownImage(noImage) : machineImage(written);

type Reader = (payload: JsonObject, call: GoogleCall, resource: string) => readonly GoogleDeed[];

const machines =
  (action: EventAction): Reader =>
  (payload, { name }) => [
    ...imagesOfMachine(payload).map((image) => ({ action, image, target: name })),
    ...declaredContainer(objectAt(payload, 'request')).map((image) => ({ action, image, target: name })),
  ];

const started: Reader = () => [{ action: 'start', image: unknownImage('a record of a start names no image') }];

const registered: Reader = (payload, { name }, resource) => {
  const request = objectAt(payload, 'request');
  const from =
    ['sourceDisk', 'sourceSnapshot', 'sourceImage', 'sourceInstance']
      .map((key) => textAt(request, key))
      .find((one) => one !== undefined) ?? textAt(request, 'rawDisk', 'source');
  return [
    {
      action: 'image-register',
      image: machineImage(resource === '' ? name : resource),
      ...text('target', from === undefined ? undefined : pathOf(from)),
    },
  ];
};

const shared: Reader = (payload, _, resource) => [
  { action: 'image-share', image: machineImage(resource), rights: sharing(payload) },
];

const metadata: Reader = (payload, { name }) => {
  const keys = metadataKeys(payload);
  const starts = keys.filter((key) => startKeys.test(key));
  return [
    {
      action: starts.length > 0 ? 'user-data' : 'change',
      target: bounded((starts.length > 0 ? starts : keys.length > 0 ? keys : [name]).join(' ')),
    },
    ...declaredContainer(objectAt(payload, 'request')).map((image) => ({ action: 'change' as const, image })),
  ];
};

/** By the end of the method's name, whatever version and family stand before it. */
const methods: readonly (readonly [RegExp, Reader])[] = [
  [/\binstances\.(?:insert|bulkInsert)$/, machines('launch')],
  [/\binstances\.(?:start|startWithEncryptionKey|resume)$/, started],
  [/\binstances\.(?:stop|suspend)$/, () => [{ action: 'stop' }]],
  [/\binstances\.reset$/, started],
  [/\binstances\.setMetadata$|\bprojects\.setCommonInstanceMetadata$/, metadata],
  [/\b(?:instanceTemplates|regionInstanceTemplates)\.insert$/, machines('create')],
  [
    /\b(?:instanceGroupManagers|regionInstanceGroupManagers)\.insert$/,
    (_, { name }) => [{ action: 'create', image: unknownImage('the image is named by the template'), target: name }],
  ],
  [/\bimages\.insert$/, registered],
  [/\bmachineImages\.insert$/, registered],
  [/\b(?:images|machineImages|snapshots)\.setIamPolicy$/, shared],
  [/\b(?:images|machineImages)\.delete$/, (_, __, resource) => [{ action: 'delete', image: machineImage(resource) }]],
  [
    /\bimages\.(?:get|list|getFromFamily)$/,
    (_, __, resource) => [{ action: 'image-search', image: machineImage(resource) }],
  ],
  [
    /\bdisks\.insert$/,
    (payload, { name }) => [
      { action: 'create', image: machineOr(textAt(payload, 'request', 'sourceImage')), target: name },
    ],
  ],
  [
    /(?:Services|Jobs)\.(?:Create|Replace|Update)(?:Service|Job)$/,
    (payload, { name }) => containersOf(payload).map((image) => ({ action: 'create', image, target: name })),
  ],
  [
    /CloudBuild\.CreateBuild$/,
    (payload, { name }) => {
      const images = listAt(payload, 'request', 'build', 'images').filter((image) => typeof image === 'string');
      return (images.length === 0 ? [undefined] : images.slice(0, 64)).map((image) => ({
        action: 'build',
        image: imageOr(image, 'the build names no image'),
        target: name,
      }));
    },
  ],
  [/^Docker-(?:PutManifest|FinishUpload)$/, (_, __, resource) => [{ action: 'push', image: artifact(resource) }]],
  [/^Docker-(?:GetManifest|HeadManifest)$/, (_, __, resource) => [{ action: 'pull', image: artifact(resource) }]],
];

/** `projects/P/locations/L/repositories/R/dockerImages/NAME@sha256:…` is a name of that location's registry. */
const artifact = (resource: string): EventImage => {
  const found =
    /^projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)(?:\/(?:dockerImages|packages)\/(.+))?$/.exec(
      resource,
    );
  if (found?.[4] === undefined) return unknownImage('the record names no image of the repository');
  const [, project, location, repository, name = ''] = found;
  return containerImage({
    written: `${location}-docker.pkg.dev/${project}/${repository}/${name.replaceAll('%2F', '/')}`,
  });
};

const verbs: readonly (readonly [RegExp, EventAction])[] = [
  [/(?:setIamPolicy|SetIamPolicy|createServiceAccountKey|CreateServiceAccountKey|CreateRole|UpdateRole)$/, 'grant'],
  [/(?:^|\.)(?:delete|Delete|remove)\w*$/, 'delete'],
  [/(?:^|\.)(?:insert|create|Create)\w*$/, 'create'],
  [/(?:^|\.)(?:get|list|Get|List|aggregatedList|search)\w*$/, 'read'],
  [/(?:^|\.)(?:set|update|patch|Update|Set|attach|detach|Enable|Disable)\w*$/, 'change'],
];

/** Long operations are told once: at their end what began is known, and only what the beginning did not have is new. */
export const googleDeeds = (
  method: string,
  resource: string,
  payload: JsonObject,
  call: GoogleCall,
): readonly GoogleDeed[] => {
  const reader = methods.find(([pattern]) => pattern.test(method))?.[1];
  if (reader === undefined)
    return [
      {
        action: verbs.find(([pattern]) => pattern.test(method))?.[1] ?? 'other',
        ...text('target', resource === '' ? method : resource),
      },
    ];
  const deeds = reader(payload, call, resource);
  // Without a request the end says only that it ended, unless it says what the name led to.
  if (!call.ends) return deeds;
  return deeds.map((deed) =>
    deed.image === undefined || deed.image.kind === 'unknown' ? { ...deed, action: 'other' as const } : deed,
  );
};
