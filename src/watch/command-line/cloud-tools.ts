/** Command lines of aws, gcloud and az → what they do to machine images and machines. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventPlace } from '../../core/event.ts';
import { text } from '../event-parts.ts';
import { imageOfWord, machineOf, type Deed, type DeedReader } from './deed.ts';
import { readOptions, wordSet, type ReadOptions } from './words.ts';

const optionIn =
  ({ options }: ReadOptions) =>
  (...names: readonly string[]): string | undefined =>
    names.map((name) => options.get(name)?.at(-1)).find((value) => value !== undefined && value !== '');

const awsFlags = wordSet(
  'debug no-verify-ssl no-paginate no-sign-request dry-run no-dry-run ebs-optimized associate-public-ip-address force help ' +
    'no-reboot reboot disable-api-termination enable-api-termination no-cli-pager force-new-deployment',
);

const awsVerbs: Readonly<Record<string, EventAction>> = {
  'ec2 run-instances': 'launch',
  'ec2 start-instances': 'start',
  'ec2 stop-instances': 'stop',
  'ec2 terminate-instances': 'delete',
  'ec2 create-image': 'image-register',
  'ec2 register-image': 'image-register',
  'ec2 import-image': 'image-register',
  'ec2 copy-image': 'image-copy',
  'ec2 deregister-image': 'delete',
  'ec2 modify-image-attribute': 'image-share',
  'ec2 describe-images': 'image-search',
  'ec2 modify-instance-attribute': 'change',
  'ec2 create-launch-template': 'create',
  'ec2 create-launch-template-version': 'create',
  'ec2 create-fleet': 'create',
  'ec2 request-spot-instances': 'launch',
  'ec2 request-spot-fleet': 'create',
  'autoscaling create-launch-configuration': 'create',
  'autoscaling create-auto-scaling-group': 'create',
  'ecs register-task-definition': 'create',
  'ecs run-task': 'start',
  'ecs start-task': 'start',
  'ecs create-service': 'create',
  'ecs update-service': 'change',
  'ecs execute-command': 'exec',
  'ecr put-image': 'push',
  'ecr batch-delete-image': 'delete',
  'ssm send-command': 'exec',
  'ssm start-session': 'attach',
};

/** Options of the cloud's image deeds whose words name it, and which do not concern an image at all. */
const withoutImage = wordSet('exec attach stop');

export const readAws: DeedReader = (words) => {
  const read = readOptions(words, { flags: awsFlags });
  const option = optionIn(read);
  const [service = '', verb = ''] = read.rest;
  const name = `${service} ${verb}`;
  const action = Object.hasOwn(awsVerbs, name) ? awsVerbs[name] : undefined;
  if (action === undefined) return [];
  const place: EventPlace = {
    cloud: 'aws',
    ...text('region', option('region')),
    ...text('instance', option('instance-ids', 'instance-id', 'instances', 'target')),
  };
  const amiWord = option('image-id', 'source-image-id', 'image-ids');
  if (service === 'ecr' || service === 'ecs') {
    const image = /"image"\s*:\s*"([^"]+)"/.exec(option('container-definitions') ?? '')?.[1];
    const repository = option('repository-name');
    const named = service === 'ecr' ? repository : image;
    const keep = service === 'ecr' || action === 'create' || action === 'start';
    return [
      {
        action,
        place,
        ...(keep ? { image: imageOfWord(named) } : {}),
        ...text('target', option('task-definition', 'family', 'service')),
      },
    ];
  }
  if (option('user-data') !== undefined && action === 'change') return [{ action: 'user-data', place }];
  if (withoutImage.has(action) || action === 'start' || name.endsWith('terminate-instances') || action === 'change')
    return [{ action, place, ...text('target', option('document-name')) }];
  const open = option('launch-permission') ?? option('operation-type');
  return [
    {
      action,
      place,
      image: machineOf(
        'aws',
        amiWord ?? /"ImageId"\s*:\s*"([^"]+)"/.exec(option('launch-template-data', 'launch-specification') ?? '')?.[1],
      ),
      ...text('target', option('name', 'launch-template-name', 'filters')),
      ...(action === 'image-share' && /all/.test(`${open} ${option('user-groups', 'groups')}`)
        ? { rights: { public: true } }
        : {}),
    },
  ];
};

const gcloudFlags = wordSet(
  'quiet q no-user-output-enabled async force preemptible no-address shielded-secure-boot can-ip-forward no-service-account ' +
    'no-scopes deletion-protection allow-unauthenticated no-traffic help',
);

