/** What the scanning threads say of one record, as plain data, and its way back: nothing that a thread says is trusted to be well-formed. */
import type { Plain } from '../../core/analyzer.ts';
import type { Ecosystem, PackageRecord } from '../../core/package-record.ts';
import type { DpkgPackage } from '../../formats/records/dpkg-status.ts';
import { isPackedFiles, unpackFiles, type PackedFiles } from './packed-files.ts';

/** Something about a record that readers may take in two ways, or that could not be read: code and reason. */
export type RecordRemark = readonly [code: string, reason: string];

/** A package without what only its own package manager asks for. */
export type PackageRow = {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly arch?: string;
  readonly source?: { readonly name: string; readonly version?: string };
  readonly vendor?: string;
  readonly packed?: PackedFiles;
};

export type RecordFact = {
  readonly is: string;
  /** Of rpm, apk and programming languages. */
  readonly packages?: readonly PackageRow[];
  /** Of dpkg's status. */
  readonly stanzas?: Plain;
  /** Of a list of files, with or without digests. */
  readonly packed?: PackedFiles;
  /** Of diversions (from, to, by or '') and alternatives (link, choices). */
  readonly links?: readonly (readonly string[])[];
  /** Of os-release: ID, VERSION_ID, PRETTY_NAME. */
  readonly release?: readonly string[];
  readonly remarks?: readonly RecordRemark[];
  /** Of the file that the record lies in, where it is one that is compared. */
  readonly digests?: string;
};

const ecosystems: Readonly<Record<Ecosystem, true>> = {
  deb: true,
  rpm: true,
  apk: true,
  pypi: true,
  npm: true,
  gem: true,
  go: true,
  maven: true,
  composer: true,
  cargo: true,
};
const isEcosystem = (text: string): text is Ecosystem => Object.hasOwn(ecosystems, text);

type Fields = { readonly [name: string]: Plain };

const isFields = (value: Plain | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textIn = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
};

const listIn = (fields: Fields, name: string): readonly Plain[] => {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
};

const isTexts = (value: Plain): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

export const toRow = ({ ecosystem, name, version, purl, arch, source, vendor }: PackageRecord): PackageRow => ({
  ecosystem,
  name,
  version,
  purl,
  ...(arch === undefined ? {} : { arch }),
  ...(source === undefined ? {} : { source }),
  ...(vendor === undefined ? {} : { vendor }),
});

const fromRow = (row: Plain, recordedIn: string): readonly PackageRecord[] => {
  if (!isFields(row)) return [];
  const [ecosystem, name, version, purl, arch, vendor] = ['ecosystem', 'name', 'version', 'purl', 'arch', 'vendor'].map(
    (field) => textIn(row, field),
  );
  if (ecosystem === undefined || !isEcosystem(ecosystem) || name === undefined) return [];
  const source = row['source'];
  const packed = row['packed'];
  const [sourceName, sourceVersion] = isFields(source) ? [textIn(source, 'name'), textIn(source, 'version')] : [];
  return [
    {
      ecosystem,
      name,
      version: version ?? '',
      purl: purl ?? '',
      recordedIn,
      ...(arch === undefined ? {} : { arch }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(sourceName === undefined
        ? {}
        : { source: { name: sourceName, ...(sourceVersion === undefined ? {} : { version: sourceVersion }) } }),
      ...(isPackedFiles(packed) ? { files: unpackFiles(packed) } : {}),
    },
  ];
};

/** `recordedIn`: the path of the record. */
export const packagesIn = (fact: Plain, recordedIn: string): readonly PackageRecord[] =>
  isFields(fact) ? listIn(fact, 'packages').flatMap((row) => fromRow(row, recordedIn)) : [];

export const packedIn = (fact: Plain): PackedFiles | undefined => {
  const packed = isFields(fact) ? fact['packed'] : undefined;
  return isPackedFiles(packed) ? packed : undefined;
};

const stanzaOf = (stanza: Plain): readonly DpkgPackage[] => {
  if (!isFields(stanza)) return [];
  const [name, version = '', architecture = '', multiArch, status, maintainer] = [
    'name',
    'version',
    'architecture',
    'multiArch',
    'status',
    'maintainer',
  ].map((field) => textIn(stanza, field));
  if (name === undefined) return [];
  const source = stanza['source'];
  const [sourceName, sourceVersion] = isFields(source) ? [textIn(source, 'name'), textIn(source, 'version')] : [];
  const size = stanza['installedSize'];
  const conffiles = listIn(stanza, 'conffiles').flatMap((conffile) => {
    const [path, md5] = isFields(conffile) ? [textIn(conffile, 'path'), textIn(conffile, 'md5')] : [];
    return path === undefined ? [] : [{ path, ...(md5 === undefined ? {} : { md5 }), marks: [] }];
  });
  return [
    {
      name,
      version,
      architecture,
      ...(multiArch === undefined ? {} : { multiArch }),
      ...(status === undefined ? {} : { status }),
      ...(maintainer === undefined ? {} : { maintainer }),
      ...(sourceName === undefined
        ? {}
        : { source: { name: sourceName, ...(sourceVersion === undefined ? {} : { version: sourceVersion }) } }),
      ...(typeof size === 'number' ? { installedSize: size } : {}),
      isEssential: stanza['isEssential'] === true,
      conffiles,
    },
  ];
};

export const stanzasIn = (fact: Plain): readonly DpkgPackage[] =>
  isFields(fact) ? listIn(fact, 'stanzas').flatMap(stanzaOf) : [];

export const linksIn = (fact: Plain): readonly (readonly string[])[] =>
  isFields(fact) ? listIn(fact, 'links').filter(isTexts) : [];

export interface Distribution {
  /** As os-release(5) has them: `debian`, `12`. */
  readonly id: string;
  readonly versionId: string;
  readonly title: string;
}

export const releaseIn = (fact: Plain): Distribution | undefined => {
  const release = isFields(fact) ? fact['release'] : undefined;
  if (release === undefined || !isTexts(release)) return undefined;
  const [id = '', versionId = '', title = ''] = release;
  return { id, versionId, title };
};

export const remarksIn = (fact: Plain): readonly RecordRemark[] =>
  isFields(fact)
    ? listIn(fact, 'remarks').flatMap((remark) =>
        isTexts(remark) ? [[remark[0] ?? '', remark[1] ?? ''] as const] : [],
      )
    : [];

/** The digests of the file itself, as `digestsText` wrote them: the whole fact of most files. */
export const digestsIn = (fact: Plain): string =>
  typeof fact === 'string' ? fact : isFields(fact) ? (textIn(fact, 'digests') ?? '') : '';

export const kindOfFact = (fact: Plain): string => (isFields(fact) ? (textIn(fact, 'is') ?? '') : '');
