/** Small images with miners, odd programs and tools that are together, and their honest twins, through the program as a person runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { goProgramOf, programOf } from '../builders/elf-program.ts';
import { frozenPythonOf } from '../builders/frozen-python.ts';
import { base58CheckOf, moneroOf } from '../builders/wallets.ts';

const monero = moneroOf('flow');
const program = (
  path: string,
  content: Uint8Array = programOf({ interpreter: '/lib64/ld-linux-x86-64.so.2', sections: 3 }),
): TarEntrySpec => ({
  path,
  content,
  mode: 0o755,
});
const dense = Buffer.concat(
  Array.from({ length: 400 }, (_, round) => createHash('sha512').update(`${round}`).digest()),
);
const words = (...texts: readonly string[]): Buffer =>
  programOf({ segments: [{ flags: 5, content: Buffer.from(`${'code'.repeat(2000)}\0${texts.join('\0')}\0`) }] });

/** What a miner says, under whatever name. */
const minerWords = ['stratum+ssl://', 'kawpow', 'hashrate %.1f', 'accepted %d', 'shares'];

interface Case {
  readonly layers: readonly (readonly TarEntrySpec[])[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** What is found, each by a rule; nothing at all of these analyzers and rules for an honest twin. */
  readonly finds: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'settings of a miner under another name': {
    layers: [
      [{ path: 'opt/app/conf.json', content: JSON.stringify({ pools: [{ url: '192.0.2.1:443', user: monero }] }) }],
    ],
    finds: ['miner/pool-and-wallet', 'yara/miner/monero_wallet_argument'],
  },
  'settings of a service with a pool of connections, and an address for donations': {
    layers: [
      [
        { path: 'opt/app/conf.json', content: JSON.stringify({ pools: [{ url: 'db.example:5432', user: 'app' }] }) },
        { path: 'opt/app/README.txt', content: `Donations: ${monero}, or ${base58CheckOf([0], 'flow')}\n` },
      ],
    ],
    config: { Entrypoint: ['/opt/app/serve'] },
    finds: [],
  },
  'mining set up in the environment alone, settings deleted by a later layer': {
    layers: [
      [{ path: 'srv/run.sh', content: `#!/bin/sh\nexec /srv/x -o 192.0.2.3:80 -u ${monero}\n`, mode: 0o755 }],
      [{ path: 'srv/run.sh', type: 'deletion' }],
    ],
    config: { Env: [`WALLET=${monero}`, 'POOL=192.0.2.3:80'], Entrypoint: ['/srv/x', '-o', '$POOL', '-u', '$WALLET'] },
    finds: ['miner/pool-and-wallet', 'yara/miner/monero_wallet_argument'],
  },
  'a wallet’s own software': {
    layers: [[program('usr/local/bin/monerod')]],
    config: { Entrypoint: ['monerod', '--non-interactive', '--rpc-bind-ip=0.0.0.0', '--confirm-external-bind'] },
    finds: [],
  },
  'a miner frozen with its Python': {
    layers: [
      [
        program(
          'usr/bin/app',
          frozenPythonOf(programOf(), [{ name: 'main', sort: 's', content: words(...minerWords) }]),
        ),
      ],
    ],
    finds: ['executable/frozen-script', 'yara/miner/mining_vocabulary_in_program'],
  },
  'a frozen program that does something else': {
    layers: [
      [program('usr/bin/app', frozenPythonOf(programOf(), [{ name: 'main', sort: 's', content: words('hello') }]))],
    ],
    finds: ['executable/frozen-script'],
  },
  'a packed static program in a hidden folder': {
    layers: [[program('var/tmp/.x/kworker', programOf({ segments: [{ flags: 5, content: dense }] }))]],
    finds: ['executable/packed', 'executable/static-in-odd-place'],
  },
  'a static program where programs lie': {
    layers: [[program('usr/local/bin/tool', goProgramOf('example.org/tool'))]],
    finds: [],
  },
  'a scanner for networks and a renamed engine client': {
    layers: [
      [program('usr/bin/masscan')],
      [program('usr/lib/systemd-helper', goProgramOf('github.com/docker/cli/cmd/docker'))],
    ],
    finds: ['tool-combination/renamed-tool', 'tool-combination/scanner-and-engine-client'],
  },
  'a toolbox for networks': {
    layers: [['nmap', 'tcpdump', 'curl', 'dig', 'socat', 'iperf3', 'ssh'].map((name) => program(`usr/bin/${name}`))],
    finds: [],
  },
};

const entry = join(import.meta.dirname, '../../src/cli/main.ts');
let folder = '';
const verdicts = new Map<string, readonly string[]>();

interface Report {
  readonly asked: string;
  readonly findings: readonly { readonly rule: string }[];
}

const scan = (references: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        entry,
        'scan',
        '--format',
        'json',
        '--no-cache',
        '--offline',
        '--fail-on',
        'never',
        ...references,
      ],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => (status === 0 ? resolve(out) : reject(new Error(`${status}: ${err}`))));
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-miners-'));
  const references: string[] = [];
  for (const [index, { layers, config }] of Object.values(cases).entries()) {
    const image = buildImage({
      layers: layers.map((entries) => ({ entries })),
      ...(config === undefined ? {} : { config: { config } }),
    });
    await writeOciLayout(join(folder, `${index}`), image, 'v1');
    references.push(`oci:${join(folder, `${index}`)}:v1`);
  }
  const reports = JSON.parse(await scan(references)) as readonly Report[];
  for (const [index, name] of Object.keys(cases).entries())
    verdicts.set(
      name,
      (reports.find(({ asked }) => asked === references[index])?.findings ?? [{ rule: 'no report' }])
        .map(({ rule }) => rule)
        .filter((rule) =>
          /^(?:miner|executable|tool-combination|yara\/(?:miner|proxyware|packer|scanner))\/|^no report/.test(rule),
        ),
    );
});

after(() => rm(folder, { recursive: true }));

for (const [name, { finds }] of Object.entries(cases))
  test(`${name}: ${finds.length === 0 ? 'nothing' : finds.join(', ')}`, () => {
    assert.deepEqual([...new Set(verdicts.get(name))].sort(), finds);
  });
