/** The table "who may import whom" of ARCHITECTURE.md, held against the code, with the npm packages each folder may use. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { staleShelves } from '../scripts/write-shelves.ts';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');

interface Rule {
  /** Folders of src/ that may be imported, besides the folder itself. */
  readonly folders: readonly string[];
  readonly packages?: readonly string[];
  /** Node's own modules; undefined: any. */
  readonly node?: readonly string[];
}

const pureNode = ['node:zlib', 'node:crypto', 'node:buffer'];

const rules: Readonly<Record<string, Rule>> = {
  core: { folders: [], node: [] },
  formats: { folders: ['core'], packages: ['xz-decompress', 'seek-bzip', 'yaml', 'zod', 'cbor2'], node: pureNode },
  io: { folders: ['core'], packages: ['jose', 'undici'] },
  image: { folders: ['core', 'formats', 'io'] },
  audit: { folders: ['core', 'formats', 'io'], packages: ['@litko/yara-x-linux-x64-gnu', '@virustotal/yara-x'] },
  archive: { folders: ['core', 'formats', 'io'] },
  trust: {
    folders: ['core', 'formats', 'io'],
    packages: [
      '@sigstore/bundle',
      '@sigstore/core',
      '@sigstore/protobuf-specs',
      '@sigstore/tuf',
      '@sigstore/verify',
      '@tufjs/canonical-json',
      'cbor2',
      'jose',
      're2js',
      'tuf-js',
      'yaml',
      'zod',
    ],
  },
  estate: { folders: ['core', 'formats', 'io'], packages: ['yaml'] },
  watch: { folders: ['core', 'formats', 'io'] },
  detect: { folders: ['core'], packages: ['re2js', 'yaml'], node: [] },
  policy: { folders: ['core', 'formats'], packages: ['@marcbachmann/cel-js', 're2js', 'zod'], node: ['node:crypto'] },
  report: { folders: ['core', 'io'], packages: ['@cyclonedx/cyclonedx-library', 'sarif', 'zod'] },
  store: { folders: ['core', 'io'], packages: ['better-sqlite3'] },
  app: {
    folders: [
      'core',
      'formats',
      'io',
      'image',
      'audit',
      'archive',
      'trust',
      'estate',
      'watch',
      'policy',
      'detect',
      'report',
      'store',
    ],
    packages: ['yaml', 'zod'],
  },
  cli: { folders: ['app', 'core', 'report'], packages: ['commander'] },
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

const isTest = (file: string): boolean => file.endsWith('.test.ts');

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]\s*\)/g;

const importsOf = (file: string): readonly Import[] =>
  [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => ({
    file,
    target: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '',
  }));

const folderOf = (file: string): string => relative(source, file).split('/')[0] ?? '';

const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

const problemOf = ({ file, target }: Import): string | undefined => {
  const folder = folderOf(file);
  const rule = rules[folder];
  if (rule === undefined) return folder.endsWith('.ts') ? undefined : `src/${folder}/ has no line in the import table`;
  const here = relative(root, file);
  if (target.startsWith('.')) {
    const other = folderOf(resolve(dirname(file), target));
    if (other === folder || rule.folders.includes(other)) return undefined;
    return `${folder}/ may not import ${other}/ (${here})`;
  }
  if (target.startsWith('node:'))
    return rule.node === undefined || rule.node.includes(target)
      ? undefined
      : `${folder}/ may not import ${target} (${here})`;
  return rule.packages?.includes(packageOf(target))
    ? undefined
    : `${folder}/ may not import the package ${packageOf(target)} (${here})`;
};

const sources = filesBelow(source).filter((file) => !isTest(file));
const imports = sources.flatMap(importsOf);

test('every folder imports only what the table allows', () => {
  assert.ok(imports.length > 10, 'the pattern finds imports');
  assert.deepEqual(
    imports.map(problemOf).filter((problem) => problem !== undefined),
    [],
  );
});

test('the table refuses what it should', () => {
  const refused = problemOf({ file: join(source, 'policy/judge.ts'), target: '../image/open.ts' });
  assert.equal(refused, 'policy/ may not import image/ (src/policy/judge.ts)');
  assert.match(
    problemOf({ file: join(source, 'core/x.ts'), target: 'node:fs' }) ?? '',
    /core\/ may not import node:fs/,
  );
  assert.match(
    problemOf({ file: join(source, 'cli/x.ts'), target: 'undici' }) ?? '',
    /may not import the package undici/,
  );
});

test('parts of one shelf never meet', () => {
  const shelf =
    /^(image\/sources|audit\/analyzers|trust\/verifiers|estate\/finders|watch\/listeners|watch\/sensors|report\/renderers|report\/sinks|cli\/commands|formats\/wrappers|formats\/trees)\/([^/.]+)/;
  const meetings = imports.flatMap(({ file, target }) => {
    const from = shelf.exec(relative(source, file));
    if (from === null || from[2] === 'index' || !target.startsWith('.')) return [];
    const to = shelf.exec(relative(source, resolve(dirname(file), target)));
    return to !== null && to[1] === from[1] && to[2] !== from[2] && to[2] !== 'index'
      ? [`${from[1]}: ${from[2]} imports ${to[2]}`]
      : [];
  });
  assert.deepEqual(meetings, []);
});

test('imports have no loops', () => {
  const graph = new Map<string, readonly string[]>();
  for (const file of sources)
    graph.set(
      file,
      importsOf(file)
        .filter(({ target }) => target.startsWith('.'))
        .map(({ target }) => resolve(dirname(file), target)),
    );
  const state = new Map<string, 'open' | 'done'>();
  const loops: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      loops.push([...trail.slice(trail.indexOf(file)), file].map((step) => relative(source, step)).join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of sources) visit(file, []);
  assert.deepEqual(loops, []);
});

test('pure folders read no clock, environment, or global', () => {
  const impure =
    /\bprocess\.(?:env|argv|cwd|hrtime|stdout|stderr|exit)|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(/;
  const offenders = sources
    .filter((file) => ['core', 'formats', 'policy', 'detect'].includes(folderOf(file)))
    .filter((file) => impure.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file));
  assert.deepEqual(offenders, []);
});

test('no file is named for nothing', () => {
  const vague = /^(utils?|helpers?|common|misc|manager|service|impl|shared|lib)\b/;
  assert.deepEqual(
    filesBelow(source)
      .map((file) => relative(source, file))
      .filter((file) => file.split('/').some((part) => vague.test(part))),
    [],
  );
});

test('every shelf index matches its directory', () => {
  assert.deepEqual(staleShelves(root, false), []);
});
