/** The first bytes of a file → its FileKind: by content only, never by name, since both names and extensions are the attacker's choice. */
import type { FileKind } from '../core/file-kind.ts';
import { isLzmaAlone } from './lzma.decoder.ts';
import { isText } from './text-shape.ts';

/** As much of a file as `detectFileKind` looks at. */
export const kindHeadLength = 4096;

const startsWith = (head: Uint8Array, magic: string, offset = 0): boolean => {
  if (head.length < offset + magic.length) return false;
  for (let index = 0; index < magic.length; index += 1)
    if (head[offset + index] !== magic.charCodeAt(index)) return false;
  return true;
};

const u16 = (head: Uint8Array, offset: number): number => (head[offset] ?? 0) | ((head[offset + 1] ?? 0) << 8);
const u32 = (head: Uint8Array, offset: number): number => (u16(head, offset) | (u16(head, offset + 2) << 16)) >>> 0;
const u32be = (head: Uint8Array, offset: number): number =>
  (((head[offset] ?? 0) << 24) |
    ((head[offset + 1] ?? 0) << 16) |
    ((head[offset + 2] ?? 0) << 8) |
    (head[offset + 3] ?? 0)) >>>
  0;

/** A header block whose checksum is right: tar before POSIX had no magic. The checksum counts itself as eight spaces. */
const isOldTar = (head: Uint8Array): boolean => {
  if (head.length < 512 || head[0] === 0 || head[0] === undefined) return false;
  let stated = 0;
  let digits = 0;
  for (let index = 148; index < 156; index += 1) {
    const code = head[index] ?? 0;
    if (code >= 48 && code <= 55) {
      stated = stated * 8 + code - 48;
      digits += 1;
    } else if (code !== 32 && code !== 0) return false;
  }
  if (digits < 3) return false;
  let unsigned = 256;
  let signed = 256;
  for (let index = 0; index < 512; index += 1) {
    if (index >= 148 && index < 156) continue;
    const code = head[index] ?? 0;
    unsigned += code;
    signed += code > 127 ? code - 256 : code;
  }
  return stated === unsigned || stated === signed;
};

const isTar = (head: Uint8Array): boolean => startsWith(head, 'ustar', 257) || isOldTar(head);

/**
 * Java classes and fat Mach-O files begin alike. A fat header counts its architectures there, a class states its version,
 * 45 (Java 1.0) or more.
 */
const kindOfCafebabe = (head: Uint8Array): FileKind => (u32be(head, 4) >= 45 ? 'java-class' : 'macho');

/** CPython: a version word from 20121 (1.5) to 62xxx (2.7) or from 3000 (3.x), then CR LF; bytecode follows flags and time. */
const isPythonBytecode = (head: Uint8Array): boolean => {
  if (head.length < 8 || head[2] !== 13 || head[3] !== 10) return false;
  const word = u16(head, 0);
  return (word >= 20121 && word <= 62300) || (word >= 3000 && word < 4500);
};

const isPe = (head: Uint8Array, size: number): boolean => {
  if (!startsWith(head, 'MZ') || head.length < 64) return false;
  const offset = u32(head, 60);
  // A header behind the first 4 KiB is legal and hides from readers of a head only: a believable offset is enough there.
  return offset + 4 <= head.length ? startsWith(head, 'PE\0\0', offset) : offset < size && offset >= 64;
};

const isImage = (head: Uint8Array): boolean =>
  startsWith(head, '\x89PNG\r\n\x1a\n') ||
  startsWith(head, '\xff\xd8\xff') ||
  startsWith(head, 'GIF87a') ||
  startsWith(head, 'GIF89a') ||
  (startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)) ||
  startsWith(head, 'II*\0') ||
  startsWith(head, 'MM\0*') ||
  (startsWith(head, '\0\0\x01\0') && u16(head, 4) > 0 && u16(head, 4) < 64 && head[9] === 0) ||
  (startsWith(head, 'BM') && u16(head, 6) === 0 && u16(head, 8) === 0 && u32(head, 14) <= 124 && u32(head, 14) >= 12);

const isFont = (head: Uint8Array): boolean =>
  startsWith(head, 'wOFF') ||
  startsWith(head, 'wOF2') ||
  startsWith(head, 'OTTO') ||
  startsWith(head, 'ttcf') ||
  (startsWith(head, '\0\x01\0\0') && (head[4] ?? 255) === 0 && (head[5] ?? 0) > 0 && (head[5] ?? 0) < 64);

