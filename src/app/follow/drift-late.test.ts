import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { containerId, digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { LatePrograms } from './drift-late.ts';

const image = named('registry.example/team/app:1', digestOf('a'));
const inside = (letter: string) => ({ place: { containerId: containerId(letter) } });
const exec = (id: string, letter: string, more: Partial<Event> = {}): Event =>
  happening(id, 1, 'exec', { ...inside(letter), fields: { raw: 'record' }, ...more });
const idsOf = (events: readonly Event[]): readonly string[] => events.map(({ id }) => id);

suite('programs that ran before their image was known', () => {
  test('are those of the container that an event gives an image to, once', () => {
    const late = new LatePrograms();
    for (const event of [exec('a', 'c'), exec('b', 'c'), exec('a', 'c'), exec('x', 'd')]) late.note(event);
    const start = happening('start', 2, 'start', { ...inside('c'), image });
    assert.deepEqual(idsOf(late.take(start)), ['a', 'b']);
    assert.deepEqual(idsOf(late.take(start)), []);
  });

  test('and of every container of an image that was judged meanwhile', () => {
    const late = new LatePrograms();
    for (const event of [exec('a', 'c', { image }), exec('b', 'd', { image }), exec('x', 'e')]) late.note(event);
    assert.deepEqual(idsOf(late.take(happening('j', 2, 'judge', { image }))), ['a', 'b']);
  });

  test('an event that names no digest, or another’s, brings none', () => {
    const late = new LatePrograms();
    late.note(exec('a', 'c', { image }));
    assert.deepEqual(late.take(happening('s', 2, 'start', { ...inside('c') })), []);
    assert.deepEqual(late.take(happening('t', 2, 'start', { ...inside('d'), image })), []);
    assert.deepEqual(late.take(happening('j', 2, 'judge', { image: named('x', digestOf('b')) })), []);
  });

  test('so many of one container are kept, without their records', () => {
    const late = new LatePrograms();
    for (let index = 0; index < 100; index += 1) late.note(exec(`e${index}`, 'c'));
    const taken = late.take(happening('s', 2, 'start', { ...inside('c'), image }));
    assert.equal(taken.length, 32);
    assert.deepEqual(taken[0]?.fields, {});
  });
});
