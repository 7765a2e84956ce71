/** DER (ITU-T X.690) → its values, one after the other, in exactly the one form that DER allows. Nothing is read ahead. */
import { malformed, type Fault } from '../../core/fault.ts';

/** One value. All arrays are views of what was parsed. */
export interface Der {
  /** The identifier octet: class, constructed or primitive, number. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** Identifier, length and content: what signatures and hashes are computed over. */
  readonly whole: Uint8Array;
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[number]` of a context, as it is written for a structure and for a plain value. */
export const contextTag = (number: number): number => 0xa0 | number;
export const contextValueTag = (number: number): number => 0x80 | number;

export const invalidDer = (reason: string, where: string): Fault => malformed('DER_INVALID', reason, where);

/** The value at `offset`. Long tags are of no structure that is read here; lengths must be definite and as short as can be. */
const readValue = (bytes: Uint8Array, offset: number, where: string): Der => {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw invalidDer('it ends inside a value', where);
  if ((tag & 0x1f) === 0x1f) throw invalidDer('a tag of more than one byte', where);
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw invalidDer('a length that DER does not allow', where);
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    if (length < 0x80 || length < 256 ** (count - 1)) throw invalidDer('a length that could be shorter', where);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw invalidDer('it ends inside a value', where);
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(offset, end) };
};

/** The values of one structure, in order. Every method throws a Fault `DER_INVALID` for what it does not expect. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  #offset = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** Any value, or the one with this tag. */
  next(tag?: number): Der {
    const value = readValue(this.#bytes, this.#offset, this.#where);
    if (tag !== undefined && value.tag !== tag)
      throw invalidDer(`tag 0x${value.tag.toString(16)} where 0x${tag.toString(16)} belongs`, this.#where);
    this.#offset += value.whole.length;
    return value;
  }

  /** The next value if it has this tag. */
  optional(tag: number): Der | undefined {
    return !this.done && this.#bytes[this.#offset] === tag ? this.next() : undefined;
  }

  /** A reader of the next structure's values. */
  enter(tag: number = derTag.sequence): DerReader {
    return new DerReader(this.next(tag).content, this.#where);
  }

  end(): void {
    if (!this.done) throw invalidDer('more values than belong there', this.#where);
  }
}

/** The bytes are one value and nothing else. @throws {Fault} malformed `DER_INVALID` */
export const parseDer = (bytes: Uint8Array, where: string): Der => {
  const value = readValue(bytes, 0, where);
  if (value.whole.length !== bytes.length) throw invalidDer('bytes behind the end', where);
  return value;
};

/** A reader of the values of one structure that is all of the bytes. */
export const openDer = (bytes: Uint8Array, where: string, tag: number = derTag.sequence): DerReader => {
  const value = parseDer(bytes, where);
  if (value.tag !== tag) throw invalidDer(`tag 0x${value.tag.toString(16)} where 0x${tag.toString(16)} belongs`, where);
  return new DerReader(value.content, where);
};

/** Dotted. */
export const derOid = ({ content }: Der, where: string): string => {
  if (content.length === 0 || content.length > 64 || (content.at(-1) ?? 0) >= 0x80)
    throw invalidDer('an object identifier that is none', where);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    if (arc === 0n && byte === 0x80) throw invalidDer('an object identifier that could be shorter', where);
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first = 0n, ...rest] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
};

/** @throws {Fault} also for one of more than 64 bytes */
export const derInteger = ({ content }: Der, where: string): bigint => {
  const [first, second] = content;
  if (first === undefined || content.length > 64) throw invalidDer('an integer that is none', where);
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw invalidDer('an integer that could be shorter', where);
  const magnitude = BigInt(`0x${Buffer.from(content).toString('hex')}`);
  return first < 0x80 ? magnitude : magnitude - (1n << BigInt(8 * content.length));
};

/** A small number that is not negative. */
export const derCount = (value: Der, where: string): number => {
  const count = derInteger(value, where);
  if (count < 0n || count > 0x7fffffffn) throw invalidDer('a number out of bounds', where);
  return Number(count);
};

export const derBoolean = ({ content }: Der, where: string): boolean => {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw invalidDer('a truth value that is none', where);
  return content[0] === 0xff;
};

/** Whole bytes, as keys and signatures are. */
export const derBits = ({ content }: Der, where: string): Uint8Array => {
  if (content[0] !== 0) throw invalidDer('a bit string that is not whole bytes', where);
  return content.subarray(1);
};

/** Which bits of a list of named bits are set; bit 0 is the first. */
export const derNamedBits = ({ content }: Der, where: string): ReadonlySet<number> => {
  const unused = content[0];
  if (unused === undefined || unused > 7 || content.length > 9) throw invalidDer('a bit string that is none', where);
  const bits = new Set<number>();
  for (let bit = 0; bit < (content.length - 1) * 8 - unused; bit += 1)
    if (((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits.add(bit);
  return bits;
};

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/;

/** UTCTime (RFC 5280, 4.1.2.5.1: 50 to 99 are of the last century) and GeneralizedTime, both in UTC with seconds. */
export const derTime = ({ tag, content }: Der, where: string): Date => {
  const written = Buffer.from(content.subarray(0, 32)).toString('latin1');
  const short = tag === derTag.utcTime;
  if ((!short && tag !== derTag.generalizedTime) || content.length > 32) throw invalidDer('no time', where);
  const text = short ? `${Number(written.slice(0, 2)) < 50 ? '20' : '19'}${written}` : written;
  const parts = timePattern.exec(text);
  if (parts === null || (short && text.length !== 15)) throw invalidDer('no time in UTC with seconds', where);
  const [, year, month, day, hour, minute, second, fraction = ''] = parts;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  // The 30th of February becomes a day of March: no such day was written.
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day))
    throw invalidDer('a time that does not exist', where);
  return date;
};

/** SIGNED of X.509, as certificates and lists are: what is signed, by which algorithm (whole), and the signature. */
export const parseSigned = (
  der: Uint8Array,
  where: string,
): { readonly body: Der; readonly signatureAlgorithm: Uint8Array; readonly signature: Uint8Array } => {
  const outer = openDer(der, where);
  const body = outer.next(derTag.sequence);
  const signatureAlgorithm = outer.next(derTag.sequence).whole;
  const signature = derBits(outer.next(derTag.bitString), where);
  outer.end();
  return { body, signatureAlgorithm, signature };
};
