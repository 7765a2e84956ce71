/**
 * One story with real parts: a program of a package was doctored in the image; it starts, brings a file that was not in the image, and
 * runs it. `scan` keeps what the image holds, the kernel's audit log tells what ran, and `watch` tells where the two differ.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { collect } from '../../src/core/collect.ts';
import type { Detection, Incident } from '../../src/core/incident.ts';
import { incidentText } from '../../src/report/incident-text.ts';
import type { VerdictDocument } from '../../src/report/verdict-schema.ts';
import { startExecSource } from '../builders/exec-source.ts';
import { openOwnNetwork, startOwnDocker } from './story-pull-to-egress-parts.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 240_000 };
const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../src/cli/main.ts');

/** Harmless: it waits. Doctored, it first runs copies of another program of the image: under a name that the image does not have, and from memory. */
const source = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
#ifdef DOCTORED
  char part[65536];
  ssize_t count;
  int from = open("/bin/busybox", O_RDONLY), to = open("/opt/agent", O_WRONLY | O_CREAT | O_TRUNC, 0755);
  int memory = memfd_create("agent", MFD_CLOEXEC);
  while ((count = read(from, part, sizeof part)) > 0)
    if (write(to, part, count) != count || write(memory, part, count) != count) return 1;
  close(to);
  if (fork() == 0) return execl("/opt/agent", "sleep", "30", (char *)0);
  char *words[] = {"sleep", "31", 0};
  if (fork() == 0) return fexecve(memory, words, environ);