const isAudio = (head: Uint8Array): boolean =>
  startsWith(head, 'ID3') ||
  startsWith(head, 'fLaC') ||
  startsWith(head, 'MThd') ||
  (startsWith(head, 'OggS') && !startsWith(head, '\x80theora', 28)) ||
  (startsWith(head, 'RIFF') && startsWith(head, 'WAVE', 8));

const isVideo = (head: Uint8Array): boolean =>
  startsWith(head, '\x1a\x45\xdf\xa3') ||
  startsWith(head, 'OggS') ||
  startsWith(head, 'ftyp', 4) ||
  startsWith(head, '\0\0\x01\xba') ||
  startsWith(head, 'FLV\x01') ||
  (startsWith(head, 'RIFF') && startsWith(head, 'AVI ', 8));

const isDisk = (head: Uint8Array): boolean =>
  startsWith(head, 'QFI\xfb') ||
  startsWith(head, 'KDMV') ||
  startsWith(head, 'conectix') ||
  startsWith(head, 'vhdxfile') ||
  startsWith(head, 'hsqs') ||
  startsWith(head, 'XFSB') ||
  startsWith(head, 'EFI PART', 512) ||
  (head.length >= 1082 &&
    head[1080] === 0x53 &&
    head[1081] === 0xef &&
    u32(head, 1024) !== 0 &&
    u32(head, 1048) <= 6) ||
  (head.length >= 512 && head[510] === 0x55 && head[511] === 0xaa && isBootSector(head));

/** 0x55AA alone is two bytes; a boot sector also begins with a jump, or its partition entries say active or not and nothing else. */
const isBootSector = (head: Uint8Array): boolean => {
  if ((head[0] === 0xeb && head[2] === 0x90) || head[0] === 0xe9) return true;
  let used = 0;
  for (let entry = 446; entry < 510; entry += 16) {
    if (head[entry] !== 0 && head[entry] !== 0x80) return false;
    if (head[entry + 4] !== 0 && u32(head, entry + 12) > 0) used += 1;
  }
  return used > 0;
};

/** Bytes that no other kind may begin with come first; what only looks probable comes last. Keyed by the first byte: one lookup a file. */
const byFirstByte = (head: Uint8Array, size: number): FileKind | undefined => {
  switch (head[0]) {
    case 0x7f:
      return startsWith(head, '\x7fELF') ? 'elf' : undefined;
    case 0x4d:
      if (startsWith(head, 'MZ')) return isPe(head, size) ? 'pe' : undefined;
      return undefined;
    case 0xca:
      return startsWith(head, '\xca\xfe\xba\xbe') && head.length >= 8 ? kindOfCafebabe(head) : undefined;
    case 0xfe:
      return startsWith(head, '\xfe\xed\xfa\xce') || startsWith(head, '\xfe\xed\xfa\xcf') ? 'macho' : undefined;
    case 0xce:
    case 0xcf:
      return startsWith(head, '\xfa\xed\xfe', 1) ? 'macho' : undefined;
    case 0x00:
      return startsWith(head, '\0asm') ? 'wasm' : undefined;
    case 0x50:
      return startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06') || startsWith(head, 'PK\x07\x08PK')
        ? 'zip'
        : undefined;
    case 0x1f:
      return startsWith(head, '\x1f\x8b') ? 'gzip' : undefined;
    case 0x28:
      return startsWith(head, '\x28\xb5\x2f\xfd') ? 'zstd' : undefined;
    case 0xfd:
      if (startsWith(head, '\xfd7zXZ\0')) return 'xz';
      return undefined;
    case 0x42:
      return startsWith(head, 'BZh') && isBzip2(head) ? 'bzip2' : undefined;
    case 0x04:
      return startsWith(head, '\x04\x22\x4d\x18') ? 'lz4' : undefined;
    case 0x02:
      return startsWith(head, '\x02\x21\x4c\x18') ? 'lz4' : undefined;
    case 0x21:
      return startsWith(head, '!<arch>\n') || startsWith(head, '!<thin>\n') ? 'ar' : undefined;
    case 0xed:
      return startsWith(head, '\xed\xab\xee\xdb') ? 'rpm' : undefined;
    case 0x30:
      return /^07070[127]$/.test(latin(head, 6)) && isCpioText(head) ? 'cpio' : undefined;
    case 0xc7:
      return head[1] === 0x71 && size >= 26 ? 'cpio' : undefined;
    case 0x71:
      return head[1] === 0xc7 && size >= 26 && (head[21] ?? 1) === 0 ? 'cpio' : undefined;
    case 0x37:
      return startsWith(head, '7z\xbc\xaf\x27\x1c') ? '7z' : undefined;
    case 0x52:
      return startsWith(head, 'Rar!\x1a\x07') ? 'rar' : undefined;
    case 0x53:
      return startsWith(head, 'SQLite format 3\0') ? 'sqlite' : undefined;
    case 0x25:
      return startsWith(head, '%PDF-') ? 'pdf' : undefined;
    case 0x72:
      return startsWith(head, 'regf') ? 'registry-hive' : undefined;
    default:
      return isSkippableZstd(head) ? 'zstd' : undefined;
  }
};

