/** A real registry tells a real watch of pushes: new images are judged, and what follows names the verdict. Also when the watch is killed meanwhile. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { demoImages } from '../../src/app/demo/images.ts';
import { writeDemoImage } from '../../src/app/demo/run-demo.ts';
import { buildImage, writeDockerArchive } from '../../src/image/oci-layout-writer.ts';
import { openIncidentStore } from '../../src/store/backends/incidents.ts';
import { jsonLinesOf, startWatch, writeWatch, type WatchedFolder, type WatchProcess } from '../builders/watched.ts';
import { freePort } from './local-registry.ts';
import { startContained } from './story-pull-to-egress-parts.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 600_000 };
const run = promisify(execFile);

type Line = Readonly<Record<string, unknown>>;

const until = async (holds: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 90_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
    await sleep(100);
  }
};

interface Registry extends AsyncDisposable {
  readonly host: string;
  /** Pushes a demo image under a name. */
  push(demo: string, name: string): Promise<void>;
}

/** Debian's docker-registry, which tells `hook` of everything. */
const startRegistry = async (folder: string, hook: string): Promise<Registry> => {
  const host = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'registry.yml');
  await writeFile(
    file,
    [
      'version: 0.1',
      'log: { level: error, accesslog: { disabled: true } }',
      `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }`,
      `http: { addr: "${host}" }`,
      `notifications: { endpoints: [{ name: watch, url: "${hook}", timeout: 5s, threshold: 100, backoff: 200ms }] }`,
    ].join('\n'),
  );
  const policy = join(folder, 'accept.json');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const server = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('close', resolve));
  for (let tries = 0; !(await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok; tries += 1) {
    assert.ok(tries < 200 && server.exitCode === null, 'docker-registry did not come up');
    await sleep(100);
  }
  return {
    host,
    push: async (demo, name) => {
      const image = demoImages.find((one) => one.name === demo);
      assert.ok(image !== undefined, demo);
      const layout = await writeDemoImage(await mkdtemp(join(folder, 'layout-')), image);
      const words = ['--policy', policy, 'copy', '-q', '--dest-tls-verify=false', layout, `docker://${host}/${name}`];
      await run('skopeo', words);
    },
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await ended;
    },
  };
};

const linesOf = (watch: WatchProcess, type: string): readonly Line[] =>
  watch
    .output()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line['type'] === type);

const verdictOf = (incident: Line): Line | undefined => incident['verdict'] as Line | undefined;

/** A start of a container of that name, as an engine on another machine logs it. */
const startOf = (image: string, number: number): string => {
  const time = Math.floor(Date.now() / 1000);
  const actor = { ID: number.toString(16).padStart(64, 'a'), Attributes: { image, name: `web-${number}` } };
  return `${JSON.stringify({ Type: 'container', Action: 'start', Actor: actor, time, timeNano: time * 1e9 })}\n`;
};

