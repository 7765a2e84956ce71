import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { base58CheckOf, moneroOf } from '../../../test/builders/wallets.ts';
import { toConclusion, type InventoryEntry, type Observation, type Subject } from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import type { Finding } from '../../core/finding.ts';
import { noConfig, type ImageConfig } from '../../core/image.ts';
import { miner } from './miner.ts';

const knowledge = await miner.load?.({ builtIn: join(import.meta.dirname, '../../../rules'), added: [] });
assert.ok(knowledge !== undefined);
const inspector = await miner.open?.(knowledge.data);
assert.ok(inspector !== undefined);

const header = { path: 'opt/x', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, modified: 0 } as const;
const inspect = (text: string, kind: FileKind = 'text') => {
  const file = {
    ...header,
    size: text.length,
    kind,
    sha256: '0'.repeat(64),
    windowOffset: 0,
    overlap: 0,
    lastWindow: true,
  };
  return inspector.inspect(file, Buffer.from(text, 'latin1'), {})?.facts;
};

const subjectOf = (config?: Partial<ImageConfig>, inventory: readonly InventoryEntry[] = []): Subject => ({
  reference: 'oci:x',
  kind: 'container',
  identity: { diffIds: [] },
  layers: [],
  inventory,
  ...(config === undefined ? {} : { config: { ...noConfig, ...config } }),
});

const conclude = (subject: Subject, observations: readonly Observation[] = []): readonly Finding[] =>
  toConclusion(miner.conclude(subject, observations, knowledge.data)).findings;

const monero = moneroOf('analyzer');
const pool = 'pool.supportxmr.com';

test('settings with a pool and a wallet are facts, without the login and password beside them', () => {
  const facts = inspect(JSON.stringify({ pools: [{ url: '192.0.2.1:4444', user: monero, pass: 'hunter22' }] }));
  assert.deepEqual(facts, [
    {
      form: 'json',
      pool: '192.0.2.1:4444',
      poolAt: 18,
      known: 'port',
      coin: 'Monero',
      proof: 'shape',
      wallet: monero,
      walletAt: 42,
      words: [],
    },
  ]);
  assert.ok(!JSON.stringify(facts).includes('hunter22'));
});

test('a wallet alone, and a pool alone, are nothing', () => {
  assert.equal(inspect(`Donations: ${monero}\n`), undefined);
  assert.equal(inspect(`# blocked\n0.0.0.0 ${pool}\n${pool}:3333\n`), undefined);
});

test('a script that was frozen into bytecode keeps its constants', () => {
  const code = `\u00e3\u0000\u00fa${String.fromCharCode(25)}${pool}:443\u0000\u00fa_${monero}\u0000`;
  assert.deepEqual(
    (inspect(code, 'data') as readonly { readonly form: string }[] | undefined)?.map(({ form }) => form),
    ['constants'],
  );
  assert.equal(inspect(code.replace(pool, 'pool.of.nobody'), 'data'), undefined);
});

test('only short texts are wanted', () => {
  assert.ok(inspector.wants?.({ ...header, size: 2000 }, 'script'));
  assert.ok(!inspector.wants?.({ ...header, size: 70_000 }, 'text'));
  assert.ok(!inspector.wants?.({ ...header, size: 2000 }, 'elf'));
});

const observe = (path: string, text: string): Observation => ({
  path,
  sha256: '1'.repeat(64),
  size: text.length,
  layerIndex: 1,
  hidden: false,
  facts: inspect(text) ?? null,
});

