/**
 * One whole story with real parts: an engine pulls an image from a registry that notifies, makes a container of it and starts it; a
 * command in it downloads, and connects to the outside. `watch`, live, hears of it from all of them, and tells one incident.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { severityRank } from '../../src/core/finding.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { ChainStepKind, Incident } from '../../src/core/incident.ts';
import type { VerdictDocument } from '../../src/report/verdict-schema.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { incidentText } from '../../src/report/incident-text.ts';
import { startExecSource } from '../builders/exec-source.ts';
import { startFlowSource } from '../builders/flow-source.ts';
import { startLocalRegistry } from './local-registry.ts';
import { openRegistryImages } from './registry-images.ts';
import {
  openOwnNetwork,
  startNotifyingRegistry,
  startOwnDocker,
  type OwnDocker,
  type OwnNetwork,
} from './story-pull-to-egress-parts.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 500_000 };

const entry = join(import.meta.dirname, '../../src/cli/main.ts');
const token = 'a-token-of-some-length';
const outside = '198.51.100.7';
const image = '127.0.0.1:5000/team/app';

/** Harmless: what it fetches is never looked at. */
const script = `#!/bin/sh
wget -q -O /tmp/page http://${outside}/page.txt
nc -w 1 ${outside} 3333 </dev/null
sleep 60
`;

const program = async () => {
  const busybox = await readFile('/bin/busybox');
  const links = ['sh', 'wget', 'nc', 'sleep'].map((name) => ({
    path: `bin/${name}`,
    type: 'symlink' as const,
    target: 'busybox',
  }));
  return buildImage({
    layers: [
      {
        createdBy: 'COPY bin /bin',
        entries: [
          { path: 'bin', type: 'directory' },
          { path: 'bin/busybox', content: busybox, mode: 0o755 },
          ...links,
          { path: 'tmp', type: 'directory', mode: 0o1777 },
        ],
      },
      { createdBy: 'COPY run.sh /', entries: [{ path: 'run.sh', content: script, mode: 0o755 }] },
    ],
    config: { config: { Entrypoint: ['/run.sh'] } },
  });
};

interface Watching extends AsyncDisposable {
  /** Every state of every incident, as they were told. */
  incidents(): readonly Incident[];
  gaps(): readonly { readonly code: string; readonly reason: string }[];
  /** The first that holds; fails after two minutes. */
  until(holds: (incident: Incident) => boolean): Promise<Incident>;
  /** Asks it to end. @returns its exit status */
  end(): Promise<unknown>;
}

