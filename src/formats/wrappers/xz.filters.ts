/**
 * Bytes as a filter of xz left them → the bytes before it (The .xz File Format 1.2.1, 5.3): distances to the byte so many places
 * before, and machine code whose calls name absolute targets instead of relative ones.
 */

/** Undoes one filter. What is given belongs to the filter from then on; what comes out is the caller's. */
export interface XzFilter {
  push(bytes: Uint8Array): Uint8Array;
  /** What was held back; nothing more will come. */
  finish(): Uint8Array;
}

const nothing = new Uint8Array(0);

/** 5.3.3; `distance` is 1 to 256. */
const openDelta = (distance: number): XzFilter => {
  const before = new Uint8Array(distance);
  let at = 0;
  return {
    push(bytes) {
      for (let index = 0; index < bytes.length; index += 1) {
        const value = ((bytes[index] as number) + (before[at] as number)) & 255;
        bytes[index] = value;
        before[at] = value;
        at = at + 1 === distance ? 0 : at + 1;
      }
      return bytes;
    },
    finish: () => nothing,
  };
};

/** Changes what it can in place, `position` being that of the first byte; gives how many bytes are done. */
type Convert = (bytes: Buffer, position: number) => number;

/** 5.3.2: instructions may lie across pieces, so that a few bytes wait for the next. */
const openBranch = (convert: Convert, start: number): XzFilter => {
  let held: Uint8Array = nothing;
  let position = start;
  return {
    push(bytes) {
      const all =
        held.length === 0
          ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          : Buffer.concat([held, bytes]);
      const done = convert(all, position);
      position = (position + done) >>> 0;
      held = Uint8Array.from(all.subarray(done));
      return all.subarray(0, done);
    },
    finish() {
      const rest = held;
      held = nothing;
      return rest;
    },
  };
};

/** For machines whose instructions all have one length. */
const everyFour =
  (change: (bytes: Buffer, at: number, address: number) => void): Convert =>
  (bytes, position) => {
    const end = bytes.length - (bytes.length % 4);
    for (let at = 0; at < end; at += 4) change(bytes, at, position + at);
    return end;
  };

const arm = everyFour((bytes, at, address) => {
  // BL: the distance in words, from two instructions further on.
  if (bytes[at + 3] !== 0xeb) return;
  bytes.writeUIntLE((((bytes.readUIntLE(at, 3) << 2) - address - 8) >>> 2) & 0xffffff, at, 3);
});

const arm64 = everyFour((bytes, at, address) => {
  const word = bytes.readUInt32LE(at);
  if (word >>> 26 === 0x25) {
    bytes.writeUInt32LE((0x94000000 | ((word - (address >>> 2)) & 0x03ffffff)) >>> 0, at);
    return;
  }
  // ADRP, for pages within 512 MiB: two low bits of the distance stand apart from the others.
  if ((word & 0x9f000000) >>> 0 !== 0x90000000) return;
  const page = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc);
  if (((page + 0x20000) & 0x1c0000) !== 0) return;
  const distance = (page - (address >>> 12)) | 0;
  const sign = (distance & 0x20000) === 0 ? 0 : 0xe00000;
  const changed = (word & 0x9000001f) | ((distance & 3) << 29) | ((distance & 0x3fffc) << 3) | sign;
  bytes.writeUInt32LE(changed >>> 0, at);
});

const powerpc = everyFour((bytes, at, address) => {
  const word = bytes.readUInt32BE(at);
  if ((word & 0xfc000003) >>> 0 !== 0x48000001) return;
  bytes.writeUInt32BE((0x48000001 | (((word & 0x03fffffc) - address) & 0x03fffffc)) >>> 0, at);
});

const sparc = everyFour((bytes, at, address) => {
  const word = bytes.readUInt32BE(at);
  if (word >>> 22 !== 0x100 && word >>> 22 !== 0x1ff) return;
  const distance = (((word << 2) - address) >>> 2) | 0;
  const sign = (distance & 0x400000) === 0 ? 0x40000000 : 0x7fc00000;
  bytes.writeUInt32BE((sign | (distance & 0x3fffff)) >>> 0, at);
});

