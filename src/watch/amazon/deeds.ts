/** Operations of AWS → what they do to images and machines. What is not listed is told by the first word of its name. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage, EventPlace, EventRights } from '../../core/event.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { jsonAt, listAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import { bounded, member, text, unknownImage } from '../event-parts.ts';
import type { AmazonDeed, OperationReader } from './amazon-deed.ts';
import { containerDeeds } from './container-deeds.ts';
import { itemsAt } from './items.ts';
import { otherOperation } from './other-operation.ts';

const machine = (
  id: string | undefined,
  reason: string,
  more: { owner?: string | undefined; name?: string | undefined } = {},
): EventImage =>
  id === undefined
    ? unknownImage(reason)
    : { kind: 'machine', cloud: 'aws', written: bounded(id), ...text('owner', more.owner), ...text('name', more.name) };

const instancesIn = (...sources: readonly unknown[]): readonly string[] => {
  for (const source of sources) {
    const ids = itemsAt(source, 'instancesSet')
      .map((item) => textAt(item, 'instanceId'))
      .filter((id) => id !== undefined);
    if (ids.length > 0) return ids;
    const one = textAt(source, 'instanceId');
    if (one !== undefined) return [one];
  }
  return [];
};

const each = (action: EventAction, ids: readonly string[], image?: EventImage): readonly AmazonDeed[] =>
  (ids.length === 0 ? [undefined] : ids).map((id) => ({
    action,
    place: text('instance', id),
    ...member('image', image),
  }));

/** A template names the image; where it is named only by its own id, the record does not say which. */
const launched = 'the image is named by the launch template';

const imageOfLaunch = (request: JsonObject, response: JsonObject): readonly (EventImage & object)[] => {
  const ids = new Set(
    [...itemsAt(response, 'instancesSet'), ...itemsAt(request, 'instancesSet')]
      .map((item) => textAt(item, 'imageId'))
      .filter((id) => id !== undefined),
  );
  const own = textAt(request, 'imageId');
  if (own !== undefined) ids.add(own);
  return ids.size === 0
    ? [unknownImage('launchTemplate' in request ? launched : 'the request names no image')]
    : [...ids].map((id) => machine(id, ''));
};

const runInstances: OperationReader = (request, response) => {
  const started = itemsAt(response, 'instancesSet');
  if (started.length > 0)
    return started.map((instance) => ({
      action: 'launch',
      image: machine(textAt(instance, 'imageId') ?? textAt(itemsAt(request, 'instancesSet')[0], 'imageId'), launched),
      place: text('instance', textAt(instance, 'instanceId')),
      ...text('target', textAt(instance, 'instanceType') ?? textAt(request, 'instanceType')),
    }));
  return imageOfLaunch(request, response).map((image) => ({
    action: 'launch',
    image,
    ...text('target', textAt(request, 'instanceType')),
  }));
};

const sharing = (request: JsonObject, permission: string): EventRights => {
  const added = [
    ...itemsAt(request, permission, 'add'),
    ...itemsAt(objectAt(request, `Modify${permission[0]?.toUpperCase() ?? ''}${permission.slice(1)}Request`), 'Add'),
  ];
  const groups = added.map((item) => textAt(item, 'group'));
  const users = added
    .flatMap((item) => [textAt(item, 'userId'), textAt(item, 'organizationArn'), textAt(item, 'organizationalUnitArn')])
    .filter((user) => user !== undefined);
  return {
    ...(groups.includes('all') ? { public: true } : {}),
    ...(users.length === 0 ? {} : { sharedWith: users.slice(0, 256).map((user) => bounded(user)) }),
  };
};

const modifyImage: OperationReader = (request) => {
  const rights = sharing(request, 'launchPermission');
  const shares = Object.keys(rights).length > 0;
  return [
    {
      action: shares ? 'image-share' : 'change',
      image: machine(textAt(request, 'imageId'), 'the request names no image'),
      ...(shares ? { rights } : {}),
      ...text('target', textAt(request, 'attributeType') ?? textAt(request, 'attribute')),
    },
  ];
};

const modifySnapshot: OperationReader = (request) => {
  const rights = sharing(request, 'createVolumePermission');
  const shares = Object.keys(rights).length > 0;
  return [
    {
      action: shares ? 'image-share' : 'change',
      image: machine(textAt(request, 'snapshotId'), 'the request names no snapshot'),
      ...(shares ? { rights } : {}),
    },
  ];
};

