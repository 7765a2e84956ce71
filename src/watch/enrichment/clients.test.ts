import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { openAzureTokens } from '../../io/azure-token.ts';
import { openCloudHttp } from '../../io/cloud-answer.ts';
import { openGoogleTokens, parseGoogleKey } from '../../io/google-token.ts';
import { fakeAwsCredentials, startFakeCloud, type FakeCloud } from '../../../test/fakes/cloud.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import { assumeRole } from './aws-role.ts';
import { openAws } from './aws.ts';
import { openAzure } from './azure.ts';
import { openGoogle } from './google.ts';

const retries = { attempts: 3, pauseMs: 1, longestPauseMs: 10 };
const all = { details: true, startUp: true };

const withCloud = async (
  work: (cloud: FakeCloud, context: ReturnType<typeof fakeContext>) => Promise<void>,
): Promise<void> => {
  await using cloud = await startFakeCloud();
  await work(cloud, fakeContext());
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'answered';
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return thrown.code;
  }
};

const aws = (cloud: FakeCloud, context: ReturnType<typeof fakeContext>, secret: string = fakeAwsCredentials.secret) => {
  const http = openCloudHttp(context, { retries });
  return openAws(
    http,
    { credentials: async () => ({ id: fakeAwsCredentials.id, secret }), endpoint: new URL(cloud.url) },
    context,
  );
};

const ami = 'ami-0123456789abcdef0';
const machine = 'i-0aaaaaaaaaaaaaaa1';

test('EC2 tells of an image and a machine, when the signature is right', () =>
  withCloud(async (cloud, context) => {
    cloud.images.set(ami, { id: ami, name: 'a <b> & c', owner: '999999999999', created: '2026-11-20T10:00:00.000Z' });
    cloud.machines.set(machine, {
      id: machine,
      image: ami,
      userData: '#!/bin/sh\n',
      tags: { stage: 'prod' },
      hostName: 'ip-192-0-2-77.example',
    });
    const client = aws(cloud, context);
    assert.deepEqual(await client.image(ami, 'eu-central-1', context.signal), {
      id: ami,
      name: 'a <b> & c',
      owner: '999999999999',
      created: Date.parse('2026-11-20T10:00:00Z'),
      public: true,
    });
    assert.deepEqual(await client.machine(machine, 'eu-central-1', all, context.signal), {
      image: ami,
      tags: ['stage=prod'],
      addresses: ['192.0.2.77'],
      hostNames: ['ip-192-0-2-77.example'],
      startUp: [Buffer.from('#!/bin/sh\n')],
    });
    assert.deepEqual(cloud.asked, [
      `DescribeImages ${ami}`,
      `DescribeInstances ${machine}`,
      `DescribeInstanceAttribute ${machine}`,
    ]);
    assert.equal(
      await codeOf(aws(cloud, context, 'wrong').image(ami, 'eu-central-1', context.signal)),
      'CLOUD_REFUSED',
    );
  }));

test('what is none of its ids or regions is asked of nobody, and what it has not is nothing', () =>
  withCloud(async (cloud, context) => {
    const client = aws(cloud, context);
    assert.equal(await client.image('ami-0123&Action=X', 'eu-central-1', context.signal), undefined);
    assert.equal(await client.image(ami, 'evil.example/#', context.signal), undefined);
    assert.deepEqual(cloud.asked, []);
    assert.equal(await client.image(ami, 'eu-central-1', context.signal), undefined);
    assert.deepEqual(cloud.asked, [`DescribeImages ${ami}`]);
  }));

test('too much is asked again, and a refusal names the permission', () =>
  withCloud(async (cloud, context) => {
    cloud.images.set(ami, { id: ami, name: 'a', owner: '1', created: 'x' });
    cloud.throttles = 2;
    const client = aws(cloud, context);
    assert.equal((await client.image(ami, 'eu-central-1', context.signal))?.name, 'a');
    cloud.throttles = 3;
    assert.equal(await codeOf(client.image(ami, 'eu-central-1', context.signal)), 'CLOUD_STALLED');
    cloud.denied.add('DescribeImages');
    await assert.rejects(
      client.image(ami, 'eu-central-1', context.signal),
      /ec2:DescribeImages is refused: UnauthorizedOperation/,
    );
  }));

