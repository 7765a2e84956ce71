/** Reconstructions of the accuracy benchmark share no words with the rules and the code that look for them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planVariant } from '../bench/accuracy/reconstruct.ts';
import { readCampaigns } from '../bench/accuracy/specification.ts';

const root = join(import.meta.dirname, '..');
const length = 8;

const wordList = readFileSync(join(root, 'bench/accuracy/protocol-words.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '));

/** Longest first, so that a word is not cut out of a longer one. */
const allowed = wordList
  .toSorted((one, other) => other.length - one.length)
  .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  .join('|');

/** What separates words in shell, Python, JSON and binary data; made values and chosen wordings stand in «». */
const separators = /«[^»]*»|[^\x21-\x7e«»]+|["'`$(){}[\];|&<>,\\]+/u;

/** Every eight bytes in a row of a text that are no protocol word, within one word. */
const windowsOf = (text: string): readonly string[] =>
  text
    .replaceAll(new RegExp(`(?:${allowed})`, 'g'), ' ')
    .split(separators)
    .flatMap((word) =>
      Array.from({ length: Math.max(0, word.length - length + 1) }, (_, at) => word.slice(at, at + length)),
    );

const stringsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...stringsIn(member)]);
};

/** The texts that a reconstruction is made of, and what the builders themselves add to programs and scripts. */
const literals = (): readonly string[] => {
  const campaigns = readCampaigns();
  const written = campaigns.flatMap(({ images }) =>
    images.flatMap(({ name, words, config, layers }) => [
      name,
      ...Object.values(words).flat(),
      ...stringsIn(config),
      ...layers.flatMap(({ by, files, packages }) => [
        by,
        ...packages.flatMap((one) => [one.name, ...one.files]),
        ...files.flatMap(({ path, text, script, link, wrapped, program }) =>
          stringsIn([
            path,
            text,
            script,
            link,
            wrapped?.text,
            program?.go,
            program?.strings,
            program?.imports,
            program?.exports,
            program?.libraries,
            program?.compiler,
          ]),
        ),
      ]),
    ]),
  );
  const added = campaigns
    .filter(({ id }) => id === 'tene' || id === 'oracleiv')
    .flatMap(({ id, images }) =>
      images.flatMap((spec) => (['described', 'packed'] as const).map((variant) => planVariant(id, spec, variant))),
    )
    .flatMap(({ layers }) =>
      layers.flatMap(({ createdBy, entries }) => [
        createdBy,
        ...entries.map(({ content = '' }) => Buffer.from(content).toString('latin1')),
      ]),
    );
  return [...written, ...added];
};

/** What the program knows. Tests beside the source are none of it: their samples come from the same public descriptions. */
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

/** Most places are ruled out by three of their bytes, before a window is cut out and looked up. */
const sketch = (text: string, at: number): number =>
  (text.charCodeAt(at) * 31 + text.charCodeAt(at + 3) * 1009 + text.charCodeAt(at + 7) * 7919) & 0xffff;

test('no eight bytes of a reconstruction, protocol words aside, occur in rules/ or src/', () => {
  const windows = new Set(literals().flatMap(windowsOf));
  assert.ok(windows.size > 1000, `${windows.size} windows`);
  const sketches = new Uint8Array(0x10000);
  for (const window of windows) sketches[sketch(window, 0)] = 1;
  const found = new Map<string, string>();
  for (const file of [...filesBelow('rules'), ...filesBelow('src')]) {
    const text = readFileSync(file, 'latin1');
    for (let at = 0; at + length <= text.length; at += 1) {
      if (sketches[sketch(text, at)] === 0) continue;
      const window = text.slice(at, at + length);
      if (windows.has(window)) found.set(window, file.slice(root.length + 1));
    }
  }
  assert.deepEqual(
    [...found].map(([window, file]) => `${window} in ${file}`),
    [],
  );
});

test('the list of protocol words is short, and every word of it is used', () => {
  assert.ok(wordList.length <= 150, `${wordList.length} words`);
  const text = literals().join('\n');
  assert.deepEqual(
    wordList.filter((word) => !text.includes(word)),
    [],
  );
});
