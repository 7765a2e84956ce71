/** Real engines and a real registry say what they do; the sensors for their kind understand every word of it. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Event } from '../../src/core/event.ts';
import type { Sensor } from '../../src/core/sensor.ts';
import { buildImage, writeDockerArchive } from '../../src/image/oci-layout-writer.ts';
import { applicationLog } from '../../src/watch/sensors/application-log.ts';
import { containerd } from '../../src/watch/sensors/containerd.ts';
import { podman } from '../../src/watch/sensors/podman.ts';
import { registryNotification } from '../../src/watch/sensors/registry-notification.ts';
import { readAll } from '../builders/sensed.ts';
import { startContainedContainerd } from './contained-containerd.ts';
import { freePort } from './local-registry.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };
const run = promisify(execFile);

const name = 'registry.example/team/sleeper:1';

/** Every record is an Event; of those that are a deed, the deed with the image. */
const deedsOf = (sensor: Sensor, text: string): readonly (readonly [Event['action'], string | undefined])[] => {
  const { events, gaps } = readAll(sensor, text);
  assert.deepEqual(gaps, [], text);
  return events
    .filter(({ action }) => action !== 'other')
    .map(({ action, image }) => [action, image?.kind === 'container' ? image.reference : image?.kind] as const);
};

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 600, 'waited in vain');
    await sleep(100);
  }
};

suite('what real engines and registries say', when, () => {
  let folder = '';
  let archive = '';

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tw-sense-'));
    archive = join(folder, 'a.tar');
    const content = await readFile('/bin/busybox');
    const entries = [
      { path: 'bin', type: 'directory' },
      { path: 'bin/busybox', content, mode: 0o755 },
    ] as const;
    const image = buildImage({
      layers: [{ entries }],
      config: { config: { Entrypoint: ['/bin/busybox', 'sleep', '2'] } },
    });
    await writeDockerArchive(archive, image, { name, layout: 'classic' });
  });

  after(async () => {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  test('a registry: its notifications and its log, of a push and a pull', when, async () => {
    const bodies: string[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const port = await freePort();
    const config = join(folder, 'registry.yml');
    const endpoint = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
    await writeFile(
      config,
      `version: 0.1\nstorage: {filesystem: {rootdirectory: ${join(folder, 'registry')}}}\nhttp: {addr: "127.0.0.1:${port}"}\n` +
        `notifications: {endpoints: [{name: t, url: "${endpoint}", timeout: 2s, threshold: 3, backoff: 1s}]}\n`,
    );
    const registry = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [registry.stdout, registry.stderr])
      stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
    try {
      await until(() => log.includes('listening on'));
      const host = `127.0.0.1:${port}`;
      const there = `docker://${host}/team/sleeper:1`;
      await run('skopeo', ['copy', '--dest-tls-verify=false', `docker-archive:${archive}`, there]);
      await run('skopeo', ['copy', '--src-tls-verify=false', there, `dir:${join(folder, 'out')}`]);
      await until(() => bodies.some((body) => body.includes('"pull"') && body.includes('manifest')));
      const deeds = bodies.flatMap((body) => deedsOf(registryNotification, body));
      const [pushed, pulled] = deeds;
      assert.deepEqual([pushed?.[0], pulled?.[0], deeds.length], ['push', 'pull', 2]);
      assert.ok(pushed?.[1]?.startsWith(`${host}/team/sleeper:1@sha256:`), pushed?.[1]);
      assert.equal(pulled?.[1], pushed?.[1]);
      const lines = log.split('\n').filter((line) => line.includes('response completed'));
      assert.ok(
        deedsOf(applicationLog, lines.join('\n')).some(
          ([action, image]) => action === 'push' && image === `${host}/team/sleeper:1`,
        ),
      );
    } finally {
      registry.kill('SIGKILL');
      hook.close();
    }
  });

  test('Podman: its events as JSON and as it prints them', when, async () => {
    const at = (part: string): string => join(folder, part);
    const engine = [
      '--root',
      at('p-root'),
      '--runroot',
      at('p-run'),
      '--storage-driver',
      'vfs',
      '--events-backend',
      'file',
    ];
    const call = (...words: readonly string[]): Promise<{ stdout: string }> =>
      run('podman', [...engine, '--tmpdir', at('p-tmp'), '--cgroup-manager', 'cgroupfs', ...words]);
    await call('load', '-i', archive);
    await call('create', '--network', 'none', '--name', 's1', name);
    await call('commit', 's1', 'third:3');
    await call('rm', '-f', '-t', '0', 's1');
    await call('rmi', '-f', 'third:3');
    const json = deedsOf(podman, (await call('events', '--stream=false', '--format', 'json')).stdout);
    const printed = deedsOf(podman, (await call('events', '--stream=false')).stdout);
    assert.deepEqual(printed, json);
    for (const wanted of [
      ['create', name],
      ['commit', name],
      ['delete', name],
      ['untag', 'localhost/third:3'],
    ] as const)
      assert.ok(
        json.some(([action, image]) => action === wanted[0] && image === wanted[1]),
        `${wanted.join(' ')} in ${JSON.stringify(json)}`,
      );
    assert.ok(json.some(([action]) => action === 'load'));
  });

  test('containerd: a name, a container, its task and a command in it', when, async () => {
    await using engine = await startContainedContainerd(join(folder, 'c'), { criDisabled: true });
    const listener = spawn('ctr', ['-a', engine.socket, 'events'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    listener.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    try {
      // What happens before somebody listens is told to nobody: namespaces come into being until one is told of.
      for (let tries = 0; !said.includes('/namespaces/create'); tries += 1) {
        assert.ok(tries < 200, 'nobody listens');
        await engine.ctr('namespaces', 'create', `probe-${tries}`);
        await sleep(100);
      }
      await engine.ctr('images', 'import', archive);
      await engine.ctr('run', '-d', '--snapshotter', 'native', name, 'c1');
      await engine.ctr('tasks', 'exec', '--exec-id', 'e1', 'c1', '/bin/busybox', 'true');
      await until(() => /\/tasks\/exit \{"container_id":"c1","id":"c1"/.test(said));
      const lines = said.split('\n').slice(0, -1);
      const deeds = deedsOf(containerd, lines.filter((line) => !line.includes('/namespaces/')).join('\n'));
      assert.deepEqual(deeds.slice(0, 2), [
        ['pull', name],
        ['create', name],
      ]);
      assert.deepEqual(
        deeds.slice(2).map(([action]) => action),
        ['start', 'exec', 'exit', 'stop'],
      );
    } finally {
      listener.kill('SIGKILL');
    }
  });
});
