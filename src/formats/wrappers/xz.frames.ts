/** The structure of xz data, told from headers alone: where a stream ends, and what its decoder must support (The .xz File Format 1.2.1). */
import { malformed, overLimit, unavailable } from '../../core/fault.ts';

const streamMagic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const filterLzma2 = 0x21;
/** 64 MiB, the largest of the presets. */
const maximumDictionary = 2 ** 26;

export const isXzStream = (head: Uint8Array): boolean => streamMagic.every((byte, index) => head[index] === byte);

export interface XzBlockHeader {
  /** Bytes of the header. */
  readonly size: number;
  readonly packed: number | undefined;
  readonly unpacked: number | undefined;
  /** The last is LZMA2. */
  readonly filters: readonly { readonly id: number; readonly properties: Uint8Array }[];
}

/**
 * 3.1: flags, optional sizes, filters. Its CRC32 is not looked at.
 * @throws {Fault} malformed, limit `XZ_DICTIONARY_TOO_LARGE`, unavailable `XZ_FILTER_UNSUPPORTED` where the last filter is not LZMA2
 */
export const parseXzBlockHeader = (header: Uint8Array, where: string): XzBlockHeader => {
  const invalid = (what: string): Error => malformed('XZ_DATA_INVALID', `xz data with ${what}`, where);
  const flags = header[1] ?? 0;
  let at = 2;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 9; shift += 1) {
      const byte = header[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if ((byte & 0x80) === 0) return value;
    }
    throw invalid('a number that does not end');
  };
  if ((flags & 0x3c) !== 0) throw invalid('reserved block flags');
  const packed = (flags & 0x40) === 0 ? undefined : number();
  const unpacked = (flags & 0x80) === 0 ? undefined : number();
  const filters = Array.from({ length: (flags & 3) + 1 }, () => {
    const id = number();
    const propertiesAt = at + 1;
    at = propertiesAt + (header[at] ?? 0);
    return { id, properties: header.slice(propertiesAt, at) };
  });
  // Zeros and the CRC32 fill the rest.
  if (at > header.length - 4) throw invalid('a block header that does not hold its filters');
  const last = filters.at(-1);
  if (last?.id !== filterLzma2)
    throw unavailable(
      'XZ_FILTER_UNSUPPORTED',
      `the xz data use the filter ${last?.id ?? 0} as the last, which no tool writes`,
      where,
    );
  const bits = last.properties[0] ?? 0;
  // 5.3.1: 2 or 3 times a power of two; 40 is 4 GiB - 1
  const dictionary = bits >= 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (last.properties.length !== 1 || bits > 40) throw invalid('an unknown dictionary size');
  if (dictionary > maximumDictionary)
    throw overLimit('XZ_DICTIONARY_TOO_LARGE', `the xz data need a dictionary of ${dictionary} bytes`, where);
  return { size: header.length, packed, unpacked, filters };
};

type State =
  | { readonly at: 'stream-header' | 'block-or-index' | 'chunk' | 'index-number' | 'end' }
  | { readonly at: 'block-header'; readonly size: number }
  | { readonly at: 'chunk-header'; readonly control: number; readonly size: number };

/** Sizes of the check field by its id (2.1.1.2). */
const checkSize = (id: number): number => (id === 0 ? 0 : 4 << Math.floor((id - 1) / 3));

/**
 * Walks over one stream in pieces of any size. The checksums of headers and content are the decoder's to verify.
 */
export class XzStreamWalk {
  readonly #where: string;
  #state: State = { at: 'stream-header' };
  /** Bytes to pass over before the next field. */
  #skip = 0;
  /** Bytes since the start of the stream, to know the paddings to four. */
  #position = 0;
  #check = 0;
  #numbers = 0;

  constructor(where: string) {
    this.#where = where;
  }

  get ended(): boolean {
    return this.#state.at === 'end' && this.#skip === 0;
  }

