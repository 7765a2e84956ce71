import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bytesOf } from '../../core/bytes.ts';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { readRecords } from '../framing/sensor-reader.ts';
import { cloudtrail } from './cloudtrail.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

const trail = (
  eventName: string,
  requestParameters: unknown,
  responseElements: unknown = null,
  more: object = {},
): object => ({
  eventVersion: '1.09',
  userIdentity: {
    type: 'IAMUser',
    arn: 'arn:aws:iam::123456789012:user/ann',
    accountId: '123456789012',
    userName: 'ann',
  },
  eventTime: '2026-01-02T03:04:05Z',
  eventSource: 'ec2.amazonaws.com',
  eventName,
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.9',
  userAgent: 'aws-cli/2',
  requestParameters,
  responseElements,
  eventID: `id-${eventName}`,
  recipientAccountId: '123456789012',
  ...more,
});

const all = (record: unknown, where?: string): readonly Event[] => {
  const { events, gaps } = readAll(cloudtrail, record, where === undefined ? {} : { where });
  assert.deepEqual(gaps, []);
  return events;
};

/** `action image instance target` of each. */
const told = (record: unknown): readonly string[] =>
  all(record).map(({ action, image, place, target }) =>
    [
      action,
      image === undefined
        ? '-'
        : image.kind === 'unknown'
          ? 'unknown'
          : image.kind === 'container'
            ? (image.reference ?? '?')
            : image.written,
      place.instance ?? place.container ?? '-',
      target ?? '-',
    ].join(' '),
  );

const items = (...values: readonly unknown[]): object => ({ items: values });

const launch = trail(
  'RunInstances',
  { instancesSet: items({ imageId: 'ami-1', minCount: 2 }), instanceType: 'p3.large' },
  {
    instancesSet: items(
      { instanceId: 'i-1', imageId: 'ami-1', instanceType: 'p3.large' },
      { instanceId: 'i-2', imageId: 'ami-1' },
    ),
  },
);

