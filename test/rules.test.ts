/** Every built-in YARA rule against what must fire it and what must not, on both engines; and the shelf against its own conventions. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { FileHeader } from '../src/core/file-entry.ts';
import { fileKinds, type FileKind } from '../src/core/file-kind.ts';
import { severities } from '../src/core/finding.ts';
import { detectFileKind } from '../src/formats/file-kind.ts';
import { usualWindowBytes } from '../src/audit/content-windows.ts';
import { toExternals } from '../src/audit/rule-engine/externals.ts';
import { kindsOf } from '../src/audit/rule-engine/rule-condition.ts';
import { chooseEngine } from '../src/audit/rule-engine/rule-engine.ts';
import { loadPack, toUnits } from '../src/audit/rule-engine/rule-pack.ts';
import { RuleRunner } from '../src/audit/rule-engine/rule-runner.ts';
import type { RuleEngine } from '../src/audit/rule-engine/engine-interface.ts';
import { parseYaraSource } from '../src/audit/rule-engine/yara-source.ts';

const shelf = join(import.meta.dirname, '..', 'rules', 'yara');
const samplesFolder = join(shelf, 'samples');

interface Sample {
  readonly rule: string;
  /** The kind of program that the lines are strings of. Absent: the text as it stands. */
  readonly as?: 'elf' | 'java-class' | 'wasm';
  readonly fires?: string;
  readonly firesHex?: string;
  readonly silent?: string;
  readonly silentHex?: string;
  readonly padFiresTo?: number;
}

/** Headers that make a content of that kind; nothing behind them can run. */
const headers: Readonly<Record<string, string>> = {
  elf: '7f454c4602010100000000000000000002003e00'.padEnd(128, '0'),
  'java-class': 'cafebabe00000034',
  wasm: '0061736d01000000',
};

const toContent = (sample: Sample, side: 'fires' | 'silent'): Uint8Array => {
  const hex = sample[`${side}Hex`];
  const text = (sample[side] ?? '').replaceAll('¦', '');
  const body = hex === undefined ? Buffer.from(text, 'utf8') : Buffer.from(hex, 'hex');
  if (sample.as === undefined) {
    const size = side === 'fires' ? Math.max(body.length, sample.padFiresTo ?? 0) : body.length;
    return Buffer.concat([body, Buffer.alloc(size - body.length, '#\n')]);
  }
  const strings = hex === undefined ? Buffer.from(text.replaceAll('\n', '\0'), 'utf8') : body;
  return Buffer.concat([Buffer.from(headers[sample.as] ?? '', 'hex'), Buffer.from([0]), strings, Buffer.from([0])]);
};

const files = readdirSync(shelf).filter((name) => name.endsWith('.yar'));
const samples: readonly (Sample & { readonly file: string })[] = files.flatMap((name) => {
  const file = basename(name, '.yar');
  const list = parse(readFileSync(join(samplesFolder, `${file}.yaml`), 'utf8')) as readonly Sample[];
  return list.map((sample) => ({ ...sample, file }));
});

const plainHeader: FileHeader = {
  path: 'opt/sample',
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  modified: 0,
};

const kindOfContent = (content: Uint8Array): FileKind => detectFileKind(content.subarray(0, 4096), content.length);

const locations = { builtIn: join(shelf, '..'), added: [] };

const namesFired = (runner: RuleRunner, content: Uint8Array): readonly string[] => {
  const kind = kindOfContent(content);
  const externals = toExternals({ ...plainHeader, size: content.length }, kind);
  return runner.run(kind, content, externals).hits.map(({ rule }) => runner.pack.rules[rule]?.id ?? '');
};

const { engine: best } = await chooseEngine();
const { pack, rejected } = loadPack(locations, best);

test('every rule fires on its sample and is silent on the nearest honest content', () => {
  assert.deepEqual(rejected, []);
  const runner = new RuleRunner(pack, best);
  const wrong = samples.flatMap((sample) => {
    const rule = `yara/${sample.file}/${sample.rule}`;
    return [
      ...(namesFired(runner, toContent(sample, 'fires')).includes(rule) ? [] : [`${rule} does not fire on its sample`]),
      ...(namesFired(runner, toContent(sample, 'silent')).includes(rule) ? [`${rule} fires on honest content`] : []),
    ];
  });
  runner.close();
  assert.deepEqual(wrong, []);
});

