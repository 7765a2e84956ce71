/** A registry's host → what is known of it, and which known registry it could be taken for. */
import { domainToUnicode } from 'node:url';
import { hasForeignLetters, toLatin } from './foreign-letters.ts';
import type { KnownNames, KnownRegistry, RegistryKind } from './known-names.ts';
import { describeResemblance, resemblanceOf, skeletonOf } from './resemblance.ts';
import type { Trait } from './trait.ts';

const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '');

/** This machine, an address, or a name without a dot: no public name that could be mistaken. */
export const isLocalHost = (host: string): boolean => {
  const name = withoutPort(host);
  return (
    !name.includes('.') ||
    name.startsWith('[') ||
    /^[\d.]+$/.test(name) ||
    /\.(?:local|localhost|internal|lan|home|test)$/.test(name)
  );
};

/** Loopback, where a mirror of a public registry answers under the public registry's paths. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(withoutPort(host));

/** `*` stands for one or more labels; compared label by label from the right, so that the cost is linear. */
const fitsPattern = (pattern: string, host: string): boolean => {
  const pieces = pattern.split('*');
  if (pieces.length === 1) return pattern === host;
  const [first = ''] = pieces;
  if (!host.startsWith(first)) return false;
  let at = first.length;
  for (const [position, piece] of pieces.slice(1).entries()) {
    const found = position === pieces.length - 2 ? host.length - piece.length : host.indexOf(piece, at + 1);
    if (found < at + 1 || !host.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return at === host.length;
};

export const findRegistry = (known: KnownNames, host: string): KnownRegistry | undefined => {
  const name = withoutPort(host);
  return known.registries.find(({ host: pattern }) => fitsPattern(pattern, name));
};

export const kindOfHost = (known: KnownNames, host: string): RegistryKind | 'local' | 'unknown' =>
  findRegistry(known, host)?.kind ?? (isLocalHost(host) ? 'local' : 'unknown');

/** `docker.io` of `registry-1.docker.io`; three labels where the second is one of a country, as in `example.co.uk`. */
const siteOf = (host: string): string => {
  const labels = host.split('.');
  const isCountry = labels.length > 2 && (labels.at(-1) ?? '').length === 2 && (labels.at(-2) ?? '').length <= 3;
  // `quay.lo` is no country's.
  return labels
    .slice(
      isCountry && ['co', 'com', 'net', 'org', 'edu', 'gov', 'ac', 'or', 'ne'].includes(labels.at(-2) ?? '') ? -3 : -2,
    )
    .join('.');
};

const splitSite = (site: string): readonly [label: string, ending: string] => {
  const dot = site.indexOf('.');
  return [site.slice(0, dot), site.slice(dot + 1)];
};

interface Model {
  readonly site: string;
  readonly host: string;
  readonly popularity: number;
}

/** What strangers imitate: the sites of registries, each once, by its best known host. */
const modelsOf = ({ registries, own }: KnownNames): readonly Model[] => {
  const models = new Map<string, Model>();
  const hosts = [
    ...registries.filter(({ kind, host }) => kind !== 'tenants' && !host.includes('*')),
    ...own.map(({ registry }) => ({ host: withoutPort(registry).replace(/^\*\./, ''), popularity: 3 })),
  ];
  for (const { host, popularity } of hosts) {
    const site = siteOf(host);
    const earlier = models.get(site);
    if (earlier === undefined || popularity > earlier.popularity) models.set(site, { site, host, popularity });
  }
  return [...models.values()];
};

/** Endings that are one slip or one look away from each other. */
const isNearEnding = (one: string, other: string): boolean =>
  skeletonOf(one) === skeletonOf(other) ||
  (one.length === other.length && Array.from(one).toSorted().join('') === Array.from(other).toSorted().join(''));

const brandWords: ReadonlySet<string> = new Set([
  'registry',
  'hub',
  'official',
  'images',
  'image',
  'containers',
  'container',
  'cr',
  'io',
  'com',
]);
const mirrorWords: ReadonlySet<string> = new Set(['mirror', 'mirrors', 'proxy', 'cache', 'cdn', 'pull']);

/** `docker-hub`, `dockerhub`, `docker-io`: the label of a known site, and only words that registries use. */
const addedWords = (label: string, original: string): 'brand' | 'mirror' | undefined => {
  const rest = label.startsWith(original)
    ? label.slice(original.length)
    : label.endsWith(original)
      ? label.slice(0, -original.length)
      : '';
  const words = rest.split('-').filter(Boolean);
  if (words.length === 0 || original.length < 4) return undefined;
  if (words.every((word) => brandWords.has(word))) return 'brand';
  return words.every((word) => brandWords.has(word) || mirrorWords.has(word)) ? 'mirror' : undefined;
};

interface Likeness {
  readonly points: number;
  readonly says: string;
}

const compareSites = (site: string, { site: original, popularity }: Model): Likeness | undefined => {
  const [label, ending] = splitSite(site);
  const [originalLabel, originalEnding] = splitSite(original);
  if (label === originalLabel && ending !== originalEnding) {
    if (isNearEnding(ending, originalEnding)) return { points: 5, says: `looks like ${original}` };
    // The same word under another ending may well be somebody else's company.
    return { points: popularity >= 3 ? 3 : 1, says: `is ${original} with another ending` };
  }
  const sameEnding = ending === originalEnding || isNearEnding(ending, originalEnding);
  if (!sameEnding) return undefined;
  const short = originalLabel.length < 4;
  const resemblance = resemblanceOf(label.padEnd(4, '#'), originalLabel.padEnd(4, '#'));
  if (resemblance === 'look' || resemblance === 'swap' || resemblance === 'double')
    return { points: 5, says: `looks like ${describeResemblance(resemblance, original)}` };
  if (resemblance === 'separator')
    return { points: 4, says: `looks like ${describeResemblance(resemblance, original)}` };
  if (short) return undefined;
  const slip = resemblance === 'letter' || (originalLabel.length === 4 && differsInOne(label, originalLabel));
  if (slip) return { points: popularity + 1, says: `looks like ${describeResemblance('letter', original)}` };
  const added = addedWords(label, originalLabel);
  return added === undefined
    ? undefined
    : { points: added === 'brand' ? 3 : 2, says: `is ${original} with words added` };
};

const differsInOne = (one: string, other: string): boolean =>
  one.length === other.length && Array.from(one).filter((letter, position) => letter !== other[position]).length === 1;

/** A whole known host in front of somebody else's site: pull-through caches of companies are called so, and traps. */
const isPrefixed = (host: string, original: string): boolean =>
  host.startsWith(`${original}.`) ||
  host.startsWith(`${original}-`) ||
  host.startsWith(`${original.replaceAll('.', '-')}.`);

const judgeForeign = (host: string, shownHost: string, known: KnownNames): Trait | undefined => {
  const latin = toLatin(shownHost);
  const model = modelsOf(known).find(
    ({ site }) => siteOf(latin) === site || skeletonOf(siteOf(latin)) === skeletonOf(site),
  );
  const value = `${host} (${shownHost})`;
  if (model !== undefined || findRegistry(known, latin) !== undefined)
    return {
      part: 'registry',
      points: 7,
      value,
      says: `is written like ${latin} with letters of another alphabet`,
      original: model?.host ?? latin,
    };
  const mixed = shownHost
    .split('.')
    .some((label) => /[a-z]/.test(label) && /\p{Script=Cyrillic}|\p{Script=Greek}|\p{Script=Armenian}/u.test(label));
  return mixed ? { part: 'registry', points: 3, value, says: 'mixes letters of several alphabets' } : undefined;
};

export const judgeHost = (host: string, known: KnownNames): Trait | undefined => {
  const name = withoutPort(host);
  if (isLocalHost(host) || findRegistry(known, host) !== undefined) return undefined;
  if (name.split('.').some((label) => label.startsWith('xn--'))) {
    const shownHost = domainToUnicode(name);
    if (hasForeignLetters(shownHost)) return judgeForeign(host, shownHost, known);
  }
  const site = siteOf(name);
  let best: Trait | undefined;
  for (const model of modelsOf(known)) {
    if (site === model.site) return undefined;
    const likeness = compareSites(site, model);
    if (likeness !== undefined && likeness.points > (best?.points ?? 0))
      best = { part: 'registry', value: host, original: model.host, ...likeness };
  }
  if (best !== undefined) return best;
  const prefix = known.registries.find(
    ({ host: original, popularity }) => popularity >= 2 && isPrefixed(name, original),
  );
  return (
    prefix && { part: 'registry', points: 1, value: host, says: `begins with ${prefix.host}, and belongs to ${site}` }
  );
};
