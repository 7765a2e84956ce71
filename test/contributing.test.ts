/** The worked example of CONTRIBUTING.md, compiled and run as it stands there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

const examples = [...text.matchAll(/^<!-- file: (\S+) -->\n```ts\n([^]*?)^```$/gm)].map(([, path = '', code = '']) => ({
  path,
  code,
}));

/** A tree with the example's files and our own `core`. */
const openTree = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-example-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'src'));
  symlinkSync(join(root, 'src/core'), join(folder, 'src/core'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], preserveSymlinks: true },
      include: ['src/audit'],
    }),
  );
  for (const { path, code } of examples) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  return folder;
};

test('the page has the part and its test', () => {
  assert.deepEqual(
    examples.map(({ path }) => path),
    ['src/audit/analyzers/interpreter.ts', 'src/audit/analyzers/interpreter.test.ts'],
  );
});

test('the example compiles under our own strict settings', (t) => {
  const folder = openTree(t);
  const compiler = join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(compiler, ['-p', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test("the example's test passes", (t) => {
  const folder = openTree(t);
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', join(folder, 'src/audit/analyzers/interpreter.test.ts')],
    { encoding: 'utf8', env: environment },
  );
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^# pass 3$/m);
});
