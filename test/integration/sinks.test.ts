/**
 * Sinks against real receivers: rsyslog over UDP, TCP and TLS, killed and brought back; STIX against the validator of OASIS.
 * Elasticsearch is not in Debian: the sink is held against a fake of its bulk interface beside it.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { syslog } from '../../src/report/sinks/syslog.ts';
import { stix } from '../../src/report/renderers/stix.ts';
import { toBundle } from '../../src/report/stix/objects.ts';
import { toStixObjects } from '../../src/report/stix/record-objects.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../builders/dossier.ts';
import { hostileVerdict } from '../builders/hostile-verdict.ts';
import { openBench, patienceMs, someRecord } from '../contracts/sink.contract.ts';
import { stixBundleProblems } from '../contracts/stix-standard.ts';
import { fakeAuthority } from '../fakes/certificate.ts';
import { fakeContext } from '../fakes/context.ts';
import { freePort } from './local-registry.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 600_000 };
const run = promisify(execFile);

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = Date.now() + patienceMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(holds(), what);
};

suite('rsyslog', when, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-rsyslog-'));
  const output = join(folder, 'taken.jsonl');
  const authority = fakeAuthority();
  const { key, cert } = authority.issue(['127.0.0.1', 'localhost']);
  const network = { ...fakeContext().network, certificateAuthorities: [authority.certificate] };
  let ports = { udp: 0, tcp: 0, tls: 0 };
  let daemon: ChildProcess | undefined;

  /** What rsyslog itself understood of head, structured data and message, as JSON. */
  const configuration = (): string => `
global(workDirectory="${folder}" maxMessageSize="512k" defaultNetstreamDriverCAFile="${folder}/ca.pem"
  defaultNetstreamDriverCertFile="${folder}/cert.pem" defaultNetstreamDriverKeyFile="${folder}/key.pem"
  parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
module(load="imtcp")
module(load="mmpstrucdata")
template(name="understood" type="list" option.jsonf="on") {
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="kind" name="msgid" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="data" name="$!rfc5424-sd" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}
ruleset(name="keep") {
  action(type="mmpstrucdata")
  action(type="omfile" file="${output}" template="understood" asyncWriting="off" flushOnTXEnd="on")
}
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="${ports.tcp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="keep" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
`;
  const start = async (): Promise<void> => {
    writeFileSync(join(folder, 'rsyslog.conf'), configuration());
    const errors: string[] = [];
    daemon = spawn('rsyslogd', ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    daemon.stderr?.on('data', (chunk: Buffer) => errors.push(String(chunk)));
    // A datagram that comes before it listens is lost in silence.
    const isBound = (kind: 'udp' | 'tcp', port: number): boolean =>
      readFileSync(`/proc/net/${kind}`, 'utf8').includes(
        `: 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} `,
      );
    await until(
      'rsyslogd listens',
      () => isBound('udp', ports.udp) && isBound('tcp', ports.tcp) && isBound('tcp', ports.tls),
    ).catch((thrown: unknown) => {
      throw new Error(`rsyslogd does not listen: ${errors.join('')}`, { cause: thrown });
    });
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const running = daemon;
    daemon = undefined;
    if (running === undefined) return;
    const ended = new Promise((resolve) => running.on('close', resolve));
    running.kill(signal);
    await ended;
    rmSync(join(folder, 'pid'), { force: true });
  };
  interface Understood {
    readonly [name: string]: string;
  }
  const taken = (): readonly { readonly id: string; readonly message: Understood; readonly document: object }[] =>
    existsSync(output)
      ? readFileSync(output, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => {
            const message = JSON.parse(line) as Understood;
            const document = JSON.parse(message['text'] ?? '') as { readonly record: string };
            return { id: document.record, message, document };
          })
      : [];
  const idsOf = (): readonly string[] => taken().map(({ id }) => id);

  before(async () => {
    writeFileSync(join(folder, 'ca.pem'), authority.certificate);
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
    await start();
  });
  after(async () => {
    await stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  for (const transport of ['udp', 'tcp', 'tls'] as const)
    test(`${transport}: head, structured data and message are understood as they were meant`, async () => {
      const settings = { host: '127.0.0.1', port: ports[transport], transport, hostname: 'gate', facility: 'local5' };
      const delivery = await openBench(syslog, { settings, context: { network } }, join(folder, `spool-${transport}`));
      const value = {
        rule: 'sigma/a"]\\b',
        severity: 'critical',
        title: 'ünï "]\\ \n \u202e',
        filler: 'x'.repeat(900),
      };
      await delivery.offer([someRecord(1, { id: `${transport}-1`, value })]);
      assert.ok(await delivery.drain(patienceMs));
      await until('it arrives', () => idsOf().includes(`${transport}-1`));
      await delivery.close();
      const found = taken().find(({ id }) => id === `${transport}-1`);
      assert.ok(found !== undefined);
      const { host, app, kind, facility, severity, time, data } = found.message;
      assert.deepEqual([host, app, kind, facility, severity], ['gate', 'tidewaiter', 'finding', 'local5', 'crit']);
      assert.equal(new Date(time ?? '').toISOString(), '2026-06-01T10:00:00.000Z');
      const understood = JSON.parse(data ?? '') as Readonly<Record<string, Understood>>;
      assert.deepEqual(understood['tidewaiter@32473'], {
        record: `${transport}-1`,
        type: 'finding',
        rule: value.rule,
        severity: 'critical',
      });
      assert.deepEqual(found.document, {
        type: 'finding',
        record: `${transport}-1`,
        at: '2026-06-01T10:00:00.000Z',
        ...value,
      });
    });

  for (const transport of ['tcp', 'tls'] as const)
    test(`${transport}: a server that is stopped and comes back has every record, in order`, async () => {
      const settings = { host: '127.0.0.1', port: ports[transport], transport };
      const delivery = await openBench(syslog, { settings, context: { network } }, join(folder, `again-${transport}`));
      const records = Array.from({ length: 60 }, (_, number) =>
        someRecord(number, { id: `${transport}-again-${number}` }),
      );
      await delivery.offer(records.slice(0, 20));
      assert.ok(await delivery.drain(patienceMs));
      // A killed rsyslog would lose what lies in its own queue, which no sender can help.
      await stop('SIGTERM');
      await delivery.offer(records.slice(20, 40));
      await until('it is tried', () => delivery.state().failures > 0);
      await start();
      await delivery.offer(records.slice(40));
      assert.ok(await delivery.drain(patienceMs));
      await until('all arrive', () => idsOf().includes(`${transport}-again-59`));
      await delivery.close();
      const arrived = [...new Set(idsOf().filter((id) => id.startsWith(`${transport}-again-`)))];
      assert.deepEqual(
        arrived,
        records.map(({ id }) => id),
      );
    });

  test('tls: a server that shows a certificate of somebody else gets nothing', async () => {
    const settings = { host: '127.0.0.1', port: ports.tls, transport: 'tls' };
    const trustless = { ...network, certificateAuthorities: [fakeAuthority('somebody else').certificate] };
    const delivery = await openBench(syslog, { settings, context: { network: trustless } }, join(folder, 'other'));
    await delivery.offer([someRecord(1, { id: 'never' })]);
    await until('it is tried', () => delivery.state().failures > 1);
    assert.match(delivery.state().problem ?? '', /certificate/i);
    await delivery.close();
    assert.ok(!idsOf().includes('never'));
  });
});

suite('STIX', when, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-stix-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('the validator of OASIS finds our bundles valid, and others not; where it cannot be had, the tables of the standard do', async (context) => {
    const validator = join(folder, 'venv/bin/stix2_validator');
    const installed = await run('python3', ['-m', 'venv', join(folder, 'venv')], { timeout: 60_000 })
      .then(() =>
        run(
          join(folder, 'venv/bin/pip'),
          ['install', '--quiet', '--no-input', '--retries', '1', 'stix2-validator==3.3.2'],
          { timeout: 80_000 },
        ),
      )
      .then(() => true)
      .catch((thrown: Error) => {
        // Without a package index the standard's own tables, restated, have the last word.
        context.diagnostic(`held against the restated tables alone: ${thrown.message.slice(0, 200)}`);
        return false;
      });
    const options = { colour: false, width: 0, toolVersion: '0.1.0', single: true };
    const findings = [someFinding(), someFinding({ intent: 'hygiene', techniques: ['T1204.003'] })];
    const denied = someVerdict({
      decision: 'deny',
      assessment: 'malicious',
      dossier: someDossier({ findings, gaps: [someGap()] }),
    });
    const incident = {
      title: 'pulled, started, called out',
      severity: 'high',
      subject: { kind: 'digest', id: `sha256:${'a'.repeat(64)}` },
      chain: [{ step: 'pull', at: '2026-06-01T10:00:00.000Z', what: 'ci pulled it' }],
      findings,
    };
    const bundles = {
      denied: stix.render([denied], options),
      hostile: stix.render([hostileVerdict(), someVerdict({ at: 'no time' })], options),
      incident: JSON.stringify(
        toBundle(toStixObjects({ type: 'incident', id: 'i', at: '2026-06-01T10:00:00.000Z', value: incident })),
      ),
      broken: stix.render([denied], options).replaceAll('"valid_from"', '"valid_since"'),
    };
    const validate = async (name: string, text: string): Promise<string> => {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, text);
      const ended = await run(validator, [path]).catch((thrown: { readonly stdout: string }) => thrown);
      return ended.stdout;
    };
    for (const [name, text] of Object.entries(bundles)) {
      assert.equal(stixBundleProblems(text).length > 0, name === 'broken', name);
      if (!installed) continue;
      const said = await validate(name, text);
      assert.match(
        said,
        name === 'broken' ? /STIX JSON: Invalid/ : /STIX JSON: Valid/,
        `${name}: ${said.slice(0, 2000)}`,
      );
    }
  });
});
