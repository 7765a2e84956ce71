/** The last component of a repository → the official image that it is called like, or could be taken for. */
import { isAuthorityWord, withoutAuthorityWord } from './account-name.ts';
import type { KnownNames } from './known-names.ts';
import { describeResemblance, resemblanceOf, type Resemblance } from './resemblance.ts';
import type { Trait } from './trait.ts';

/** A slip of a name that hardly anybody uses is a name of its own; the more popular, the further a slip reaches. */
const pointsOf = (resemblance: Resemblance, original: string, popularity: number): number => {
  switch (resemblance) {
    case 'look':
      return popularity >= 2 ? 5 : 3;
    case 'swap':
    case 'double':
      return popularity >= 2 || original.length >= 7 ? 4 : 0;
    case 'letter':
      return popularity >= 3 ? 3 : 0;
    default:
      return popularity >= 2 ? 2 : 1;
  }
};

export const officialReference = (official: string): string => `docker.io/library/${official}`;

/** The official image of exactly this name, also under another word for it. */
export const findOfficial = (name: string, { officials, aliases }: KnownNames): string | undefined => {
  if (officials.has(name)) return name;
  const meant = aliases.get(name);
  return meant !== undefined && officials.has(meant) ? meant : undefined;
};

const nearest = (name: string, known: KnownNames): Trait | undefined => {
  let best: Trait | undefined;
  for (const [official, popularity] of known.officials) {
    const resemblance = resemblanceOf(name, official);
    const points = resemblance === undefined ? 0 : pointsOf(resemblance, official, popularity);
    if (resemblance !== undefined && points > (best?.points ?? 0))
      best = {
        part: 'repository',
        points,
        value: name,
        says: `looks like ${describeResemblance(resemblance, official)}`,
        original: officialReference(official),
      };
  }
  return best;
};

/** `nginx-official`, `real-redis`, `officialnginx`: words that an official image does not need. `docker-nginx` and `nginx-proxy` are honest. */
const claimsOfficial = (name: string, known: KnownNames): string | undefined => {
  const words = name.split(/[-_.]+/);
  if (words.some(isAuthorityWord)) {
    const rest = words.filter((word) => !isAuthorityWord(word) && word !== 'docker' && word !== 'image');
    return rest.length === 0 ? undefined : findOfficial(rest.join('-'), known);
  }
  const rest = withoutAuthorityWord(name);
  return rest !== undefined && rest.length >= 4 ? findOfficial(rest, known) : undefined;
};

/** `ngnix-proxy`: one word of several is a striking misspelling of a very popular name. */
const misspeltWord = (name: string, known: KnownNames): Trait | undefined => {
  const words = name.split(/[-_.]+/);
  if (words.length < 2) return undefined;
  for (const word of words)
    for (const [official, popularity] of known.officials) {
      if (popularity < 3 || official.length < 5 || known.honest.has(word)) continue;
      const resemblance = resemblanceOf(word, official);
      if (resemblance === 'look' || resemblance === 'swap')
        return {
          part: 'repository',
          points: 2,
          value: name,
          says: `holds a word like ${describeResemblance(resemblance, official)}`,
          original: officialReference(official),
        };
    }
  return undefined;
};

/** For a name that is no official image itself. */
export const judgeRepository = (name: string, known: KnownNames): Trait | undefined => {
  if (known.honest.has(name)) return undefined;
  const near = nearest(name, known);
  if (near !== undefined) return near;
  const official = claimsOfficial(name, known);
  if (official !== undefined)
    return {
      part: 'repository',
      points: 3,
      value: name,
      says: `claims to be the official ${official}`,
      original: officialReference(official),
    };
  return misspeltWord(name, known);
};