/** A skippable frame (0x184D2A50 to 5F) may open a zstd file. */
const isSkippableZstd = (head: Uint8Array): boolean =>
  head.length >= 8 && ((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head, '\x2a\x4d\x18', 1);

/** A level from 1 to 9, then the mark of a block or of the end. */
const isBzip2 = (head: Uint8Array): boolean =>
  (head[3] ?? 0) >= 0x31 &&
  (head[3] ?? 0) <= 0x39 &&
  (startsWith(head, '1AY&SY', 4) || startsWith(head, '\x17\x72\x45\x38\x50\x90', 4));

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const latin = (head: Uint8Array, length: number): string => bufferOf(head).toString('latin1', 0, length);

const pemMark = Buffer.from('\n-----BEGIN ');

/** The numbers of a newc or odc header are digits; a text that merely begins with 070701 goes on otherwise. */
const isCpioText = (head: Uint8Array): boolean => /^07070(?:[12][0-9a-fA-F]{104}|7[0-7]{70})/.test(latin(head, 110));

const kindOfText = (head: Uint8Array): FileKind => {
  const start = startsWith(head, '\xef\xbb\xbf') ? 3 : 0;
  if (startsWith(head, '#!', start)) return 'script';
  return startsWith(head, '-----BEGIN ', start) || bufferOf(head).includes(pemMark) ? 'pem' : 'text';
};

/**
 * `head` holds the first bytes of the content, up to `kindHeadLength` (all of it when it is shorter); `size` is the whole content's.
 * A script is what the kernel takes for one, `#!` in the first two bytes, whatever follows; also behind a byte order mark, where shells
 * still run it. Polyglots get the kind that a loader would choose: what a kernel runs before what a program unpacks.
 */
export const detectFileKind = (head: Uint8Array, size: number): FileKind => {
  if (size === 0 || head.length === 0) return 'empty';
  if (startsWith(head, '#!')) return 'script';
  const certain = byFirstByte(head, size);
  if (certain !== undefined) return certain;
  if (isTar(head)) return 'tar';
  const whole = head.length >= size;
  if (isText(head.length > kindHeadLength ? head.subarray(0, kindHeadLength) : head, whole)) return kindOfText(head);
  if (isPythonBytecode(head)) return 'python-bytecode';
  if (isImage(head)) return 'image';
  if (isFont(head)) return 'font';
  if (isAudio(head)) return 'audio';
  if (isVideo(head)) return 'video';
  if (isDisk(head)) return 'disk';
  if (isLzmaAlone(head)) return 'lzma';
  return 'data';
};

/**
 * True when the content ends like a zip: `tail` holds its last bytes, 65,557 for certainty. Java, Python and unzip run or unpack such
 * content whatever it begins with (a script, an ELF file, a picture), so it is worth unfolding as `zip` too.
 */
export const endsLikeZip = (tail: Uint8Array): boolean => {
  const bytes = bufferOf(tail);
  for (let at = bytes.lastIndexOf('PK\x05\x06', -22, 'latin1'); at >= 0;) {
    if (at + 22 + bytes.readUInt16LE(at + 20) === bytes.length) return true;
    at = at === 0 ? -1 : bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1');
  }
  return false;
};
