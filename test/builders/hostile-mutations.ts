/** Good bytes and a seed → bytes that are wrong in a few places: in headers with their checksums mended, and in JSON that still parses. */
import { blockSize, isTarHeader } from '../../src/formats/trees/tar.header.ts';
import { putTarChecksum } from '../../src/formats/tar-writer.ts';
import { seededNumbers } from './hostile-images.ts';

const telling = [
  0x00, 0x01, 0x20, 0x2e, 0x2f, 0x30, 0x31, 0x33, 0x35, 0x37, 0x39, 0x4b, 0x4c, 0x53, 0x67, 0x78, 0x7f, 0x80, 0xff,
];

/** Where ustar keeps its fields: a mutation hits one of them, not the empty room that most of a block is. */
const tarFields: readonly (readonly [offset: number, length: number])[] = [
  [0, 16],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [124, 12],
  [136, 12],
  [156, 1],
  [156, 1],
  [157, 16],
  [257, 8],
  [265, 8],
  [329, 16],
  [345, 16],
  [482, 30],
];

/** Changes one to three bytes in header blocks of a tar, and makes the checksums right again. */
export const mutateTarHeaders = (tar: Uint8Array, seed: number): Uint8Array => {
  const random = seededNumbers(seed);
  const bytes = Uint8Array.from(tar);
  const headers: number[] = [];
  for (let at = 0; at < bytes.length; at += blockSize)
    if (isTarHeader(bytes.subarray(at, at + blockSize))) headers.push(at);
  for (let change = random(3) + 1; change > 0; change -= 1) {
    const header = headers[random(headers.length)] ?? 0;
    const [offset, length] = tarFields[random(tarFields.length)] ?? [0, 1];
    const at = header + offset + random(length);
    bytes[at] = random(3) === 0 ? random(256) : (telling[random(telling.length)] ?? 0);
    putTarChecksum(bytes.subarray(header, header + blockSize));
  }
  return bytes;
};

const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'linux',
  'sha256:',
  `sha256:${'0'.repeat(64)}`,
  [],
  {},
  [[]],
  '../../../etc/passwd',
  '\u0000\u001b[31m',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
];

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const oddNames: readonly ((name: string) => string)[] = [
  (name) => name.toUpperCase(),
  (name) => name.replace('s', '\u017f'),
  (name) => `${name} `,
  (name) => `${name}x`,
  () => '__proto__',
];

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every place in the value: its parent and its key. */
const placesIn = (value: Json): [parent: Json[] | { [name: string]: Json }, key: string][] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [[value, key], ...placesIn(inner)]);

/** Exchanges, removes, repeats or renames one to three members of the JSON. What comes out is JSON again. */
export const mutateJson = (bytes: Uint8Array, seed: number): Uint8Array => {
  const random = seededNumbers(seed);
  const body = JSON.parse(Buffer.from(bytes).toString()) as Json;
  for (let change = random(3) + 1; change > 0; change -= 1) {
    const places = placesIn(body);
    const [parent, key] = places[random(places.length)] ?? [];
    if (parent === undefined || key === undefined) continue;
    const holder = parent as { [name: string]: Json };
    const before = holder[key] as Json;
    switch (random(4)) {
      case 0:
        holder[key] = oddValues[random(oddValues.length)] as Json;
        break;
      case 1:
        if (Array.isArray(parent)) parent.splice(Number(key), 1);
        else delete holder[key];
        break;
      case 2:
        if (Array.isArray(parent)) parent.push(before);
        else holder[key] = [before];
        break;
      default:
        if (!isObject(parent)) parent.reverse();
        else {
          const renamed = oddNames[random(oddNames.length)]?.(key) ?? key;
          Object.defineProperty(parent, renamed, {
            value: before,
            enumerable: true,
            configurable: true,
            writable: true,
          });
          if (random(2) === 0) delete parent[key];
        }
    }
  }
  return Buffer.from(JSON.stringify(body));
};
