import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { alpineEntries, alpinePackages, apkStanza } from './apk-root.ts';

test('a paragraph names every file below its folder, with the digest of its content or of its target', () => {
  const text = apkStanza(
    {
      name: 'tool',
      version: '1.2-r0',
      entries: [
        { path: 'usr/bin/tool', mode: 0o755, content: 'bytes' },
        { path: 'usr/bin/alias', type: 'symlink', target: 'tool' },
      ],
    },
    'arm64',
  );
  const sha1 = (content: string): string => createHash('sha1').update(content).digest('base64');
  assert.ok(text.includes(`F:usr/bin\nR:tool\na:0:0:755\nZ:Q1${sha1('bytes')}\nR:alias\nZ:Q1${sha1('tool')}\n\n`));
  assert.match(text, /^C:Q1\S+\nP:tool\nV:1\.2-r0\nA:aarch64\n/);
});

test('every file of the small base is owned', () => {
  const entries = alpineEntries(alpinePackages(Buffer.from('busybox'), 'amd64'), 'amd64');
  const database = Buffer.from(entries.find(({ path }) => path === 'lib/apk/db/installed')?.content ?? '').toString();
  const unowned = entries.filter(
    ({ path, type }) => type !== 'directory' && !database.includes(`\nR:${path.slice(path.lastIndexOf('/') + 1)}\n`),
  );
  assert.deepEqual(
    unowned.map(({ path }) => path),
    ['etc/apk/world', 'lib/apk/db/installed'],
  );
});
