/** Files → a tar: ustar (POSIX.1-1988) with pax extended headers (POSIX.1-2001) where ustar has no room. */
import type { FileType } from '../core/file-entry.ts';
import { malformed } from '../core/fault.ts';
import { baseName, parentOf } from '../core/path.ts';
import { nameToBytes } from './name-bytes.ts';

export interface TarEntrySpec {
  /** Written as it is; a directory gets its trailing slash, a deletion or opaque its `.wh.` name. */
  readonly path: string;
  readonly type?: FileType;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly userName?: string;
  /** Seconds since 1970; a fraction or a negative number goes into a pax header. */
  readonly modified?: number;
  readonly target?: string;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  readonly device?: { readonly major: number; readonly minor: number };
}

const block = 512;

/** Two zero blocks: the end of every tar. */
export const tarEnd: Uint8Array = new Uint8Array(2 * block);

/** Zeros that fill the last block of a content of this size. */
export const tarPadding = (size: number): number => (block - (size % block)) % block;

const typeFlags: Readonly<Record<FileType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  // A tar has no type for sockets: a fifo with the real type in star's pax record.
  socket: '6',
  deletion: '0',
  opaque: '0',
};

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

const nameOf = (path: string, type: FileType): string => {
  const plain = path.replace(/\/+$/, '');
  switch (type) {
    case 'directory':
      return `${plain}/`;
    case 'deletion':
      return join(parentOf(plain), `.wh.${baseName(plain)}`);
    case 'opaque':
      return join(plain, '.wh..wh..opq');
    default:
      return path;
  }
};

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte > 0 && byte < 0x80);

/** One pax record, `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
export const paxRecord = (key: string, value: string | Uint8Array): Uint8Array => {
  const body = Buffer.concat([
    Buffer.from(` ${key}=`),
    typeof value === 'string' ? Buffer.from(value) : value,
    Buffer.from('\n'),
  ]);
  let length = body.length + 1;
  while (`${length}`.length + body.length !== length) length = `${length}`.length + body.length;
  return Buffer.concat([Buffer.from(`${length}`), body]);
};

export interface RawTarHeader {
  readonly name: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modified: number;
  readonly typeFlag: string;
  readonly linkName: Uint8Array;
  readonly userName: Uint8Array;
  readonly device: { readonly major: number; readonly minor: number };
}

const putOctal = (header: Uint8Array, offset: number, digits: number, value: number): void => {
  const text = Math.max(0, Math.trunc(value)).toString(8).padStart(digits, '0');
  header.set(Buffer.from(text.slice(-digits), 'latin1'), offset);
};

/** Sets the checksum of a header block. */
export const putTarChecksum = (header: Uint8Array): void => {
  header.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of header.subarray(0, block)) sum += byte;
  putOctal(header, 148, 6, sum);
  header[154] = 0;
};

/** One ustar block. Values that do not fit are cut: the caller has put the true ones into a pax header. */
const rawHeader = (raw: RawTarHeader): Uint8Array => {
  const header = new Uint8Array(block);
  header.set(raw.name.subarray(0, 100), 0);
  putOctal(header, 100, 7, raw.mode & 0o7777);
  putOctal(header, 108, 7, raw.uid);
  putOctal(header, 116, 7, raw.gid);
  putOctal(header, 124, 11, raw.size);
  putOctal(header, 136, 11, raw.modified);
  header[156] = raw.typeFlag.charCodeAt(0);
  header.set(raw.linkName.subarray(0, 100), 157);
  header.set(Buffer.from('ustar\x0000', 'latin1'), 257);
  header.set(raw.userName.subarray(0, 31), 265);
  putOctal(header, 329, 7, raw.device.major);
  putOctal(header, 337, 7, raw.device.minor);
  putTarChecksum(header);
  return header;
};

const noDevice = { major: 0, minor: 0 };

/** A pax header (`x` for the next entry, `g` for all that follow) with these records. */
export const paxHeader = (records: readonly Uint8Array[], typeFlag: 'x' | 'g' = 'x'): Uint8Array => {
  const body = Buffer.concat(records);
  const header = rawHeader({
    name: Buffer.from(typeFlag === 'x' ? 'PaxHeaders/entry' : 'PaxHeaders/global'),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    modified: 0,
    typeFlag,
    linkName: new Uint8Array(0),
    userName: new Uint8Array(0),
    device: noDevice,
  });
  return Buffer.concat([header, body, new Uint8Array(tarPadding(body.length))]);
};

const fits = (value: number, digits: number): boolean => value >= 0 && Number.isInteger(value) && value < 8 ** digits;

/** The header blocks of one entry; `size` bytes of content and `tarPadding(size)` zeros follow. */
export const tarHeader = (spec: Omit<TarEntrySpec, 'content'> & { readonly size: number }): Uint8Array => {
  const type = spec.type ?? 'file';
  if (spec.size > 0 && type !== 'file')
    throw malformed('TAR_ENTRY_INVALID', `a ${type} cannot have content`, spec.path);
  const name = nameToBytes(nameOf(spec.path, type));
  const linkName = nameToBytes(spec.target ?? '');
  const userName = nameToBytes(spec.userName ?? '');
  const { uid = 0, gid = 0, modified = 0, size } = spec;
  const records: Uint8Array[] = [];
  if (name.length > 100 || !isAscii(name)) records.push(paxRecord('path', name));
  if (linkName.length > 100 || !isAscii(linkName)) records.push(paxRecord('linkpath', linkName));
  if (userName.length > 31 || !isAscii(userName)) records.push(paxRecord('uname', userName));
  if (!fits(uid, 7)) records.push(paxRecord('uid', `${uid}`));
  if (!fits(gid, 7)) records.push(paxRecord('gid', `${gid}`));
  if (!fits(size, 11)) records.push(paxRecord('size', `${size}`));
  if (!fits(modified, 11)) records.push(paxRecord('mtime', `${modified}`));
  if (type === 'socket') records.push(paxRecord('SCHILY.filetype', 'socket'));
  for (const [key, value] of Object.entries(spec.xattrs ?? {})) records.push(paxRecord(`SCHILY.xattr.${key}`, value));
  const header = rawHeader({
    name,
    mode: spec.mode ?? (type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : 0o644),
    uid: fits(uid, 7) ? uid : 0,
    gid: fits(gid, 7) ? gid : 0,
    size: fits(size, 11) ? size : 0,
    modified: fits(modified, 11) ? modified : 0,
    typeFlag: typeFlags[type],
    linkName,
    userName,
    device: spec.device ?? noDevice,
  });
  return records.length === 0 ? header : Buffer.concat([paxHeader(records), header]);
};

const noContent = new Uint8Array(0);

/** A whole tar in memory, with its end mark. */
export const tarOf = (entries: readonly TarEntrySpec[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  for (const { content = noContent, ...spec } of entries) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    parts.push(tarHeader({ ...spec, size: bytes.length }), bytes, new Uint8Array(tarPadding(bytes.length)));
  }
  return Buffer.concat([...parts, tarEnd]);
};