  /**
   * How many of these bytes belong to the stream, as far as can be told; the rest is shown again, with more behind it.
   * @throws {Fault} malformed, limit, or unavailable for a filter or check that the decoder lacks
   */
  take(bytes: Uint8Array): number {
    let at = 0;
    for (;;) {
      const step = Math.min(this.#skip, bytes.length - at);
      at += step;
      this.#position += step;
      this.#skip -= step;
      if (this.#skip > 0 || this.#state.at === 'end') return at;
      const used = this.#field(bytes.subarray(at));
      if (used === 0) return at;
      at += used;
      this.#position += used;
    }
  }

  #invalid(what: string): Error {
    return malformed('XZ_DATA_INVALID', `xz data with ${what}`, this.#where);
  }

  /** Reads one field if it is whole; gives its length, or 0 when more bytes are needed. */
  #field(bytes: Uint8Array): number {
    const state = this.#state;
    const first = bytes[0];
    if (first === undefined) return 0;
    switch (state.at) {
      case 'stream-header':
        return this.#streamHeader(bytes);
      case 'block-or-index':
        if (first === 0) {
          this.#state = { at: 'index-number' };
          this.#numbers = -1;
          return 1;
        }
        // 3.1.1: real size = (stored + 1) * 4
        this.#state = { at: 'block-header', size: (first + 1) * 4 };
        return this.#field(bytes);
      case 'block-header':
        if (bytes.length < state.size) return 0;
        this.#blockHeader(bytes.subarray(0, state.size));
        this.#state = { at: 'chunk' };
        return state.size;
      case 'chunk':
        return this.#chunkControl(first);
      case 'chunk-header': {
        if (bytes.length < state.size) return 0;
        // Stored sizes come first where the data are not compressed, after the unpacked size where they are.
        const sizeAt = state.control < 0x80 ? 0 : 2;
        this.#state = { at: 'chunk' };
        this.#skip = (bytes[sizeAt] ?? 0) * 256 + (bytes[sizeAt + 1] ?? 0) + 1;
        return state.size;
      }
      case 'index-number':
        return this.#indexNumber(bytes);
      default:
        return 0;
    }
  }

  #streamHeader(bytes: Uint8Array): number {
    if (bytes.length < 12) return 0;
    if (!isXzStream(bytes)) throw this.#invalid('a wrong magic');
    const check = bytes[7] ?? 0;
    if (bytes[6] !== 0 || check > 15) throw this.#invalid('unknown stream flags');
    if (check !== 0 && check !== 1 && check !== 4)
      throw unavailable(
        'XZ_CHECK_UNSUPPORTED',
        `the xz data use the check ${check}, which the decoder does not have`,
        this.#where,
      );
    this.#check = checkSize(check);
    this.#state = { at: 'block-or-index' };
    return 12;
  }

  #blockHeader(header: Uint8Array): void {
    const { filters } = parseXzBlockHeader(header, this.#where);
    // Streams that begin with such a block are read otherwise; none changes its filters on the way.
    if (filters.length > 1)
      throw unavailable(
        'XZ_FILTER_UNSUPPORTED',
        `the xz data use the filter ${filters[0]?.id ?? 0} in a later block only`,
        this.#where,
      );
  }

  /** LZMA2: a control byte, sizes less one, sometimes properties. */
  #chunkControl(control: number): number {
    if (control === 0) {
      // End of the block's data; then padding to four, and the check.
      this.#state = { at: 'block-or-index' };
      this.#skip = ((4 - ((this.#position + 1) % 4)) % 4) + this.#check;
      return 1;
    }
    if (control > 2 && control < 0x80) throw this.#invalid('an unknown LZMA2 chunk');
    this.#state = { at: 'chunk-header', control, size: control < 0x80 ? 2 : control >= 0xc0 ? 5 : 4 };
    return 1;
  }

  /** 4: the number of records, then two numbers for each; then padding, CRC32 and the footer of twelve bytes. */
  #indexNumber(bytes: Uint8Array): number {
    let value = 0;
    let length = 0;
    for (;;) {
      const byte = bytes[length];
      if (byte === undefined) return 0;
      value += (byte & 0x7f) * 2 ** (7 * length);
      length += 1;
      if ((byte & 0x80) === 0) break;
      if (length === 9) throw this.#invalid('a number that does not end');
    }
    this.#numbers = this.#numbers < 0 ? value * 2 : this.#numbers - 1;
    if (this.#numbers === 0) {
      this.#state = { at: 'end' };
      this.#skip = ((4 - ((this.#position + length) % 4)) % 4) + 4 + 12;
    }
    return length;
  }
}
