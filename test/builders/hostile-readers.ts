/**
 * The most lenient reader there can be: every marker that some program could get out of a layer or a file, whatever damage it forgives.
 * It knows where packed data may begin (at the start, at a block of a tar, behind a header of a zip, ar or rpm), and nothing of our parsers.
 */
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';

const most = { maxOutputLength: 2 ** 24 };
const lenient = { ...most, finishFlush: constants.Z_SYNC_FLUSH };
const tarBlock = 512;

const attempt = (unpack: () => Uint8Array): Uint8Array => {
  try {
    return unpack();
  } catch {
    return new Uint8Array();
  }
};

const isAt = (bytes: Buffer, at: number, magic: string): boolean =>
  bytes.toString('latin1', at, at + magic.length) === magic;

function* positionsOf(bytes: Buffer, magic: string, from = 0): Generator<number> {
  const wanted = Buffer.from(magic, 'latin1');
  for (let at = bytes.indexOf(wanted, from); at >= 0; at = bytes.indexOf(wanted, at + 1)) yield at;
}

function* packedAt(bytes: Buffer, at: number): Generator<Uint8Array> {
  if (isAt(bytes, at, '\u001f\u008b')) yield attempt(() => gunzipSync(bytes.subarray(at), lenient));
  if (isAt(bytes, at, '(\u00b5/\u00fd')) yield attempt(() => zstdDecompressSync(bytes.subarray(at), most));
}

/** Where the directory says that members are: entry after entry, from where the end record leads or directly before it. */
function* listedMembers(bytes: Buffer): Generator<number> {
  for (const end of positionsOf(bytes, 'PK\u0005\u0006')) {
    if (end + 22 > bytes.length) continue;
    for (const start of [end - bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)])
      for (let at = start; at >= 0 && at + 46 <= bytes.length && isAt(bytes, at, 'PK\u0001\u0002');) {
        yield bytes.readUInt32LE(at + 42);
        at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
      }
  }
}

/** By the members' own headers, wherever they are, and by what the directory says of them. */
function* zipMembers(bytes: Buffer): Generator<Uint8Array> {
  for (const at of [...positionsOf(bytes, 'PK\u0003\u0004'), ...listedMembers(bytes)]) {
    if (at + 30 > bytes.length) continue;
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    yield attempt(() => inflateRawSync(bytes.subarray(start), lenient));
  }
}

/** What lies in a container that begins here. */
function* insideAt(bytes: Buffer, at: number): Generator<Uint8Array> {
  yield* packedAt(bytes, at);
  if (isAt(bytes, at, 'PK\u0003\u0004')) yield* zipMembers(bytes.subarray(at));
  if (isAt(bytes, at, '!<arch>\n'))
    for (const header of positionsOf(bytes, '`\n', at)) yield* packedAt(bytes, header + 2);
  if (isAt(bytes, at, '\u00ed\u00ab\u00ee\u00db'))
    for (const payload of positionsOf(bytes, '\u001f\u008b', at)) yield* packedAt(bytes, payload);
}

/** Numbers of the markers. Reaches four packings deep. */
export const markersInside = (bytes: Uint8Array, depth = 4): ReadonlySet<number> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = new Set(
    [...buffer.toString('latin1').matchAll(/INERT-MARKER-([0-9a-f]{4})/g)].map(([, digits = '']) =>
      Number.parseInt(digits, 16),
    ),
  );
  if (depth === 0) return found;
  for (let at = 0; at < buffer.length; at += tarBlock)
    for (const inner of insideAt(buffer, at)) for (const number of markersInside(inner, depth - 1)) found.add(number);
  return found;
};
