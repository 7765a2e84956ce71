import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  toConclusion,
  type InspectedFile,
  type Inspection,
  type Inspector,
  type Observation,
  type Subject,
} from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import type { Finding } from '../../core/finding.ts';
import { detectFileKind } from '../../formats/file-kind.ts';
import { chooseEngine } from '../rule-engine/rule-engine.ts';
import type { RulePack } from '../rule-engine/rule-pack.ts';
import { RuleRunner } from '../rule-engine/rule-runner.ts';
import { YaraInspector } from '../rule-engine/yara-inspector.ts';
import { yara } from './yara.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-yara-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
interface Opened {
  readonly inspector: Inspector;
  readonly data: unknown;
}

const open = async (rules: string): Promise<Opened> => {
  count += 1;
  const file = join(folder, `rules${count}.yar`);
  writeFileSync(file, rules);
  const knowledge = await yara.load?.({ added: [file] });
  assert.deepEqual(knowledge?.rejected, []);
  // Knowledge crosses process borders.
  const data: unknown = structuredClone(knowledge.data);
  const inspector = await yara.open?.(data);
  assert.ok(inspector);
  return { inspector, data };
};

const fileOf = (path: string, content: Uint8Array, more: Partial<InspectedFile> = {}): InspectedFile => ({
  path,
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: content.length,
  modified: 0,
  kind: detectFileKind(content.subarray(0, 4096), content.length),
  sha256: createHash('sha256').update(content).digest('hex'),
  windowOffset: 0,
  overlap: 0,
  lastWindow: true,
  ...more,
});

const subject: Subject = { reference: 'x', kind: 'container', identity: { diffIds: [] }, layers: [], inventory: [] };

const conclude = ({ data }: Opened, file: InspectedFile, inspection: Inspection | undefined): readonly Finding[] => {
  if (inspection?.facts === undefined) return [];
  const observation: Observation = {
    path: file.path,
    sha256: file.sha256,
    size: file.size,
    layerIndex: 2,
    hidden: true,
    facts: JSON.parse(JSON.stringify(inspection.facts)) as Observation['facts'],
  };
  return toConclusion(yara.conclude(subject, [observation], data)).findings;
};

const scan = (opened: Opened, path: string, text: string, more: Partial<InspectedFile> = {}): readonly Finding[] => {
  const content = Buffer.from(text, 'latin1');
  const file = fileOf(path, content, more);
  return conclude(opened, file, opened.inspector.inspect(file, content, {}));
};

