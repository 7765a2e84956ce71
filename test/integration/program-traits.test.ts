/** Programs and libraries that a real compiler made, against what the executable analyzer says about them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readTraits } from '../../src/audit/executable/traits.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' } as const;
const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-traits-'));
after(() => rmSync(folder, { recursive: true }));

const traitsOf = (source: string, ...words: readonly string[]): readonly string[] => {
  const [input, output] = [join(folder, 'x.c'), join(folder, 'x')];
  writeFileSync(input, source);
  execFileSync('gcc', ['-O1', '-w', '-o', output, input, ...words], { timeout: 60_000 });
  const bytes = readFileSync(output);
  return readTraits(bytes, bytes.length).map(({ name }) => name);
};

const hello = '#include <stdio.h>\nint main(void) { return puts("hello"); }\n';
const library = ['-shared', '-fPIC', '-Wl,-soname,libx.so.1'];

test('an ordinary program has no traits, static or stripped it has one', options, () => {
  assert.deepEqual(traitsOf(hello), []);
  assert.deepEqual(traitsOf(hello, '-s'), []);
  assert.deepEqual(traitsOf(hello, '-static'), ['static']);
});

test('a library that chooses a function while it is loaded, and one that does not', options, () => {
  const chosen =
    'static int one(void) { return 1; }\nstatic void *choose(void) { return one; }\n' +
    'int work(void) __attribute__((ifunc("choose")));\nint use(void) { return work(); }\n';
  assert.deepEqual(traitsOf(chosen, ...library), ['load-time-resolver']);
  assert.deepEqual(traitsOf(chosen, ...library, '-Wl,-Bsymbolic'), ['load-time-resolver']);
  assert.deepEqual(traitsOf('int work(void) { return 1; }\nint use(void) { return work(); }\n', ...library), []);
});

test('a library that puts itself before the listing of folders, and one that lists folders', options, () => {
  const head = '#define _GNU_SOURCE\n#include <dirent.h>\n#include <dlfcn.h>\n';
  const hides = `${head}struct dirent *readdir(DIR *d) { return ((struct dirent *(*)(DIR *))dlsym(RTLD_NEXT, "readdir"))(d); }\n`;
  assert.deepEqual(traitsOf(hides, ...library), ['hides-entries']);
  const lists = `${head}int count(DIR *d) { int n = 0; while (readdir(d)) n++; return n + (dlsym(RTLD_NEXT, "x") != 0); }\n`;
  assert.deepEqual(traitsOf(lists, ...library), []);
});

test('a program whose code was made writable, and one that runs others from memory', options, () => {
  const endless = 'void _start(void) { for (;;); }\n';
  assert.deepEqual(traitsOf(endless, '-nostdlib', '-static', '-Wl,--omagic'), ['writable-code', 'static']);
  assert.deepEqual(traitsOf(endless, '-nostdlib', '-static'), ['static']);
  const memory =
    '#define _GNU_SOURCE\n#include <sys/mman.h>\n#include <unistd.h>\n' +
    'int main(int c, char **v) { return fexecve(memfd_create("x", 0), v, 0); }\n';
  assert.deepEqual(traitsOf(memory), ['runs-from-memory']);
});