const cases: readonly (readonly [string, object, readonly string[]])[] = [
  ['machines launched', launch, ['launch ami-1 i-1 p3.large', 'launch ami-1 i-2 p3.large']],
  [
    'a launch that was refused',
    trail('RunInstances', { instancesSet: items({ imageId: 'ami-1' }) }),
    ['launch ami-1 - -'],
  ],
  [
    'a launch by template',
    trail('RunInstances', { launchTemplate: { launchTemplateId: 'lt-1' } }),
    ['launch unknown - -'],
  ],
  ['a start', trail('StartInstances', { instancesSet: items({ instanceId: 'i-1' }) }), ['start unknown i-1 -']],
  [
    'an image of a machine',
    trail('CreateImage', { instanceId: 'i-1', name: 'n' }, { imageId: 'ami-2' }),
    ['image-register ami-2 i-1 i-1'],
  ],
  [
    'an image registered',
    trail('RegisterImage', { name: 'n', imageLocation: 'b/x' }, { imageId: 'ami-3' }),
    ['image-register ami-3 - b/x'],
  ],
  [
    'an image imported',
    trail(
      'ImportImage',
      { ImportImageRequest: { DiskContainer: { Url: 's3://b/x' } } },
      { importTaskId: 'import-ami-1' },
    ),
    ['image-register import-ami-1 - s3://b/x'],
  ],
  [
    'an image copied',
    trail('CopyImage', { sourceRegion: 'us-east-1', sourceImageId: 'ami-1' }, { imageId: 'ami-4' }),
    ['image-copy ami-4 - us-east-1 ami-1'],
  ],
  [
    'an image shared',
    trail('ModifyImageAttribute', {
      imageId: 'ami-1',
      attributeType: 'launchPermission',
      launchPermission: { add: items({ group: 'all' }) },
    }),
    ['image-share ami-1 - launchPermission'],
  ],
  [
    'an image described anew',
    trail('ModifyImageAttribute', { imageId: 'ami-1', attributeType: 'description' }),
    ['change ami-1 - description'],
  ],
  [
    'a start-up script set',
    trail('ModifyInstanceAttribute', { instanceId: 'i-1', userData: '<sensitiveDataRemoved>' }),
    ['user-data - i-1 userData'],
  ],
  [
    'a type changed',
    trail('ModifyInstanceAttribute', { instanceId: 'i-1', instanceType: { value: 'x' } }),
    ['change - i-1 instanceType'],
  ],
  [
    'images looked up by name',
    trail('DescribeImages', { filterSet: items({ name: 'name', valueSet: items({ value: 'ubuntu*' }) }) }),
    ['image-search unknown - name=ubuntu*'],
  ],
  [
    'images looked up by owner',
    trail('DescribeImages', { ownersSet: items({ owner: '099720109477' }) }),
    ['image-search unknown - owner=099720109477'],
  ],
  [
    'a fleet',
    trail('CreateFleet', { CreateFleetRequest: { LaunchTemplateConfigs: [{ Overrides: [{ ImageId: 'ami-5' }] }] } }),
    ['create ami-5 - -'],
  ],
  ['spot machines', trail('RequestSpotInstances', { launchSpecification: { imageId: 'ami-6' } }), ['launch ami-6 - -']],
  [
    'a template',
    trail('CreateLaunchTemplate', {
      CreateLaunchTemplateRequest: { LaunchTemplateName: 't', LaunchTemplateData: { ImageId: 'ami-7' } },
    }),
    ['create ami-7 - t'],
  ],
  [
    'auto-scaling',
    trail('CreateLaunchConfiguration', { imageId: 'ami-8', launchConfigurationName: 'c' }, null, {
      eventSource: 'autoscaling.amazonaws.com',
    }),
    ['create ami-8 - c'],
  ],
  [
    'auto-scaling by template',
    trail('CreateAutoScalingGroup', { autoScalingGroupName: 'g', launchTemplate: {} }, null, {
      eventSource: 'autoscaling.amazonaws.com',
    }),
    ['create unknown - g'],
  ],
  [
    'an image pushed',
    trail(
      'PutImage',
      { repositoryName: 'team/app', imageTag: '1' },
      { image: { imageId: { imageDigest: digest, imageTag: '1' } } },
      { eventSource: 'ecr.amazonaws.com' },
    ),
    [`push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1@${digest} - -`],
  ],
  [
    'a task definition of the largest size',
    trail(
      'RegisterTaskDefinition',
      { family: 'f', cpu: '16384', memory: '122880', containerDefinitions: [{ name: 'c', image: 'x/y:1' }] },
      null,
      { eventSource: 'ecs.amazonaws.com' },
    ),
    ['create docker.io/x/y:1 c f cpu=16384 memory=122880'],
  ],
  [
    'a task',
    trail(
      'RunTask',
      { taskDefinition: 'f:1', cluster: 'arn:aws:ecs:eu-west-1:1:cluster/c' },
      { tasks: [{ containers: [{ name: 'c', image: 'x/y:1', imageDigest: digest }] }] },
      { eventSource: 'ecs.amazonaws.com' },
    ),
    ['start docker.io/x/y:1 c f:1'],
  ],
  [
    'a service',
    trail('CreateService', { serviceName: 's', taskDefinition: 'f:1' }, null, { eventSource: 'ecs.amazonaws.com' }),
    ['create unknown - f:1'],
  ],
  [
    'rights',
    trail('UpdateAssumeRolePolicy', { roleName: 'r' }, null, { eventSource: 'iam.amazonaws.com' }),
    ['grant - - r'],
  ],
  [
    'what concerns no image',
    trail('ListBuckets', null, null, { eventSource: 's3.amazonaws.com' }),
    ['read - - ListBuckets'],
  ],
];

for (const [name, record, expected] of cases)
  test(name, () => {
    assert.deepEqual(told(record), expected);
  });

test('who, where and whether it worked', () => {
  const [event] = all(launch);
  assert.deepEqual(event?.actor, {
    name: 'arn:aws:iam::123456789012:user/ann',
    kind: 'user',
    address: '192.0.2.9',
    agent: 'aws-cli/2',
    account: '123456789012',
  });
  assert.deepEqual(event.place, { cloud: 'aws', account: '123456789012', region: 'eu-west-1', instance: 'i-1' });
  assert.deepEqual([event.outcome, event.at], ['success', Date.parse('2026-01-02T03:04:05Z')]);
  assert.equal(all({ ...launch, errorCode: 'Client.UnauthorizedOperation' })[0]?.outcome, 'denied');
  assert.equal(all({ ...launch, errorCode: 'Client.InvalidAMIID.NotFound' })[0]?.outcome, 'failure');
});

test('with whom an image is shared', () => {
  const shared = trail('ModifyImageAttribute', {
    imageId: 'ami-1',
    launchPermission: { add: items({ userId: '210987654321' }) },
  });
  assert.deepEqual(all(shared)[0]?.rights, { sharedWith: ['210987654321'] });
});

/** Without what only a wrapper can say. */
const core = (events: readonly Event[]): unknown =>
  events.map(({ id, at, action, image, actor, place, outcome }) => ({ id, at, action, image, actor, place, outcome }));

