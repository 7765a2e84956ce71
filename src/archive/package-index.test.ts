import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteStream } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { readPackageIndex } from './package-index.ts';

const sha256 = 'cd'.repeat(32);
const stanza = (name: string, version: string, file = `pool/main/x/${name}_${version}.deb`): string =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nFilename: ${file}\nSize: 10\nSHA256: ${sha256}\nDescription: x\n more\n`;

const inPieces = async function* (text: string, size: number): ByteStream {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
};

const wanted = new Set(['bash', 'dash']);

test('wanted packages are found in every version, wherever a chunk ends', async () => {
  const text = [stanza('bash', '5.1-1'), stanza('zsh', '5.9'), stanza('bash', '5.2-1'), stanza('dash', '0.5')].join(
    '\n',
  );
  for (const size of [1, 7, 64, text.length]) {
    const found = await readPackageIndex(inPieces(text, size), wanted, '');
    assert.deepEqual([...found.keys()], ['bash 5.1-1 amd64', 'bash 5.2-1 amd64', 'dash 0.5 amd64']);
    assert.equal(found.get('dash 0.5 amd64')?.sha256, sha256);
  }
});

test('a file outside the archive, or without a digest, is refused', async () => {
  for (const bad of [
    stanza('bash', '1', 'pool/../../etc/passwd'),
    stanza('bash', '1', '/etc/passwd'),
    stanza('bash', '1', 'https://other.example//x.deb'),
    stanza('bash', '1').replace(/^SHA256.*\n/m, ''),
  ])
    await assert.rejects(
      readPackageIndex(inPieces(bad, 99), wanted, ''),
      (thrown) => isFault(thrown) && thrown.code === 'ARCHIVE_INDEX_INVALID',
    );
  assert.equal((await readPackageIndex(inPieces(stanza('zsh', '1', '/x'), 99), wanted, '')).size, 0);
});

test('an index without an end of a package is cut off', async () => {
  await assert.rejects(
    readPackageIndex(inPieces('x'.repeat(3 * 2 ** 20), 2 ** 16), wanted, ''),
    (thrown) => isFault(thrown) && thrown.code === 'RECORD_TOO_LARGE',
  );
});