test('a finding shows the pool and the wallet where they stand; a manual only explains', () => {
  const text = `#!/bin/sh\n./worker -o ${pool}:443 -u ${monero}.rig -p x\n`;
  const [finding] = conclude(subjectOf(), [observe('opt/run', text)]);
  assert.equal(finding?.rule, 'miner/pool-and-wallet');
  assert.equal(finding.severity, 'high');
  assert.deepEqual(
    finding.evidence.map(
      (proof) => proof.kind === 'excerpt' && [proof.text, text.indexOf(proof.text) === proof.offset],
    ),
    [
      [`${pool}:443`, true],
      [monero, true],
    ],
  );
  const [manual] = conclude(subjectOf(), [observe('usr/share/doc/x/README.md', text)]);
  assert.deepEqual([manual?.rule, manual?.severity], ['miner/explained', 'info']);
});

test('mining set up in the environment and passed on by the command', () => {
  const environment = [`WALLET=${monero}`, 'POOL=192.0.2.7:3333', 'PATH=/usr/bin'];
  const rules = conclude(subjectOf({ environment, entrypoint: ['/x', '-o', '$POOL', '-u', '${WALLET}'] })).map(
    ({ rule, evidence: [proof] }) => `${rule} ${proof.kind === 'config' ? `${proof.field} ${proof.value}` : ''}`,
  );
  assert.deepEqual(rules, [
    'miner/pool-and-wallet Entrypoint 192.0.2.7:3333',
    'miner/pool-and-wallet Env 192.0.2.7:3333',
  ]);
});

test('a wallet’s own software, and a service with a pool of connections, are quiet', () => {
  assert.deepEqual(
    conclude(
      subjectOf({
        entrypoint: ['monerod', '--rpc-bind-ip=0.0.0.0', '--confirm-external-bind'],
        environment: [`DONATION_ADDRESS=${monero}`, 'DB_URL=db.example:5432', `BTC_WALLET=${base58CheckOf([0], 'x')}`],
      }),
    ),
    [],
  );
});

test('clients that sell bandwidth are told by how they are started, and their logins are not shown', () => {
  const seller = conclude(subjectOf({ entrypoint: ['/cli'], command: ['start', 'accept', '--token', 'a-secret='] }));
  assert.deepEqual(
    seller.map(({ rule, intent }) => [rule, intent]),
    [['miner/sells-bandwidth', 'dual-use']],
  );
  assert.ok(!JSON.stringify(seller).includes('a-secret'));
  assert.deepEqual(conclude(subjectOf({ command: ['start', 'accepting', '--token', 'x'] })), []);
  // A client of certificate authorities agrees to terms too.
  const agrees = ['--ac', 'cept-tos'].join('');
  const agreeing = (...more: readonly string[]) =>
    conclude(subjectOf({ command: ['/client', agrees, '--email', 'web@shop.example', ...more] })).length;
  assert.equal(agreeing('--domains', 'shop.example', 'run'), 0);
  assert.equal(agreeing('--password', 'a-secret='), 1);
});

test('bandwidth sold for an account that stands in the image weighs more than for one that whoever starts it names', () => {
  const severity = (...command: readonly string[]): string | undefined => conclude(subjectOf({ command }))[0]?.severity;
  assert.equal(severity('start', 'accept', '--token', 'bm9ib2R5J3M='), 'high');
  assert.equal(severity('start', 'accept', '--token', '$TOKEN'), 'medium');
  assert.equal(severity('-tou-accept', '-email', 'a@mail.example', '-pass', 'nobody1'), 'high');
  assert.equal(severity('-tou-accept', '-email', '${EMAIL}', '-pass', '${PASS}'), 'medium');
});

test('programs named like miners are named; a text of that name is not', () => {
  const entry = (path: string, kind: FileKind): InventoryEntry => ({
    ...header,
    path,
    kind,
    layerIndex: 0,
    hidden: false,
  });
  const findings = conclude(
    subjectOf(undefined, [
      entry('opt/xmrig-6.21.0-linux-x64', 'elf'),
      entry('usr/share/xmrig', 'text'),
      entry('usr/bin/miner-stats', 'elf'),
      entry('opt/earnapp', 'elf'),
    ]),
  );
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['miner/program-name', 'miner/bandwidth-seller-name'],
  );
});
