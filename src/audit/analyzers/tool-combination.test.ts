import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { goProgramOf, programOf } from '../../../test/builders/elf-program.ts';
import { toConclusion, type InventoryEntry, type Observation, type Subject } from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { toolCombination } from './tool-combination.ts';

const knowledge = await toolCombination.load?.({ builtIn: join(import.meta.dirname, '../../../rules'), added: [] });
assert.ok(knowledge !== undefined);
const inspector = await toolCombination.open?.(knowledge.data);
assert.ok(inspector !== undefined);

const header = { type: 'file', mode: 0o755, uid: 0, gid: 0, size: 10, modified: 0 } as const;
const entry = (path: string, kind: FileKind = 'elf', mode = 0o755): InventoryEntry => ({
  ...header,
  path,
  kind,
  mode,
  layerIndex: 0,
  hidden: false,
});

const observe = (path: string, content: Uint8Array): Observation => {
  const file = {
    ...header,
    path,
    size: content.length,
    kind: 'elf',
    sha256: '',
    windowOffset: 0,
    overlap: 0,
    lastWindow: true,
  } as const;
  const facts = inspector.inspect(file, content, {})?.facts ?? null;
  return { path, sha256: '0'.repeat(64), size: content.length, layerIndex: 0, hidden: false, facts };
};

/** `rule severity/confidence` of each finding. */
const conclude = (
  inventory: readonly InventoryEntry[],
  observations: readonly Observation[] = [],
): readonly string[] => {
  const subject: Subject = { reference: 'oci:x', kind: 'container', identity: { diffIds: [] }, layers: [], inventory };
  const known = observations.filter(({ facts }) => facts !== null);
  return toConclusion(toolCombination.conclude(subject, known, knowledge.data)).findings.map(
    ({ rule, severity, confidence }) => `${rule.replace('tool-combination/', '')} ${severity}/${confidence}`,
  );
};

test('a scanner for whole networks and an engine client are strong together and nothing alone', () => {
  const scanner = entry('usr/local/bin/masscan');
  const client = entry('usr/bin/docker');
  assert.deepEqual(conclude([scanner, client]), ['scanner-and-engine-client high/high']);
  assert.deepEqual(conclude([scanner]), []);
  assert.deepEqual(conclude([client]), []);
  assert.deepEqual(conclude([scanner, entry('usr/share/bash-completion/docker', 'text', 0o644)]), []);
  assert.deepEqual(conclude([scanner, entry('usr/share/doc/docker', 'script', 0o644)]), []);
});

test('a miner beside what hides or spreads it', () => {
  const miner = entry('opt/xmrig-6.21.0-linux-static-x64');
  assert.deepEqual(conclude([miner, entry('usr/bin/torsocks', 'script')]), ['anonymiser-and-miner high/high']);
  assert.deepEqual(conclude([miner, entry('usr/bin/zmap')]), ['scanner-and-miner high/high']);
  assert.deepEqual(conclude([miner, entry('usr/bin/kubectl')]), ['miner-and-engine-client high/medium']);
  assert.deepEqual(conclude([entry('usr/sbin/tor'), entry('usr/bin/bitcoind')]), []);
});

test('toolboxes are quiet: one for networks, and one for security tests', () => {
  const network = ['nmap', 'tcpdump', 'curl', 'dig', 'iperf3', 'kubectl', 'socat'].map((name) =>
    entry(`usr/bin/${name}`),
  );
  assert.deepEqual(conclude(network), ['port-scanner-and-engine-client low/low']);
  const security = ['nmap', 'masscan', 'hydra', 'medusa', 'sqlmap', 'proxychains4', 'docker', 'ssh'].map((name) =>
    entry(`usr/bin/${name}`),
  );
  assert.deepEqual(new Set(conclude(security).map((line) => line.split(' ')[1])), new Set(['low/low']));
});

test('a scanner with a password guesser, unless the image is a collection', () => {
  assert.deepEqual(conclude([entry('usr/bin/pnscan'), entry('usr/bin/sshpass')]), [
    'scanner-and-password-guesser high/medium',
  ]);
  assert.deepEqual(conclude([entry('usr/bin/nmap'), entry('usr/bin/sshpass')]), []);
});

test('a renamed copy is known by the package it was built from', () => {
  const renamed = observe('usr/bin/kworker', goProgramOf('github.com/docker/cli/cmd/docker'));
  assert.deepEqual(conclude([entry('usr/bin/masscan')], [renamed]), [
    'scanner-and-engine-client high/high',
    'renamed-tool medium/medium',
  ]);
  for (const path of ['usr/bin/docker', 'usr/local/bin/docker-27.1.1', 'opt/bin/docker_linux_amd64'])
    assert.deepEqual(conclude([], [observe(path, goProgramOf('github.com/docker/cli/cmd/docker'))]), [], path);
  assert.equal(observe('usr/bin/kworker', goProgramOf('example.org/app/cmd/app')).facts, null);
});

test('libraries that lead connections elsewhere or hide files are known by what they replace', () => {
  const library = { type: 3, sections: 3, soname: 'libx.so' } as const;
  const leads = observe(
    'usr/lib/libx.so',
    programOf({ ...library, exports: ['connect', 'getaddrinfo'], imports: ['dlsym'] }),
  );
  assert.deepEqual(conclude([entry('opt/xmrig')], [leads]), ['anonymiser-and-miner high/high']);
  const hides = observe('usr/lib/liby.so', programOf({ ...library, exports: ['readdir64'], imports: ['dlsym'] }));
  const headers = entry('usr/src/linux-headers-6.1.0-18-common/include/linux/module.h', 'text', 0o644);
  assert.deepEqual(conclude([headers], [hides]), ['hider-and-module-builder high/medium']);
  assert.deepEqual(conclude([headers]), []);
  assert.equal(
    observe('usr/lib/libz.so', programOf({ ...library, imports: ['connect', 'getaddrinfo', 'dlsym'] })).facts,
    null,
  );
});

test('what a program links with tells zmap under another name', () => {
  const needs = (...libraries: readonly string[]): Uint8Array =>
    programOf({
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      sections: 3,
      imports: libraries.map((name) => `${name}.so.1`),
    });
  assert.deepEqual(observe('usr/bin/x', needs('libpcap', 'libgmp', 'libunistring')).facts, {
    sort: 'mass-scanner',
    by: 'links with libpcap, libgmp and libunistring, as zmap does',
  });
  assert.equal(observe('usr/sbin/tcpdump', needs('libpcap', 'libcrypto')).facts, null);
  assert.equal(observe('usr/bin/curl', needs('libssh', 'libssl')).facts, null);
});

test('hostile content and names are no trouble', () => {
  assert.equal(observe('x', Buffer.from('\u007fELF')).facts, null);
  assert.deepEqual(conclude([entry(`usr/bin/${'-1'.repeat(3000)}`), entry(`${'a/'.repeat(2000)}docker`)]), []);
});
