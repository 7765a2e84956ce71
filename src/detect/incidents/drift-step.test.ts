import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event, EventProcess } from '../../core/event.ts';
import type { ChainStep } from '../../core/incident.ts';
import { containerId, digestOf, found, happening, named } from '../../../test/builders/happenings.ts';
import { openIncidents } from './incidents.ts';

const place = { host: 'node-1', containerId: containerId('c') };
const image = named('registry.example/team/app:1', digestOf('a'));

/** As the flow does it: placed first, and taken with what became known of it. */
const stepsOf = (process: EventProcess, facts: Readonly<Record<string, string>>): readonly ChainStep[] => {
  const join = openIncidents();
  const start = happening('start', 0, 'start', { image, place });
  join.place(start);
  join.take(start, []);
  const event = happening('run', 1, 'exec', { place, process });
  const placed = join.place(event);
  const known: Event = { ...placed, process: { ...process, ...facts } };
  join.take(known, [found(event, 'drifted', 'medium')], 'drift');
  return join.all().flatMap(({ chain }) => chain);
};

const scanned = { drift_image: 'registry.example/team/app:1', drift_scanned: '2026-03-01T10:00:00.000Z' };

suite('the step of a program that drifted', () => {
  test('what was placed as a command is one step, of drift', () => {
    const steps = stepsOf({ executable: '/tmp/agent', commandLine: '/tmp/agent -x' }, { drift: 'absent', ...scanned });
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['start', 'drift'],
    );
    assert.equal(
      steps[1]?.what,
      `In container ${containerId('c').slice(0, 12)}, /tmp/agent ran: registry.example/team/app:1 (${digestOf('a').slice(0, 19)}) holds no such file, by the scan of 2026-03-01.`,
    );
  });

  const sentences: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    [
      'changed',
      { drift: 'changed', ...scanned },
      /\/tmp\/agent ran: it is not what registry\.example\/team\/app:1 .* holds there/,
    ],
    ['moved', { drift: 'moved', ...scanned }, /holds it elsewhere, by the scan/],
    ['memory', { drift: 'absent', drift_where: 'memory', ...scanned }, /it was in memory alone, in no file of/],
    ['data', { drift: 'not-executable', ...scanned }, /it is data that nobody could run/],
    ['a scan of no known time', { drift: 'absent' }, /holds no such file\.$/],
  ];
  for (const [name, facts, wanted] of sentences)
    test(`it is told in words: ${name}`, () => {
      assert.match(stepsOf({ executable: '/tmp/agent' }, facts)[1]?.what ?? '', wanted);
    });

  test('what a program calls itself is told where it is not its name', () => {
    const [, step] = stepsOf({ executable: '/bin/busybox', commandLine: 'nc 192.0.2.7 1' }, { drift: 'changed' });
    assert.match(step?.what ?? '', /\/bin\/busybox \(“nc 192\.0\.2\.7 1”\) ran/);
  });
});
