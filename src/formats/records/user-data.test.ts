import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseUserData } from './user-data.ts';

const read = (text: string | Uint8Array) => parseUserData(typeof text === 'string' ? Buffer.from(text) : text);

test('a script, also packed, encoded, or behind the line of a template', () => {
  const script = '#!/bin/sh\necho one\n';
  for (const given of [
    script,
    gzipSync(script),
    Buffer.from(script).toString('base64'),
    `## template: jinja\n${script}`,
  ]) {
    const { scripts, unread } = read(given);
    assert.deepEqual([scripts, unread], [[{ named: 'script', text: script }], []]);
  }
});

test('cloud-config: commands as lines and as words, and files that they find', () => {
  const content = Buffer.from('#!/bin/sh\necho two\n');
  const { scripts, files, text } = read(`#cloud-config
write_files:
  - { path: /opt/a.sh, encoding: gz+b64, content: "${gzipSync(content).toString('base64')}" }
  - { path: /opt/b, content: plain }
runcmd:
  - /opt/a.sh
  - [ sh, -c, "it's one" ]
`);
  assert.deepEqual(scripts, [{ named: 'runcmd', text: `/opt/a.sh\n'sh' '-c' 'it'\\''s one'` }]);
  assert.deepEqual(
    [...files],
    [
      ['/opt/a.sh', content.toString()],
      ['/opt/b', 'plain'],
    ],
  );
  assert.match(text, /^#cloud-config/);
});

test('parts of a message, each by its own kind', () => {
  const { scripts, includes } = read(`Content-Type: multipart/mixed; boundary="XX"
MIME-Version: 1.0

--XX
Content-Type: text/x-shellscript

#!/bin/sh
echo one
--XX
Content-Type: text/x-include-url
Content-Transfer-Encoding: base64

${Buffer.from('#include\nhttp://198.51.100.7/more\n').toString('base64')}
--XX--
`);
  assert.deepEqual(scripts, [{ named: 'script', text: '#!/bin/sh\necho one' }]);
  assert.deepEqual(includes, ['http://198.51.100.7/more']);
});

test('what is not understood is said', () => {
  assert.deepEqual(read('<powershell>x</powershell>').unread, ['commands of Windows']);
  assert.deepEqual(read('hello').unread, ['text that no start-up program is known to run']);
  assert.deepEqual(read(Buffer.from([1, 2, 3, 0])).unread, ['bytes that are no text']);
  assert.deepEqual(read('#cloud-config\na: [').unread, ['cloud-config that is no YAML']);
  assert.deepEqual(read(`#cloud-config\n${'- a\n'.repeat(10_000)}`).unread, ['cloud-config of more than 32 KiB']);
  assert.deepEqual(read(gzipSync(Buffer.alloc(2 ** 21))).unread, ['packed, and damaged or larger than 1 MiB']);
  assert.deepEqual(read(Buffer.alloc(2 ** 21, 65)).unread, ['longer than 1 MiB']);
  assert.deepEqual(read('').unread, []);
});

test('any beginning of any form ends in a value', () => {
  for (const text of [
    '#cloud-config\nruncmd: [[a, {b: c}], 1]\nwrite_files: {}\n',
    'Content-Type: multipart/mixed; boundary=X\n\n--X\n\n--X\na',
  ])
    for (let length = 0; length <= text.length; length += 1) assert.ok(read(text.slice(0, length)));
  let nested = Buffer.from('#!/bin/sh\necho\n\n');
  for (let depth = 0; depth < 6; depth += 1) nested = Buffer.from(nested.toString('base64'));
  assert.deepEqual(read(nested).unread, ['parts inside parts, deeper than anybody writes']);
});
