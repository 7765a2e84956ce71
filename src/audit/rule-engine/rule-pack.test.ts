import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { chooseEngine } from './rule-engine.ts';
import { loadPack, type LoadedPack } from './rule-pack.ts';

const { engine } = await chooseEngine();
const root = mkdtempSync(join(tmpdir(), 'tidewaiter-rules-'));
after(() => rmSync(root, { recursive: true }));

let count = 0;
const folderOf = (files: Readonly<Record<string, string>>): string => {
  count += 1;
  const folder = join(root, String(count));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
};

const load = (files: Readonly<Record<string, string>>, path = ''): LoadedPack =>
  loadPack({ added: [join(folderOf(files), path)] }, engine);
const ids = ({ pack }: LoadedPack): readonly string[] =>
  pack.rules.filter(({ isPrivate }) => !isPrivate).map(({ id }) => id);
const reasons = ({ rejected }: LoadedPack): readonly string[] =>
  rejected.map(({ file, line, reason }) => `${file.slice(root.length).replace(/^\/\d+\//, '')}:${line}: ${reason}`);

const good = (name: string, more = ''): string => `rule ${name} { ${more} strings: $a = "marker-text" condition: $a }`;

test('rules are named by their file and their own name', () => {
  assert.deepEqual(ids(load({ 'one.yar': good('a'), 'deep/two.yara': good('b'), 'README.md': 'no rules' })), [
    'yara/two/b',
    'yara/one/a',
  ]);
});

test('a rule that does not compile is rejected with its line, the others are used', () => {
  const loaded = load({
    'bad.yar': `${good('a')}\n\nrule b {\n  condition: nonsense\n}\n${good('c')}\nrule d { condition: b }`,
    'good.yar': good('e'),
  });
  assert.deepEqual(ids(loaded), ['yara/bad/a', 'yara/bad/c', 'yara/good/e']);
  assert.deepEqual(reasons(loaded), [
    'bad.yar:4: rule b: unknown identifier `nonsense`: this identifier has not been declared',
    'bad.yar:7: rule d: needs b, which was rejected',
  ]);
});

test('a file in which rules cannot be told apart is rejected as a whole', () => {
  const loaded = load({ 'bad.yar': 'rule a {\n condition: true', 'worse.yar': '\u0000{', 'good.yar': good('e') });
  assert.deepEqual(ids(loaded), ['yara/good/e']);
  assert.deepEqual(
    loaded.rejected.map(({ line }) => line),
    [2, 1],
  );
});

test('text in another encoding is rejected, since its patterns would be other ones', () => {
  const folder = folderOf({ 'good.yar': good('e') });
  writeFileSync(join(folder, 'latin.yar'), Buffer.from('rule a { strings: $a = "caf\xe9" condition: $a }', 'latin1'));
  const loaded = loadPack({ added: [folder] }, engine);
  assert.deepEqual([ids(loaded), reasons(loaded)], [['yara/good/e'], ['latin.yar:1: not UTF-8 text']]);
});

test('an include lends its rules, and they are reported once', () => {
  const files = {
    'index.yar': 'include "parts/a.yar"\ninclude "parts/b.yar"',
    'parts/a.yar': 'private rule base { condition: filesize > 0 }',
    'parts/b.yar': `include "a.yar"\nrule b { strings: $a = "marker-text" condition: $a and base }`,
  };
  assert.deepEqual(ids(load(files)), ['yara/b/b']);
  assert.deepEqual(ids(load(files, 'index.yar')), ['yara/b/b']);
});

test('an include never leads out of what was added', () => {
  const folder = folderOf({ 'pack/in.yar': `include "../secret.yar"\n${good('a')}`, 'secret.yar': good('s') });
  symlinkSync(join(folder, 'secret.yar'), join(folder, 'pack', 'link.yar'));
  writeFileSync(join(folder, 'pack', 'by-link.yar'), 'include "link.yar"');
  writeFileSync(join(folder, 'pack', 'absolute.yar'), 'include "/etc/passwd"');
  const loaded = loadPack({ added: [join(folder, 'pack')] }, engine);
  assert.deepEqual(ids(loaded), []);
  assert.deepEqual(reasons(loaded), [
    'pack/absolute.yar:1: include "/etc/passwd": the path must be relative',
    'pack/by-link.yar:1: include "link.yar": it leads out of the added folder',
    'pack/in.yar:1: include "../secret.yar": it leads out of the added folder',
  ]);
});

test('includes that include one another end', () => {
  const loaded = load({ 'a.yar': `include "b.yar"\n${good('a')}`, 'b.yar': `include "a.yar"\n${good('b')}` });
  assert.deepEqual(ids(loaded), ['yara/a/a', 'yara/b/b']);
});

test('a path that does not exist is misuse; a file of another sort is named', () => {
  assert.throws(
    () => loadPack({ added: [join(root, 'nowhere')] }, engine),
    (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'RULES_NOT_FOUND',
  );
  const folder = folderOf({ 'rules.toml': 'a = 1' });
  assert.match(reasons(loadPack({ added: [join(folder, 'rules.toml')] }, engine))[0] ?? '', /rules end in \.yar/);
});

test('the digest changes with a rule and not with the folder', () => {
  const one = load({ 'a.yar': good('a') }).digest;
  assert.equal(load({ 'a.yar': good('a') }).digest, one);
  assert.notEqual(load({ 'a.yar': good('a', 'meta: filetypes = "elf"') }).digest, one);
});

test('severity and intent of strangers follow score, tags and names', () => {
  const { pack } = load({
    'a.yar': [
      good('plain'),
      good('Scored', 'meta: score = 85 description = "Says\u0007 what"'),
      good('Low', 'meta: score = 40'),
      `rule CoinMiner_X : miner { strings: $a = "marker-text" condition: $a }`,
      `rule HKTL_Tool { strings: $a = "marker-text" condition: $a }`,
      good(
        'Ours',
        'meta: severity = "critical" confidence = "high" intent = "exposure" techniques = "T1552.001,T1204.003"',
      ),
    ].join('\n'),
  });
  assert.deepEqual(
    pack.rules.map(({ name, severity, confidence, intent, techniques }) => [
      name,
      severity,
      confidence,
      intent,
      techniques.join(),
    ]),
    [
      ['plain', 'medium', 'medium', 'implant', ''],
      ['Scored', 'high', 'medium', 'implant', ''],
      ['Low', 'low', 'medium', 'implant', ''],
      ['CoinMiner_X', 'medium', 'medium', 'miner', ''],
      ['HKTL_Tool', 'medium', 'medium', 'dual-use', ''],
      ['Ours', 'critical', 'high', 'exposure', 'T1552.001,T1204.003'],
    ],
  );
  assert.equal(pack.rules[1]?.title, 'Says\\x07 what');
});
