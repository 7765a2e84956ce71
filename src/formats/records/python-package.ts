/** What installers leave beside a Python package → its name, version and files: dist-info (PEP 376, PEP 427, "Recording installed projects") and egg-info. */
import { Buffer } from 'node:buffer';

import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import {
  toPackageUrl,
  type PackageFile,
  type PackageRecord,
  type RecordedDigest,
  type RecordedDigests,
} from '../../core/package-record.ts';
import { normalisePath, parentOf } from '../../core/path.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { linesOf, parseRecordText } from './record-text.ts';

/** PEP 503: names that differ only so are one project. */
export const normalPythonName = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase();

/** The header fields of METADATA or PKG-INFO, by lower-case name; the description behind them is left alone. Continuations are joined. */
const parseFields = (text: string): ReadonlyMap<string, readonly string[]> => {
  const fields = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const raw of linesOf(text)) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') break;
    const blank = line.startsWith(' ') || line.startsWith('\t');
    if (blank && last !== undefined) {
      // Only the first lines of a value matter here; licences can be pages long.
      const value = last.at(-1) ?? '';
      if (value.length < 10_000) last[last.length - 1] = `${value}\n${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    last = fields.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    fields.set(name, last);
  }
  return fields;
};

/**
 * METADATA of a `.dist-info` folder, PKG-INFO of an `.egg-info` folder, or an `.egg-info` file. Remark: ambiguity `PYTHON_METADATA_AMBIGUOUS`
 * when name or version stand there twice and differ; the first counts, as with Python's own reader.
 * @throws {Fault} malformed `PYTHON_METADATA_INVALID`; limit `RECORD_TOO_LARGE`
 */
export const parsePythonMetadata = (bytes: Uint8Array, budget: Budget, remark: OnRemark): PackageRecord => {
  const fields = parseFields(parseRecordText(bytes, budget));
  const [name, version] = ['name', 'version'].map((field) => {
    const values = fields.get(field) ?? [];
    if (new Set(values).size > 1)
      remark({
        kind: 'ambiguity',
        code: 'PYTHON_METADATA_AMBIGUOUS',
        where: '',
        reason: `the ${field} is stated ${values.length} times`,
        bytes: 0,
      });
    return values[0] ?? '';
  });
  if (name === undefined || name === '' || version === undefined)
    throw malformed('PYTHON_METADATA_INVALID', 'the metadata name no package', budget.where);
  const license = fields.get('license-expression')?.[0] ?? fields.get('license')?.[0];
  const vendor = fields.get('author')?.[0] ?? fields.get('author-email')?.[0];
  return {
    ecosystem: 'pypi',
    name,
    version,
    purl: toPackageUrl('pypi', { name, version }),
    ...(vendor === undefined || vendor === '' ? {} : { vendor }),
    ...(license === undefined || license === '' ? {} : { license }),
  };
};

const digestSizes: Readonly<Partial<Record<RecordedDigest, number>>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** `sha256=` and the digest in URL-safe base64 without padding; some of Debian's builds wrote hex. undefined for what is none. */
const parseDigest = (field: string): RecordedDigests | undefined => {
  if (field === '') return {};
  const [, name = '', digits = ''] = /^([a-z0-9]+)=([A-Za-z0-9_-]+)=*$/.exec(field) ?? [];
  const size = Object.hasOwn(digestSizes, name) ? digestSizes[name as RecordedDigest] : undefined;
  const isHex = size !== undefined && digits.length === size * 2 && /^[0-9a-f]+$/.test(digits);
  const bytes = Buffer.from(digits, isHex ? 'hex' : 'base64url');
  if (digits === '') return undefined;
  // Other algorithms of hashlib are allowed and say nothing that can be compared.
  if (size === undefined) return {};
  return bytes.length === size ? { [name]: bytes.toString('hex') } : undefined;
};

/** The end of a quotation that begins at `start`: its closing mark; a doubled mark stands for one. -1 without an end. */
const endOfQuotation = (line: string, start: number): number => {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 2))
    if (line[at + 1] !== '"') return at;
  return -1;
};

/** One line of CSV as Python's csv module reads it; undefined when a quotation has no end, or something stands behind it. */
const parseCsvLine = (line: string): readonly string[] | undefined => {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  for (let at = 0; at <= line.length;) {
    const isQuoted = line[at] === '"';
    const comma = isQuoted ? endOfQuotation(line, at) + 1 : line.indexOf(',', at);
    const end = comma < 0 ? line.length : comma;
    if (isQuoted && (comma === 0 || (end < line.length && line[end] !== ','))) return undefined;
    fields.push(isQuoted ? line.slice(at + 1, end - 1).replaceAll('""', '"') : line.slice(at, end));
    at = end + 1;
  }
  return fields;
};

/**
 * RECORD: `path,algorithm=digest,size` for every file. `folder` is the `.dist-info` folder's path in the tree: names are relative to the
 * folder around it and may climb out of it, or be absolute. RECORD itself and compiled files have no digest.
 * Remark: gap `PYTHON_RECORD_INVALID`.
 * @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parsePythonRecord = (
  folder: string,
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): readonly PackageFile[] => {
  const complaints = new Complaints();
  const base = parentOf(folder);
  const files: PackageFile[] = [];
  for (const raw of linesOf(parseRecordText(bytes, budget))) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') continue;
    budget.spendEntry();
    const [name = '', hash = '', size = '', ...more] = parseCsvLine(line) ?? [];
    const digests = parseDigest(hash);
    if (name === '' || digests === undefined || !/^[0-9]{0,15}$/.test(size) || more.length > 0) {
      complaints.addLine('gap', 'PYTHON_RECORD_INVALID', 'a line that is no file with digest and size', line);
      continue;
    }
    const { path } = normalisePath(name.startsWith('/') ? name : `${base}/${name}`);
    files.push({ path, digests, ...(size === '' ? {} : { size: Number(size) }) });
  }
  complaints.report(remark);
  return files;
};

/** installed-files.txt: names relative to the `.egg-info` folder it lies in. @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY` */
export const parseEggInstalledFiles = (folder: string, bytes: Uint8Array, budget: Budget): readonly PackageFile[] => {
  const files: PackageFile[] = [];
  for (const raw of linesOf(parseRecordText(bytes, budget))) {
    const name = raw.trim();
    if (name === '') continue;
    budget.spendEntry();
    files.push({ path: normalisePath(name.startsWith('/') ? name : `${folder}/${name}`).path, digests: {} });
  }
  return files;
};