/** Pairs of halfwords that are one call. */
const armThumb: Convert = (bytes, position) => {
  let at = 0;
  for (; at + 4 <= bytes.length; at += 2) {
    const first = bytes.readUInt16LE(at);
    const second = bytes.readUInt16LE(at + 2);
    if ((first & 0xf800) !== 0xf000 || (second & 0xf800) !== 0xf800) continue;
    const target = (((first & 0x7ff) << 11) | (second & 0x7ff)) << 1;
    const distance = (target - (position + at + 4)) >>> 1;
    bytes.writeUInt16LE(0xf000 | ((distance >>> 11) & 0x7ff), at);
    bytes.writeUInt16LE(0xf800 | (distance & 0x7ff), at + 2);
    at += 2;
  }
  return at;
};

/** The highest byte of a distance that a call can have: near ones only. */
const isNear = (byte: number): boolean => byte === 0 || byte === 255;

/**
 * Calls and jumps, E8 and E9, with four bytes of distance. An E8 among the four bytes behind another may be part of its distance;
 * `recent` remembers of the last three places which held such a byte (bit 0 the nearest).
 */
const openX86 = (): Convert => {
  let recent = 0;
  /** Bytes between the end of what was done and the last such byte. */
  let since = 4;
  return (bytes, position) => {
    const end = bytes.length - 4;
    let last = -since;
    let at = 0;
    for (; at < end; at += 1) {
      if (((bytes[at] as number) & 0xfe) !== 0xe8) continue;
      const gap = at - last;
      last = at;
      recent = gap > 3 ? 0 : (recent << (gap - 1)) & 7;
      // Where in the distance the byte behind the nearest of them lies: 1, 2 or 3 from the top.
      const depth = recent === 0 ? 0 : 32 - Math.clz32(recent);
      const isPart = recent === 3 || recent > 4 || (recent !== 0 && isNear(bytes[at + 4 - depth] as number));
      if (isPart || !isNear(bytes[at + 4] as number)) {
        recent = (recent << 1) | 1;
        continue;
      }
      const behind = position + at + 5;
      let distance = (bytes.readUInt32LE(at + 1) - behind) >>> 0;
      // Once is enough: the byte of the target that stood there is not near, and is its complement afterwards.
      if (recent !== 0 && isNear((distance >>> (24 - 8 * depth)) & 255))
        distance = (((distance ^ (2 ** (32 - 8 * depth) - 1)) >>> 0) - behind) >>> 0;
      const near = distance & 0x01ffffff;
      bytes.writeUInt32LE(((near & 0x01000000) === 0 ? near : near | 0xfe000000) >>> 0, at + 1);
      at += 4;
    }
    if (end <= 0) return 0;
    since = Math.min(at - last, 4);
    return at;
  };
};

const branches: ReadonlyMap<number, { readonly open: () => Convert; readonly alignment: number }> = new Map([
  [4, { open: openX86, alignment: 1 }],
  [5, { open: () => powerpc, alignment: 4 }],
  [7, { open: () => arm, alignment: 4 }],
  [8, { open: () => armThumb, alignment: 2 }],
  [9, { open: () => sparc, alignment: 4 }],
  [10, { open: () => arm64, alignment: 4 }],
]);

/** undefined for a filter that is not known, or properties that are none of its. */
export const openXzFilter = (id: number, properties: Uint8Array): XzFilter | undefined => {
  if (id === 3) return properties.length === 1 ? openDelta((properties[0] as number) + 1) : undefined;
  const branch = branches.get(id);
  if (branch === undefined || (properties.length !== 0 && properties.length !== 4)) return undefined;
  const start = properties.length === 0 ? 0 : Buffer.from(properties).readUInt32LE(0);
  return start % branch.alignment === 0 ? openBranch(branch.open(), start) : undefined;
};
