/** A scanned image's files ↔ bytes: columns of what all files have, packed with zstd. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  fileFlags,
  type InventoryFile,
  type InventoryHead,
  type ProgramInventory,
  type ScannedInventory,
} from '../../core/program-inventory.ts';

const hashBytes = 32;
/** Much more than the largest inventory that the limits allow. */
const maximumBytes = 256 * 2 ** 20;

interface Head {
  readonly head: InventoryHead;
  readonly files: number;
  readonly hashes: number;
  readonly pathBytes: number;
  readonly targetBytes: number;
}

const toBytes = (layers: Uint16Array): Buffer => {
  const bytes = Buffer.alloc(2 * layers.length);
  for (const [index, layer] of layers.entries()) bytes.writeUInt16LE(layer, 2 * index);
  return bytes;
};

/** Level 1: tens of milliseconds for the files of a large image. */
export const encodeInventory = ({ files, ...head }: ScannedInventory): Uint8Array => {
  const [paths, targets] = [Buffer.from(files.paths.join('\0')), Buffer.from(files.targets.join('\0'))];
  const first = Buffer.from(
    JSON.stringify({
      head,
      files: files.paths.length,
      hashes: files.hashes.length,
      pathBytes: paths.length,
      targetBytes: targets.length,
    } satisfies Head),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(first.length);
  const hashes = Buffer.from(files.hashes.join(''), 'hex');
  return zstdCompressSync(Buffer.concat([length, first, files.flags, toBytes(files.layers), hashes, paths, targets]), {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
};

export type DecodedInventory = ProgramInventory & { readonly files: number };

interface Columns {
  readonly flags: Buffer;
  readonly layers: Buffer;
  readonly hashes: Buffer;
  readonly paths: readonly string[];
  readonly targets: readonly string[];
}

const toAsked = (head: InventoryHead, { flags, layers, hashes, paths, targets }: Columns): DecodedInventory => {
  const positions = new Map<string, number>();
  // Of each file, how many hashes and targets stand before its own.
  const hashBefore = new Uint32Array(paths.length);
  const targetBefore = new Uint32Array(paths.length);
  let [hashCount, targetCount] = [0, 0];
  for (const [index, path] of paths.entries()) {
    positions.set(path, index);
    hashBefore[index] = hashCount;
    targetBefore[index] = targetCount;
    hashCount += ((flags[index] ?? 0) & fileFlags.hash) === 0 ? 0 : 1;
    targetCount += ((flags[index] ?? 0) & fileFlags.link) === 0 ? 0 : 1;
  }
  const hashOf = (index: number): string | undefined => {
    if (((flags[index] ?? 0) & fileFlags.hash) === 0) return undefined;
    const from = (hashBefore[index] ?? 0) * hashBytes;
    return hashes.toString('hex', from, from + hashBytes);
  };
  const fileAt = (index: number): InventoryFile => {
    const flag = flags[index] ?? 0;
    const sha256 = hashOf(index);
    return {
      path: paths[index] ?? '',
      layerIndex: layers.readUInt16LE(2 * index),
      executable: (flag & fileFlags.executable) !== 0,
      program: (flag & fileFlags.program) !== 0,
      ...((flag & fileFlags.link) === 0 ? {} : { target: targets[targetBefore[index] ?? 0] ?? '' }),
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  };
  let byHash: Map<string, number> | undefined;
  const indexHashes = (): Map<string, number> => {
    const found = new Map<string, number>();
    // The first file of a content stands for all.
    for (let index = paths.length - 1; index >= 0; index -= 1) {
      const hash = hashOf(index);
      if (hash !== undefined) found.set(hash, index);
    }
    return found;
  };
  const told = (index: number | undefined): InventoryFile | undefined =>
    index === undefined ? undefined : fileAt(index);
  return {
    ...head,
    files: paths.length,
    file: (path) => told(positions.get(path)),
    holding: (sha256) => told((byHash ??= indexHashes()).get(sha256)),
  };
};

const split = (part: Buffer, count: number): readonly string[] | undefined => {
  if (count === 0) return part.length === 0 ? [] : undefined;
  const texts = part.toString().split('\0');
  return texts.length === count ? texts : undefined;
};

/** undefined for anything that is no encoding of ours. */
export const decodeInventory = (value: Uint8Array): DecodedInventory | undefined => {
  try {
    const bytes = zstdDecompressSync(value, { maxOutputLength: maximumBytes });
    const start = 4 + bytes.readUInt32LE(0);
    const { head, files, hashes, pathBytes, targetBytes } = JSON.parse(bytes.toString('utf8', 4, start)) as Head;
    let at = start;
    const take = (length: number): Buffer => bytes.subarray(at, (at += length));
    const flags = take(files);
    const layers = take(2 * files);
    const hashPart = take(hashes * hashBytes);
    const paths = split(take(pathBytes), files);
    const links = flags.reduce((sum, flag) => sum + ((flag & fileFlags.link) === 0 ? 0 : 1), 0);
    const targets = split(take(targetBytes), links);
    if (paths === undefined || targets === undefined || at !== bytes.length || layers.length !== 2 * files)
      return undefined;
    return toAsked(head, { flags, layers, hashes: hashPart, paths, targets });
  } catch {
    return undefined;
  }
};

/** Of the hashes, lower-case hex, those of programs that an encoding of ours holds; names and paths are not read. */
export const hashesAmong = (value: Uint8Array, wanted: ReadonlySet<string>): readonly string[] => {
  try {
    const bytes = zstdDecompressSync(value, { maxOutputLength: maximumBytes });
    const start = 4 + bytes.readUInt32LE(0);
    const { files, hashes } = JSON.parse(bytes.toString('utf8', 4, start)) as Head;
    const found = new Set<string>();
    const end = Math.min(start + 3 * files + hashes * hashBytes, bytes.length);
    for (let at = start + 3 * files; at < end; at += hashBytes) {
      const hash = bytes.toString('hex', at, at + hashBytes);
      if (wanted.has(hash)) found.add(hash);
    }
    return [...found];
  } catch {
    return [];
  }
};
