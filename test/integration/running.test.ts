/** Real engines side by side, Docker, Podman and containerd with CRI: what they hold and run is judged once each, through the program itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteProcedure } from '../../src/formats/records/containerd-api.ts';
import { encodeProtobuf, parseProtobuf, type ProtobufField } from '../../src/formats/records/protobuf.ts';
import { buildImage, writeDockerArchive, writeOciArchive } from '../../src/image/oci-layout-writer.ts';
import { openGrpc } from '../../src/io/grpc-client.ts';
import { joinSurveys } from '../../src/estate/finder.ts';
import { finders } from '../../src/estate/finders/index.ts';
import type { VerdictDocument } from '../../src/report/verdict-schema.ts';
import { fakeContext } from '../fakes/context.ts';
import { startContainedContainerd, type ContainedContainerd } from './contained-containerd.ts';
import { askEngineOnce } from './engine-request.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const entry = join(import.meta.dirname, '../../src/cli/main.ts');
const sleeperName = 'registry.example/team/sleeper:1';
const otherName = 'registry.example/team/other:1';

const rule = (word: string): string => `
rule marker_${word} {
  meta:
    description = "an inert marker of this test"
    severity = "critical"
    confidence = "high"
    intent = "implant"
  strings:
    $text = "the ${word} of this test"
  condition:
    $text
}
`;

/** In mount and process namespaces of its own: its containers and mounts end with it. */
const startEngine = async (
  program: string,
  socket: string,
  parameters: readonly string[],
): Promise<AsyncDisposable> => {
  const outer = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--mount-proc'];
  const inner = ['--pid', '--fork', '--kill-child=KILL', 'sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$@"', 'enter'];
  const engine = spawn('setpriv', [...outer, ...inner, program, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  const isOver = (): boolean => engine.exitCode !== null || engine.signalCode !== null;
  let output = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const isUp = (): Promise<boolean> =>
    askEngineOnce(socket, 'GET', '/_ping').then(
      () => true,
      () => false,
    );
  for (let tries = 0; !(await isUp()); tries += 1) {
    assert.ok(tries < 300 && !isOver(), `${program} did not come up:\n${output}`);
    await sleep(100);
  }
  return {
    async [Symbol.asyncDispose]() {
      if (isOver()) return;
      const ended = once(engine, 'exit');
      engine.kill('SIGKILL');
      await ended;
    },
  };
};

/** A CRI call whose answer has one text, or none. */
const procedure = (name: string): RemoteProcedure<Uint8Array, string> => ({
  path: `/runtime.v1.RuntimeService/${name}`,
  encode: (request) => request,
  decode: (reply, where) => parseProtobuf(reply, where).text(1),
});

/** A pod with one container, as a kubelet starts it: RunPodSandbox, CreateContainer, StartContainer. */
const runPod = async (socket: string, logs: string, image: string): Promise<string> => {
  await using runtime = await openGrpc(
    { socketPath: socket, label: socket },
    fakeContext({ network: { timeoutMs: 60_000 } }),
  );
  // Its network is the machine's: there is no CNI here.
  const network = encodeProtobuf([[1, 2]]);
  const pod = encodeProtobuf([
    [
      1,
      encodeProtobuf([
        [1, 'web-1'],
        [2, 'uid-1'],
        [3, 'shop'],
      ]),
    ],
    [3, logs],
    // As the kubelet labels them.
    ...Object.entries({ 'io.kubernetes.pod.name': 'web-1', 'io.kubernetes.pod.namespace': 'shop' }).map(
      ([key, value]): ProtobufField => [
        6,
        encodeProtobuf([
          [1, key],
          [2, value],
        ]),
      ],
    ),
    [8, encodeProtobuf([[2, encodeProtobuf([[1, network]])]])],
  ]);
  const sandbox = await runtime.require(procedure('RunPodSandbox'), encodeProtobuf([[1, pod]]));
  const container = encodeProtobuf([
    [1, encodeProtobuf([[1, 'web']])],
    [2, encodeProtobuf([[1, image]])],
    [11, 'web.log'],
  ]);
  const id = await runtime.require(
    procedure('CreateContainer'),
    encodeProtobuf([
      [1, sandbox],
      [2, container],
      [3, pod],
    ]),
  );
  await runtime.require(procedure('StartContainer'), encodeProtobuf([[1, id]]));
  return id;
};

void suite('what is deployed', when, () => {
  let folder = '';
  let socketOf: (name: string) => string;
  let containerd: ContainedContainerd;
  let engines: readonly AsyncDisposable[] = [];
  let cluster: Server | undefined;
  let environment: Record<string, string>;
  let podContainer = '';
  let sleeper: ReturnType<typeof buildImage>;
  const other = buildImage({ layers: [{ entries: [{ path: 'srv/cargo', content: 'the cargo of this test' }] }] });

  before(
    async () => {
      if (!required) return;
      folder = await mkdtemp(join(tmpdir(), 'tw-run-'));
      socketOf = (name) => join(folder, `${name}.sock`);
      sleeper = buildImage({
        layers: [
          {
            entries: [
              { path: 'bin', type: 'directory' },
              { path: 'bin/busybox', content: await readFile('/bin/busybox'), mode: 0o755 },
            ],
          },
        ],
        config: { config: { Entrypoint: ['/bin/busybox', 'sleep', '900'] } },
      });
      const [docker, podman] = [socketOf('docker'), socketOf('podman')];
      const at = (name: string): string => join(folder, name);
      await writeFile(at('daemon.json'), '{}');
      engines = [
        // No bridge, no firewall rules, no forwarding: nothing outside the folder is touched.
        await startEngine(
          'dockerd',
          docker,
          ['--iptables=false', '--ip6tables=false', '--bridge=none', '--ip-forward=false'].concat(
            ['--storage-driver=overlay2', '--config-file', at('daemon.json'), '--data-root', at('dd')],
            ['--exec-root', at('de'), '--pidfile', at('dp'), '-H', `unix://${docker}`],
          ),
        ),
        await startEngine(
          'podman',
          podman,
          ['--root', at('pd'), '--runroot', at('pe'), '--tmpdir', at('pt'), '--storage-driver', 'vfs'].concat([
            'system',
            'service',
            '--time=0',
            `unix://${podman}`,
          ]),
        ),
      ];
      containerd = await startContainedContainerd(at('c'), { sandboxImage: sleeperName });
      const [classic, oci, second] = [at('sleeper.tar'), at('sleeper-oci.tar'), at('other.tar')];
      await writeDockerArchive(classic, sleeper, { name: sleeperName, layout: 'classic' });
      await writeOciArchive(oci, sleeper, sleeperName);
      await writeDockerArchive(second, other, { name: otherName, layout: 'classic' });
      await askEngineOnce(docker, 'POST', '/images/load', classic);
      await askEngineOnce(podman, 'POST', '/images/load', classic);
      await askEngineOnce(podman, 'POST', '/images/load', second);
      for (const namespace of ['demo', 'k8s.io']) await containerd.ctr('-n', namespace, 'images', 'import', oci);

      const host = { Image: sleeperName, HostConfig: { NetworkMode: 'host' } };
      await askEngineOnce(docker, 'POST', '/containers/create?name=web', host);
      await askEngineOnce(docker, 'POST', '/containers/web/start');
      await askEngineOnce(podman, 'POST', '/containers/create?name=waiting', host);
      await containerd.ctr('-n', 'demo', 'run', '-d', '--net-host', sleeperName, 'sleeper');
      podContainer = await runPod(containerd.socket, at('logs'), sleeper.configDigest);

      // No API server can run here: a fake one, with an answer of the form that a real one gives.
      cluster = createServer((_, response) =>
        response.end(
          JSON.stringify({
            kind: 'PodList',
            apiVersion: 'v1',
            metadata: {},
            items: [
              {
                metadata: { name: 'web-1', namespace: 'shop' },
                spec: { nodeName: 'node-1' },
                status: {
                  containerStatuses: [
                    {
                      name: 'web',
                      image: sleeperName,
                      imageID: sleeper.configDigest,
                      containerID: `containerd://${podContainer}`,
                      state: { running: {} },
                    },
                  ],
                },
              },
            ],
          }),
        ),
      ).listen(0, '127.0.0.1');
      await once(cluster, 'listening');
      const server = `http://127.0.0.1:${(cluster.address() as AddressInfo).port}`;
      await writeFile(
        at('kubeconfig'),
        JSON.stringify({
          'current-context': 'here',
          contexts: [{ name: 'here', context: { cluster: 'here' } }],
          clusters: [{ name: 'here', cluster: { server } }],
        }),
      );
      environment = {
        DOCKER_HOST: `unix://${docker}`,
        CONTAINER_HOST: `unix://${podman}`,
        CONTAINERD_ADDRESS: containerd.socket,
        CONTAINER_RUNTIME_ENDPOINT: `unix://${containerd.socket}`,
        KUBECONFIG: at('kubeconfig'),
      };
      await mkdir(at('rules'));
    },
    { timeout: 180_000 },
  );

  after(async () => {
    if (folder === '') return;
    await containerd?.[Symbol.asyncDispose]();
    for (const engine of engines) await engine[Symbol.asyncDispose]();
    cluster?.closeAllConnections();
    cluster?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const scan = async (words: readonly string[], ...more: readonly string[]) => {
    await writeFile(join(folder, 'rules/a.yar'), `rule nothing { condition: false }\n${words.map(rule).join('')}`);
    const parameters = ['scan', '--running', '--no-default-rules', '--rules', join(folder, 'rules'), ...more];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...parameters], {
      env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [status] = (await once(child, 'close')) as [number];
    return { status, out, err };
  };
  const scanJson = async (words: readonly string[], ...more: readonly string[]) => {
    const { status, out, err } = await scan(words, '--format', 'json', '--offline', ...more);
    assert.notEqual(out, '', err);
    return { status, err, verdicts: JSON.parse(out) as readonly VerdictDocument[] };
  };

  test('each image once, with every place where it is, stored or running', async () => {
    const { status, verdicts, err } = await scanJson([]);
    assert.equal(status, 0, err);
    assert.deepEqual(
      verdicts.map(({ identity, assessment }) => [identity.config, assessment]),
      [
        [sleeper.configDigest, 'clean'],
        [other.configDigest, 'clean'],
      ],
    );
    const [held, stored] = verdicts;
    assert.deepEqual(
      held?.uses?.map(({ engine, state, namespace, container, pod }) => [
        engine,
        state,
        namespace,
        container?.name ?? container?.id,
        pod,
      ]),
      [
        ['docker', 'running', undefined, 'web', undefined],
        ['cri', 'running', 'k8s.io', 'web', { namespace: 'shop', name: 'web-1', node: 'node-1' }],
        ['containerd', 'running', 'demo', 'sleeper', undefined],
        // The pod's first container: CRI lists it as the pod itself.
        ['containerd', 'running', 'k8s.io', held?.uses?.[3]?.container?.id, { namespace: 'shop', name: 'web-1' }],
        ['podman', 'stopped', undefined, 'waiting', undefined],
      ],
    );
    assert.deepEqual(
      stored?.uses?.map(({ engine, state, names }) => [engine, state, names]),
      [['podman', 'stored', [otherName]]],
    );
    for (const engine of ['docker', 'podman', 'containerd', 'cri', 'kubernetes'])
      assert.match(err, new RegExp(`asked ${engine} at `));
  });

  test('an image that turns bad when a rule is added comes first, with its holders', async () => {
    const { status, verdicts } = await scanJson(['cargo']);
    assert.equal(status, 1);
    assert.deepEqual(
      verdicts.map(({ identity, assessment, turnedFrom }) => [identity.config, assessment, turnedFrom?.assessment]),
      [
        [other.configDigest, 'malicious', 'clean'],
        [sleeper.configDigest, 'clean', undefined],
      ],
    );
    const { out, err } = await scan(['cargo']);
    assert.match(out, /^DENY {2}malicious .*\n {2}! it turned bad: judged clean \(allow\)/);
    assert.match(out, /stored in podman at .*; called registry\.example\/team\/other:1/s);
    assert.match(err, /2 images, 1 of them running; 1 deny; 1 allow; 1 turned bad/);
  });

  test('engines that this user may not ask are problems that say what to do, never empty lists', async () => {
    const context = fakeContext({
      environment: { ...environment, HOME: '/nonexistent' },
      network: { timeoutMs: 5000 },
    });
    process.seteuid?.(65_534);
    const surveys = [];
    try {
      for (const finder of finders.filter(({ id }) => id !== 'kubernetes-api'))
        surveys.push(await finder.find({ root: '/' }, context));
    } finally {
      process.seteuid?.(0);
    }
    const { holdings, problems } = joinSurveys(surveys);
    assert.deepEqual(holdings, []);
    assert.deepEqual(
      problems.map(({ fault }) => fault.code),
      Array(4).fill('ENGINE_FORBIDDEN'),
    );
    assert.match(problems[0]?.fault.message ?? '', /run Tidewaiter as root/);
  });

  test('an engine that is not where it should be makes the answer incomplete, not the others', async () => {
    environment['CONTAINER_HOST'] = `unix://${join(folder, 'none.sock')}`;
    const { status, verdicts } = await scanJson([]);
    assert.equal(status, 3);
    assert.deepEqual(
      verdicts.map(({ assessment, gaps, uses }) => [assessment, gaps[0]?.code, uses === undefined]),
      [
        ['incomplete', 'ENGINE_UNREACHABLE', true],
        ['clean', undefined, false],
      ],
    );
  });
});
