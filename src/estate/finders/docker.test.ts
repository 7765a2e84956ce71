import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, sampleImage } from '../../../test/contracts/image-source.contract.ts';
import { startFakeEngineApi, type FakeEngineContent } from '../../../test/fakes/engine-api.ts';
import type { Survey } from '../finder.ts';
import { docker } from './docker.ts';
import { podman } from './podman.ts';

const id = (digit: string): string => `sha256:${digit.repeat(64)}`;

const survey = async (content: FakeEngineContent): Promise<Survey & { readonly at: string }> => {
  let result: (Survey & { readonly at: string }) | undefined;
  await inFolder(async (folder, plain) => {
    const socket = join(folder, 'e.sock');
    await using _ = await startFakeEngineApi(folder, socket, content);
    const context = { ...plain, environment: { DOCKER_HOST: `unix://${socket}` } };
    result = { ...(await docker.find({ root: folder }, context)), at: `unix://${socket}` };
  });
  assert.ok(result !== undefined);
  return result;
};

test('an image that nothing is made of is stored; its names are those of the engine', async () => {
  const { holdings, answered, problems, at } = await survey({
    images: [{ image: sampleImage, names: ['registry.example/team/app:1', '<none>:<none>'] }],
  });
  assert.deepEqual([answered, problems], [[`docker at ${at}`], []]);
  assert.deepEqual(holdings, [
    {
      exact: [sampleImage.configDigest],
      loose: [],
      reading: { reference: `docker-daemon:${sampleImage.configDigest}`, environment: { DOCKER_HOST: at } },
      uses: [{ engine: 'docker', at, state: 'stored', names: ['registry.example/team/app:1'] }],
    },
  ]);
});

test('containers say how they are and of what image; one whose image is listed no more is told too', async () => {
  const { holdings } = await survey({
    images: [{ image: sampleImage, names: ['app:1'] }],
    containers: [
      { Id: 'c1', Names: ['/web'], ImageID: sampleImage.configDigest, State: 'running', Image: 'app:1' },
      { Id: 'c2', Names: ['/old'], ImageID: sampleImage.configDigest, State: 'exited', Image: 'app:1' },
      { Id: 'c3', Names: ['/held'], ImageID: sampleImage.configDigest, State: 'paused', Image: 'app:1' },
      // Podman writes digits only.
      { Id: 'c4', Names: ['lost'], ImageID: 'a'.repeat(64), State: 'running', Image: 'gone:1' },
    ],
  });
  assert.deepEqual(
    holdings.map(({ exact, uses }) => [exact[0], uses.map(({ state, container }) => [state, container?.name])]),
    [
      [
        sampleImage.configDigest,
        [
          ['running', 'web'],
          ['stopped', 'old'],
          ['paused', 'held'],
        ],
      ],
      [id('a'), [['running', 'lost']]],
    ],
  );
  assert.deepEqual(holdings[1]?.uses[0]?.names, ['gone:1']);
});

test('with containerd’s store each platform that is there is one image, and containers are of theirs', async () => {
  const manifest = (digit: string, architecture: string, more = {}) => ({
    ID: id(digit),
    Kind: 'image',
    Available: true,
    ImageData: { Platform: { os: 'linux', architecture } },
    ...more,
  });
  const { holdings } = await survey({
    list: [
      {
        Id: id('f'),
        RepoTags: ['many:1'],
        Descriptor: { mediaType: 'application/vnd.oci.image.index.v1+json' },
        Manifests: [
          manifest('1', 'amd64'),
          manifest('2', 'arm64'),
          manifest('3', 's390x', { Available: false }),
          manifest('4', 'unknown', { Kind: 'attestation' }),
        ],
      },
      { Id: id('e'), RepoTags: null, Descriptor: { mediaType: 'application/vnd.oci.image.index.v1+json' } },
    ],
    containers: [
      { Id: 'c1', Names: ['/arm'], ImageID: id('f'), State: 'running', ImageManifestDescriptor: { digest: id('2') } },
    ],
  });
  assert.deepEqual(
    holdings.map(({ exact, loose, reading, uses }) => [exact, loose, reading?.platform, uses[0]?.state]),
    [
      [[id('1')], [id('f')], 'linux/amd64', 'stored'],
      [[id('2')], [id('f')], 'linux/arm64', 'running'],
      [[], [id('e')], undefined, 'stored'],
    ],
  );
});

test('an engine that answers with errors or nonsense is a problem, never an empty list', async () => {
  for (const content of [
    { status: 500 },
    { list: { message: 'no' } },
    { list: [{ Id: 'x' }] },
    { containers: [{ Id: 'c' }] },
  ]) {
    const { holdings, problems } = await survey(content);
    assert.deepEqual([holdings, problems.map(({ fault }) => fault.code)], [[], ['ENGINE_ANSWER_INVALID']]);
  }
});

test('where no engine is, that is said; where one was chosen and is not, it is a problem', () =>
  inFolder(async (folder, context) => {
    const absent = await docker.find({ root: folder }, context);
    assert.deepEqual(absent.absent, [`docker at unix://${folder}/var/run/docker.sock`]);
    assert.deepEqual([absent.answered, absent.problems], [[], []]);
    const environment = { DOCKER_HOST: `unix://${folder}/none.sock` };
    const { problems } = await docker.find({ root: folder }, { ...context, environment });
    assert.deepEqual(
      problems.map(({ fault }) => fault.code),
      ['ENGINE_UNREACHABLE'],
    );
    const ssh = await docker.find({ root: folder }, { ...context, environment: { DOCKER_HOST: 'ssh://host.example' } });
    assert.deepEqual(
      ssh.problems.map(({ fault }) => fault.code),
      ['ENGINE_HOST_UNSUPPORTED'],
    );
  }));

test('an engine on another machine is left out when offline, and that is said', () =>
  inFolder(async (folder, plain) => {
    const environment = { DOCKER_HOST: 'tcp://192.0.2.1:2376' };
    const context = { ...plain, environment, network: { ...plain.network, offline: true } };
    const { absent, problems } = await docker.find({ root: folder }, context);
    assert.match(absent[0] ?? '', /docker \(on another machine, and --offline\)/);
    assert.deepEqual(problems, []);
  }));

test('Podman is asked at its own sockets, those of other people included', () =>
  inFolder(async (folder, context) => {
    const socket = join(folder, 'run/user/1000/podman/podman.sock');
    await mkdir(join(folder, 'run/user/1000/podman'), { recursive: true });
    await using _ = await startFakeEngineApi(folder, socket, { images: [{ image: sampleImage, names: ['app:1'] }] });
    const { holdings, answered, absent } = await podman.find({ root: folder }, context);
    assert.deepEqual(answered, [`podman at unix://${socket}`]);
    assert.deepEqual(absent, [`podman at unix://${folder}/run/podman/podman.sock`]);
    assert.deepEqual(holdings[0]?.reading?.environment, { DOCKER_HOST: `unix://${socket}` });
  }));
