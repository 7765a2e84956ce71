/** Our reading of programs against readelf's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parseElf } from '../../src/formats/records/elf.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

for (const file of ['/bin/ls', '/usr/bin/env', '/usr/bin/skopeo', process.execPath])
  test(`agrees with readelf on ${file}`, options, () => {
    const run = (flag: string): string =>
      execFileSync('readelf', [flag, '-W', file], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const record = parseElf(readFileSync(file));
    assert.deepEqual(
      record.needed,
      [...run('-d').matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]),
    );
    const sections = [
      ...run('-S').matchAll(/^ +\[ *\d+\] (\S+) +[A-Z][A-Z_]+ +[0-9a-f]{16} ([0-9a-f]{6,}) ([0-9a-f]{6,})/gm),
    ];
    assert.ok(sections.length > 5);
    assert.deepEqual(
      record.sections.filter(({ name }) => name !== '').map(({ name, offset, size }) => [name, offset, size]),
      sections.map(([, name, offset = '', size = '']) => [
        name,
        Number.parseInt(offset, 16),
        Number.parseInt(size, 16),
      ]),
    );
    assert.equal(record.buildId, /Build ID: ([0-9a-f]+)/.exec(run('-n'))?.[1]);
    assert.equal(record.entry, /Entry point address: +(0x[0-9a-f]+)/.exec(run('-h'))?.[1]);
    assert.equal(record.interpreter, /interpreter: (\S+)\]/.exec(run('-l'))?.[1]);
    const imports = [...run('--dyn-syms').matchAll(/(?:GLOBAL|WEAK) +\w+ +UND ([^\s@]+)/g)].map(
      (match) => match[1] ?? '',
    );
    assert.deepEqual([...record.imports].sort(), [...new Set(imports)].sort());
    assert.deepEqual(record.anomalies, []);
  });
