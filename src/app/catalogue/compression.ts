/** Codes of packed data: gzip, zstd, xz, bzip2, lz4, lzma, and what unpacking may cost. */
import type { Explanation } from './words.ts';

const damaged = 'Fetch the file or the image again; if it stays so, it was built so: make it anew.';
const packAgain = 'Pack it again with the usual settings, or accept the gap in your policy.';
const bomb = 'Honest content does not do this: treat it as an attack until you know what made it.';

export const compression = {
  BZIP2_CHECKSUM_WRONG: {
    means: 'The unpacked bzip2 content does not have the checksum stored with it.',
    advice: damaged,
  },
  BZIP2_DATA_INVALID: { means: 'The bzip2 data are damaged; what follows could not be unpacked.', advice: damaged },
  BZIP2_STREAMS_TOO_MANY: { means: 'More than two million bzip2 streams lie one after the other.', advice: bomb },
  BZIP2_TRUNCATED: { means: 'The bzip2 data end too early.', advice: damaged },
  DATA_AFTER_END: {
    means:
      'Bytes follow the end of an archive or of packed data. Some readers stop there, others go on: what is hidden there is seen by only one of them.',
    advice: 'Find out what wrote it. In a layer, build the image again with a current builder.',
  },
  DATA_TRUNCATED: { means: 'The data end before a record is complete.', advice: damaged },
  ENTRIES_TOO_MANY: {
    means:
      'An archive or layer has more entries than any honest one (two million; 200,000 in the archive of an image). The rest was not read.',
    advice: bomb,
  },
  GZIP_CHECKSUM_WRONG: {
    means: 'The unpacked gzip content does not have the checksum or size stored with it.',
    advice: damaged,
  },
  GZIP_DATA_INVALID: { means: 'The gzip data are damaged; what follows could not be unpacked.', advice: damaged },
  GZIP_HEADER_DATA: {
    means:
      'Headers of gzip members hold more text than names need, which unpacking never shows: a place to hide something.',
    advice: 'Find out what packed it, and pack it again.',
  },
  GZIP_HEADER_INVALID: {
    means: 'Where gzip data must begin they do not, or their header is damaged.',
    advice: damaged,
  },
  GZIP_MEMBERS_TOO_MANY: { means: 'More than two million gzip members lie one after the other.', advice: bomb },
  GZIP_TRUNCATED: { means: 'The gzip data end too early.', advice: damaged },
  LZ4_DATA_INVALID: {
    means: 'The LZ4 data are damaged, or a checksum is wrong; what follows could not be unpacked.',
    advice: damaged,
  },
  LZ4_DICTIONARY_UNSUPPORTED: {
    means: 'The LZ4 data can only be unpacked with a dictionary, which is not part of them.',
    advice: packAgain,
  },
  LZ4_FRAMES_TOO_MANY: { means: 'More than two million LZ4 frames lie one after the other.', advice: bomb },
  LZ4_SKIPPABLE_FRAME: {
    means: 'A skippable LZ4 frame holds bytes that unpacking never shows: a place to hide something.',
    advice: 'Find out what packed it, and pack it again.',
  },
  LZ4_TRUNCATED: { means: 'The LZ4 data end too early.', advice: damaged },
  LZMA_DATA_INVALID: { means: 'The LZMA data are damaged; what follows could not be unpacked.', advice: damaged },
  LZMA_DICTIONARY_TOO_LARGE: {
    means: 'The LZMA data need more than 64 MiB of dictionary to be unpacked.',
    advice: packAgain,
  },
  LZMA_TRUNCATED: { means: 'The LZMA data end too early.', advice: damaged },
  NESTING_TOO_DEEP: {
    means: 'Archives lie in archives more than five deep. The inner ones were examined as bytes, not opened.',
    advice: 'Unpack the file and scan it by itself with rootfs:, or accept the gap in your policy.',
  },
  RATIO_TOO_HIGH: {
    means: 'Packed data give more than 1100 times their size: a decompression bomb. The rest was not unpacked.',
    advice: bomb,
  },
  UNPACKED_TOO_LARGE: {
    means: 'A layer, or all archives in it together, unpack to more than 64 GiB. The rest was not unpacked.',
    advice: bomb,
  },
  XZ_CHECK_UNSUPPORTED: {
    means: 'The xz data use an integrity check that no tool writes (CRC32, CRC64 and SHA-256 are known).',
    advice: packAgain,
  },
  XZ_DATA_INVALID: { means: 'The xz data are damaged; what follows could not be unpacked.', advice: damaged },
  XZ_DICTIONARY_TOO_LARGE: {
    means: 'The xz data need more than 64 MiB of dictionary to be unpacked.',
    advice: packAgain,
  },
  XZ_FILTER_UNSUPPORTED: {
    means:
      'The xz data went through a filter that Tidewaiter does not have: one for Itanium or RISC-V code, or one that no tool writes.',
    advice: packAgain,
  },
  XZ_STREAMS_TOO_MANY: { means: 'More than two million xz streams lie one after the other.', advice: bomb },
  XZ_TRUNCATED: { means: 'The xz data end too early.', advice: damaged },
  ZSTD_DATA_INVALID: { means: 'The zstd data are damaged; what follows could not be unpacked.', advice: damaged },
  ZSTD_DICTIONARY_NEEDED: {
    means: 'The zstd data can only be unpacked with a dictionary, which is not part of them.',
    advice: packAgain,
  },
  ZSTD_FRAMES_TOO_MANY: { means: 'More than two million zstd frames lie one after the other.', advice: bomb },
  ZSTD_HEADER_INVALID: {
    means: 'Where zstd data must begin they do not, or their header is damaged.',
    advice: damaged,
  },
  ZSTD_SKIPPABLE_FRAME: {
    means:
      'Skippable zstd frames hold bytes that unpacking never shows and that are no table of contents: a place to hide something.',
    advice: 'Find out what packed it, and pack it again.',
  },
  ZSTD_TRUNCATED: { means: 'The zstd data end too early.', advice: damaged },
  ZSTD_WINDOW_TOO_LARGE: {
    means: 'The zstd data need more than 128 MiB of window to be unpacked.',
    advice: 'Pack it again without --long, or accept the gap in your policy.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
