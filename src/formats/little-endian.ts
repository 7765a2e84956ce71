/** Numbers as most formats store them: the lowest byte first. */

/** 32 bits, unsigned; bytes beyond the end count as 0. */
export const u32At = (bytes: Uint8Array, at = 0): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