const startWatch = async (network: OwnNetwork, folder: string, listeners: number): Promise<Watching> => {
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'nsenter', `--net=${network.path}`, process.execPath, entry, 'watch', '--format', 'json'],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, XDG_STATE_HOME: join(folder, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  const linesOf = (type: string): readonly unknown[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { readonly type?: string })
      .filter((line) => line.type === type);
  const incidents = () => linesOf('incident') as readonly Incident[];
  const gaps = () => linesOf('gap') as readonly { readonly code: string; readonly reason: string }[];
  const wait = async <Value>(find: () => Value | undefined, what: string): Promise<Value> => {
    for (let tries = 0; ; tries += 1) {
      const found = find();
      if (found !== undefined) return found;
      assert.ok(
        child.exitCode === null && tries < 1200,
        `${what} never came:\n${said}\n${JSON.stringify(incidents().at(-1) ?? linesOf('finding'), undefined, 1)}\n${JSON.stringify(gaps())}`,
      );
      await sleep(100);
    }
  };
  await wait(
    () => (said.match(/^(?:following|listening) .*$/gm)?.length === listeners ? true : undefined),
    'listeners',
  );
  return {
    incidents,
    gaps,
    until: (holds) => wait(() => incidents().find(holds), 'the incident'),
    end: async () => {
      child.kill('SIGTERM');
      const [status] = (await ended) as [number | null];
      return status;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
};

const wanted: readonly ChainStepKind[] = ['pull', 'create', 'start', 'command', 'egress'];
const kindsOf = ({ chain }: Incident): readonly ChainStepKind[] => [...new Set(chain.map(({ step }) => step))];

suite('from the pull to the connection', when, () => {
  test('five parts saw it, and one incident tells it', async (t: TestContext) => {
    const folder = await mkdtemp(join(tmpdir(), 'tw-s-'));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const built = await program();
    await writeOciLayout(join(folder, 'layout'), built, 'x');
    const environment = { PATH: process.env['PATH'], HOME: folder, XDG_STATE_HOME: join(folder, 'state') };

    // Somebody stored the image, and it was judged, before the story begins.
    const { assessment, manifest } = await (async () => {
      await using quiet = await startLocalRegistry(folder);
      await using images = openRegistryImages(folder, quiet.host);
      await images.skopeo('copy', `oci:${folder}/layout:x`, `docker://${quiet.host}/team/app:1`);
      const judged = await promisify(execFile)(
        process.execPath,
        [entry, 'scan', '--format', 'json', `docker://${quiet.host}/team/app:1`],
        { env: environment, cwd: folder, maxBuffer: 2 ** 26 },
      ).catch((thrown: { code?: number; stdout?: string; stderr?: string }) => {
        assert.ok([1, 3].includes(thrown.code ?? 2), `${thrown.code}: ${thrown.stderr}`);
        return { stdout: thrown.stdout ?? '' };
      });
      const verdict = JSON.parse(judged.stdout) as VerdictDocument;
      return { assessment: verdict.assessment, manifest: verdict.identity.manifest };
    })();

    await using network = await openOwnNetwork(outside);
    const web = join(folder, 'web');
    await mkdir(web);
    await copyFile(import.meta.filename, join(web, 'page.txt'));
    await using _server = network.start('busybox', 'httpd', '-f', '-p', `${outside}:80`, '-h', web);
    await using docker: OwnDocker = await startOwnDocker(network, join(folder, 'd'));
    await using execs = await startExecSource(join(folder, 'audit'));
    await using flows = await startFlowSource(network.path, join(folder, 'conntrack.log'), async () => {
      await network.run('busybox', 'wget', '-q', '-O', '-', `http://${outside}/page.txt`).catch(() => '');
    });
    await writeFile(
      join(folder, 'tidewaiter.yaml'),
      JSON.stringify({
        watch: {
          sensors: [
            { sensor: 'docker', engine: `unix://${docker.socket}` },
            { sensor: 'auditd', files: [execs.file] },
            { sensor: 'flow', files: [flows.file] },
          ],
          push: [{ listen: '127.0.0.1:8099', paths: [{ path: '/registry', sensor: 'registry-notification', token }] }],
        },
      }),
    );
    await using watch = await startWatch(network, folder, 4);
    await using _registry = await startNotifyingRegistry(network, folder, 'http://127.0.0.1:8099/registry', token);

    await docker.pull(image, '1');
    const container = await docker.create(`${image}:1`, 'shop-web');
    const isOurs = ({ identity }: Incident): boolean => identity?.containers.includes(container) === true;
    const first = await watch.until((one) => isOurs(one) && kindsOf(one).includes('create'));
    await docker.start(container);
    await execs.until('/tmp/page');
    await flows.until('dport=3333');
    const incident = await watch.until(
      (one) =>
        isOurs(one) &&
        // Each source is heard at its own pace.
        wanted.every((step) => kindsOf(one).includes(step)) &&
        [`${outside}:80.`, `${outside}:3333`, 'wget'].every((word) =>
          one.chain.some(({ what }) => what.includes(word)),
        ),
    );
    t.diagnostic(incidentText(incident, (_style, text) => text));

    assert.deepEqual(
      kindsOf(incident).filter((step) => wanted.includes(step)),
      wanted,
      'the steps in their order',
    );
    const digest = incident.subject.id as Digest;
    assert.deepEqual(incident.subject, { kind: 'digest', id: manifest });
    const whatOf = (step: ChainStepKind): string =>
      incident.chain.flatMap(({ step: own, what }) => (own === step ? [what] : [])).join('\n');
    const named = `shop-web (${container.slice(0, 12)})`;
    assert.match(
      whatOf('pull'),
      /^127\.0\.0\.1 pulled 127\.0\.0\.1:5000\/team\/app:1 .* from registry 127\.0\.0\.1:5000\.$/m,
    );
    assert.match(whatOf('pull'), /^The docker engine pulled 127\.0\.0\.1:5000\/team\/app:1 /m);
    const created = `of ${image}:1 (${digest.slice(0, 19)}), to run “/run.sh”.`;
    assert.ok(whatOf('create').startsWith(`Container ${named} was created on `) && whatOf('create').endsWith(created));
    assert.ok(whatOf('start').startsWith(`Container ${named} started on `));
    assert.ok(
      whatOf('command').includes(
        `In container ${named}, “wget -q -O /tmp/page http://${outside}/page.txt” ran as root.`,
      ),
    );
    for (const port of [80, 3333])
      assert.match(
        whatOf('egress'),
        new RegExp(
          `^Container shop-web \\([0-9a-f]{12}\\) at 172\\.\\d+\\.\\d+\\.\\d+ connected to 198\\.51\\.100\\.7:${port}\\.$`,
          'm',
        ),
      );
    const { verdict, identity } = incident;
    assert.ok(verdict !== undefined && identity?.digests.includes(verdict.digest) === true);
    assert.equal(verdict.assessment, assessment);

    // It was told as it grew, always as one, and ever worse.
    const told = watch.incidents().filter((one) => isOurs(one) || one.identity?.digests.includes(digest) === true);
    assert.deepEqual([...new Set(told.map(({ id }) => id))], [incident.id]);
    const ranks = told.map(({ severity }) => severityRank(severity));
    assert.deepEqual(
      ranks,
      ranks.toSorted((one, other) => one - other),
    );
    assert.equal(first.severity, 'medium');
    assert.ok(severityRank(incident.severity) >= severityRank('high'));
    assert.deepEqual(
      watch.gaps().filter(({ code }) => code.startsWith('ENGINE_')),
      [],
    );
    assert.equal(await watch.end(), 0);
  });
});