#endif
  if (fork() == 0) return execl("/bin/sleep", "sleep", "30", (char *)0);
  sleep(30);
  return 0;
}
`;

const packageFiles = (program: Uint8Array): Readonly<Record<string, string>> => ({
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  'var/lib/dpkg/status':
    'Package: statusd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\nMaintainer: A <a@example.com>\nDescription: waits\n\n',
  'var/lib/dpkg/info/statusd.list': '/.\n/usr\n/usr/bin\n/usr/bin/statusd\n',
  'var/lib/dpkg/info/statusd.md5sums': `${hash('md5', program)}  usr/bin/statusd\n`,
});

interface Built {
  /** As `docker load` takes it. */
  readonly archive: string;
  readonly name: string;
}

/** By umoci and skopeo, of two layers: the package as it was delivered, and above it `program`. */
const build = async (folder: string, tag: string, delivered: string, program?: string): Promise<Built> => {
  const [layout, bundle] = [join(folder, `${tag}-layout`), join(folder, `${tag}-bundle`)];
  const image = `${layout}:x`;
  const umoci = (...words: readonly string[]) => run('umoci', [...words]);
  await umoci('init', '--layout', layout);
  await umoci('new', '--image', image);
  await umoci('unpack', '--image', image, bundle);
  const at = (path: string): string => join(bundle, 'rootfs', path);
  for (const place of ['usr/bin', 'opt']) await mkdir(at(place), { recursive: true });
  // As distributions have it: folders that lead below /usr, and one program by many names.
  await symlink('usr/bin', at('bin'));
  await copyFile('/bin/busybox', at('usr/bin/busybox'));
  for (const name of ['sh', 'sleep', 'wc']) await symlink('busybox', at(`usr/bin/${name}`));
  await writeFile(at('start.sh'), '#!/bin/sh\nwc -c /start.sh\nexec /usr/bin/statusd\n', { mode: 0o755 });
  await copyFile(delivered, at('usr/bin/statusd'));
  for (const [path, text] of Object.entries(packageFiles(await readFile(delivered)))) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), text);
  }
  await umoci('repack', '--refresh-bundle', '--image', image, bundle);
  if (program !== undefined) {
    await copyFile(program, at('usr/bin/statusd'));
    await umoci('repack', '--image', image, bundle);
  }
  await umoci('config', '--image', image, '--config.entrypoint', '/start.sh');
  const [archive, name] = [join(folder, `${tag}.tar`), `registry.example/team/${tag}:1`];
  await run('skopeo', ['copy', `oci:${image}`, `docker-archive:${archive}:${name}`]);
  return { archive, name };
};

const load = async (socketPath: string, archive: string): Promise<void> => {
  const headers = { host: 'engine', 'content-type': 'application/x-tar' };
  const outgoing = request({ socketPath, method: 'POST', path: '/images/load?quiet=1', headers });
  createReadStream(archive).pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number }];
  const text = Buffer.from(await collect(response, 1e7)).toString();
  assert.ok(response.statusCode === 200 && !text.includes('"error"'), text);
};

interface Watching extends AsyncDisposable {
  /** The first incident that holds; fails after a minute. */
  until(holds: (incident: Incident) => boolean): Promise<Incident>;
  incidents(): readonly Incident[];
  findings(): readonly Detection[];
}

const driftRules: readonly string[] = [
  'sigma/drifted-program',
  'sigma/replaced-program',
  'sigma/data-run-as-program',
  'sigma/program-from-mount',
];

/** `tidewaiter watch` in this folder, once so many listen. */
const startWatch = async (folder: string, environment: NodeJS.ProcessEnv, listeners: number): Promise<Watching> => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, entry, 'watch', '--format', 'json'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  const linesOf = (wanted: string): readonly unknown[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { readonly type: string })
      .filter(({ type }) => type === wanted);
  const incidents = () => linesOf('incident') as readonly Incident[];
  const wait = async <Value>(find: () => Value | undefined, what: string): Promise<Value> => {
    for (let tries = 0; ; tries += 1) {
      const found = find();
      if (found !== undefined) return found;
      assert.ok(child.exitCode === null && tries < 600, `${what} never came:\n${said}\n${output.slice(-4000)}`);
      await sleep(100);
    }
  };
  const listening = () => said.match(/^(?:following|listening) .*$/gm)?.length ?? 0;
  await wait(() => (listening() === listeners ? true : undefined), 'listeners');
  return {
    incidents,
    findings: () => linesOf('finding') as readonly Detection[],
    until: (holds) => wait(() => incidents().find(holds), 'the incident'),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
};

suite('a doctored program', when, () => {
  test('what it brings and runs was not in the image, and what honest programs run was', async (t: TestContext) => {
    const folder = await mkdtemp(join(tmpdir(), 'tw-d-'));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const environment = { PATH: process.env['PATH'], HOME: folder };
    const tidewaiter = async (...words: readonly string[]): Promise<string> => {
      const ran = await run(process.execPath, [entry, ...words], {
        env: environment,
        cwd: folder,
        maxBuffer: 2 ** 28,
      }).catch((thrown: { code?: number; stdout?: string; stderr?: string }) => {
        assert.ok([1, 3].includes(thrown.code ?? 2), `${words.join(' ')}: ${thrown.code}: ${thrown.stderr}`);
        return { stdout: thrown.stdout ?? '' };
      });
      return ran.stdout;
    };
    const at = (name: string): string => join(folder, name);
    await writeFile(at('statusd.c'), source);
    await run('gcc', ['-static', '-O1', '-o', at('delivered'), at('statusd.c')]);
    await run('gcc', ['-static', '-O1', '-DDOCTORED', '-o', at('doctored'), at('statusd.c')]);
    const honest = await build(folder, 'honest', at('delivered'));
    const bad = await build(folder, 'bad', at('delivered'), at('doctored'));

    const scanned = JSON.parse(
      await tidewaiter(
        'scan',
        '--offline',
        '--format',
        'json',
        `docker-archive:${bad.archive}`,
        `docker-archive:${honest.archive}`,
      ),
    ) as readonly VerdictDocument[];
    const [verdict] = scanned;
    assert.ok(verdict !== undefined);
    assert.ok(
      verdict.findings.some(({ rule }) => rule.startsWith('package-integrity/')),
      `the doctored program is seen at rest: ${verdict.findings.map(({ rule }) => rule).join(' ')}`,
    );

    await using network = await openOwnNetwork();
    await using docker = await startOwnDocker(network, at('d'));
    await using execs = await startExecSource(at('audit'));
    const sensors = [
      { sensor: 'docker', engine: `unix://${docker.socket}` },
      { sensor: 'auditd', files: [execs.file] },
    ];
    await writeFile(at('tidewaiter.yaml'), JSON.stringify({ watch: { sensors } }));
    await using watch = await startWatch(folder, environment, sensors.length);
    // With an init of the engine's and a network of its own, for which the runtime calls the engine back.
    const start = async ({ archive, name }: Built): Promise<string> => {
      await load(docker.socket, archive);
      const called = name.replace(/^.*\/(.*):.*$/, '$1');
      const container = await docker.create(name, called, {
        HostConfig: { Init: true, Binds: [`${at('tools')}:/tools`] },
      });
      await docker.start(container);
      return container;
    };
    await mkdir(at('tools'));
    await copyFile('/bin/busybox', at('tools/sleep'));
    const honestContainer = await start(honest);
    await execs.until('exe="/usr/bin/statusd"');
    const asked = { Cmd: ['/bin/sh', '-c', 'sleep 0.125; /tools/sleep 0.0625'] };
    const called = JSON.parse(await docker.call('POST', `/containers/${honestContainer}/exec`, asked)) as {
      Id: string;
    };
    await docker.call('POST', `/exec/${called.Id}/start`, { Detach: true });
    await execs.until('"0.0625"');
    const badContainer = await start(bad);
    const isOf = (container: string, { identity }: Incident): boolean =>
      identity?.containers.includes(container) === true;
    const stepsOf = ({ chain }: Incident): readonly string[] =>
      chain.filter(({ step }) => step === 'drift').map(({ what }) => what.replace(/^.*?, /, ''));
    const incident = await watch.until((one) => isOf(badContainer, one) && stepsOf(one).length > 1);
    t.diagnostic(incidentText(incident, (_style, line) => line));

    const config = verdict.identity.config ?? '';
    const named = `${bad.name} (${config.slice(0, 19)})`;
    const scan = `by the scan of ${verdict.at.slice(0, 10)}`;
    // Which of the two is first is for the kernel to say.
    assert.deepEqual(stepsOf(incident).toSorted(), [
      `/memfd:agent (deleted) (“sleep 31”) ran: it was in memory alone, in no file of ${named}, ${scan}.`,
      `/opt/agent (“sleep 30”) ran: ${named} holds no such file, ${scan}.`,
    ]);
    assert.deepEqual(
      incident.findings.filter(({ rule }) => rule.endsWith('-program')).map(({ rule, more }) => [rule, more]),
      [['sigma/drifted-program', 1]],
    );
    assert.equal(incident.verdict?.assessment, verdict.assessment);
    assert.ok(incident.identity?.digests.some((digest) => digest === config));
    const others = watch.incidents().filter((one) => isOf(honestContainer, one));
    assert.ok(
      others.flatMap(stepsOf).every((what) => what.startsWith('/tools/sleep ')),
      JSON.stringify(others),
    );
    const told = watch.findings().filter(({ rule }) => driftRules.includes(rule));
    assert.deepEqual(
      told.map(({ rule, subject }) => [rule, subject?.id]),
      [
        ['sigma/program-from-mount', scanned[1]?.identity.config],
        ['sigma/drifted-program', incident.subject.id],
        ['sigma/drifted-program', incident.subject.id],
      ],
      'nothing else on this machine was taken for drift',
    );
  });
});
