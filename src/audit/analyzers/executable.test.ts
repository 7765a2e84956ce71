import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { programOf } from '../../../test/builders/elf-program.ts';
import { toConclusion, type Observation, type Plain, type Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { executable } from './executable.ts';

const dense = Buffer.concat(
  Array.from({ length: 400 }, (_, round) => createHash('sha512').update(`${round}`).digest()),
);
const packed = programOf({ segments: [{ flags: 5, content: dense }] });
const upxDescription = Buffer.alloc(28);
upxDescription.write('UPX!', 4, 'latin1');
for (const at of [16, 20, 24]) upxDescription.writeUInt32LE(50_000, at);
const upx = programOf({ segments: [{ flags: 5, content: Buffer.concat([upxDescription, dense]) }] });
const plain = programOf({ segments: [{ flags: 5, content: Buffer.alloc(9000, 'code') }], sections: 3 });

const subject: Subject = {
  reference: 'oci:x',
  kind: 'container',
  identity: { diffIds: [] },
  layers: [],
  inventory: [],
};

const inspectWindows = async (windows: readonly Uint8Array[]): Promise<Plain | undefined> => {
  const inspector = await executable.open?.(undefined);
  assert.ok(inspector !== undefined);
  const size = windows.reduce((sum, { length }) => sum + length, 0);
  const header = { path: 'x', type: 'file', mode: 0o755, uid: 0, gid: 0, size, modified: 0, kind: 'elf' } as const;
  let offset = 0;
  let facts: Plain | undefined;
  for (const [position, content] of windows.entries()) {
    const lastWindow = position === windows.length - 1;
    const file = { ...header, sha256: '', windowOffset: offset, overlap: 0, lastWindow };
    facts = inspector.inspect(file, content, {})?.facts;
    offset += content.length;
  }
  return facts;
};

const conclude = async (path: string, ...windows: readonly Uint8Array[]): Promise<readonly Finding[]> => {
  const facts = (await inspectWindows(windows)) ?? [];
  const observation: Observation = { path, sha256: '0'.repeat(64), size: 1, layerIndex: 0, hidden: false, facts };
  return toConclusion(executable.conclude(subject, [observation], undefined)).findings;
};

test('only programs are wanted, and an ordinary one has no facts', async () => {
  const inspector = await executable.open?.(undefined);
  const header = { path: 'x', type: 'file', mode: 0, uid: 0, gid: 0, size: 9, modified: 0 } as const;
  assert.ok(inspector?.wants?.(header, 'elf'));
  assert.ok(inspector?.wants?.(header, 'script') === false);
  const dynamic = programOf({ interpreter: '/lib64/ld-linux-x86-64.so.2', sections: 3 });
  assert.equal(await inspectWindows([dynamic]), undefined);
});

test('what UPX packed is a weak sign where programs lie, a stronger one in a hidden folder or packed otherwise', async () => {
  const other = (await conclude('usr/local/bin/tool', packed)).map(({ rule, confidence }) => [rule, confidence]);
  assert.deepEqual(other, [['executable/packed', 'medium']]);
  const weak = (await conclude('usr/local/bin/tool', upx)).map(({ rule, confidence }) => [rule, confidence]);
  assert.deepEqual(weak, [['executable/packed', 'low']]);
  const strong = (await conclude('opt/.x/tool', upx)).map(({ rule, confidence }) => [rule, confidence]);
  assert.deepEqual(strong, [
    ['executable/packed', 'medium'],
    ['executable/static-in-odd-place', 'medium'],
  ]);
});

test('a static program is worth a word only in an odd place', async () => {
  assert.deepEqual(await conclude('usr/local/bin/busybox', plain), []);
  assert.deepEqual(await conclude('root/.cargo/bin/rg', plain), []);
  assert.deepEqual(await conclude('root/.cache/ms-playwright/ffmpeg/ffmpeg-linux', plain), []);
  for (const path of ['tmp/x', 'dev/shm/kworker', 'usr/lib/.cron/d', 'etc/kdump'])
    assert.deepEqual(
      (await conclude(path, plain)).map(({ rule }) => rule),
      ['executable/static-in-odd-place'],
      path,
    );
});

test('of a file in windows the first says what it is and the last what is frozen into it', async () => {
  const cookie = Buffer.concat([Buffer.from('MEI\u000c\u000b\u000a\u000b\u000e', 'latin1'), Buffer.alloc(80)]);
  const findings = await conclude(
    'usr/bin/app',
    packed,
    Buffer.alloc(5000),
    Buffer.concat([Buffer.alloc(500), cookie]),
  );
  assert.deepEqual(
    findings.map(({ rule, title }) => [rule, title]),
    [
      ['executable/packed', findings[0]?.title],
      ['executable/frozen-script', 'A script and its runtime are frozen into one program (Python, by PyInstaller)'],
    ],
  );
});