/** Every rule of the pack at once, whatever the content's kind, without the filter that usually decides which are run. */
const compileAll = (engine: RuleEngine): ((content: Uint8Array) => readonly string[]) => {
  const compiled = engine.compile(toUnits(pack.rules, [...pack.rules.keys()]));
  return (content) =>
    compiled
      .scan(content, toExternals({ ...plainHeader, size: content.length }, 'data'))
      .map(
        ({ namespace, rule }) => pack.rules.find((one) => one.namespace === namespace && one.name === rule)?.id ?? '',
      )
      .sort();
};

test('the WebAssembly engine sees what the native one sees', async () => {
  const { engine } = await chooseEngine('wasm');
  const scans = [compileAll(best), compileAll(engine)] as const;
  const fired = new Set<string>();
  const compare = (content: Uint8Array): void => {
    const [expected, actual] = [scans[0](content), scans[1](content)];
    assert.deepEqual(actual, expected);
    for (const rule of actual) fired.add(rule);
  };
  // A scan costs this engine the same for little and for much content: samples go in batches, then what a batch hid, by itself.
  for (const file of files) {
    const own = samples.filter((sample) => `${sample.file}.yar` === file && sample.padFiresTo === undefined);
    for (const kind of ['elf', undefined] as const)
      for (const side of ['fires', 'silent'] as const) {
        const batch = own.filter(({ as }) => as === kind).map((sample) => [toContent(sample, side), Buffer.from('\n')]);
        if (batch.length > 0) compare(Buffer.concat(batch.flat()));
      }
  }
  for (const sample of samples)
    if (!fired.has(`yara/${sample.file}/${sample.rule}`)) compare(toContent(sample, 'fires'));
  assert.deepEqual(
    pack.rules.map(({ id }) => id).filter((id) => !fired.has(id)),
    [],
  );
});

test('every rule has a sample, and every sample a rule', () => {
  assert.deepEqual(
    samples.map(({ file, rule }) => `yara/${file}/${rule}`).sort(),
    pack.rules.map(({ id }) => id).sort(),
  );
  assert.ok(pack.rules.length >= 200, `${pack.rules.length} rules`);
});

test('no rule that counts or looks at positions asks for more than one window of a file', () => {
  assert.deepEqual(
    pack.rules.flatMap(({ id, isPositional, sizeBound = Infinity }) =>
      isPositional && sizeBound > usualWindowBytes ? [id] : [],
    ),
    [],
    'such a rule leaves a gap in every larger file: bound it by filesize',
  );
});

test('no rule takes the rules themselves, or their samples, for malware', () => {
  const runner = new RuleRunner(pack, best);
  const texts = [
    ...files.map((name) => join(shelf, name)),
    ...files.map((name) => join(samplesFolder, name.replace(/\.yar$/, '.yaml'))),
  ];
  assert.deepEqual(
    texts.flatMap((path) => namesFired(runner, readFileSync(path)).map((rule) => `${basename(path)}: ${rule}`)),
    [],
  );
});

test('no rule takes our own program for malware', () => {
  const source = join(import.meta.dirname, '..', 'src');
  const shipped = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  assert.ok(shipped.length > 100);
  const runner = new RuleRunner(pack, best);
  assert.deepEqual(
    shipped.flatMap((name) => namesFired(runner, readFileSync(join(source, name))).map((rule) => `${name}: ${rule}`)),
    [],
  );
});

test('every rule states what a report needs, in the words of reports', () => {
  const problems = files.flatMap((name) =>
    parseYaraSource(readFileSync(join(shelf, name), 'utf8')).rules.flatMap((rule) => {
      const meta = (key: string): string => String(rule.meta.get(key) ?? '');
      const wants: readonly [boolean, string][] = [
        [meta('description').length > 20, 'description'],
        [severities.some((severity) => severity === meta('severity')), 'severity'],
        [['low', 'medium', 'high'].includes(meta('confidence')), 'confidence'],
        [['implant', 'miner', 'dual-use', 'exposure', 'hygiene'].includes(meta('intent')), 'intent'],
        [/^T\d{4}(\.\d{3})?(,T\d{4}(\.\d{3})?)*$/.test(meta('techniques')), 'techniques'],
        [meta('advice').length > 20, 'advice'],
        [(kindsOf(rule)?.size ?? fileKinds.length) < fileKinds.length, 'filetypes'],
      ];
      return wants.filter(([good]) => !good).map(([, what]) => `${name}: ${rule.name}: ${what}`);
    }),
  );
  assert.deepEqual(problems, []);
});
