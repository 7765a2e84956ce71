import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { parseJarManifest, parsePomProperties, parseProperties, toJarPackage } from './jar.ts';

const manifest = [
  'Manifest-Version: 1.0',
  'Bundle-SymbolicName: org.example.tool;singleton:=true',
  'Bundle-Version: 1.2.3',
  'Implementation-Vendor: Exam',
  ' ple é',
  'Main-Class: org.example.Main',
  '',
  'Name: org/example/Main.class',
  'SHA-256-Digest: abcd',
  '',
  'Name: org/example/Other.class',
  'SHA-256-Digest: ef',
  '',
].join('\r\n');

const parse = (text: string | Uint8Array) =>
  parsed((budget, remark) => parseJarManifest(Buffer.from(text), budget, remark));

test('reads attributes of the jar and of its entries, with continued lines', () => {
  const { value, codes } = parse(manifest);
  assert.deepEqual(codes, []);
  assert.equal(value.main.get('implementation-vendor'), 'Example é');
  assert.equal(value.main.get('main-class'), 'org.example.Main');
  assert.deepEqual(
    [...value.entries].map(([name, attributes]) => [name, [...attributes]]),
    [
      ['org/example/Main.class', [['sha-256-digest', 'abcd']]],
      ['org/example/Other.class', [['sha-256-digest', 'ef']]],
    ],
  );
});

for (const end of ['\n', '\r', '\r\n'])
  test(`lines that end in ${JSON.stringify(end)}`, () => {
    const { value } = parse(['A: 1', 'B: 2', ' 3', '', 'Name: x', 'C: 4'].join(end));
    assert.deepEqual([value.main.get('b'), value.entries.get('x')?.get('c')], ['23', '4']);
  });

test('what is said twice is remarked on, the first counts', () => {
  const { value, codes } = parse('Main-Class: a\nmain-class: b\n\nName: x\n\nName: x\n');
  assert.deepEqual([value.main.get('main-class'), codes], ['a', ['ambiguity JAR_MANIFEST_AMBIGUOUS']]);
});

test('lines that are no attribute, and sections without a name, are a gap', () => {
  assert.deepEqual(parse('Main-Class a\n').codes, ['gap JAR_MANIFEST_INVALID']);
  assert.deepEqual(parse('A: 1\n\nB: 2\n').codes, ['gap JAR_MANIFEST_INVALID']);
});

test('a manifest names no Maven coordinate, so its package is a generic one', () => {
  assert.deepEqual(toJarPackage(parse(manifest).value), {
    ecosystem: 'maven',
    name: 'org.example.tool',
    version: '1.2.3',
    purl: 'pkg:generic/org.example.tool@1.2.3',
    vendor: 'Example é',
  });
  assert.equal(toJarPackage(parse('Manifest-Version: 1.0\n').value), undefined);
});

test('pom.properties hold the coordinate', () => {
  const bytes = Buffer.from('#Generated\nversion=1.0-SNAPSHOT\ngroupId=org.example\nartifactId=tool\n');
  assert.deepEqual(parsePomProperties(bytes, new Budget()), {
    ecosystem: 'maven',
    name: 'org.example:tool',
    version: '1.0-SNAPSHOT',
    purl: 'pkg:maven/org.example/tool@1.0-SNAPSHOT',
  });
});

test('pom.properties without a coordinate are a Fault', () => {
  assert.equal(
    faultOf(() => parsePomProperties(Buffer.from('version=1\n'), new Budget())),
    'POM_PROPERTIES_INVALID',
  );
});

test('properties in every spelling of java.util.Properties', () => {
  const text = [
    '! comment',
    '  a = 1',
    'b:2',
    'c 3',
    'd\\=e=f\\u00e9\\tg',
    'h=i\\',
    '   j',
    'k=even\\\\',
    'l',
    'a=last',
  ];
  assert.deepEqual(
    [...parseProperties(Buffer.from(text.join('\r\n')), new Budget())],
    [
      ['a', 'last'],
      ['b', '2'],
      ['c', '3'],
      ['d=e', 'fé\tg'],
      ['h', 'ij'],
      ['k', 'even\\'],
      ['l', ''],
    ],
  );
});

test('long lines cost their length', { timeout: 10_000 }, () => {
  for (const part of ['\\', 'a\\\n', ' ', 'A: 1\n ', '\n '])
    for (const read of [parseJarManifest, parseProperties] as const)
      read(Buffer.from(part.repeat(200_000)), new Budget(), () => undefined);
});

describeRecord({ name: 'jar manifest', samples: { manifest: Buffer.from(manifest) }, parse: parseJarManifest });
describeRecord({
  name: 'Java properties',
  samples: { properties: Buffer.from('a=1\\\n2\nb\\u00e9: c\n') },
  parse: parseProperties,
});
