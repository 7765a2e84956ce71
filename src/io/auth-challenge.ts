/** A `WWW-Authenticate` header → its challenges. RFC 9110, 11.6.1, read leniently where registries are, and bounded. */

export interface AuthChallenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. The first of two equal names counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const maximumLength = 8192;
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const space = /[ \t]*/y;
const tokenOrBase64 = /[A-Za-z0-9\-._~+/]+=*/y;

/**
 * Never throws: what cannot be read ends the reading, and the challenges before it stand. Scheme and parameters are told
 * apart by what follows a word: `=` makes it a parameter, so a realm with commas and quotes inside stays whole.
 */
export const parseChallenges = (header: string): readonly AuthChallenge[] => {
  const text = header.slice(0, maximumLength);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const takeQuoted = (): string => {
    let value = '';
    for (at += 1; at < text.length; at += 1) {
      const character = text.charAt(at);
      if (character === '"') {
        at += 1;
        return value;
      }
      if (character === '\\') at += 1;
      value += text.charAt(at);
    }
    return value;
  };
  while (at < text.length) {
    take(space);
    if (text.charAt(at) === ',') {
      at += 1;
      continue;
    }
    const word = take(token);
    if (word === '') break;
    take(space);
    const current = challenges.at(-1);
    if (text.charAt(at) === '=' && current !== undefined) {
      at += 1;
      take(space);
      const value = text.charAt(at) === '"' ? takeQuoted() : take(/[^\s,]*/y);
      const name = word.toLowerCase();
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    // `Negotiate YII…==`: one opaque value instead of parameters.
    const mark = at;
    const opaque = take(tokenOrBase64);
    take(space);
    if (opaque === '' || (at < text.length && text.charAt(at) !== ',')) at = mark;
  }
  return challenges;
};