test('the same record out of a file, a log group, queues, a lookup and the event bus', () => {
  const wanted = core(all(launch));
  const text = JSON.stringify(launch);
  const sns = JSON.stringify({ Type: 'Notification', TopicArn: 't', Message: text });
  const packed = gzipSync(
    JSON.stringify({ messageType: 'DATA_MESSAGE', logGroup: 'g', logEvents: [{ message: text }] }),
  );
  for (const wrapped of [
    { Records: [launch] },
    [launch],
    { messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', logStream: 's', logEvents: [{ message: text }] },
    { awslogs: { data: packed.toString('base64') } },
    { Records: [{ eventSource: 'aws:sqs', body: sns }] },
    { Events: [{ EventId: 'x', EventName: 'RunInstances', CloudTrailEvent: text }] },
    {
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.ec2',
      account: '123456789012',
      region: 'eu-west-1',
      detail: launch,
    },
  ])
    assert.deepEqual(core(all(wrapped)), wanted);
});

test('a row of Lake: structures are text, names in lower case', () => {
  const row = [
    { eventid: 'id-RunInstances' },
    { eventtime: '2026-01-02 03:04:05.000' },
    { eventname: 'RunInstances' },
    { eventsource: 'ec2.amazonaws.com' },
    { awsregion: 'eu-west-1' },
    { recipientaccountid: '123456789012' },
    { sourceipaddress: '192.0.2.9' },
    { useragent: 'aws-cli/2' },
    {
      useridentity:
        '{type=IAMUser, principalid=null, arn=arn:aws:iam::123456789012:user/ann, accountid=123456789012, username=ann}',
    },
    { requestparameters: '{instancesSet={"items":[{"imageId":"ami-1"}]}, instanceType=p3.large}' },
    {
      responseelements:
        '{instancesSet={"items":[{"instanceId":"i-1","imageId":"ami-1"},{"instanceId":"i-2","imageId":"ami-1"}]}}',
    },
  ];
  assert.deepEqual(core(all({ QueryStatus: 'FINISHED', QueryResultRows: [row] })), core(all(launch)));
});

test('a packed file of S3 tells account and region by its folder, and says where it is damaged', async () => {
  const where = 'AWSLogs/123456789012/CloudTrail/eu-central-1/2026/01/02/x.json.gz';
  const { recipientAccountId: _, awsRegion: __, ...bare } = trail('StopInstances', {}) as Record<string, unknown>;
  const bytes = gzipSync(JSON.stringify({ Records: [bare] }));
  const read = async (memory: Uint8Array): Promise<{ events: Event[]; codes: string[] }> => {
    const found = { events: [] as Event[], codes: [] as string[] };
    for await (const batch of readRecords(cloudtrail, bytesOf(memory).stream(), { where, now: () => 0 })) {
      found.events.push(...batch.events);
      found.codes.push(...batch.gaps.map(({ code }) => code));
    }
    return found;
  };
  const whole = await read(bytes);
  assert.deepEqual(
    [whole.events[0]?.place.region, whole.events[0]?.place.account, whole.codes],
    ['eu-central-1', '123456789012', []],
  );
  const cut = await read(bytes.subarray(0, -12));
  assert.ok(cut.codes.includes(['GZIP', 'TRUNCATED'].join('_')));
});

test('digests of a trail are no records; something else is a gap', () => {
  assert.deepEqual(all({ digestStartTime: 'x', logFiles: [] }), []);
  for (const record of [{ eventName: 3 }, { kind: 'Event' }, 'text'])
    assert.equal(readAll(cloudtrail, record).gaps.length, 1);
});

test('other services that run images, and a machine that goes on with another one', () => {
  const from = (service: string, name: string, request: unknown): readonly string[] =>
    told(trail(name, request, null, { eventSource: `${service}.amazonaws.com` }));
  assert.deepEqual(
    from('sagemaker', 'CreateModel', {
      modelName: 'm',
      primaryContainer: { image: 'evil.example/a:1' },
      containers: [{ image: 'evil.example/b:1' }],
    }),
    ['create evil.example/a:1 - m', 'create evil.example/b:1 - m'],
  );
  assert.deepEqual(from('sagemaker', 'CreateTrainingJob', { trainingJobName: 't', algorithmSpecification: {} }), [
    'create unknown - t',
  ]);
  assert.deepEqual(from('codebuild', 'StartBuild', { projectName: 'p', imageOverride: 'evil.example/c:1' }), [
    'start evil.example/c:1 - p',
  ]);
  assert.deepEqual(
    from('lightsail', 'CreateContainerServiceDeployment', {
      serviceName: 's',
      containers: { web: { image: 'evil.example/d:1' } },
    }),
    ['create evil.example/d:1 web s'],
  );
  const task = { replaceRootVolumeTask: { instanceId: 'i-1', imageId: 'ami-0123456789abcdef0' } };
  assert.deepEqual(told(trail('CreateReplaceRootVolumeTask', {}, task)), [
    'launch ami-0123456789abcdef0 i-1 root volume',
  ]);
  assert.deepEqual(
    told(
      trail('CreateReplaceRootVolumeTask', {
        CreateReplaceRootVolumeTaskRequest: { InstanceId: 'i-1', SnapshotId: 's' },
      }),
    ),
    ['change - i-1 root volume'],
  );
});
