/** Operations of ECS, ECR, Lambda, Batch, App Runner and EKS → what they do to container images. */
import type { EventImage, EventPlace, EventRights } from '../../core/event.ts';
import { jsonAt, listAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { boundedRights, containerImage, imageOr, member, text, unknownImage } from '../event-parts.ts';
import type { AmazonDeed, OperationReader } from './amazon-deed.ts';

const registryOf = (place: EventPlace, account: string | undefined): string | undefined => {
  const owner = account ?? place.account;
  if (owner === undefined || place.region === undefined) return undefined;
  return `${owner}.dkr.ecr.${place.region}.amazonaws.com${place.region.startsWith('cn-') ? '.cn' : ''}`;
};

const rightsOf = (container: unknown, definition: JsonObject): EventRights | undefined => {
  const volumes = new Map(
    listAt(definition, 'volumes').map((volume) => [textAt(volume, 'name') ?? '', textAt(volume, 'host', 'sourcePath')]),
  );
  const hostPaths = listAt(container, 'mountPoints')
    .map((mount) => volumes.get(textAt(mount, 'sourceVolume') ?? ''))
    .filter((path) => path !== undefined);
  return boundedRights({
    ...(jsonAt(container, 'privileged') === true ? { privileged: true } : {}),
    ...(textAt(definition, 'networkMode') === 'host' ? { hostNetwork: true } : {}),
    ...(textAt(definition, 'pidMode') === 'host' ? { hostProcesses: true } : {}),
    ...(hostPaths.length === 0 ? {} : { hostPaths }),
  });
};

/** `cpu` and `memory` are what a task may use at most. */
const sizeOf = (definition: JsonObject): string =>
  ['cpu', 'memory']
    .map((name) => [name, definition[name]])
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `${String(name)}=${String(value)}`)
    .join(' ');

const registerTask: OperationReader = (request, response) => {
  const answered = jsonAt(response, 'taskDefinition');
  const definition = (listAt(answered, 'containerDefinitions').length > 0 ? answered : request) as JsonObject;
  const containers = listAt(definition, 'containerDefinitions').slice(0, 256);
  const name = textAt(definition, 'family') ?? textAt(request, 'family') ?? '';
  const target = [name, sizeOf(definition)].filter((part) => part !== '').join(' ');
  if (containers.length === 0)
    return [{ action: 'create', image: unknownImage('the definition names no container'), ...text('target', target) }];
  return containers.map((container): AmazonDeed => {
    const rights = rightsOf(container, definition);
    return {
      action: 'create',
      image: imageOr(textAt(container, 'image'), 'the container names no image'),
      place: text('container', textAt(container, 'name')),
      ...member('rights', rights),
      ...text('target', target),
    };
  });
};

const clusterOf = (request: JsonObject): EventPlace =>
  text('cluster', textAt(request, 'cluster')?.replace(/^.*cluster\//, ''));

/** Tasks that run, each container with the digest that was pulled where the answer says it. */
const runTask: OperationReader = (request, response) => {
  const target = textAt(request, 'taskDefinition');
  const containers = listAt(response, 'tasks').flatMap((task) => listAt(task, 'containers'));
  const place = clusterOf(request);
  const started = containers.slice(0, 256).map((container): AmazonDeed => ({
    action: 'start',
    image: imageOr(textAt(container, 'image'), 'the image is named by the task definition', {
      resolved: textAt(container, 'imageDigest'),
    }),
    place: { ...place, ...text('container', textAt(container, 'name')) },
    ...text('target', target),
  }));
  return started.length > 0
    ? started
    : [
        {
          action: 'start',
          image: unknownImage('the image is named by the task definition'),
          place,
          ...text('target', target),
        },
      ];
};

const service =
  (action: 'create' | 'change'): OperationReader =>
  (request) => [
    {
      action,
      image: unknownImage('the image is named by the task definition'),
      place: clusterOf(request),
      ...text(
        'target',
        textAt(request, 'taskDefinition') ?? textAt(request, 'serviceName') ?? textAt(request, 'service'),
      ),
    },
  ];

const repositoryImage = (request: JsonObject, place: EventPlace, id: unknown): EventImage => {
  const repository = textAt(request, 'repositoryName');
  const registry = registryOf(place, textAt(request, 'registryId'));
  if (repository === undefined) return unknownImage('the request names no repository');
  const tag = textAt(id, 'imageTag') ?? textAt(request, 'imageTag');
  const digest = textAt(id, 'imageDigest') ?? textAt(request, 'imageDigest');
  const name = `${registry === undefined ? '' : `${registry}/`}${repository}${tag === undefined ? '' : `:${tag}`}`;
  return containerImage({ written: digest === undefined ? name : `${name}@${digest}`, resolved: digest });
};

const imagesOf =
  (action: 'push' | 'pull' | 'delete'): OperationReader =>
  (request, response, place) => {
    const ids = [jsonAt(response, 'image', 'imageId'), ...listAt(request, 'imageIds')].filter((id) => id !== undefined);
    return (ids.length === 0 ? [undefined] : ids.slice(0, 256)).map((id) => ({
      action,
      image: repositoryImage(request, place, id),
      place: text('registry', registryOf(place, textAt(request, 'registryId'))),
    }));
  };

const functionCode =
  (action: 'create' | 'change'): OperationReader =>
  (request, response) => {
    const written =
      textAt(request, 'imageUri') ?? textAt(request, 'code', 'imageUri') ?? textAt(response, 'code', 'imageUri');
    const isImage =
      written !== undefined ||
      textAt(request, 'packageType') === 'Image' ||
      textAt(response, 'packageType') === 'Image';
    return [
      {
        action,
        ...(isImage ? { image: imageOr(written, 'the request names no image') } : {}),
        ...text('target', textAt(request, 'functionName')),
      },
    ];
  };

export const containerDeeds: Readonly<Record<string, Readonly<Record<string, OperationReader>>>> = {
  ecs: {
    RegisterTaskDefinition: registerTask,
    RunTask: runTask,
    StartTask: runTask,
    CreateService: service('create'),
    UpdateService: service('change'),
    ExecuteCommand: (request) => [
      {
        action: 'exec',
        place: { ...clusterOf(request), ...text('container', textAt(request, 'container')) },
        image: unknownImage('a request to a running container names no image'),
        ...text('target', textAt(request, 'task')),
        process:
          textAt(request, 'command') === undefined
            ? {}
            : { commandLine: (textAt(request, 'command') ?? '').slice(0, 32_768) },
      },
    ],
  },
  ecr: {
    PutImage: imagesOf('push'),
    BatchGetImage: imagesOf('pull'),
    BatchDeleteImage: imagesOf('delete'),
  },
  'ecr-public': { PutImage: imagesOf('push'), BatchDeleteImage: imagesOf('delete') },
  lambda: { CreateFunction: functionCode('create'), UpdateFunctionCode: functionCode('change') },
  batch: {
    RegisterJobDefinition: (request) => [
      {
        action: 'create',
        image: imageOr(textAt(request, 'containerProperties', 'image'), 'the definition names no image'),
        ...(jsonAt(request, 'containerProperties', 'privileged') === true ? { rights: { privileged: true } } : {}),
        ...text('target', textAt(request, 'jobDefinitionName')),
      },
    ],
  },
  apprunner: {
    CreateService: (request) => [
      {
        action: 'create',
        image: imageOr(
          textAt(request, 'sourceConfiguration', 'imageRepository', 'imageIdentifier'),
          'the service is built of source',
        ),
        ...text('target', textAt(request, 'serviceName')),
      },
    ],
  },
};