test('a role of another account: taken once, and everything is signed with what it gives', () =>
  withCloud(async (cloud, context) => {
    cloud.images.set(ami, { id: ami, name: 'a', owner: '1', created: 'x' });
    const http = openCloudHttp(context, { retries });
    const endpoint = new URL(cloud.url);
    const own = async () => ({ id: fakeAwsCredentials.id, secret: fakeAwsCredentials.secret });
    const arn = 'arn:aws:iam::210987654321:role/watch';
    const open = () => {
      const credentials = assumeRole(http, { credentials: own, endpoint }, { arn, region: 'eu-central-1' }, context);
      return openAws(http, { credentials, endpoint }, context);
    };
    const client = open();
    const ask = () => client.image(ami, 'eu-central-1', context.signal);
    assert.deepEqual(
      (await Promise.all([ask(), ask()])).map((image) => image?.name),
      ['a', 'a'],
    );
    assert.deepEqual(cloud.asked, [`AssumeRole ${arn}`, `DescribeImages ${ami}`, `DescribeImages ${ami}`]);
    cloud.denied.add('AssumeRole');
    await assert.rejects(open().image(ami, 'eu-central-1', context.signal), /sts:AssumeRole is refused: AccessDenied/);
    cloud.hostile = (response) => response.end('<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>');
    assert.equal(await codeOf(open().image(ami, 'eu-central-1', context.signal)), 'CLOUD_ANSWER_MALFORMED');
  }));

const hostile: readonly (readonly [string, string, string])[] = [
  [
    'a document type',
    '<!DOCTYPE a [<!ENTITY b "c">]><DescribeImagesResponse>&b;</DescribeImagesResponse>',
    'XML_MALFORMED',
  ],
  ['depth', '<a>'.repeat(1000), 'XML_BEYOND_BOUNDS'],
  ['half an answer', '<DescribeImagesResponse><imagesSet>', 'XML_MALFORMED'],
  ['an answer to another question', '<OtherResponse/>', 'CLOUD_ANSWER_MALFORMED'],
  ['no XML', 'null', 'XML_MALFORMED'],
  ['more than anybody reads', 'x'.repeat(5 * 2 ** 20), 'RESPONSE_TOO_LARGE'],
];
for (const [what, body, code] of hostile)
  test(`a hostile endpoint: ${what}`, () =>
    withCloud(async (cloud, context) => {
      cloud.hostile = (response) => response.end(body);
      assert.equal(await codeOf(aws(cloud, context).image(ami, 'eu-central-1', context.signal)), code);
    }));

test('a redirect takes no signature along', () =>
  withCloud(async (cloud, context) => {
    cloud.hostile = (response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/' });
      response.end();
    };
    assert.equal(await codeOf(aws(cloud, context).image(ami, 'eu-central-1', context.signal)), 'XML_MALFORMED');
  }));

const google = async (cloud: FakeCloud, context: ReturnType<typeof fakeContext>) => {
  const http = openCloudHttp(context, { retries });
  const tokens = await openGoogleTokens(http, parseGoogleKey(cloud.google.key), context, new URL(`${cloud.url}/token`));
  return openGoogle(http, tokens, new URL(cloud.url));
};