/** CloudTrail shows that a start-up script was set, and never what it says. */
const modifyInstance: OperationReader = (request) => [
  {
    action: 'userData' in request || textAt(request, 'attribute') === 'userData' ? 'user-data' : 'change',
    place: text('instance', textAt(request, 'instanceId')),
    ...text(
      'target',
      textAt(request, 'attribute') ??
        ['userData', 'instanceType', 'disableApiTermination', 'groupSet', 'sourceDestCheck'].find(
          (name) => name in request,
        ),
    ),
  },
];

/** `name=…` of the filters, by which the lookup was made. */
const describeImages: OperationReader = (request) => {
  const ids = itemsAt(request, 'imagesSet')
    .map((item) => textAt(item, 'imageId'))
    .filter((id) => id !== undefined);
  const filters = itemsAt(request, 'filterSet').map(
    (filter) =>
      `${textAt(filter, 'name') ?? ''}=${itemsAt(filter, 'valueSet')
        .map((value) => textAt(value, 'value') ?? '')
        .join(',')}`,
  );
  const owners = itemsAt(request, 'ownersSet').map((item) => textAt(item, 'owner') ?? '');
  const target = [...filters, ...owners.map((owner) => `owner=${owner}`)].join(' ');
  return (ids.length === 0 ? [undefined] : ids).map((id) => ({
    action: 'image-search',
    image: machine(id, 'images were looked up by name or owner'),
    ...text('target', target),
  }));
};

const registered =
  (source: (request: JsonObject) => string | undefined): OperationReader =>
  (request, response) => [
    {
      action: 'image-register',
      image: machine(textAt(response, 'imageId') ?? textAt(response, 'importTaskId'), 'no image came of it', {
        name: textAt(request, 'name'),
      }),
      ...text('target', source(request)),
      ...(textAt(request, 'instanceId') === undefined
        ? {}
        : { place: text('instance', textAt(request, 'instanceId')) }),
    },
  ];

const copyImage: OperationReader = (request, response) => [
  {
    action: 'image-copy',
    image: machine(textAt(response, 'imageId'), 'no image came of it', { name: textAt(request, 'name') }),
    ...text(
      'target',
      [textAt(request, 'sourceRegion'), textAt(request, 'sourceImageId')]
        .filter((part) => part !== undefined)
        .join(' '),
    ),
  },
];

/** Images of a template's data, of a launch specification, of the overrides of a fleet. */
const templated =
  (action: EventAction, ...paths: readonly (readonly string[])[]): OperationReader =>
  (request) => {
    const images = new Set<string>();
    for (const path of paths) {
      const found = jsonAt(request, ...path);
      for (const one of Array.isArray(found) ? (found as readonly unknown[]) : [found, ...itemsAt(found)]) {
        const id = textAt(one, 'imageId') ?? textAt(one, 'ImageId');
        if (id !== undefined) images.add(id);
        for (const override of [...listAt(one, 'Overrides'), ...itemsAt(one, 'overrides')]) {
          const other = textAt(override, 'ImageId') ?? textAt(override, 'imageId');
          if (other !== undefined) images.add(other);
        }
      }
    }
    const name =
      textAt(request, 'CreateLaunchTemplateRequest', 'LaunchTemplateName') ??
      textAt(request, 'CreateLaunchTemplateVersionRequest', 'LaunchTemplateId') ??
      textAt(request, 'autoScalingGroupName') ??
      textAt(request, 'launchConfigurationName') ??
      textAt(request, 'launchTemplateName');
    return (images.size === 0 ? [unknownImage(launched)] : [...images].map((id) => machine(id, ''))).map((image) => ({
      action,
      image,
      ...text('target', name),
    }));
  };

const templateData = [
  ['CreateLaunchTemplateRequest', 'LaunchTemplateData'],
  ['CreateLaunchTemplateVersionRequest', 'LaunchTemplateData'],
  ['launchTemplateData'],
];

const onInstances =
  (action: EventAction): OperationReader =>
  (request, response) =>
    each(action, instancesIn(response, request));

/** A machine that starts again, or stops: the record names no image, and that is what it says. */
const startInstances: OperationReader = (request, response) =>
  each('start', instancesIn(response, request), unknownImage('a record of a start names no image'));

const sentCommand: OperationReader = (request) => {
  const ids = textsAt(request, 'instanceIds');
  return (ids.length === 0 ? [undefined] : ids).map((id) => ({
    action: 'exec',
    place: text('instance', id),
    ...text('target', textAt(request, 'documentName')),
    // The commands themselves are hidden by the cloud.
    process: {},
  }));
};

