import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { chooseEngine } from './rule-engine.ts';
import { loadPack } from './rule-pack.ts';
import { RuleRunner } from './rule-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-runner-'));
after(() => rmSync(folder, { recursive: true }));
const patterns = `
  $text = "Marker"
  $short = "UPX!"
  $caseless = "stratum" nocase
  $word = "xmr" fullword
  $wide = "pool" wide ascii
  $xor = "donate" xor(1-3)
  $near = /(curl|wget) [^\\n]{0,40}\\| ?sh\\b/
  $class = /\\b[kM]?H\\/s\\b/
  $unbounded = /token-[0-9a-f]{4,}/
  $hex = { 6d 69 6e 65 [0-6] 72 }`;
writeFileSync(
  join(folder, 'own.yar'),
  `rule Any { strings: ${patterns} condition: any of them }
  rule All { strings: ${patterns} condition: all of them }`,
);
const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };
const { engine } = await chooseEngine();
const { pack } = loadPack({ added: [join(folder, 'own.yar')] }, engine);
const runner = new RuleRunner(pack, engine);

/** What the patterns match, in parts and nearly. */
const pieces =
  'Marker,mARKER,UPX!,upx!,Stratum,xmr,p\0o\0o\0l\0,pool,emo`ud,curl ,wget ,|sh,| sh,kH/s,H/s,token-,abcd,mine,r,mine12r'.split(
    ',',
  );

const matchesIn = (hits: ReturnType<RuleRunner['run']>['hits'], rule: string): readonly string[] =>
  hits
    .filter((hit) => pack.rules[hit.rule]?.name === rule)
    .flatMap(({ matches }) => matches.map(({ pattern, offset, length }) => `${offset} ${pattern} ${length}`))
    .sort();

const inWindow = (content: Buffer, overlap = 0, isEnough = (): boolean => false) =>
  runner.runPatterns({ kind: 'data', content, overlap, fileBytes: 2 ** 30 }, externals, isEnough);

test('in a window, patterns are where the engine finds them in the whole', () => {
  const piece = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(' ', '\n', 'x', '0', '9000', '.'.repeat(60), '.'.repeat(9000)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...pieces),
    },
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (chosen) => {
      const content = Buffer.from(chosen.join(''), 'latin1');
      const whole = matchesIn(runner.run('data', content, externals).hits, 'Any');
      for (const rule of ['Any', 'All']) assert.deepEqual(matchesIn(inWindow(content).hits, rule), whole);
    }),
    { numRuns: 300 },
  );
});

test('patterns of which there is enough are not looked for by name', () => {
  const content = Buffer.from('Marker UPX! 5 kH/s wget x|sh');
  assert.deepEqual(matchesIn(inWindow(content).hits, 'Any'), ['0 $text 6', '14 $class 4', '19 $near 9', '7 $short 4']);
  assert.deepEqual(inWindow(content, 0, () => true).hits, []);
});
