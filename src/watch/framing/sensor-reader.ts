/** Bytes of a log, file or stream → Events of one sensor, and Gaps with line numbers for what could not be read. */
import { hash } from 'node:crypto';
import { Budget, defaultLimits } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import type { Event, EventPlace } from '../../core/event.ts';
import { isFault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { SettledAt } from '../../core/listener.ts';
import { isGap, type RecordAssembler, type RecordOrigin, type RecordPiece, type Sensor } from '../../core/sensor.ts';
import { LogJsonReader, type LogPiece, type UnreadableLines } from '../../formats/records/log-json.ts';
import { LineSplitter, type LogLine } from '../../formats/records/log-lines.ts';
import { gzip } from '../../formats/wrappers/gzip.ts';
import { openEnvelope, placeOfPath, writerOfPath } from '../envelopes/open-envelope.ts';
import { eventLimit } from '../event-parts.ts';
import { ContainerLines } from './container-lines.ts';
import { utf16Of, Utf16Splitter, type Utf16 } from './utf16-lines.ts';

export interface ReaderOptions {
  /** A file, a socket or an address: for people, and for the ids of records that have none of their own. */
  readonly where: string;
  /** Names the log in ids: the same after it was renamed, another for its successor. Absent: `where`. */
  readonly identity?: string;
  readonly now: () => number;
  readonly place?: EventPlace;
  /** Where reading goes on, after a restart. */
  readonly offset?: number;
  readonly line?: number;
  /** Lines from before that place, as `settled` told them. */
  readonly head?: readonly string[];
  readonly limits?: Partial<ReaderLimits>;
}

export interface ReaderLimits {
  /** One line, in bytes. CloudTrail writes whole files as one line. */
  readonly line: number;
  /** One JSON value over several lines, in characters. */
  readonly value: number;
  readonly depth: number;
  /** One line of text that is no JSON, in characters. */
  readonly text: number;
}

const readerLimits: ReaderLimits = { line: 64 * 2 ** 20, value: 64 * 2 ** 20, depth: 200, text: 64 * 1024 };

export interface SensorBatch {
  readonly events: readonly Event[];
  readonly gaps: readonly Gap[];
}

const problemReasons: Readonly<Record<UnreadableLines['problem'], (limits: ReaderLimits) => string>> = {
  'too-long': ({ line }) => `longer than ${line} bytes`,
  'too-deep': ({ depth }) => `objects or lists nested deeper than ${depth}`,
  broken: () => 'no whole record: cut off, or damaged',
};

/** Sensors of programs that speak of themselves: all others tell what they saw elsewhere. */
const aboutWriters: ReadonlySet<string> = new Set(['application-log']);

/** Among the lines that reading goes on with, the one that names the log's encoding. */
const encodingMark = '\ufeff';

const encodingIn = (head: readonly string[] | undefined): Utf16 | undefined => {
  const marked = head?.find((line) => line.startsWith(encodingMark))?.slice(1);
  return marked === 'utf-16le' || marked === 'utf-16be' ? marked : undefined;
};

/** What a wrapper says goes before what stands around the wrapper. */
const joined = (
  outer: Pick<RecordPiece, 'envelope'>,
  inner: Pick<RecordPiece, 'envelope'>,
): Pick<RecordPiece, 'envelope'> =>
  outer.envelope === undefined ? {} : { envelope: { ...outer.envelope, ...inner.envelope } };

const atLine = (where: string, line: number, last = line): string =>
  last > line ? `${where}: lines ${line} to ${last}` : `${where}: line ${line}`;

/** Fed with bytes as they come: reading the same bytes of the same log again gives the same Events with the same ids. */
export class SensorReader {
  readonly #sensor: Sensor;
  readonly #options: ReaderOptions;
  readonly #limits: ReaderLimits;
  #splitter: LineSplitter | Utf16Splitter;
  /** The first bytes, until they say in which of Unicode's forms the log is. */
  #beginning: Uint8Array | undefined;
  #encoding: Utf16 | undefined;
  readonly #container: ContainerLines;
  readonly #json: LogJsonReader;
  readonly #assembler: RecordAssembler | undefined;
  readonly #place: EventPlace | undefined;
  readonly #identity: string;
  /** What is being read, and its digest where somebody asked for it. */
  #text = '';
  #digest: string | undefined;
  #events: Event[] = [];
  #gaps: Gap[] = [];
  #lastGap: { readonly code: string; readonly last: number; readonly first: number } | undefined;

  constructor(sensor: Sensor, options: ReaderOptions) {
    this.#sensor = sensor;
    this.#options = options;
    this.#identity = options.identity ?? options.where;
    this.#limits = { ...readerLimits, ...options.limits };
    this.#encoding = encodingIn(options.head);
    this.#splitter =
      this.#encoding === undefined
        ? new LineSplitter(this.#limits.line, options.offset, options.line)
        : new Utf16Splitter(this.#encoding, this.#limits.line, options.offset, options.line);
    if ((options.offset ?? 0) === 0) this.#beginning = new Uint8Array(0);
    this.#container = new ContainerLines(this.#limits.value);
    this.#json = new LogJsonReader({
      value: this.#limits.value,
      depth: this.#limits.depth,
      text: sensor.framing === 'text',
    });
    this.#assembler = sensor.assemble?.();
    for (const value of options.head ?? [])
      if (!value.startsWith(encodingMark)) this.#assembler?.push({ value, line: 0, offset: 0, bytes: 0 });
    const layout = this.#ofWriter ? writerOfPath(options.where) : placeOfPath(options.where);
    if (layout !== undefined || options.place !== undefined) this.#place = { ...layout, ...options.place };
  }

  /** Everything before this place has been given out, as Events or as Gaps. */
  get settled(): SettledAt {
    const held = [this.#splitter.next, this.#container.oldest, this.#json.firstPending, this.#assembler?.oldest?.()];
    const first = held.reduce((one, other) =>
      other !== undefined && other.offset < (one?.offset ?? Infinity) ? other : one,
    );
    const encoding = this.#encoding === undefined ? [] : [encodingMark + this.#encoding];
    const head = [...encoding, ...(this.#assembler?.head?.() ?? [])];
    return { offset: first?.offset ?? 0, line: first?.line ?? 1, ...(head.length === 0 ? {} : { head }) };
  }

  push(chunk: Uint8Array): SensorBatch {
    const bytes = this.#begin(chunk);
    this.#takeLines(this.#splitter.push(bytes));
    return this.#batch();
  }

  /** Two bytes at the beginning of a log say that it is UTF-16. */
  #begin(chunk: Uint8Array, isLast = false): Uint8Array {
    if (this.#beginning === undefined) return chunk;
    const first = this.#beginning.length === 0 ? chunk : Buffer.concat([this.#beginning, chunk]);
    if (first.length < 2 && !isLast) {
      this.#beginning = first.slice();
      return new Uint8Array(0);
    }
    this.#beginning = undefined;
    this.#encoding = utf16Of(first);
    if (this.#encoding !== undefined) this.#splitter = new Utf16Splitter(this.#encoding, this.#limits.line);
    return first;
  }

  /** The end of the log: what is still open is a record, or a Gap. */
  finish(): SensorBatch {
    const bytes = this.#begin(new Uint8Array(0), true);
    this.#takeLines(this.#splitter.push(bytes));
    this.#takeLines(this.#splitter.finish());
    this.#takePieces(this.#json.push(this.#container.finish()));
    this.#takePieces(this.#json.finish());
    for (const piece of this.#assembler?.finish() ?? []) this.#parse(piece);
    return this.#batch();
  }

  get #ofWriter(): boolean {
    return aboutWriters.has(this.#sensor.id);
  }

  #batch(): SensorBatch {
    const batch = { events: this.#events, gaps: this.#gaps };
    this.#events = [];
    this.#gaps = [];
    this.#lastGap = undefined;
    return batch;
  }

  #takeLines(lines: readonly LogLine[]): void {
    this.#takePieces(this.#json.push(this.#container.take(lines)));
  }

  #takePieces(pieces: readonly LogPiece[]): void {
    for (const piece of pieces) {
      if (piece.kind === 'unreadable')
        this.#gap(
          piece.problem === 'broken' ? 'RECORD_DAMAGED' : 'RECORD_BEYOND_BOUNDS',
          problemReasons[piece.problem](this.#limits),
          piece.line,
          piece.bytes,
          piece.problem === 'broken' ? 'malformed' : 'limit',
          piece.lastLine,
        );
      else if (piece.kind === 'line') this.#takeText(piece.text, piece);
      else {
        this.#text = piece.text;
        this.#digest = undefined;
        this.#takeValue(piece.value, {
          value: piece.value,
          line: piece.line,
          offset: piece.offset,
          bytes: piece.text.length,
          ...this.#written(piece.offset),
        });
      }
    }
  }

  /** What a runtime of containers says of when the line at that place was written. */
  #written(offset: number): Pick<RecordPiece, 'envelope'> {
    const time = this.#container.timeAt(offset);
    return time === undefined ? {} : { envelope: { time } };
  }

  #takeText(text: string, place: { readonly line: number; readonly offset: number }): void {
    if (this.#sensor.framing === 'json') {
      this.#gap('RECORD_DAMAGED', 'no JSON', place.line, text.length, 'malformed');
      return;
    }
    if (text.length > this.#limits.text) {
      this.#gap(
        'RECORD_BEYOND_BOUNDS',
        `longer than ${this.#limits.text} characters`,
        place.line,
        text.length,
        'limit',
      );
      return;
    }
    this.#text = text;
    this.#digest = undefined;
    const { line, offset } = place;
    this.#assemble({ value: text, line, offset, bytes: text.length, ...this.#written(offset) });
  }

  #assemble(piece: RecordPiece): void {
    if (this.#assembler === undefined) this.#parse(piece);
    else for (const whole of this.#assembler.push(piece)) this.#parse(whole);
  }

  #takeValue(value: unknown, piece: RecordPiece): void {
    const { records, complete } = openEnvelope(value);
    if (!complete)
      this.#gap('RECORD_BEYOND_BOUNDS', 'more records in one wrapper than are read', piece.line, 0, 'limit');
    for (const [index, { writer, ...one }] of records.entries()) {
      const record = this.#ofWriter ? { ...one, place: { ...writer, ...one.place } } : one;
      const part: RecordPiece =
        records.length === 1
          ? { ...piece, ...record, ...joined(piece, record) }
          : { ...piece, ...record, ...joined(piece, record), part: `${index}` };
      if (typeof record.value !== 'string' || this.#sensor.framing === 'json') {
        this.#parse(part);
        continue;
      }
      for (const [number, line] of record.value.split('\n', eventLimit).entries())
        if (line.trim() !== '') this.#assemble({ ...part, value: line, part: `${part.part ?? ''}:${number}` });
    }
  }

  #parse(piece: RecordPiece): void {
    const { where, now } = this.#options;
    const { envelope, place } = piece;
    const known = place === undefined && this.#place === undefined ? undefined : { ...this.#place, ...place };
    const origin: RecordOrigin = {
      where: atLine(where, piece.line),
      receivedAt: now(),
      fingerprint: () => this.#fingerprint(piece),
      ...(known === undefined ? {} : { place: known }),
      ...(envelope === undefined ? {} : { envelope }),
    };
    const result = this.#sensor.parse(piece.value, origin);
    if (isGap(result)) this.#gap(result.code, result.reason, piece.line, piece.bytes, result.kind);
    else for (const event of result) this.#events.push(event);
  }

  /** Of the text that is being read, once for all records in it, and of what the assembler joined of several. */
  #fingerprint({ value, offset, part = '' }: RecordPiece): string {
    const place = `${this.#identity}\n${offset}\n${part}\n`;
    if (Array.isArray(value)) return hash('sha256', place + value.join('\n')).slice(0, 32);
    this.#digest ??= hash('sha256', this.#text);
    return hash('sha256', place + this.#digest).slice(0, 32);
  }

  /** Lines below each other with one problem are one Gap: a log of another kind does not become a million of them. */
  #gap(code: string, reason: string, line: number, bytes: number, kind: Gap['kind'] = 'malformed', last = line): void {
    const before = this.#gaps.at(-1);
    const { where } = this.#options;
    if (
      before !== undefined &&
      this.#lastGap?.code === code &&
      this.#lastGap.last >= line - 1 &&
      before.reason === reason
    ) {
      const { first } = this.#lastGap;
      this.#gaps[this.#gaps.length - 1] = { ...before, where: atLine(where, first, last), bytes: before.bytes + bytes };
      this.#lastGap = { code, first, last };
      return;
    }
    this.#gaps.push({ where: atLine(where, line, last), code, reason, bytes, kind });
    this.#lastGap = { code, first: line, last };
  }
}