const ec2: Readonly<Record<string, OperationReader>> = {
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: onInstances('stop'),
  RebootInstances: onInstances('start'),
  TerminateInstances: onInstances('delete'),
  CreateImage: registered((request) => textAt(request, 'instanceId')),
  RegisterImage: registered(
    (request) =>
      textAt(request, 'imageLocation') ??
      itemsAt(request, 'blockDeviceMapping')
        .map((item) => textAt(item, 'ebs', 'snapshotId'))
        .find((id) => id !== undefined),
  ),
  ImportImage: registered(
    (request) =>
      textAt(request, 'ImportImageRequest', 'DiskContainer', 'Url') ??
      textAt(itemsAt(request, 'diskContainerSet')[0], 'url'),
  ),
  CreateRestoreImageTask: registered((request) => textAt(request, 'bucket')),
  CopyImage: copyImage,
  DeregisterImage: (request) => [
    { action: 'delete', image: machine(textAt(request, 'imageId'), 'the request names no image') },
  ],
  ModifyImageAttribute: modifyImage,
  ResetImageAttribute: modifyImage,
  ModifySnapshotAttribute: modifySnapshot,
  ModifyInstanceAttribute: modifyInstance,
  DescribeInstanceAttribute: (request) => [
    {
      action: textAt(request, 'attribute') === 'userData' ? 'user-data' : 'read',
      place: text('instance', textAt(request, 'instanceId')),
      ...text('target', `read ${textAt(request, 'attribute') ?? ''}`),
    },
  ],
  DescribeImages: describeImages,
  CreateFleet: templated('create', ['CreateFleetRequest', 'LaunchTemplateConfigs'], ['launchTemplateConfigs']),
  RequestSpotInstances: templated('launch', ['launchSpecification']),
  RequestSpotFleet: templated(
    'create',
    ['spotFleetRequestConfig', 'launchSpecifications'],
    ['spotFleetRequestConfig', 'launchTemplateConfigs'],
  ),
  CreateLaunchTemplate: templated('create', ...templateData),
  CreateLaunchTemplateVersion: templated('create', ...templateData),
  ModifyLaunchTemplate: templated('change', ...templateData),
  // The machine goes on with another image: to it that is a launch.
  CreateReplaceRootVolumeTask: (request, response) => {
    const task = objectAt(response, 'replaceRootVolumeTask');
    const asked = objectAt(request, 'CreateReplaceRootVolumeTaskRequest');
    const [id, ami] = ['instanceId', 'imageId'].map(
      (name) => textAt(task, name) ?? textAt(request, name) ?? textAt(asked, name[0]?.toUpperCase() + name.slice(1)),
    );
    const image = ami === undefined ? {} : { image: machine(ami, '') };
    return [
      { action: ami === undefined ? 'change' : 'launch', ...image, place: text('instance', id), target: 'root volume' },
    ];
  },
  GetPasswordData: (request) => [
    { action: 'read', place: text('instance', textAt(request, 'instanceId')), target: 'password' },
  ],
};

const services: Readonly<Record<string, Readonly<Record<string, OperationReader>>>> = {
  ec2,
  autoscaling: {
    CreateLaunchConfiguration: templated('create', []),
    CreateAutoScalingGroup: templated('create', []),
    UpdateAutoScalingGroup: templated('change', []),
  },
  ssm: {
    SendCommand: sentCommand,
    StartSession: (request) => [{ action: 'attach', place: text('instance', textAt(request, 'target')) }],
  },
  'ec2-instance-connect': {
    SendSSHPublicKey: (request) => [
      {
        action: 'login',
        place: text('instance', textAt(request, 'instanceId')),
        ...text('target', textAt(request, 'instanceOSUser')),
      },
    ],
    SendSerialConsoleSSHPublicKey: (request) => [
      { action: 'login', place: text('instance', textAt(request, 'instanceId')) },
    ],
  },
  signin: { ConsoleLogin: () => [{ action: 'login' }] },
  sts: Object.fromEntries(
    ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetFederationToken', 'GetSessionToken'].map(
      (name) => [
        name,
        ((request) => [
          { action: 'login', ...text('target', textAt(request, 'roleArn') ?? textAt(request, 'name')) },
        ]) satisfies OperationReader,
      ],
    ),
  ),
  ...containerDeeds,
};

export const amazonDeeds = (
  service: string,
  name: string,
  fields: JsonObject,
  place: EventPlace,
): readonly AmazonDeed[] => {
  const readers = Object.hasOwn(services, service) ? services[service] : undefined;
  // Lambda and others append the version of their interface.
  const plain = name.replace(/\d{8}(?:v\d+)?$/, '');
  const reader = readers !== undefined && Object.hasOwn(readers, plain) ? readers[plain] : undefined;
  const request = objectAt(fields, 'requestParameters');
  if (reader !== undefined) return reader(request, objectAt(fields, 'responseElements'), place);
  return [otherOperation(plain, request)];
};
