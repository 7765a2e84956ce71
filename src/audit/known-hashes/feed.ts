/** Text of a hash feed → its hashes: one a line with an optional comment, or CSV with a header, as threat exchanges publish them. */

export type HashAlgorithm = 'sha256' | 'sha1' | 'md5';
export const hashAlgorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5'];

export interface FeedEntry {
  readonly algorithm: HashAlgorithm;
  /** Lower-case hex. */
  readonly hex: string;
  readonly note: string;
}

export interface Feed {
  readonly entries: readonly FeedEntry[];
  readonly rejected: readonly { readonly line: number; readonly reason: string }[];
}

const lengths: Readonly<Record<number, HashAlgorithm>> = { 64: 'sha256', 40: 'sha1', 32: 'md5' };

/** A hash with or without its algorithm's name in front; undefined for anything else. */
export const parseHash = (text: string): Pick<FeedEntry, 'algorithm' | 'hex'> | undefined => {
  const [, name, hex = ''] = /^(?:(sha-?256|sha-?1|md5)[:=])?([0-9a-f]+)$/i.exec(text.trim()) ?? [];
  const algorithm = lengths[hex.length];
  if (algorithm === undefined || (name !== undefined && name.toLowerCase().replace('-', '') !== algorithm))
    return undefined;
  return { algorithm, hex: hex.toLowerCase() };
};

/** One CSV record; RFC 4180 quoting, within a line. Quotes that do not close end with the line. */
const splitRecord = (line: string, delimiter: string): readonly string[] => {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (quoted) {
      if (character !== '"') field += character;
      else if (line[index + 1] === '"') {
        field += '"';
        index += 1;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === delimiter) {
      fields.push(field.trim());
      field = '';
    } else field += character;
  }
  fields.push(field.trim());
  return fields;
};

const hashColumn =
  /^(?:file_?)?(?:sha_?-?256|sha_?-?1|md5|hash|digest|checksum|ioc|indicator|value|observable)(?:_?(?:hash|digest|sum|value))?$/i;
const noteColumn =
  /^(?:note|name|description|comment|signature|malware(?:_?family|_?name)?|family|threat|title|tags?|label|artifact)$/i;

interface Columns {
  readonly hashes: readonly number[];
  readonly notes: readonly number[];
}

const readHeader = (fields: readonly string[]): Columns | undefined => {
  const at = (pattern: RegExp): readonly number[] =>
    fields.flatMap((field, index) => (pattern.test(field.replaceAll(' ', '_')) ? [index] : []));
  const hashes = at(hashColumn);
  return hashes.length === 0 ? undefined : { hashes, notes: at(noteColumn) };
};

const delimiterOf = (line: string): string | undefined =>
  [',', ';', '\t'].find((delimiter) => line.includes(delimiter));

const maximumNote = 200;

/** An entry for the one content that the record names: the strongest of its hashes, so that a content is reported once. */
const readRecord = (fields: readonly string[], { hashes, notes }: Columns): FeedEntry | undefined => {
  const found = hashes.flatMap((index) => parseHash(fields[index] ?? '') ?? []);
  const best = hashAlgorithms.flatMap((algorithm) => found.find((hash) => hash.algorithm === algorithm) ?? [])[0];
  const note = notes
    .flatMap((index) => (fields[index] === undefined || fields[index] === '' ? [] : [fields[index]]))
    .join(', ');
  return best === undefined ? undefined : { ...best, note: note.slice(0, maximumNote) };
};

/**
 * Never throws: a line that holds no hash is rejected with its number, the others are used. Lines that begin with `#` or `//` are
 * comments; such a line that names columns is taken for the header, as some exchanges write it.
 */
export const parseFeed = (text: string): Feed => {
  const entries: FeedEntry[] = [];
  const rejected: { line: number; reason: string }[] = [];
  let columns: Columns | undefined;
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    const comment = /^(?:#|\/\/)\s*(.*)$/.exec(line);
    const delimiter = delimiterOf(line);
    if (columns === undefined && entries.length === 0 && delimiter !== undefined) {
      columns = readHeader(splitRecord(comment?.[1] ?? line, delimiter));
      if (columns !== undefined) continue;
    }
    if (line === '' || comment !== null) continue;
    const entry = columns === undefined ? readPlain(line) : readRecord(splitRecord(line, delimiter ?? ','), columns);
    if (entry === undefined) rejected.push({ line: index + 1, reason: 'no SHA-256, SHA-1 or MD5 in hex' });
    else entries.push(entry);
  }
  return { entries, rejected };
};

/** `HASH`, `HASH  name` as sha256sum writes it, `HASH # note`, `HASH, note`. */
const readPlain = (line: string): FeedEntry | undefined => {
  const [, written = '', note = ''] = /^"?([^\s,;"#]+)"?[\s,;#*]*(.*)$/.exec(line) ?? [];
  const hash = parseHash(written);
  return hash === undefined ? undefined : { ...hash, note: note.slice(0, maximumNote) };
};