const gcloudVerbs: readonly (readonly [RegExp, EventAction])[] = [
  [/^compute instances create(?:-with-container)?$/, 'launch'],
  [/^compute instances (?:start|resume)$/, 'start'],
  [/^compute instances (?:stop|suspend)$/, 'stop'],
  [/^compute instances delete$/, 'delete'],
  [/^compute instances add-metadata$/, 'user-data'],
  [/^compute images (?:create|import)$/, 'image-register'],
  [/^compute images delete$/, 'delete'],
  [/^compute images (?:add-iam-policy-binding|set-iam-policy)$/, 'image-share'],
  [/^compute images list$/, 'image-search'],
  [/^compute machine-images create$/, 'image-register'],
  [/^compute instance-templates create$/, 'create'],
  [/^compute instance-groups managed create$/, 'create'],
  [/^builds submit$/, 'build'],
  [/^run (?:deploy|services update)$/, 'create'],
  [/^run jobs (?:create|deploy)$/, 'create'],
];

export const readGcloud: DeedReader = (words) => {
  const read = readOptions(words, { flags: gcloudFlags });
  const option = optionIn(read);
  const steps = read.rest.filter((word) => word !== 'beta' && word !== 'alpha');
  for (let length = Math.min(4, steps.length); length > 1; length -= 1) {
    const found = gcloudVerbs.find(([pattern]) => pattern.test(steps.slice(0, length).join(' ')));
    if (found === undefined) continue;
    const [, action] = found;
    const name = steps[length];
    const place: EventPlace = {
      cloud: 'gcp',
      ...text('account', option('project')),
      ...text('region', option('zone', 'region')),
      ...(steps.join(' ').startsWith('compute instances ') ? text('instance', name) : {}),
    };
    const contained =
      option('container-image') ??
      (steps[0] === 'run' ? option('image') : undefined) ??
      (steps[0] === 'builds' ? option('tag', 't') : undefined);
    const project = option('image-project');
    const family = option('image-family');
    const written =
      option('image') ??
      (family === undefined ? option('source-image', 'source-machine-image') : `family/${family}`) ??
      (steps[1] === 'images' || steps[1] === 'machine-images' ? name : undefined);
    const whole =
      written !== undefined && project !== undefined && !written.includes('projects/')
        ? `projects/${project}/global/images/${written}`
        : written;
    if (
      action === 'start' ||
      action === 'stop' ||
      action === 'user-data' ||
      (action === 'delete' && steps[1] === 'instances')
    )
      return [{ action, place }];
    const image = contained === undefined && steps[0] === 'compute' ? machineOf('gcp', whole) : imageOfWord(contained);
    const isPublic = /allUsers|allAuthenticatedUsers/.test(option('member') ?? '');
    return [{ action, place, image, ...text('target', name), ...(isPublic ? { rights: { public: true } } : {}) }];
  }
  return [];
};

const azFlags = wordSet('no-wait yes y debug verbose only-show-errors accept-term help no-logs');

const azVerbs: Readonly<Record<string, EventAction>> = {
  'vm create': 'launch',
  'vmss create': 'launch',
  'vm start': 'start',
  'vm stop': 'stop',
  'vm deallocate': 'stop',
  'vm delete': 'delete',
  'vm run-command invoke': 'exec',
  'vm extension set': 'user-data',
  'image create': 'image-register',
  'image delete': 'delete',
  'vm image list': 'image-search',
  'sig image-version create': 'image-register',
  'acr build': 'build',
  'acr import': 'push',
  'acr repository delete': 'delete',
  'container create': 'create',
  'containerapp create': 'create',
  'containerapp up': 'create',
};

export const readAz: DeedReader = (words) => {
  const read = readOptions(words, { flags: azFlags });
  const option = optionIn(read);
  for (let length = Math.min(3, read.rest.length); length > 1; length -= 1) {
    const name = read.rest.slice(0, length).join(' ');
    const action = Object.hasOwn(azVerbs, name) ? azVerbs[name] : undefined;
    if (action === undefined) continue;
    const place: EventPlace = {
      cloud: 'azure',
      ...text('account', option('subscription')),
      ...text('namespace', option('resource-group', 'g')),
      ...text('region', option('location', 'l')),
      ...(name.startsWith('vm') ? text('instance', option('name', 'n')) : {}),
    };
    const deed: Deed = { action, place };
    if (/^(?:acr|container)/.test(name)) return [{ ...deed, image: imageOfWord(option('image', 't', 'source', 'i')) }];
    if (/image/.test(name) || action === 'launch')
      return [
        { ...deed, image: machineOf('azure', option('image', 'source', 'n', 'name', 'gallery-image-version', 'urn')) },
      ];
    return [deed];
  }
  return [];
};
