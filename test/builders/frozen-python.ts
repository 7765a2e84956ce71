/** A program that PyInstaller made, as far as its archive goes: members, modules, table and cookie behind bytes that stand for the program. */
import { deflateSync } from 'node:zlib';

export interface FrozenMember {
  readonly name: string;
  readonly sort: string;
  readonly content: Uint8Array | string;
  readonly isStored?: boolean;
  /** When it lies. */
  readonly size?: number;
}

/** Modules packed one behind the other, as in an archive of modules. */
export const modulesOf = (...modules: readonly (Uint8Array | string)[]): Buffer => {
  const head = Buffer.alloc(12);
  head.write('PYZ\0', 'latin1');
  head.writeUInt32BE(0xa70d0d0a, 4);
  const packed = Buffer.concat(modules.map((content) => deflateSync(content)));
  // One byte of padding stands before the first module.
  head.writeUInt32BE(13 + packed.length, 8);
  return Buffer.concat([head, Buffer.alloc(1), packed, Buffer.from('[table')]);
};

export const frozenPythonOf = (program: Uint8Array, members: readonly FrozenMember[]): Buffer => {
  const parts: Buffer[] = [];
  const table: Buffer[] = [];
  let at = 0;
  for (const { name, sort, content, isStored = false, size } of members) {
    const stored = isStored ? Buffer.from(content) : deflateSync(content);
    const entry = Buffer.alloc(18 + name.length + 1);
    entry.writeUInt32BE(entry.length, 0);
    entry.writeUInt32BE(at, 4);
    entry.writeUInt32BE(size ?? stored.length, 8);
    entry.writeUInt32BE(Buffer.byteLength(content), 12);
    entry.writeUInt8(isStored ? 0 : 1, 16);
    entry.write(sort, 17, 'latin1');
    entry.write(name, 18, 'latin1');
    parts.push(stored);
    table.push(entry);
    at += stored.length;
  }
  const toc = Buffer.concat(table);
  const cookie = Buffer.alloc(88);
  cookie.write('MEI\u000c\u000b\u000a\u000b\u000e', 'latin1');
  cookie.writeUInt32BE(at + toc.length + cookie.length, 8);
  cookie.writeUInt32BE(at, 12);
  cookie.writeUInt32BE(toc.length, 16);
  cookie.writeUInt32BE(312, 20);
  cookie.write('libpython3.12.so.1.0', 24);
  return Buffer.concat([program, ...parts, toc, cookie]);
};
