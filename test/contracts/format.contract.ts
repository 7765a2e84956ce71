/**
 * What every format promises, whatever bytes it is given: it ends, in a value or a Fault, within its budget; it has read every byte
 * when it ends in a value; and how the bytes are cut into chunks changes nothing.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { Budget, type Limits } from '../../src/core/budget.ts';
import { type Bytes, bytesOf, type ByteStream } from '../../src/core/bytes.ts';
import { Fault, isFault, unavailable } from '../../src/core/fault.ts';
import type { FileEntry } from '../../src/core/file-entry.ts';
import type { Remark } from '../../src/core/remark.ts';
import type { OnRemark } from '../../src/formats/wrapper.ts';

/** Small enough that a parser which forgets its budget is caught by the clock. */
export const contractLimits: Limits = {
  bytes: 16 * 2 ** 20,
  ratio: 1100,
  ratioFloor: 2 ** 20,
  entries: 10_000,
  depth: 3,
  path: 4096,
  record: 2 ** 20,
};

export interface FormatInput {
  /** Once, forward. */
  readonly stream: ByteStream;
  /** The same bytes, for formats that need random access. */
  readonly bytes: Bytes;
}

export interface FormatSubject {
  readonly name: string;
  /** Good inputs, a few kilobytes at most: each is cut at every length. */
  readonly samples: Readonly<Record<string, Uint8Array>>;
  /** Reads everything there is, and says what it was: text for structure, bytes for content. */
  read(input: FormatInput, budget: Budget, remark: OnRemark): AsyncIterable<string | Uint8Array>;
  /** False for formats that use `bytes`: what concerns chunks is not asked of them. */
  readonly streams?: boolean;
  /** Mutated inputs for each sample. */
  readonly mutations?: number;
  /** False where anything may follow the format's end unremarked. */
  readonly noticesTrailingData?: boolean;
}

export interface FormatOutcome {
  /** `value`, or the code of the Fault. */
  readonly end: string;
  /** Digest of everything that was read, and its length. */
  readonly content: string;
  readonly remarks: readonly string[];
  /** Bytes that were asked for, of streamed input. */
  readonly consumed: number;
}

const cut = async function* (data: Uint8Array, size: number, count: (bytes: number) => void): ByteStream {
  for (let at = 0; at < data.length; at += size) {
    // A chunk is only valid until the next is asked for: a reader that keeps one would see it change.
    const chunk = Uint8Array.from(data.subarray(at, at + size));
    count(chunk.length);
    yield chunk;
    chunk.fill(0xaa);
  }
};

/** Runs the format once. Anything thrown but a Fault is a bug and fails the test. */
export const runFormat = async (
  subject: FormatSubject,
  data: Uint8Array,
  chunk = data.length,
): Promise<FormatOutcome> => {
  const budget = new Budget(contractLimits);
  const remarks: string[] = [];
  const remark = ({ kind, code, where, bytes }: Remark): void => {
    if (remarks.length < 1000) remarks.push(`${kind} ${code} ${where} ${bytes}`);
  };
  const hash = createHash('sha256');
  let consumed = 0;
  let length = 0;
  let end = 'value';
  const stream = cut(data, Math.max(1, chunk), (bytes) => {
    consumed += bytes;
  });
  try {
    for await (const part of subject.read({ stream, bytes: bytesOf(data) }, budget, remark)) {
      hash.update(typeof part === 'string' ? `|${part}|` : part);
      length += part.length;
      assert.ok(length <= 8 * contractLimits.bytes, 'more came out than the budget allows');
    }
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    assert.notEqual(thrown.kind, 'misuse', 'bytes are never misuse');
    assert.match(thrown.code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
    end = thrown.code;
  }
  return { end, content: `${length}:${hash.digest('hex').slice(0, 16)}`, remarks, consumed };
};

/** A generator of numbers that gives the same ones on every run (mulberry32). */
const seeded = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const telling = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x20, 0x2f, 0x30, 0x37, 0x0a, 0x3d];

