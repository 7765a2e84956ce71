/** A namespace → whether it imitates a publisher's, borrows a brand, or was made by a machine. */
import type { KnownNames } from './known-names.ts';
import { describeResemblance, resemblanceOf, withoutSeparators } from './resemblance.ts';
import type { Trait } from './trait.ts';

/** Words by which an account claims to be the real one. */
const authorityWords: readonly string[] = [
  'official',
  'officials',
  'original',
  'genuine',
  'authentic',
  'verified',
  'real',
  'trusted',
  'legit',
  'therealone',
];
/** Words of companies and registries: honest alone, a claim beside a brand. */
const companyWords: ReadonlySet<string> = new Set([
  'inc',
  'corp',
  'hq',
  'team',
  'company',
  'images',
  'image',
  'registry',
  'library',
  'hub',
  'containers',
  'cr',
  'the',
]);

export const isAuthorityWord = (word: string): boolean => authorityWords.includes(word);

/** `official` joined to a name without a separator: `nginxofficial`, `realredis`. */
export const withoutAuthorityWord = (name: string): string | undefined => {
  for (const word of authorityWords) {
    if (name.length > word.length && name.startsWith(word)) return name.slice(word.length).replace(/^[-_.]+/, '');
    if (name.length > word.length && name.endsWith(word)) return name.slice(0, -word.length).replace(/[-_.]+$/, '');
  }
  return undefined;
};

/** How often letters and digits change places: people write `john1985`, machines `x7k2m9qp`. */
const changes = (name: string): number => name.match(/(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)/g)?.length ?? 0;

/** What nobody would choose to be called. */
export const isMachineMade = (name: string): boolean => {
  if (/^\d{5,}$/.test(name)) return true;
  if (/^[0-9a-f]{8,}$/.test(name) && /\d/.test(name) && /[a-f]/.test(name) && changes(name) >= 2) return true;
  return /^[a-z0-9]{8,}$/.test(name) && changes(name) >= 4 && (name.match(/\d/g)?.length ?? 0) >= 3;
};

interface Namesake {
  readonly host: string;
  readonly name: string;
  readonly popularity: number;
  readonly original: string | undefined;
}

const publishersOf = ({ namespaces, brands, own }: KnownNames): readonly Namesake[] => [
  ...[...namespaces].flatMap(([host, names]) =>
    [...names].map(([name, popularity]) => ({ host, name, popularity, original: `${host}/${name}` })),
  ),
  // A brand is imitated whether or not its owner has an account of that name.
  ...brands.map((name) => ({ host: 'docker.io', name, popularity: 3, original: undefined })),
  ...own.flatMap(({ registry, path: [name] }) =>
    name === undefined || name === '*'
      ? []
      : [{ host: registry, name, popularity: 3, original: `${registry}/${name}` }],
  ),
];

/** A publisher's namespace on any registry where anybody may have an account. */
export const isPublisher = (namespace: string, { namespaces }: KnownNames): boolean =>
  [...namespaces.values()].some((names) => names.has(namespace));

const pointsOf = (
  namespace: string,
  registry: string,
  { host, name, popularity }: Namesake,
): Pick<Trait, 'points' | 'says'> | undefined => {
  const resemblance = resemblanceOf(namespace, name);
  if (resemblance === undefined) return undefined;
  const says = `looks like ${describeResemblance(resemblance, name)}`;
  switch (resemblance) {
    case 'look':
      // Names that only a confusion of i and l joins are common among people.
      return { points: popularity >= 2 || /\d/.test(namespace) ? 5 : 2, says };
    case 'swap':
    case 'double':
      return popularity >= 2 && name.length >= 5 ? { points: popularity + 1, says } : undefined;
    case 'letter':
      return popularity >= 3 && name.length >= 6 && isInner(namespace, name) ? { points: 3, says } : undefined;
    default:
      // Publishers write their own name otherwise where another registry has other rules: `pihole` and `pi-hole`.
      return host === registry && popularity >= 2 && name.length >= 5 ? { points: 3, says } : undefined;
  }
};

/** People are called anything: of single slips only a letter more or less counts. */
const isInner = (namespace: string, name: string): boolean => namespace.length !== name.length;

/** A brand with nothing but digits, or with a word by which companies call themselves. */
const borrowedBrand = (namespace: string, known: KnownNames): Pick<Trait, 'points' | 'says'> | undefined => {
  const plain = withoutSeparators(namespace);
  const claimed = withoutAuthorityWord(namespace);
  const names = new Set([...known.brands, ...known.officials.keys()]);
  if (
    claimed !== undefined &&
    (claimed === '' ||
      companyWords.has(claimed) ||
      (claimed.length >= 3 && names.has(claimed)) ||
      isPublisher(claimed, known))
  )
    return { points: 3, says: 'claims to be official' };
  if (isAuthorityWord(namespace) && namespace.startsWith('official'))
    return { points: 3, says: 'claims to be official' };
  const [, letters = '', number = ''] = /^([a-z]+)(\d{3,})$/.exec(plain) ?? [];
  for (const brand of known.brands) {
    const resemblance = number === '' ? undefined : resemblanceOf(letters, brand);
    if (resemblance !== undefined && brand.length >= 5 && resemblance !== 'separator')
      return { points: 2, says: `looks like ${describeResemblance(resemblance, brand)}, and a number` };
    if (!plain.startsWith(brand)) continue;
    const rest = plain.slice(brand.length);
    if (/^\d{3,}$/.test(rest)) return { points: 2, says: `is ${brand} with a number` };
    if (companyWords.has(rest)) return { points: 2, says: `is ${brand} with a word added` };
    if (/^(?=.*\d)[a-z0-9]{4,}$/.test(rest) && changes(rest) >= 2)
      return { points: 2, says: `is ${brand} with letters and digits added` };
    if (/^[b-df-hj-np-tv-xz]{3,4}$/.test(rest) && brand.length >= 5)
      return { points: 2, says: `is ${brand} with letters added` };
  }
  return undefined;
};

export const judgeNamespace = (namespace: string, registry: string, known: KnownNames): Trait | undefined => {
  if (isPublisher(namespace, known) || known.officials.has(namespace) || known.honest.has(namespace)) return undefined;
  let best: Trait | undefined;
  for (const publisher of publishersOf(known)) {
    const found = pointsOf(namespace, registry, publisher);
    if (found !== undefined && found.points > (best?.points ?? 0))
      best = {
        part: 'namespace',
        value: namespace,
        ...(publisher.original === undefined ? {} : { original: publisher.original }),
        ...found,
      };
  }
  const brand = best === undefined ? borrowedBrand(namespace, known) : undefined;
  return best ?? (brand && { part: 'namespace', value: namespace, ...brand });
};
