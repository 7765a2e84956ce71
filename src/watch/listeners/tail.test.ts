import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listen, type Heard, type Listening, type Positions } from '../../../test/builders/listening.ts';
import { applicationLog } from '../sensors/application-log.ts';
import { auditd } from '../sensors/auditd.ts';
import { docker } from '../sensors/docker.ts';
import { flow } from '../sensors/flow.ts';
import { tail } from './tail.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-tail-'));
after(() => rm(root, { recursive: true }));
const newFolder = (): Promise<string> => mkdtemp(join(root, 'logs-'));

const record = (number: number): string =>
  `${JSON.stringify({ Type: 'image', Action: 'pull', id: `registry.example/a:${number}`, time: 1_767_323_045 + number })}\n`;
const records = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => record(from + index)).join('');

/** The numbers of the records, in the order in which they came. */
const numbers = ({ events }: Heard): readonly number[] =>
  events.map(({ image }) => (image?.kind === 'container' ? Number(image.written.split(':').at(-1)) : Number.NaN));
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

const follow = (
  files: readonly string[],
  positions: Positions = new Map(),
  more: object = {},
  now?: () => Date,
): Promise<Listening> =>
  listen(tail, { files, everyMs: 5, graceMs: 30, ...more }, docker, positions, now === undefined ? {} : { now });

const heardExactly = async (listening: Listening, count: number): Promise<void> => {
  await listening.until(({ events }) => events.length >= count);
  assert.deepEqual(numbers(listening.heard), upTo(count));
};

test('lines that are there, that come later, and one that is written in two halves', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 3));
  await using following = await follow([file]);
  await heardExactly(following, 3);
  await appendFile(file, record(4) + record(5).slice(0, 20));
  await heardExactly(following, 4);
  await appendFile(file, record(5).slice(20));
  await heardExactly(following, 5);
  assert.deepEqual(following.heard.gaps, []);
});

test('a file that is not there yet is read from its beginning once it comes; a folder by its name is nothing', async () => {
  const folder = await newFolder();
  await using following = await follow([join(folder, 'late.log'), folder]);
  await writeFile(join(folder, 'late.log'), records(1, 2));
  await heardExactly(following, 2);
});

test('"from: end" passes over what is there, and over nothing that comes', async () => {
  const folder = await newFolder();
  const file = join(folder, 'app.log');
  await writeFile(file, records(7, 9) + record(1).slice(0, 10));
  const positions: Positions = new Map();
  await using following = await follow([join(folder, '*.log')], positions, { from: 'end' });
  // Where to go on from is remembered before anything is read.
  await following.until(() => positions.size > 0);
  await appendFile(file, record(1).slice(10));
  await heardExactly(following, 1);
  await writeFile(join(folder, 'second.log'), record(2));
  await heardExactly(following, 2);
});

test('a renamed log is read to its end, also what its writer adds before it learns of the new one', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 2));
  let now = 0;
  await using following = await follow([file], new Map(), { graceMs: 30 }, () => new Date(now));
  await heardExactly(following, 2);
  await rename(file, `${file}.1`);
  await writeFile(file, record(4));
  await appendFile(`${file}.1`, record(3));
  await heardExactly(following, 3);
  now = 30;
  await heardExactly(following, 4);
  assert.deepEqual(following.heard.gaps, []);
});

test('a log that is copied and cut loses nothing: the rest is read from the copy', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 2));
  const positions: Positions = new Map();
  {
    await using following = await follow([file], positions);
    await heardExactly(following, 2);
  }
  await appendFile(file, record(3));
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
  await appendFile(file, record(4));
  await using following = await follow([file], positions);
  await following.until(({ events }) => events.length === 2);
  assert.deepEqual(numbers(following.heard), [3, 4]);
  assert.deepEqual(following.heard.gaps, []);
});

test('a log that is cut with no copy is a Gap, and goes on', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 3));
  await using following = await follow([file]);
  await heardExactly(following, 3);
  await truncate(file, 0);
  await appendFile(file, record(4));
  await heardExactly(following, 4);
  assert.deepEqual(
    following.heard.gaps.map(({ code }) => code),
    ['LOG_LOST'],
  );
});

test('a log that is cut and has grown past the old place is not taken for the same', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 1));
  const positions: Positions = new Map();
  {
    await using following = await follow([file], positions);
    await heardExactly(following, 1);
  }
  await writeFile(file, records(2, 6));
  await using following = await follow([file], positions);
  await following.until(({ events }) => events.length === 5);
  assert.deepEqual(numbers(following.heard), [2, 3, 4, 5, 6]);
  assert.equal(following.heard.gaps[0]?.code, 'LOG_LOST');
});

test('what was rotated twice and packed while nobody looked is read from where it was left, in order', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 2));
  const positions: Positions = new Map();
  {
    await using following = await follow([file], positions);
    await heardExactly(following, 2);
  }
  const packed = gzipSync(records(1, 4));
  await unlink(file);
  await writeFile(`${file}.2.gz`, packed);
  await utimes(`${file}.2.gz`, 1_700_000_000, 1_700_000_000);
  await writeFile(`${file}.1`, records(5, 6));
  await utimes(`${file}.1`, 1_700_000_100, 1_700_000_100);
  await writeFile(join(file, '..', 'app-other.log'), records(90, 99));
  await writeFile(file, record(7));
  await using following = await follow([file], positions);
  await following.until(({ events }) => events.length >= 5);
  assert.deepEqual(numbers(following.heard), [3, 4, 5, 6, 7]);
  assert.deepEqual(following.heard.gaps, []);
});