const asStream = async function* (first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): ByteStream {
  yield* first;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
};

/** A whole file, unpacked where it is gzip. Damage in the packing is a Gap after all that came before it. */
export async function* readRecords(
  sensor: Sensor,
  stream: ByteStream,
  options: ReaderOptions,
): AsyncGenerator<SensorBatch, void, undefined> {
  const reader = new SensorReader(sensor, options);
  const iterator = stream[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < 16) {
    const next = await iterator.next();
    if (next.done === true) break;
    head.push(next.value.slice());
    size += next.value.length;
  }
  const plain = asStream(head, iterator);
  const packed = gzip.detect(Buffer.concat(head).subarray(0, 16));
  const remarks: string[] = [];
  const budget = new Budget(defaultLimits, options.where);
  const source = packed ? gzip.unwrap(plain, budget, (remark) => remarks.push(remark.reason)) : plain;
  try {
    for await (const chunk of source) {
      const batch = reader.push(chunk);
      if (batch.events.length > 0 || batch.gaps.length > 0) yield batch;
    }
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
    const last = reader.finish();
    const gap: Gap = { where: options.where, code: thrown.code, reason: thrown.message, bytes: 0, kind: thrown.kind };
    yield { events: last.events, gaps: [...last.gaps, gap] };
    return;
  }
  const last = reader.finish();
  const trailing = remarks.map((reason): Gap => ({ where: options.where, code: 'RECORD_DAMAGED', reason, bytes: 0 }));
  yield { events: last.events, gaps: [...last.gaps, ...trailing] };
}
