/** The engine against rules and records that nobody here wrote, and against an evaluator written from the specification alone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event } from '../../src/core/event.ts';
import { compileRules } from '../../src/detect/compile-rules.ts';
import { openDetector } from '../../src/detect/detector.ts';
import { isGap, type Sensor } from '../../src/core/sensor.ts';
import { cloudtrail } from '../../src/watch/sensors/cloudtrail.ts';
import { kubernetesAudit } from '../../src/watch/sensors/kubernetes-audit.ts';
import { tetragon } from '../../src/watch/sensors/tetragon.ts';
import { windowsEventlog } from '../../src/watch/sensors/windows-eventlog.ts';
import { readAll } from '../builders/sensed.ts';
import {
  corpusEvents,
  corpusRules,
  eventsLike,
  hasCorpus,
  outside,
  recordsBelow,
  regressions,
  toEvent,
  toNaive,
} from '../builders/sigma-corpus.ts';
import { naivelyMatches, type NaiveRule } from '../fakes/naive-sigma.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const skip = hasCorpus || required ? false : 'needs the folder ../shared/outside/sigma';

const hitsOfEngine = (events: readonly Event[]): readonly string[] => {
  const detector = openDetector(compileRules(corpusRules()).rules);
  return events.flatMap((event) => detector.push(event).map(({ rule }) => `${event.id} ${rule.id}`));
};

const naiveRules = (): readonly NaiveRule[] => corpusRules().flatMap(({ text }) => toNaive(text));

const hitsOfNaive = (events: readonly Event[], rules: readonly NaiveRule[]): readonly string[] =>
  events.flatMap((event) =>
    rules
      .filter((rule) => naivelyMatches(rule, { logsource: { ...event.logsource }, fields: event.fields }))
      .map((rule) => `${event.id} ${rule.id}`),
  );

test('every rule loads, and none has a search that its condition does not name', { skip }, (context) => {
  const texts = corpusRules();
  const { rules, refused, remarks } = compileRules(texts);
  context.diagnostic(`${texts.length} files, ${rules.rules.length} rules loaded, ${refused.length} refused`);
  assert.deepEqual(refused, []);
  assert.deepEqual(remarks, []);
  assert.equal(rules.rules.length, texts.length);
  assert.ok(texts.length > 500);
});

test('each rule fires on the records that were published with it', { skip }, (context) => {
  const { rules } = compileRules(corpusRules());
  const detector = openDetector(rules);
  const pairs = regressions();
  let records = 0;
  const silent = pairs.filter(({ rule, records: of }) => {
    const [naive] = toNaive(rule.text);
    assert.ok(naive !== undefined);
    records += of.length;
    return !of.some((fields, place) =>
      detector
        .push(toEvent(`${naive.id}#${place}`, naive.logsource, fields))
        .some((match) => match.rule.id === naive.id),
    );
  });
  context.diagnostic(`${pairs.length} pairs, ${records} records, ${pairs.length - silent.length} fired`);
  assert.deepEqual(
    silent.map(({ rule }) => rule.file),
    [],
  );
  assert.ok(pairs.length > 90);
});

test('and does so when our own sensor reads them, without a gap', { skip }, () => {
  const { rules } = compileRules(corpusRules());
  const silent = regressions().filter(({ rule }) => {
    const [naive] = toNaive(rule.text);
    const file = join(outside, 'sigma', rule.file.replace(/\.yml$/, '.events.json'));
    const { events, gaps } = readAll(windowsEventlog, readFileSync(file), { where: rule.file });
    assert.deepEqual(gaps, []);
    const detector = openDetector(rules);
    return !events.some((event) => detector.push(event).some((match) => match.rule.id === naive?.id));
  });
  assert.deepEqual(
    silent.map(({ rule }) => rule.file),
    [],
  );
});

test('over all records, the engine finds what an evaluator without an index finds', { skip }, (context) => {
  const events = corpusEvents();
  const expected = hitsOfNaive(events, naiveRules());
  assert.deepEqual(hitsOfEngine(events).toSorted(), expected.toSorted());
  context.diagnostic(`${events.length} events, ${expected.length} hits, equal`);
  assert.ok(events.length > 300 && expected.length > 100);
});

test('over events in the likeness of each rule, likewise', { skip }, (context) => {
  const rules = naiveRules();
  const events = rules.flatMap((rule) => eventsLike(rule, 10));
  const expected = hitsOfNaive(events, rules);
  assert.deepEqual(hitsOfEngine(events).toSorted(), expected.toSorted());
  const fired = new Set(expected.map((hit) => hit.split(' ')[1]));
  context.diagnostic(`${events.length} events, ${expected.length} hits of ${fired.size} rules, equal`);
  assert.ok(fired.size > rules.length * 0.9);
});

test(
  'rules meet records through our own sensors, also where those name their fields otherwise',
  { skip },
  (context) => {
    const detector = openDetector(compileRules(corpusRules()).rules);
    const titles = (sensor: Sensor, folder: string): ReadonlySet<string> =>
      new Set(
        recordsBelow(folder)
          .map((record, place) =>
            sensor.parse(record, { where: folder, receivedAt: 0, fingerprint: () => `${folder}#${place}` }),
          )
          .flatMap((result) => (isGap(result) ? [] : result))
          .flatMap((event) => detector.push(event).map(({ rule }) => rule.title)),
      );
    const rows = [
      { sensor: tetragon, folder: 'tetragon', title: 'Curl Usage on Linux' },
      { sensor: tetragon, folder: 'tetragon', title: 'Potentially Suspicious Execution From Tmp Folder' },
      {
        sensor: kubernetesAudit,
        folder: 'kubernetes-audit',
        title: 'Potential Remote Command Execution In Pod Container',
      },
      { sensor: kubernetesAudit, folder: 'kubernetes-audit', title: 'Creation Of Pod In System Namespace' },
      { sensor: cloudtrail, folder: 'cloudtrail', title: 'AWS CloudTrail Important Change' },
      { sensor: cloudtrail, folder: 'cloudtrail', title: 'AWS Successful Console Login Without MFA' },
    ];
    for (const { sensor, folder, title } of rows) assert.ok(titles(sensor, folder).has(title), title);
    context.diagnostic(`${detector.figures().events} events of three sensors, ${detector.figures().matches} matches`);
  },
);
