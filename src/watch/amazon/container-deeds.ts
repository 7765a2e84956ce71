/** Operations of ECS, ECR, Lambda, Batch, SageMaker, CodeBuild, Lightsail and App Runner → what they do to container images. */
import type { EventImage, EventPlace, EventRights } from '../../core/event.ts';
import { jsonAt, listAt, objectAt, textAt } from '../../formats/records/json-member.ts';
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

/** Services that run an image which their request names, wherever it stands in it. */
const running =
  (action: 'create' | 'change' | 'start', name: string, ...paths: readonly (readonly string[])[]): OperationReader =>
  (request) => {
    const images = new Set<string>();
    for (const path of paths) {
      const found = jsonAt(request, ...path);
      for (const one of Array.isArray(found) ? (found as readonly unknown[]).slice(0, 256) : [found]) {
        const image = typeof one === 'string' ? one : (textAt(one, 'image') ?? textAt(one, 'imageUri'));
        if (image !== undefined && image !== '') images.add(image);
      }
    }
    const target = text('target', textAt(request, name));
    const none = { action, image: unknownImage('the request names no image'), ...target };
    return images.size === 0
      ? [none]
      : [...images].map((image) => ({ action, image: containerImage({ written: image }), ...target }));
  };

const modelImages = [['primaryContainer', 'image'], ['containers']];
const projectImages = [['environment', 'image']];

/** Lightsail names its containers by their keys. */
const lightsailDeployment: OperationReader = (request) => {
  const containers = Object.entries(objectAt(request, 'containers')).slice(0, 256);
  const target = text('target', textAt(request, 'serviceName'));
  return containers.length === 0
    ? [{ action: 'create', image: unknownImage('the request names no container'), ...target }]
    : containers.map(([name, container]) => ({
        action: 'create',
        image: imageOr(textAt(container, 'image'), 'the container names no image'),
        place: text('container', name),
        ...target,
      }));
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
  sagemaker: {
    CreateModel: running('create', 'modelName', ...modelImages),
    CreateTrainingJob: running('create', 'trainingJobName', ['algorithmSpecification', 'trainingImage']),
    CreateProcessingJob: running('create', 'processingJobName', ['appSpecification', 'imageUri']),
  },
  codebuild: {
    CreateProject: running('create', 'name', ...projectImages),
    UpdateProject: running('change', 'name', ...projectImages),
    StartBuild: running('start', 'projectName', ['imageOverride']),
  },
  lightsail: { CreateContainerServiceDeployment: lightsailDeployment },
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