const names = (findings: readonly Finding[]): readonly string[] => findings.map(({ rule }) => rule.replace(/.*\//, ''));

test('a match becomes a finding with its place, offsets and excerpt', async () => {
  const opened = await open(
    'rule R { meta: description = "Bad thing" score = 90 strings: $a = "marker-text" condition: $a }',
  );
  const [finding] = scan(opened, 'opt/x', `${'-'.repeat(40)}\u001b[31mmarker-text\ntail`);
  assert.deepEqual(finding, {
    rule: `yara/rules${count}/R`,
    title: 'Bad thing',
    severity: 'high',
    confidence: 'medium',
    intent: 'implant',
    techniques: [],
    advice: "Look at the file and at what the rule's author says about it.",
    evidence: [
      {
        kind: 'excerpt',
        path: 'opt/x',
        offset: 45,
        length: 11,
        text: `${'-'.repeat(19)}\\x1b[31mmarker-text\\ntail`,
        sha256: fileOf('opt/x', Buffer.from(`${'-'.repeat(40)}\u001b[31mmarker-text\ntail`, 'latin1')).sha256,
        layerIndex: 2,
        hidden: true,
      },
    ],
  });
  assert.deepEqual(scan(opened, 'opt/x', 'nothing'), []);
});

test('of a secret only the beginning is kept', async () => {
  const opened = await open('rule R { meta: intent = "exposure" strings: $a = /key-[a-z0-9]{20}/ condition: $a }');
  const [finding] = scan(opened, 'etc/app', 'before key-abcdefghij0123456789 after');
  const [proof] = finding?.evidence ?? [];
  assert.equal(proof?.kind === 'excerpt' && proof.text, 'key-ab…');
});

test('externals have the values that are documented, and only those that a rule reads are in the scope', async () => {
  const opened = await open(`
    rule Name { condition: filename == "run.SH" and extension == ".sh" and filepath == "/opt/app.jar!/bin" }
    rule Owner { condition: owner == "root" and filetype == "script" }
    rule Foreign { condition: filetype == "EXE" or filetype != "ELF" and filesize == 0 }`);
  const path = 'opt/app.jar!/bin/run.SH';
  assert.deepEqual(names(scan(opened, path, '#!/bin/sh\n')), ['Name', 'Owner']);
  assert.deepEqual(names(scan(opened, path, '#!/bin/sh\n', { uid: 7 })), ['Name']);
  assert.deepEqual(names(scan(opened, 'x', `MZ${'\0'.repeat(58)}\x40\0\0\0PE\0\0${'\0'.repeat(60)}`)), ['Foreign']);
  const header = fileOf(path, Buffer.from('x'));
  assert.equal(opened.inspector.scope(header, 'text'), '[".sh","run.SH","/opt/app.jar!/bin","root"]');
  const unscoped = await open('rule R { strings: $filename = "filename" condition: $filename // owner\n }');
  assert.equal(unscoped.inspector.scope(header, 'text'), '');
});

test('rules are gated by what a file is, and no disguise of a script keeps them away', async () => {
  const opened = await open(`
    rule Program { meta: filetypes = "elf" strings: $a = "marker-text" condition: $a }
    rule Script { meta: filetypes = "interpretable" strings: $a = "marker-text" condition: $a }
    rule Any { strings: $a = "marker-text" condition: $a }
    rule Foreign { meta: filetypes = "PHP, ASP" strings: $a = "marker-text" condition: $a }`);
  assert.deepEqual(names(scan(opened, 'x', `\x7fELF${'\0'.repeat(60)}marker-text`)), ['Any', 'Foreign', 'Program']);
  for (const disguise of ['#!/bin/sh\n', '%PDF-1.4\n', 'GIF89a', '\0\x01\x02', '-----BEGIN X-----\n'])
    assert.deepEqual(names(scan(opened, 'x', `${disguise}marker-text`)), ['Any', 'Foreign', 'Script'], disguise);
});

test('a rule shares patterns with one that has a size limit or a magic number, and matches all the same', async () => {
  const opened = await open(`
    rule Small { strings: $a = "marker-text" condition: filesize < 20 and $a }
    rule Program { strings: $a = "marker-text" condition: uint32(0) == 0x464c457f and $a }
    rule Plain { strings: $a = "marker-text" condition: $a }`);
  assert.deepEqual(names(scan(opened, 'x', `${' '.repeat(100)}marker-text`)), ['Plain']);
});

const inWindows = (opened: Opened, content: Uint8Array, windowBytes: number, overlap: number) => {
  const file = fileOf('opt/large', content);
  let last: Inspection | undefined;
  for (let offset = 0; ; offset += windowBytes - overlap) {
    const window = content.subarray(offset, offset + windowBytes);
    const lastWindow = offset + windowBytes >= content.length;
    last = opened.inspector.inspect(
      { ...file, windowOffset: offset, overlap: offset === 0 ? 0 : overlap, lastWindow },
      window,
      {},
    );
    if (lastWindow) return { findings: conclude(opened, file, last), gaps: last?.gaps ?? [] };
    assert.equal(last, undefined);
  }
};

test('a file in windows gives what the whole file gives, each match once, with offsets in the file', async () => {
  const opened = await open(`
    rule Both { strings: $a = "first-marker" $b = "second-marker" condition: $a and $b and uint16be(0) == 0x2321 }
    rule Not { strings: $a = "first-marker" $b = "second-marker" condition: $a and not $b }
    rule Large { strings: $a = "second-marker" condition: $a and filesize > 9000 }
    rule Small { strings: $a = "second-marker" condition: $a and filesize < 9000 }`);
  const content = Buffer.alloc(10_000, '.');
  content.write('#!/bin/sh first-marker', 0);
  content.write('second-marker', 6_990);
  const { findings, gaps } = inWindows(opened, content, 1000, 100);
  assert.deepEqual(names(findings), ['Both', 'Large']);
  assert.deepEqual(gaps, []);
  const large = findings[1]?.evidence.map((proof) => (proof.kind === 'excerpt' ? proof.offset : -1));
  assert.deepEqual(large, [6_990]);
});

test('what only the whole file could decide is a gap that names the rules', async () => {
  const opened = await open(`
    rule Counts { strings: $a = "marker-text" condition: #a > 3 }
    rule Bounded { strings: $a = "marker-text" condition: filesize < 5KB and #a > 3 }
    rule Plain { strings: $a = "marker-text" condition: $a }`);
  const { gaps } = inWindows(opened, Buffer.alloc(10_000, 'marker-text '), 1000, 100);
  assert.deepEqual(
    gaps.map(({ code, where, executable }) => [code, where, executable]),
    [['FILE_SCANNED_IN_WINDOWS', 'opt/large', undefined]],
  );
  assert.match(gaps[0]?.reason ?? '', /yara\/rules\d+\/Counts$/);
});

test('windows that were left out are a gap', async () => {
  const opened = await open('rule R { strings: $a = "marker-text" condition: $a }');
  const content = Buffer.alloc(3000, '#!/bin/sh\n');
  const file = fileOf('x', content);
  opened.inspector.inspect({ ...file, lastWindow: false }, content.subarray(0, 1000), {});
  const last = opened.inspector.inspect({ ...file, windowOffset: 2000, overlap: 100 }, content.subarray(2000), {});
  assert.deepEqual(
    last?.gaps?.map(({ code, executable }) => [code, executable]),
    [['FILE_SCANNED_IN_WINDOWS', true]],
  );
});

const { engine } = await chooseEngine();

test(
  'a rule that runs away is stopped and named, the others are evaluated, and it is dropped in the end',
  {
    skip: !engine.stopsRunaways,
  },
  async () => {
    const { data } = await open(`
    rule Runaway { condition: filesize > 20 and for all i in (0..9000000000) : (i >= 0) }
    ${Array.from({ length: 20 }, (_, index) => `rule R${index} { strings: $a = "marker-${index}-text" condition: $a }`).join('\n')}`);
    const limits = { runaways: 2, timeFor: () => ({ set: 1, part: 1, search: 4 }) };
    const inspector = new YaraInspector(new RuleRunner(data as RulePack, engine, limits));
    const content = Buffer.from('#!/bin/sh\n# marker-7-text and more');
    const file = fileOf('x', content);
    const codes: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const inspection = inspector.inspect(file, content, {});
      assert.deepEqual(names(conclude({ inspector, data }, file, inspection)), ['R7']);
      codes.push((inspection?.gaps ?? []).map(({ code, executable }) => `${code} ${executable}`).join());
      if (round === 0)
        assert.match(inspection?.gaps?.[0]?.reason ?? '', /the rule yara\/rules\d+\/Runaway took too long/);
    }
    assert.deepEqual(codes, ['RULE_TIMED_OUT true', 'RULE_TIMED_OUT true,RULE_DROPPED true', 'RULE_DROPPED true']);
    inspector.close();
  },
);

test('content in shared memory is inspected in place', async () => {
  const opened = await open('rule R { strings: $a = "marker-text" condition: $a }');
  const shared = new Uint8Array(new SharedArrayBuffer(64), 3, 40);
  shared.set(Buffer.from('text with a marker-text in it \u00e9', 'utf8'));
  const file = fileOf('x', shared, { kind: 'text' satisfies FileKind });
  assert.deepEqual(names(conclude(opened, file, opened.inspector.inspect(file, shared, {}))), ['R']);
});