test('Google Cloud: one token for many questions; an image, and a machine with its disk', () =>
  withCloud(async (cloud, context) => {
    const base = '/compute/v1/projects/project-1';
    cloud.documents.set('/compute/v1/projects/debian-cloud/global/images/family/debian-12', {
      name: 'debian-12-v1',
      selfLink: 'https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-v1',
      creationTimestamp: '2026-11-01T00:00:00.000-07:00',
    });
    cloud.documents.set(`${base}/zones/europe-west1-b/instances/vm1`, {
      name: 'vm1',
      labels: { stage: 'prod' },
      metadata: {
        items: [
          { key: 'startup-script', value: '#!/bin/sh\n' },
          { key: 'startup-script-url', value: 'gs://b/x' },
          { key: 'x', value: 'y' },
        ],
      },
      networkInterfaces: [{ networkIP: '192.0.2.5', accessConfigs: [{ natIP: '198.51.100.5' }] }],
      disks: [
        {
          boot: true,
          source: 'https://www.googleapis.com/compute/v1/projects/project-1/zones/europe-west1-b/disks/vm1',
        },
      ],
    });
    cloud.documents.set(`${base}/zones/europe-west1-b/disks/vm1`, {
      sourceImage: 'https://www.googleapis.com/compute/v1/projects/other-project/global/images/debian-12-v1',
    });
    const client = await google(cloud, context);
    assert.deepEqual(
      await client.image('projects/debian-cloud/global/images/family/debian-12', undefined, context.signal),
      {
        id: 'projects/debian-cloud/global/images/debian-12-v1',
        name: 'debian-12-v1',
        owner: 'debian-cloud',
        created: Date.parse('2026-11-01T07:00:00Z'),
      },
    );
    assert.deepEqual(
      await client.machine('projects/project-1/zones/europe-west1-b/instances/vm1', undefined, all, context.signal),
      {
        image: 'projects/other-project/global/images/debian-12-v1',
        tags: ['stage=prod'],
        addresses: ['192.0.2.5', '198.51.100.5'],
        hostNames: ['vm1'],
        startUp: [Buffer.from('#!/bin/sh\n'), Buffer.from('#include\ngs://b/x')],
      },
    );
    assert.equal(cloud.asked.filter((one) => one === 'token').length, 1);
    cloud.denied.add('/instances/');
    await assert.rejects(
      client.machine('projects/project-1/zones/europe-west1-b/instances/vm1', undefined, all, context.signal),
      /compute\.instances\.get is refused: status 403/,
    );
    assert.equal(
      await client.machine('projects/project-1/../instances/vm1', undefined, all, context.signal),
      undefined,
    );
  }));

test('a key of somebody else gets no token, and a file that is no key is misuse', () =>
  withCloud(async (cloud, context) => {
    await using other = await startFakeCloud();
    const http = openCloudHttp(context, { retries });
    const tokens = await openGoogleTokens(
      http,
      parseGoogleKey(other.google.key),
      context,
      new URL(`${cloud.url}/token`),
    );
    assert.equal(await codeOf(tokens.token(context.signal)), 'CLOUD_REFUSED');
    assert.throws(() => parseGoogleKey('{"client_email": "a"}'), /not the JSON file/);
    await assert.rejects(openGoogleTokens(http, { email: 'a', privateKey: 'b' }, context), /cannot be read/);
  }));

const group = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute';

test('Azure: a version of a gallery, and a machine with its user data', () =>
  withCloud(async (cloud, context) => {
    const version = `${group}/galleries/gal/images/app/versions/1.0.0`;
    cloud.documents.set(version.toLowerCase(), {
      properties: { publishingProfile: { publishedDate: '2026-11-19T00:00:00Z' } },
    });
    cloud.documents.set(`${group}/virtualMachines/vm1`.toLowerCase(), {
      name: 'vm1',
      tags: { stage: 'prod' },
      properties: {
        userData: Buffer.from('#!/bin/sh\n').toString('base64'),
        osProfile: { computerName: 'Host1' },
        storageProfile: {
          imageReference: { publisher: 'Canonical', offer: 'o', sku: 's', version: 'latest', exactVersion: '1' },
        },
      },
    });
    const http = openCloudHttp(context, { retries });
    const client = openAzure(http, openAzureTokens(http, cloud.azure, context, new URL(cloud.url)), new URL(cloud.url));
    assert.deepEqual(await client.image(version, undefined, context.signal), {
      id: version,
      name: 'app',
      owner: '00000000-0000-4000-8000-000000000001',
      created: Date.parse('2026-11-19T00:00:00Z'),
    });
    assert.deepEqual(await client.machine(`${group}/virtualMachines/vm1`, undefined, all, context.signal), {
      image: 'Canonical:o:s:1',
      tags: ['stage=prod'],
      hostNames: ['host1', 'vm1'],
      startUp: [Buffer.from('#!/bin/sh\n')],
    });
    const wrong = openAzureTokens(http, { ...cloud.azure, secret: 'x' }, context, new URL(cloud.url));
    assert.equal(await codeOf(wrong.token(context.signal)), 'CLOUD_REFUSED');
  }));