suite('watch judges what a registry tells', when, () => {
  let folder = '';
  const started: WatchProcess[] = [];

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tw-judges-'));
  });
  after(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  const start = (watched: WatchedFolder): WatchProcess => {
    const watch = startWatch(watched);
    started.push(watch);
    return watch;
  };

  const watchOf = async (name: string, hook: number, registries: readonly string[]): Promise<WatchedFolder> => {
    const own = await mkdtemp(join(folder, `${name}-`));
    await writeFile(join(own, 'engine.log'), '');
    return writeWatch(own, {
      sensors: [{ sensor: 'docker', files: [join(own, 'engine.log')] }],
      push: [{ listen: `127.0.0.1:${hook}`, paths: [{ path: '/registry', sensor: 'registry-notification' }] }],
      sinks: [{ sink: 'file', path: join(own, 'out.jsonl') }],
      judge: { registries },
    });
  };

  test(
    'a bad image is pushed: its incident holds the verdict, and so does that of the container that started before',
    when,
    async () => {
      const hook = await freePort();
      await using registry = await startRegistry(
        await mkdtemp(join(folder, 'r-')),
        `http://127.0.0.1:${hook}/registry`,
      );
      const watched = await watchOf('push', hook, [registry.host]);
      const watch = start(watched);
      await watch.ready;
      const image = `${registry.host}/team/app:1`;
      await writeFile(join(watched.folder, 'engine.log'), startOf(image, 1));
      await registry.push('deleted-miner', 'team/app:1');
      await registry.push('clean', 'team/clean:1');
      const judged = (): readonly Line[] =>
        linesOf(watch, 'incident').filter((incident) => verdictOf(incident) !== undefined);
      await until(() => judged().length > 0, 'an incident with a verdict');
      const started = (): readonly Line[] =>
        linesOf(watch, 'finding').filter(({ rule }) => rule === 'sigma/started-malicious-image');
      await until(() => started().length > 0, 'the start that came before the verdict');
      const incident = judged().at(-1) ?? {};
      assert.equal(verdictOf(incident)?.['assessment'], 'malicious');
      assert.equal(incident['severity'], 'critical');
      const steps = (incident['chain'] as readonly Line[]).map(({ step }) => step);
      for (const step of ['push', 'verdict', 'start'])
        assert.ok(steps.includes(step), `${step} in ${steps.join(', ')}`);
      assert.ok(
        linesOf(watch, 'finding').some(({ rule }) => rule === 'sigma/judged-malicious-image'),
        'the rule for verdicts speaks',
      );
      assert.deepEqual(linesOf(watch, 'gap'), []);
      watch.child.kill('SIGTERM');
      assert.equal(await watch.ended, 0);
      const sent = jsonLinesOf(join(watched.folder, 'out.jsonl'));
      assert.ok(sent.some((line) => line['type'] === 'incident'));
      const verdicts = sent.filter((line) => line['type'] === 'verdict' && line['assessment'] === 'malicious');
      assert.deepEqual(
        verdicts.map((line) => [line['schema'], line['decision']]),
        [['tidewaiter/verdict/v1', 'deny']],
      );
    },
  );

  test('killed while it judges, it judges after the restart, and nothing is found twice', when, async () => {
    const hook = await freePort();
    await using registry = await startRegistry(await mkdtemp(join(folder, 'r-')), `http://127.0.0.1:${hook}/registry`);
    const watched = await watchOf('killed', hook, [registry.host]);
    const first = start(watched);
    await first.ready;
    await registry.push('deleted-miner', 'team/killed:1');
    // The push is kept as soon as the registry was answered; the scan takes longer than that.
    await until(() => linesOf(first, 'finding').length > 0, 'what rules say of the push');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start(watched);
    await second.ready;
    const file = join(watched.folder, 'out.jsonl');
    const findings = (): readonly string[] =>
      jsonLinesOf(file).flatMap((line) =>
        line['rule'] === 'sigma/judged-malicious-image' ? [String(line['id'])] : [],
      );
    await until(() => findings().length > 0, 'the verdict');
    second.child.kill('SIGTERM');
    assert.equal(await second.ended, 0);
    assert.equal(new Set(findings()).size, 1);
    const third = start(watched);
    await third.ready;
    await registry.push('fetch-and-run', 'team/other:1');
    const later = (): readonly string[] =>
      linesOf(third, 'finding').flatMap(({ rule, id }) =>
        String(rule).startsWith('sigma/judged-') ? [String(id)] : [],
      );
    await until(() => later().length > 0, 'the verdict on another image');
    assert.deepEqual(
      later().filter((id) => findings().slice(0, 1).includes(id)),
      [],
    );
    third.child.kill('SIGTERM');
    await third.ended;
  });

  test('a registry that nobody named is not asked, and that is told with the next step', when, async () => {
    const hook = await freePort();
    await using registry = await startRegistry(await mkdtemp(join(folder, 'r-')), `http://127.0.0.1:${hook}/registry`);
    const watched = await watchOf('unlisted', hook, ['registry.example']);
    const watch = start(watched);
    await watch.ready;
    await registry.push('deleted-miner', 'team/app:1');
    await until(() => linesOf(watch, 'gap').length > 0, 'the gap');
    assert.equal(linesOf(watch, 'gap')[0]?.['code'], 'JUDGE_REGISTRY_UNLISTED');
    watch.child.kill('SIGTERM');
    assert.equal(await watch.ended, 0);
  });

  test('an image that an engine holds is judged there, by the name that its events give it', when, async () => {
    const own = await mkdtemp(join(folder, 'podman-'));
    const socket = join(own, 'p.sock');
    const archive = join(own, 'image.tar');
    const image = demoImages.find((one) => one.name === 'deleted-miner');
    assert.ok(image !== undefined);
    await writeDockerArchive(archive, buildImage(image.image), { name: 'localhost/team/app:1', layout: 'classic' });
    await mkdir(join(own, 'tmp'));
    const settings = '[engine]\nevents_logger = "file"\ncgroup_manager = "cgroupfs"\n';
    await writeFile(join(own, 'containers.conf'), settings);
    const places = ['--root', `${own}/data`, '--runroot', `${own}/exec`, '--tmpdir', `${own}/tmp`];
    const podman = ['podman', ...places, '--storage-driver=vfs'];
    const environment = `CONTAINERS_CONF=${own}/containers.conf`;
    const service = ['system', 'service', '--time=0', `unix://${socket}`];
    await using _service = startContained('env', environment, ...podman, ...service);
    await until(() => existsSync(socket), 'the socket of podman');
    const watched = await writeWatch(own, {
      sensors: [{ sensor: 'podman', engine: `unix://${socket}` }],
      sinks: [{ sink: 'file', path: join(own, 'out.jsonl') }],
    });
    const watch = start(watched);
    await watch.ready;
    const call = (...words: readonly string[]): Promise<unknown> =>
      run('podman', ['--remote', '--url', `unix://${socket}`, ...words]);
    await call('load', '-i', archive);
    await call('create', '--name', 'web', 'localhost/team/app:1');
    const found = (): readonly Line[] =>
      linesOf(watch, 'finding').filter(({ rule }) => rule === 'sigma/started-malicious-image');
    await until(() => found().length > 0, 'the container that was made before its image was judged');
    const incidents = linesOf(watch, 'incident').filter((incident) => verdictOf(incident) !== undefined);
    assert.equal(verdictOf(incidents.at(-1) ?? {})?.['assessment'], 'malicious');
    watch.child.kill('SIGTERM');
    assert.equal(await watch.ended, 0);
  });

  test('what a sweep finds is judged by the same queue', when, async () => {
    const own = await mkdtemp(join(folder, 'swept-'));
    await using registry = await startRegistry(own, 'http://127.0.0.1:9/nobody');
    await registry.push('clean', 'team/app:1');
    const sweep = { registry: registry.host, repositories: ['team/*'], 'every-seconds': 10 };
    const watched = await writeWatch(own, {
      sensors: [{ sensor: 'registry-notification', sweep }],
      sinks: [{ sink: 'file', path: join(own, 'out.jsonl') }],
      judge: { registries: [registry.host] },
    });
    const watch = start(watched);
    await watch.ready;
    const position = (): string | undefined => {
      const store = openIncidentStore(join(watched.state, 'tidewaiter'));
      try {
        return store.checkpoint(`sweep:${registry.host}/`);
      } finally {
        store.close();
      }
    };
    await until(() => position() !== undefined, 'the first sweep');
    await registry.push('deleted-miner', 'team/app:2');
    await until(
      () => linesOf(watch, 'finding').some(({ rule }) => rule === 'sigma/judged-malicious-image'),
      'the verdict on what was swept',
    );
    watch.child.kill('SIGTERM');
    assert.equal(await watch.ended, 0);
  });
});
