/** CBOR bytes → a tagged COSE_Sign1 (RFC 9052, 4.2), and the bytes that its signature is over. Nothing is verified here. */
import { decode, encode, Tag } from 'cbor2';
import { malformed, overLimit, type Fault } from '../../core/fault.ts';

export type CoseHeaders = ReadonlyMap<unknown, unknown>;

export interface CoseSign1 {
  readonly protectedHeaders: CoseHeaders;
  readonly unprotectedHeaders: CoseHeaders;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The Sig_structure (RFC 9052, 4.4), with no external data. */
  readonly signed: Uint8Array;
}

const tagNumber = 18;
const timeTag = 1;

const invalid = (reason: string, where: string): Fault => malformed('COSE_INVALID', reason, where);

/** One reading only: definite lengths, no name twice, maps as maps, tags left alone, nothing behind the end. */
const decodeStrictly = (bytes: Uint8Array, where: string): unknown => {
  if (countItems(bytes) > maximumItems)
    throw overLimit('COSE_TOO_LARGE', `it holds more than ${maximumItems} values`, where);
  try {
    return decode(bytes, {
      ignoreGlobalTags: true,
      maxDepth: 12,
      preferMap: true,
      rejectDuplicateKeys: true,
      rejectStreaming: true,
    });
  } catch {
    // Whatever the library throws is about these bytes.
    throw invalid('it is no CBOR, or CBOR that two readers could read in two ways', where);
  }
};

const maximumItems = 1024;

/**
 * Values in CBOR of definite lengths, counted without building any: the library compares the names of a map with one another, which
 * takes half a second for what fits into a hundred kilobytes.
 */
const countItems = (bytes: Uint8Array): number => {
  let count = 0;
  for (let offset = 0; offset < bytes.length && count <= maximumItems; count += 1) {
    const first = bytes[offset] ?? 0;
    const kind = first >> 5;
    const size = first & 0x1f;
    const extra = size < 24 || size > 27 ? 0 : 1 << (size - 24);
    let length = size;
    if (extra > 0) length = Number(`0x${Buffer.from(bytes.subarray(offset + 1, offset + 1 + extra)).toString('hex')}`);
    // Bytes and texts have their content behind them; lists, maps and tags have values, which are counted by themselves.
    offset += 1 + extra + (kind === 2 || kind === 3 ? length : 0);
  }
  return count;
};

const headersOf = (value: unknown, where: string): CoseHeaders => {
  if (value instanceof Map) return value;
  throw invalid('headers that are no map', where);
};

/** @throws {Fault} malformed `COSE_INVALID`; limit `COSE_TOO_LARGE` */
export const parseCoseSign1 = (bytes: Uint8Array, maximumBytes: number, where: string): CoseSign1 => {
  if (bytes.length > maximumBytes) throw overLimit('COSE_TOO_LARGE', `more than ${maximumBytes} bytes`, where);
  // Views of a Buffer are Buffers, which the library would write as another type.
  const message = decodeStrictly(new Uint8Array(bytes), where);
  if (!(message instanceof Tag) || Number(message.tag) !== tagNumber || !Array.isArray(message.contents))
    throw invalid('it is no tagged COSE_Sign1', where);
  const parts = message.contents as readonly unknown[];
  const [rawProtected, unprotected, payload, signature] = parts;
  if (
    parts.length !== 4 ||
    !(rawProtected instanceof Uint8Array) ||
    !(payload instanceof Uint8Array) ||
    !(signature instanceof Uint8Array)
  )
    throw invalid('its parts are not those of a COSE_Sign1', where);
  return {
    protectedHeaders: headersOf(decodeStrictly(rawProtected, where), where),
    unprotectedHeaders: headersOf(unprotected, where),
    payload,
    signature,
    signed: encode(['Signature1', rawProtected, new Uint8Array(0), payload]),
  };
};

/** An epoch-based date and time (RFC 8949, 3.4.2), with its tag. undefined: it is none. */
export const coseTime = (value: unknown): Date | undefined => {
  if (!(value instanceof Tag) || Number(value.tag) !== timeTag || typeof value.contents !== 'number') return undefined;
  const date = new Date(value.contents * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
};