/** One to four changes: bits, bytes that mean something, runs, and pieces moved, doubled or taken out. */
export const mutate = (data: Uint8Array, seed: number): Uint8Array => {
  const random = seeded(seed);
  let bytes = Buffer.from(data);
  for (let change = random(4) + 1; change > 0; change -= 1) {
    if (bytes.length === 0) return bytes;
    const at = random(bytes.length);
    const length = random(Math.min(600, bytes.length - at)) + 1;
    switch (random(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = telling[random(telling.length)] ?? 0;
        break;
      case 2:
        bytes.fill(telling[random(telling.length)] ?? 0, at, at + Math.min(length, 12));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 5:
        bytes.copyWithin(random(bytes.length), at, at + length);
        break;
      default:
        bytes = bytes.subarray(0, Math.max(1, bytes.length - random(64)));
    }
  }
  return bytes;
};

const chunkSizes = [1, 17, 509];

/** Defines the tests. Call it from a test file, once for each format. */
export const formatContract = (subject: FormatSubject): void => {
  const { streams = true, mutations = 150, noticesTrailingData = true } = subject;
  const samples = Object.entries(subject.samples);

  describe(`${subject.name} keeps the contract of formats`, { timeout: 120_000 }, () => {
    test('good input ends in a value, with no remark', async () => {
      for (const [name, data] of samples) {
        const outcome = await runFormat(subject, data);
        assert.deepEqual([outcome.end, outcome.remarks], ['value', []], name);
      }
    });

    test('cut at every length it ends, and never looks whole', async () => {
      for (const [name, data] of samples) {
        const whole = await runFormat(subject, data);
        for (let length = 0; length < data.length; length += 1) {
          const outcome = await runFormat(subject, data.subarray(0, length));
          if (outcome.end !== 'value') continue;
          if (streams) assert.equal(outcome.consumed, length, `${name} cut at ${length}: bytes were left unread`);
          const silent = outcome.remarks.length === 0 && outcome.content === whole.content;
          assert.ok(!silent || isPadding(data, length), `${name} cut at ${length} looks like the whole`);
        }
      }
    });

    test('mutated input ends in a value or a Fault, whatever the chunks', async () => {
      for (const [name, data] of samples)
        for (let seed = 0; seed < mutations; seed += 1) {
          const mutant = mutate(data, seed);
          const outcome = await runFormat(subject, mutant);
          if (!streams) continue;
          if (outcome.end === 'value')
            assert.equal(outcome.consumed, mutant.length, `${name}, mutation ${seed}: bytes were left unread`);
          if (seed % 10 === 0)
            for (const size of chunkSizes)
              assert.deepEqual(
                comparable(await runFormat(subject, mutant, size)),
                comparable(outcome),
                `${name}, mutation ${seed} in chunks of ${size}`,
              );
        }
    });

    test('bytes after the end are never passed over in silence', { skip: !noticesTrailingData }, async () => {
      for (const [name, data] of samples) {
        const outcome = await runFormat(subject, Buffer.concat([data, Buffer.from('hidden behind the end')]));
        assert.ok(outcome.end !== 'value' || outcome.remarks.length > 0, name);
      }
    });

    if (!streams) return;

    test('chunks of any size give the same', async () => {
      for (const [name, data] of samples) {
        const whole = await runFormat(subject, data);
        for (const size of chunkSizes)
          assert.deepEqual(await runFormat(subject, data, size), whole, `${name} in chunks of ${size}`);
      }
    });

    test('a source that fails is never taken for an end', async () => {
      for (const [name, data] of samples)
        for (const part of [0, 0.3, 0.9]) {
          const failing = async function* (): ByteStream {
            yield data.subarray(0, Math.floor(data.length * part));
            throw unavailable('SOURCE_STOPPED', 'the source stopped');
          };
          await assert.rejects(
            async () => {
              for await (const _ of subject.read(
                { stream: failing(), bytes: bytesOf(data) },
                new Budget(contractLimits),
                () => undefined,
              ));
            },
            (thrown) => thrown instanceof Fault && thrown.code === 'SOURCE_STOPPED',
            `${name}, after ${part}`,
          );
        }
    });

    test('a consumer that stops early closes the source', async () => {
      for (const [name, data] of samples) {
        let closed = false;
        const source = async function* (): ByteStream {
          try {
            for (;;) yield data;
          } finally {
            closed = true;
          }
        };
        try {
          for await (const _ of subject.read(
            { stream: source(), bytes: bytesOf(data) },
            new Budget(contractLimits),
            () => undefined,
          ))
            break;
        } catch (thrown) {
          if (!isFault(thrown)) throw thrown;
        }
        assert.ok(closed, name);
      }
    });
  });
};

/** True when only zeros were cut off: padding that a format may do without. */
const isPadding = (data: Uint8Array, length: number): boolean => data.subarray(length).every((byte) => byte === 0);

/** Damage is found at the same place whatever the chunks, but how much came out before it may differ by what was under way. */
const comparable = (outcome: FormatOutcome): unknown =>
  outcome.end === 'value' ? outcome : { end: outcome.end, remarks: outcome.remarks };

/** Everything in a tree, as `read` gives it. */
export async function* readTree(entries: AsyncIterable<FileEntry>): AsyncIterable<string | Uint8Array> {
  for await (const entry of entries) {
    const xattrs = [...(entry.xattrs ?? [])].map(([name, value]) => [name, [...value]]);
    yield JSON.stringify({ ...entry, content: undefined, xattrs });
    yield* entry.content();
  }
}
