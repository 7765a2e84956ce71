/** Files → the older archives: cpio in its three text and binary forms, ar with each kind of long name, an RPM package. */

export interface CpioSpec {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly inode?: number;
  readonly links?: number;
  readonly checksum?: number;
}

export type CpioForm = 'newc' | 'crc' | 'odc' | 'binary';

const pad = (length: number, alignment: number): Uint8Array =>
  new Uint8Array((alignment - (length % alignment)) % alignment);

const cpioHeader = (form: CpioForm, spec: CpioSpec, size: number, nameSize: number, sum: number): Buffer => {
  const { mode = 0o100644, inode = 1, links = 1 } = spec;
  if (form === 'odc') {
    const octal = (value: number, width: number): string => value.toString(8).padStart(width, '0');
    const [start, time] = [[1, inode, mode, 10, 20, links, 0].map((value) => octal(value, 6)).join(''), octal(99, 11)];
    return Buffer.from(`070707${start}${time}${octal(nameSize, 6)}${octal(size, 11)}`);
  }
  if (form === 'binary') {
    const words = [0o070707, 1, inode, mode, 10, 20, links, 0, 0, 99, nameSize, size >>> 16, size & 0xffff];
    const bytes = Buffer.alloc(26);
    for (const [position, word] of words.entries()) bytes.writeUInt16LE(word, position * 2);
    return bytes;
  }
  const fields = [inode, mode, 10, 20, links, 99, size, 0, 1, 0, 0, nameSize, sum];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return Buffer.from(`${form === 'crc' ? '070702' : '070701'}${digits}`);
};

export const cpioOf = (specs: readonly CpioSpec[], form: CpioForm = 'newc', isEnded = true): Buffer => {
  const alignment = form === 'odc' ? 1 : form === 'binary' ? 2 : 4;
  const parts: Uint8Array[] = [];
  for (const spec of isEnded ? [...specs, { name: 'TRAILER!!!', mode: 0 }] : specs) {
    const content = Buffer.from(spec.content ?? '');
    const name = Buffer.from(`${spec.name}\0`);
    const sum = form === 'crc' ? (spec.checksum ?? content.reduce((total, byte) => total + byte, 0)) : 0;
    const header = cpioHeader(form, spec, content.length, name.length, sum);
    parts.push(header, name, pad(header.length + name.length, alignment), content, pad(content.length, alignment));
  }
  return Buffer.concat(parts);
};

export interface ArSpec {
  /** As it is written into the 16 bytes: `x/`, `/12`, `#1/20`. */
  readonly field: string;
  readonly content: string | Uint8Array;
}

export const arOf = (members: readonly ArSpec[], magic = '!<arch>\n'): Buffer =>
  Buffer.concat([
    Buffer.from(magic),
    ...members.flatMap(({ field, content }) => {
      const bytes = Buffer.from(content);
      const header = `${field.padEnd(16)}${'1700000000'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${`${bytes.length}`.padEnd(10)}\`\n`;
      return [Buffer.from(header), bytes, Buffer.from(bytes.length % 2 === 1 ? '\n' : '')];
    }),
  ]);

export type RpmValue = string | readonly string[] | readonly number[];

/** A header structure; numbers are 32 bits wide. */
export const rpmHeaderOf = (values: Readonly<Record<number, RpmValue>>): Buffer => {
  const entries: Buffer[] = [];
  const store: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(values)) {
    const isNumber = typeof value !== 'string' && typeof value[0] === 'number';
    if (isNumber) {
      const filler = Buffer.alloc((4 - (offset % 4)) % 4);
      store.push(filler);
      offset += filler.length;
    }
    const list: readonly (string | number)[] = typeof value === 'string' ? [value] : value;
    const data = Buffer.concat(
      list.map((item) => {
        if (typeof item === 'string') return Buffer.from(`${item}\0`);
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(item);
        return bytes;
      }),
    );
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(Number(tag), 0);
    entry.writeUInt32BE(typeof value === 'string' ? 6 : isNumber ? 4 : 8, 4);
    entry.writeUInt32BE(offset, 8);
    entry.writeUInt32BE(list.length, 12);
    entries.push(entry);
    store.push(data);
    offset += data.length;
  }
  const intro = Buffer.from('8eade80100000000', 'hex');
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(entries.length, 0);
  counts.writeUInt32BE(offset, 4);
  return Buffer.concat([intro, counts, ...entries, ...store]);
};

export const rpmOf = (values: Readonly<Record<number, RpmValue>>, payload: Uint8Array): Buffer => {
  const signature = rpmHeaderOf({ 1000: [1] });
  return Buffer.concat([
    Buffer.from('edabeedb', 'hex'),
    Buffer.alloc(92),
    signature,
    pad(signature.length, 8),
    rpmHeaderOf(values),
    payload,
  ]);
};
