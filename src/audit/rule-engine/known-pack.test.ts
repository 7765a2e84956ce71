import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-pack-'));
after(() => rmSync(folder, { recursive: true }));
const builtIn = join(folder, 'rules');
mkdirSync(join(builtIn, 'yara'), { recursive: true });
const added = join(folder, 'added.yar');
writeFileSync(added, 'rule Added { condition: true }');
const cache = join(folder, 'cache');

const write = (condition: string): void =>
  writeFileSync(join(builtIn, 'yara', 'own.yar'), `rule Own { strings: $a = "marker-text" condition: ${condition} }`);

const moduleAt = (name: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href);

/** In a process that has a code cache of its own: what is given, and what reading the rules gives. */
const load = (...more: readonly string[]): { readonly given: unknown; readonly read: unknown } => {
  const program = `
    const { loadKnownPack } = await import(${moduleAt('known-pack.ts')});
    const { loadPack } = await import(${moduleAt('rule-pack.ts')});
    const { chooseEngine } = await import(${moduleAt('rule-engine.ts')});
    const { engine } = await chooseEngine();
    const locations = { builtIn: ${JSON.stringify(builtIn)}, added: ${JSON.stringify(more)} };
    const told = ({ pack, ...rest }) => ({ rules: pack.rules, groupsOf: pack.groupsOf, ...rest });
    const both = { given: told(loadKnownPack(locations, engine)), read: told(loadPack(locations, engine)) };
    process.stdout.write(JSON.stringify(both));`;
  const words = ['--no-warnings', '--input-type=module', '--eval', program];
  const environment = { ...process.env, NODE_COMPILE_CACHE: cache };
  return JSON.parse(execFileSync(process.execPath, words, { env: environment, encoding: 'utf8' }));
};

const kept = (): readonly string[] => readdirSync(cache).filter((name) => name.startsWith('pack-'));

test('what is kept of the built-in rules is what reading them gives, and forgotten with the rules', () => {
  write('$a');
  for (let time = 0; time < 2; time += 1) {
    const { given, read } = load();
    assert.deepEqual(given, read);
    assert.equal(kept().length, 1);
  }
  write('#a > 1');
  const { given, read } = load();
  assert.deepEqual(given, read);
  assert.equal(kept().length, 2);
});

test('rules that somebody added are read each time', () => {
  const before = kept();
  const { given, read } = load(added);
  assert.deepEqual(given, read);
  assert.deepEqual(kept(), before);
});
