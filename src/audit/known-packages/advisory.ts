/** An OSV record, or one of our own in the same form → what it says of each package: which versions are bad, since when, and who says so. */
import type { Ecosystem } from '../../core/package-record.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { normalPythonName } from '../../formats/records/python-package.ts';
import type { Affected, RangeEvent } from './affected-versions.ts';

/** `image` and `ami` are our own: repositories with their tags, and machine images by their ids. */
export type KnownEcosystem = Ecosystem | 'image' | 'ami';

export interface Advisory extends Affected {
  readonly id: string;
  readonly ecosystem: KnownEcosystem;
  /** As compared: see `comparedName`. */
  readonly name: string;
  /** Only on this distribution: `debian`. '' for all. */
  readonly distribution: string;
  readonly summary: string;
  /** Day of the last change: `2024-03-29`. */
  readonly date: string;
  readonly source: string;
}

/** OSV's names of ecosystems, lower case, before the colon of a release: ours, and the distribution's id where it is one. */
const ecosystems: Readonly<Record<string, readonly [KnownEcosystem, string]>> = {
  npm: ['npm', ''],
  pypi: ['pypi', ''],
  rubygems: ['gem', ''],
  go: ['go', ''],
  maven: ['maven', ''],
  packagist: ['composer', ''],
  'crates.io': ['cargo', ''],
  debian: ['deb', 'debian'],
  ubuntu: ['deb', 'ubuntu'],
  alpine: ['apk', 'alpine'],
  wolfi: ['apk', 'wolfi'],
  chainguard: ['apk', 'chainguard'],
  'red hat': ['rpm', 'rhel'],
  'rocky linux': ['rpm', 'rocky'],
  almalinux: ['rpm', 'almalinux'],
  opensuse: ['rpm', 'opensuse'],
  // Our own records say what holds of every distribution.
  deb: ['deb', ''],
  rpm: ['rpm', ''],
  apk: ['apk', ''],
  image: ['image', ''],
  ami: ['ami', ''],
};

/** Names that one registry takes for the same package. */
export const comparedName = (ecosystem: KnownEcosystem, name: string): string => {
  switch (ecosystem) {
    case 'pypi':
      return normalPythonName(name);
    case 'npm':
    case 'composer':
    case 'image':
      return name.toLowerCase();
    case 'cargo':
      return name.toLowerCase().replaceAll('_', '-');
    default:
      return name;
  }
};

const mostText = 300;
const mostVersions = 20_000;

const textOf = (object: JsonObject, name: string): string => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' ? value : '';
};
const listOf = (object: JsonObject, name: string): readonly unknown[] => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return Array.isArray(value) ? value : [];
};

const eventsOf = (range: unknown): readonly RangeEvent[] =>
  (isJsonObject(range) ? listOf(range, 'events') : []).flatMap((event) =>
    isJsonObject(event)
      ? (['introduced', 'fixed', 'last_affected', 'limit'] as const).flatMap((kind): readonly RangeEvent[] => {
          const version = textOf(event, kind);
          return version === '' ? [] : [[kind, version]];
        })
      : [],
  );

/** Ranges of commits say nothing about a version. */
const isOfVersions = (range: unknown): boolean => isJsonObject(range) && textOf(range, 'type') !== 'GIT';

const sourceOf = (record: JsonObject, id: string): string => {
  const [first] = listOf(record, 'references').flatMap((reference) =>
    isJsonObject(reference) && textOf(reference, 'url') !== '' ? [textOf(reference, 'url')] : [],
  );
  return (first ?? (id.startsWith('MAL-') ? 'OpenSSF malicious packages' : '')).slice(0, mostText);
};

const affectedOf = (
  entry: unknown,
  about: Omit<Advisory, 'ecosystem' | 'name' | 'distribution' | keyof Affected>,
): readonly Advisory[] => {
  if (!isJsonObject(entry) || !isJsonObject(entry['package'])) return [];
  const [name, written] = [textOf(entry['package'], 'name'), textOf(entry['package'], 'ecosystem')];
  const base = (written.split(':')[0] ?? '').toLowerCase();
  const known = Object.hasOwn(ecosystems, base) ? ecosystems[base] : undefined;
  if (known === undefined || name === '') return [];
  const [ecosystem, distribution] = known;
  const versions = listOf(entry, 'versions')
    .filter((version) => typeof version === 'string')
    .slice(0, mostVersions);
  const stated = listOf(entry, 'ranges');
  const ranges = stated
    .filter(isOfVersions)
    .map(eventsOf)
    .filter((events) => events.length > 0);
  // Commits, and ranges that cannot be read, are no statement about every version.
  if (versions.length === 0 && ranges.length === 0 && stated.length > 0) return [];
  return [{ ...about, ecosystem, name: comparedName(ecosystem, name), distribution, versions, ranges }];
};

/** `malicious`: only records that state malice count. Our own state nothing else; OSV's are told by their id. undefined for what is no record. */
export const parseAdvisory = (value: unknown, isOurs: boolean): readonly Advisory[] | undefined => {
  if (!isJsonObject(value)) return undefined;
  const id = textOf(value, 'id');
  if (id === '' || !Array.isArray(value['affected'])) return undefined;
  const aliases = listOf(value, 'aliases');
  const isMalice = isOurs || [id, ...aliases].some((name) => typeof name === 'string' && name.startsWith('MAL-'));
  if (!isMalice || textOf(value, 'withdrawn') !== '') return [];
  const about = {
    id: id.slice(0, mostText),
    summary: textOf(value, 'summary').slice(0, mostText),
    date: (textOf(value, 'modified') || textOf(value, 'published')).slice(0, 10),
    source: sourceOf(value, id),
  };
  return listOf(value, 'affected').flatMap((entry) => affectedOf(entry, about));
};