test('a log that is gone is a Gap that says where reading had come to', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, records(1, 2));
  const positions: Positions = new Map();
  {
    await using following = await follow([file], positions);
    await heardExactly(following, 2);
  }
  await unlink(file);
  await writeFile(file, records(3, 3));
  await using following = await follow([file], positions);
  await following.until(({ events }) => events.length === 1);
  assert.match(following.heard.gaps[0]?.reason ?? '', new RegExp(`behind byte ${records(1, 2).length} `));
});

test('after a restart half a line, an open audit event and the head of a table are read again', async () => {
  const folder = await newFolder();
  const cases = [
    [docker, record(1) + record(2).slice(0, 30), record(2).slice(30)],
    [
      auditd,
      'type=SYSCALL msg=audit(1767323045.000:7): arch=c000003e syscall=59 success=yes exit=0 pid=9 comm="id" exe="/usr/bin/id"\n',
      'type=EXECVE msg=audit(1767323045.000:7): argc=1 a0="id"\ntype=PROCTITLE msg=audit(1767323045.000:7): proctitle="id"\n',
    ],
    [
      flow,
      'version account-id srcaddr dstaddr dstport start end\n2 1 192.0.2.1 198.51.100.1 443 1767323045 1767323046\n',
      '2 1 192.0.2.1 198.51.100.2 443 1767323045 1767323046\n',
    ],
  ] as const;
  for (const [sensor, before, then] of cases) {
    const file = join(folder, `${sensor.id}.log`);
    const settings = { files: [file], everyMs: 5, graceMs: 30 };
    await writeFile(file, before + then);
    const whole = await listen(tail, settings, sensor);
    await whole.until(({ events }) => events.length >= (sensor === auditd ? 1 : 2));
    await whole[Symbol.asyncDispose]();
    await writeFile(file, before);
    const positions: Positions = new Map();
    const first = await listen(tail, settings, sensor, positions);
    await first.until(() => positions.size > 0);
    await first[Symbol.asyncDispose]();
    await appendFile(file, then);
    const second = await listen(tail, settings, sensor, positions);
    await second.until(({ events }) => events.length > 0);
    await second[Symbol.asyncDispose]();
    assert.deepEqual(
      [...first.heard.events, ...second.heard.events].map(({ id }) => id),
      whole.heard.events.map(({ id }) => id),
      sensor.id,
    );
    assert.deepEqual([...first.heard.gaps, ...second.heard.gaps], [], sensor.id);
  }
});

test('a process that dies before anything is kept gets the same events with the same ids', async () => {
  const file = join(await newFolder(), 'app.log');
  await writeFile(file, 'one\ntwo\n');
  const positions: Positions = new Map();
  const read = async (forget: boolean): Promise<readonly string[]> => {
    await using following = await listen(tail, { files: [file], everyMs: 5 }, applicationLog, positions, { forget });
    await following.until(({ events }) => events.length === 2);
    return following.heard.events.map(({ id }) => id);
  };
  const first = await read(true);
  assert.equal(positions.size, 0);
  assert.deepEqual(await read(false), first);
  assert.equal(new Set(first).size, 2);
});

test('patterns find files, not those that rotation made of them; packed logs are read once each', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'a.log'), record(1));
  await writeFile(join(folder, 'a.log.1'), records(50, 60));
  await writeFile(join(folder, 'a.log-20260101.gz'), gzipSync(records(70, 80)));
  const positions: Positions = new Map();
  {
    await using following = await follow([join(folder, 'a.*')], positions);
    await heardExactly(following, 1);
  }
  const file = join(folder, 'trail.json.gz');
  await writeFile(file, gzipSync(records(1, 300)));
  await utimes(file, 1_700_000_000, 1_700_000_000);
  {
    await using following = await follow([join(folder, '*.json.gz')], positions);
    await heardExactly(following, 300);
  }
  await using again = await follow([join(folder, '*.json.gz')], positions);
  // When the second comes all files have been looked at.
  for (const number of [301, 302]) {
    const later = join(folder, `trail-${number}.json.gz`);
    await writeFile(later, gzipSync(record(number)));
    await utimes(later, 1_700_000_000, 1_700_000_000);
    await again.until(({ events }) => events.length >= number - 300);
  }
  assert.deepEqual([numbers(again.heard), again.heard.gaps], [[301, 302], []]);
});

test('binary and damaged bytes, and a packed log that is cut, are Gaps, and what follows is read', async () => {
  const folder = await newFolder();
  const file = join(folder, 'app.log');
  await writeFile(
    file,
    Buffer.concat([Buffer.from(record(1)), Buffer.alloc(5000, 0x80), Buffer.from(`\n${record(2)}`)]),
  );
  const packed = join(folder, 'cut.json.gz');
  await writeFile(packed, gzipSync(records(3, 3000)).subarray(0, 2000));
  await utimes(packed, 1_700_000_000, 1_700_000_000);
  await using following = await follow([file, packed]);
  await following.until(({ gaps }) => gaps.some(({ code }) => code === 'LOG_UNREADABLE'));
  assert.deepEqual(numbers(following.heard).slice(0, 3), [1, 2, 3]);
  assert.equal(following.heard.gaps[0]?.where, `${file}: line 2`);
});

test('hundreds of files are followed with a bounded number of handles', async () => {
  const folder = await newFolder();
  const files = Array.from({ length: 300 }, (_, index) => join(folder, `${index}.log`));
  for (const [index, file] of files.entries()) await writeFile(file, record(index + 1));
  await using following = await follow([join(folder, '*.log')]);
  await following.until(({ events }) => events.length === 300);
  for (const [index, file] of files.entries()) await appendFile(file, record(index + 301));
  await following.until(({ events }) => events.length === 600);
  assert.equal(new Set(numbers(following.heard)).size, 600);
  assert.deepEqual(following.heard.gaps, []);
});
