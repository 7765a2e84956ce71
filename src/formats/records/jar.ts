/** What a jar says of itself → Maven packages: META-INF/MANIFEST.MF (the JAR file specification) and META-INF/maven/…/pom.properties (java.util.Properties). */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { parseRecordText } from './record-text.ts';

/** By lower-case name: attribute names are compared without case. */
export type JarAttributes = ReadonlyMap<string, string>;

export interface JarManifest {
  readonly main: JarAttributes;
  /** Attributes of single entries, by the entry's name: digests of a signed jar are among them. */
  readonly entries: ReadonlyMap<string, JarAttributes>;
}

/** Lines with their continuations joined; the specification allows each of the three ends of a line, and 72 bytes in a line. */
const logicalLines = (text: string): readonly string[] => {
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const last = lines.at(-1);
    if (line.startsWith(' ') && last !== undefined && last !== '') lines[lines.length - 1] = last + line.slice(1);
    else lines.push(line);
  }
  return lines;
};

/**
 * The first of two equal attributes counts, and the first of two sections for one entry; both are remarked on as ambiguity `JAR_MANIFEST_AMBIGUOUS`.
 * Gap `JAR_MANIFEST_INVALID` for lines that are no attribute.
 * @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseJarManifest = (bytes: Uint8Array, budget: Budget, remark: OnRemark): JarManifest => {
  const complaints = new Complaints();
  const main = new Map<string, string>();
  const entries = new Map<string, JarAttributes>();
  let section: Map<string, string> | undefined = main;
  // Names in UTF-8 may be cut between lines in the middle of a character: joined first, then read.
  for (const line of logicalLines(parseRecordText(bytes, budget))) {
    if (line === '') {
      section = section === main && main.size === 0 ? main : undefined;
      continue;
    }
    const colon = line.indexOf(': ');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (colon < 1 || !/^[a-z0-9_-]{1,70}$/.test(name)) {
      complaints.addLine('gap', 'JAR_MANIFEST_INVALID', 'a line that is no attribute', line);
      continue;
    }
    const value = line.slice(colon + 2);
    if (section === undefined) {
      budget.spendEntry();
      section = new Map();
      // 'Name' opens the section of an entry and is its first line.
      if (name !== 'name') complaints.addLine('gap', 'JAR_MANIFEST_INVALID', 'a section without a name', line);
      else if (entries.has(value))
        complaints.addLine('ambiguity', 'JAR_MANIFEST_AMBIGUOUS', 'an entry has two sections', line);
      else entries.set(value, section);
      if (name === 'name') continue;
    }
    if (section.has(name)) complaints.addLine('ambiguity', 'JAR_MANIFEST_AMBIGUOUS', 'an attribute occurs twice', line);
    else section.set(name, value);
  }
  complaints.report(remark);
  return { main, entries };
};

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

const unescape = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (escapes[character ?? ''] ?? character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** A line that ends in an odd number of backslashes goes on in the next. */
const goesOn = (line: string): boolean => {
  let start = line.length;
  while (start > 0 && line[start - 1] === '\\') start -= 1;
  return (line.length - start) % 2 === 1;
};

const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\f';

/** Key and value as written: the first `=`, `:` or blank that no backslash stands before divides them. */
const divide = (line: string): readonly [string, string] => {
  let end = 0;
  while (end < line.length && line[end] !== '=' && line[end] !== ':' && !isBlank(line[end]))
    end += line[end] === '\\' ? 2 : 1;
  let start = end;
  while (isBlank(line[start])) start += 1;
  if (line[start] === '=' || line[start] === ':') start += 1;
  while (isBlank(line[start])) start += 1;
  return [line.slice(0, end), line.slice(start)];
};

/** java.util.Properties, "load": the last of two values counts. @throws {Fault} limit `RECORD_TOO_LARGE` */
export const parseProperties = (bytes: Uint8Array, budget: Budget): ReadonlyMap<string, string> => {
  const properties = new Map<string, string>();
  const parts: string[] = [];
  for (const raw of parseRecordText(bytes, budget).split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (parts.length === 0 && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    if (goesOn(line)) {
      parts.push(line.slice(0, -1));
      continue;
    }
    const [key, value] = divide([...parts, line].join(''));
    parts.length = 0;
    budget.spendEntry();
    properties.set(unescape(key), unescape(value));
  }
  return properties;
};

/**
 * pom.properties: the exact coordinates, which Maven writes into what it builds.
 * @throws {Fault} malformed `POM_PROPERTIES_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parsePomProperties = (bytes: Uint8Array, budget: Budget): PackageRecord => {
  const properties = parseProperties(bytes, budget);
  const [group, artifact, version = ''] = ['groupId', 'artifactId', 'version'].map((key) => properties.get(key));
  if (group === undefined || group === '' || artifact === undefined || artifact === '')
    throw malformed('POM_PROPERTIES_INVALID', 'no groupId or no artifactId', budget.where);
  return {
    ecosystem: 'maven',
    name: `${group}:${artifact}`,
    version,
    purl: toPackageUrl('maven', { namespace: group, name: artifact, version }),
  };
};

const firstOf = (attributes: JarAttributes, names: readonly string[]): string | undefined =>
  names.map((name) => attributes.get(name)?.trim()).find((value) => value !== undefined && value !== '');

/**
 * What a jar without pom.properties says of itself. A manifest holds no group, so `name` is a title or a bundle's symbolic name, never `group:artifact`,
 * and the package URL is `pkg:generic`: nothing may be matched with it as if it were a coordinate. undefined when there is no name.
 */
export const toJarPackage = ({ main }: JarManifest): PackageRecord | undefined => {
  // OSGi: the symbolic name may be followed by directives.
  const bundle = main
    .get('bundle-symbolicname')
    ?.replace(/;[^]*$/, '')
    .trim();
  const name =
    bundle === undefined || bundle === ''
      ? firstOf(main, ['automatic-module-name', 'implementation-title', 'specification-title'])
      : bundle;
  if (name === undefined) return undefined;
  const version = firstOf(main, ['implementation-version', 'bundle-version', 'specification-version']) ?? '';
  const vendor = firstOf(main, ['implementation-vendor', 'bundle-vendor', 'specification-vendor']);
  const license = firstOf(main, ['bundle-license']);
  return {
    ecosystem: 'maven',
    name,
    version,
    purl: toPackageUrl('maven', { name, version }).replace(/^pkg:maven\//, 'pkg:generic/'),
    ...(vendor === undefined ? {} : { vendor }),
    ...(license === undefined ? {} : { license }),
  };
};
