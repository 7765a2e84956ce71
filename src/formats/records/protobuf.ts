/** Protocol Buffers bytes ↔ numbered fields. https://protobuf.dev/programming-guides/encoding: varints, fixed numbers, length-delimited; groups are refused. */
import { malformed, overLimit } from '../../core/fault.ts';

/** A field that was given: a number, or the bytes of a string, of a message inside or of a packed list. */
type Value = bigint | Uint8Array;

/** Fields by number, each with all its values in the order of the bytes. Accessors give the default of proto3 for what is absent. */
export interface ProtobufMessage {
  /** The last one counts. */
  text(field: number): string;
  texts(field: number): readonly string[];
  /** The last one counts; what does not fit a double exactly is refused. */
  number(field: number): number;
  bytes(field: number): Uint8Array;
  /** A message inside; one without fields when absent. */
  message(field: number): ProtobufMessage;
  messages(field: number): readonly ProtobufMessage[];
  /** `map<string, string>`: the last of equal keys counts. */
  textMap(field: number): ReadonlyMap<string, string>;
}

/** Fields of one message: small ones cost far more memory than bytes. */
const maximumFields = 500_000;

const refuse = (problem: string, where: string): never => {
  throw malformed('PROTOBUF_INVALID', problem, where);
};

/** Varints have ten bytes at most; what goes beyond 64 bits is cut, as every reader does. */
const readVarint = (bytes: Uint8Array, start: number, where: string): { value: bigint; end: number } => {
  let value = 0n;
  for (let position = start; position < start + 10; position += 1) {
    const byte = bytes[position];
    if (byte === undefined) return refuse('it ends inside a number', where);
    value |= BigInt(byte & 0x7f) << BigInt(7 * (position - start));
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: position + 1 };
  }
  return refuse('a number of more than ten bytes', where);
};

const readFields = (bytes: Uint8Array, where: string): ReadonlyMap<number, readonly Value[]> => {
  const fields = new Map<number, Value[]>();
  let count = 0;
  for (let position = 0; position < bytes.length;) {
    count += 1;
    if (count > maximumFields) throw overLimit('PROTOBUF_TOO_LARGE', `more than ${maximumFields} fields`, where);
    const tag = readVarint(bytes, position, where);
    const field = Number(tag.value >> 3n);
    const wire = Number(tag.value & 7n);
    if (field < 1 || field >= 2 ** 29) return refuse(`a field with the number ${field}`, where);
    let value: Value;
    if (wire === 0) {
      const read = readVarint(bytes, tag.end, where);
      value = read.value;
      position = read.end;
    } else {
      if (wire !== 1 && wire !== 2 && wire !== 5) return refuse(`wire type ${wire}`, where);
      const size = wire === 2 ? readVarint(bytes, tag.end, where) : { value: BigInt(wire === 1 ? 8 : 4), end: tag.end };
      if (size.value > BigInt(bytes.length - size.end)) return refuse('a field that is longer than the message', where);
      position = size.end + Number(size.value);
      value = bytes.subarray(size.end, position);
    }
    const known = fields.get(field);
    if (known === undefined) fields.set(field, [value]);
    else known.push(value);
  }
  return fields;
};

/** Strict: proto3 strings are UTF-8, and what is none could be shown as another name than it is. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const toText = (bytes: Uint8Array, where: string): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse('a string that is not text in UTF-8', where);
  }
};

/**
 * One message. A field whose wire type is not the one asked for is refused when it is asked for; unknown fields are passed over.
 * @throws {Fault} malformed `PROTOBUF_INVALID`, limit `PROTOBUF_TOO_LARGE`; the accessors too
 */
export const parseProtobuf = (bytes: Uint8Array, where: string): ProtobufMessage => {
  const fields = readFields(bytes, where);
  const delimited = (field: number): readonly Uint8Array[] =>
    (fields.get(field) ?? []).map((value) =>
      typeof value === 'bigint' ? refuse(`field ${field} is a number where bytes must be`, where) : value,
    );
  const message: ProtobufMessage = {
    texts: (field) => delimited(field).map((value) => toText(value, where)),
    text: (field) => toText(message.bytes(field), where),
    number: (field) => {
      const value = fields.get(field)?.at(-1) ?? 0n;
      if (typeof value !== 'bigint') return refuse(`field ${field} is no number`, where);
      const number = Number(BigInt.asIntN(64, value));
      return Number.isSafeInteger(number) ? number : refuse(`field ${field} holds the number ${value}`, where);
    },
    bytes: (field) => delimited(field).at(-1) ?? new Uint8Array(),
    message: (field) => parseProtobuf(message.bytes(field), where),
    messages: (field) => delimited(field).map((value) => parseProtobuf(value, where)),
    textMap: (field) => new Map(message.messages(field).map((entry) => [entry.text(1), entry.text(2)])),
  };
  return message;
};

const toVarint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
};

export type ProtobufField = readonly [field: number, value: string | number | Uint8Array];

/** Fields in the order given; a number is a varint, text and bytes are length-delimited. */
export const encodeProtobuf = (fields: readonly ProtobufField[]): Uint8Array =>
  Buffer.concat(
    fields.flatMap(([field, value]) => {
      if (typeof value === 'number') return [toVarint(field * 8), toVarint(value)];
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      return [toVarint(field * 8 + 2), toVarint(bytes.length), bytes];
    }),
  );
