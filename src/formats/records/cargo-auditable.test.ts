import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';

import { elfOf } from '../../../test/builders/elf.ts';
import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { parseCargoAuditable } from './cargo-auditable.ts';
import { parseElf, type ElfRecord } from './elf.ts';

const program = parseElf(elfOf());
const withSection = (bytes: Uint8Array, name = '.dep-v0', size = bytes.length): ElfRecord => ({
  ...program,
  sections: [{ name, type: 'progbits', flags: '-a-', offset: 0, size }],
});
const list = {
  packages: [
    { name: 'tool', version: '0.1.0', source: 'local', dependencies: [1], root: true },
    { name: 'serde', version: '1.0.200', source: 'crates.io' },
    { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
  ],
};
const packed = (value: unknown): Buffer => deflateSync(JSON.stringify(value));
const parse = (bytes: Uint8Array, elf = withSection(bytes)) =>
  parsed((budget, remark) => parseCargoAuditable(bytes, elf, budget, remark));

test('reads crates with where they are from and what they are for', () => {
  const { value, codes } = parse(packed(list));
  assert.deepEqual(codes, []);
  assert.deepEqual(value?.[1], {
    ecosystem: 'cargo',
    name: 'serde',
    version: '1.0.200',
    purl: 'pkg:cargo/serde@1.0.200',
    origin: 'crates.io',
    isBuildOnly: false,
    isRoot: false,
  });
  assert.deepEqual(
    value?.map(({ isRoot, isBuildOnly }) => [isRoot, isBuildOnly]),
    [
      [true, false],
      [false, false],
      [false, true],
    ],
  );
});

test('a program without the section has no list', () => {
  assert.equal(parse(packed(list), withSection(packed(list), '.text')).value, undefined);
});

test('entries without a name are a gap', () => {
  const { value, codes } = parse(packed({ packages: [{}, ...list.packages] }));
  assert.deepEqual([value?.length, codes], [3, ['gap CRATES_INVALID']]);
});

test('what is no list is a Fault', () => {
  const run = (bytes: Uint8Array, elf?: ElfRecord): string => faultOf(() => parse(bytes, elf));
  assert.equal(run(packed({})), 'CRATES_INVALID');
  assert.equal(run(deflateSync('[')), 'RECORD_INVALID');
  assert.equal(run(Buffer.from('not packed')), 'CRATES_INVALID');
  assert.equal(run(packed(list), withSection(packed(list), '.dep-v0', 10_000)), 'CRATES_INVALID');
});

test('a bomb ends at the limit of a record', () => {
  assert.equal(
    faultOf(() => parse(deflateSync(Buffer.alloc(50_000_000)))),
    'RECORD_TOO_LARGE',
  );
});

describeRecord({
  name: 'list of crates',
  samples: { list: packed(list) },
  parse: (bytes, budget, remark) => parseCargoAuditable(bytes, withSection(bytes), budget, remark),
});
