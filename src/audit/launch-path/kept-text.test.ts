import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileKind } from '../../core/file-kind.ts';
import { keepText, maximumKept, mayKeep } from './kept-text.ts';

const header = (path: string, size: number) =>
  ({ path, type: 'file', mode: 0o644, uid: 0, gid: 0, size, modified: 0 }) as const;

const kept = (path: string, text: string, kind: FileKind = text.startsWith('#!') ? 'script' : 'text') => {
  const bytes = Buffer.from(text, 'latin1');
  return mayKeep(header(path, bytes.length), kind) ? keepText(path, bytes.length, kind, bytes) : undefined;
};

const isKept = (path: string, text: string, kind?: FileKind): boolean => kept(path, text, kind) !== undefined;

describe('what is kept, and its nearest twin that is not', () => {
  const code = 'import subprocess\nsubprocess.run(["x"])\n';
  const cases: Readonly<Record<string, readonly [kept: readonly [string, string], not: readonly [string, string]]>> = {
    'scripts of shells, wherever they lie': [
      ['usr/share/doc/x/run', '#!/bin/sh\nid\n'],
      ['usr/share/doc/x/run', 'id\n'],
    ],
    'texts that shells read, by name': [
      ['opt/lib/common.sh', 'prepare() {\n id\n}\n'],
      ['opt/lib/common.txt', 'prepare() {\n id\n}\n'],
    ],
    'a start script without its first line': [
      ['entrypoint', 'set -e\nexec app\n'],
      ['LICENSE', 'Permission is hereby granted\n'],
    ],
    'services and timetables': [
      ['etc/supervisor/conf.d/app.conf', '[program:x]\ncommand=/opt/x\n'],
      ['etc/app/app.conf', '[server]\n'],
    ],
    'units of systemd': [
      ['usr/lib/systemd/system/x.service', '[Service]\nExecStart=/opt/x\n'],
      ['usr/share/x/x.service', '[Service]\nExecStart=/opt/x\n'],
    ],
    'settings that a shell reads': [
      ['etc/app.conf', 'NAME=value\n'],
      ['srv/app.conf', 'NAME=value\n'],
    ],
    'what npm start reads': [
      ['app/package.json', '{ "scripts": { "start": "node ." } }'],
      ['app/node_modules/x/package.json', '{ "scripts": { "start": "node ." } }'],
    ],
    'but not what starts nothing': [
      ['app/package.json', '{ "scripts": {} }'],
      ['app/package.json', '{ "name": "x" }'],
    ],
    'what shells read first': [
      ['etc/bash.bashrc', 'shopt -s checkwinsize\nPS1=x\n'],
      ['etc/motd.txt', 'Welcome to it\n'],
    ],
    'code that starts or fetches something': [
      ['app/start.py', code],
      ['app/count.py', 'print(1)\n'],
    ],
    'code that programs begin with, whatever it holds': [
      ['srv/main.py', 'from shop import views\n'],
      ['srv/views.py', 'from shop import views\n'],
    ],
    'code that lies where libraries do, but is none': [
      ['usr/lib/python3/hb.py', code],
      ['usr/lib/python3/dist-packages/hb.py', code],
    ],
    'but not that of libraries': [
      ['srv/app.js', 'require("child_process").exec("x")\n'],
      ['srv/node_modules/x/app.js', 'require("child_process").exec("x")\n'],
    ],
    'scripts of other languages, where they tell': [
      ['usr/bin/x', `#!/usr/bin/python3\n${code}`],
      ['usr/bin/x', '#!/usr/bin/python3\nprint(1)\n'],
    ],
  };
  for (const [name, [yes, no]] of Object.entries(cases))
    test(name, () => {
      assert.ok(isKept(...yes));
      assert.ok(!isKept(...no));
    });
});

test('members of archives, programs and empty files are not wanted', () => {
  assert.ok(!isKept('app.zip!/run.sh', '#!/bin/sh\nid\n'));
  assert.ok(!isKept('usr/bin/x', 'id\n', 'elf'));
  assert.ok(!mayKeep(header('run.sh', 0), 'empty'));
});

test('every byte is kept as one character', () => {
  assert.deepEqual(kept('x.sh', '#!/bin/sh\necho \xff\xe9\n'), { text: '#!/bin/sh\necho \xff\xe9\n' });
});

test('a script of a shell that is too large is known as that; other languages are left out', () => {
  const rest = '\n'.repeat(maximumKept);
  assert.deepEqual(kept('x', `#!/bin/bash\n${rest}`), { large: true });
  assert.deepEqual(kept('opt/x.sh', `id\n${rest}`), { large: true });
  assert.equal(kept('x', `#!/usr/bin/node\nrequire("child_process").exec("x")${rest}`), undefined);
  assert.deepEqual(Object.keys(kept('x', `#!/bin/bash\n${'\n'.repeat(maximumKept - 12)}`) ?? {}), ['text']);
});

test('hostile texts cost little', () => {
  const started = process.cpuUsage();
  for (const text of [
    'a'.repeat(60_000),
    '* '.repeat(30_000),
    ' \t'.repeat(30_000),
    'a='.repeat(30_000),
    '@'.repeat(60_000),
  ])
    for (const path of ['entrypoint', 'etc/cron.d/x.conf', 'app/x.py', 'run.sh']) kept(path, text);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 1_000_000);
});
