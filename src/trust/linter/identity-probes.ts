/** An identity pattern → texts that it matches, and texts of strangers that it should not. Judged by matching, never by how it is written. */
import { RE2JS } from 're2js';
import type { IdentityPattern } from '../../core/trust.ts';

const compiled = new WeakMap<IdentityPattern, RE2JS>();

export const isIdentityMatch = (pattern: IdentityPattern, text: string): boolean => {
  if ('exact' in pattern) return pattern.exact === text;
  const expression = compiled.get(pattern) ?? RE2JS.compile(pattern.pattern);
  compiled.set(pattern, expression);
  return expression.matches(text);
};

/** One subject of each kind that a sigstore certificate may have, all of people whom nobody here knows. */
export const strangers = {
  workflow: 'https://github.com/stranger/any/.github/workflows/any.yml@refs/heads/main',
  pipeline: 'https://gitlab.com/stranger/any//.gitlab-ci.yml@refs/heads/main',
  email: 'stranger@stranger.example',
  word: 'stranger',
  address: 'https://stranger.example/any',
  workload: 'spiffe://stranger.example/any',
} as const;

/** Where anybody gets an address. */
export const publicMailDomains: readonly string[] = [
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'yahoo.com',
  'icloud.com',
  'proton.me',
  'protonmail.com',
  'gmx.net',
  'mail.ru',
  'qq.com',
];

/** It matches strangers of several kinds, so it is about nobody in particular. */
export const isAnybody = (pattern: IdentityPattern): boolean =>
  'pattern' in pattern && Object.values(strangers).filter((subject) => isIdentityMatch(pattern, subject)).length > 1;

const maximumVariants = 16;

/** Escaped characters are taken out of the way into a private area of Unicode. */
const hide = (text: string): string =>
  text.replaceAll(/\\([^A-Za-z0-9])/g, (_, character: string) =>
    String.fromCodePoint(0xe000 + character.charCodeAt(0)),
  );
const show = (text: string): string =>
  text.replaceAll(/[\ue000-\ue0ff]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xe000));

const memberOf = (characterClass: string): string => {
  const written = show(characterClass).replace(/[\\^$.|?*+(){}]/g, (character, at: number) =>
    at === 1 && character === '^' ? '^' : `\\${character}`,
  );
  try {
    return ['x', 'X', '1', '-', '_', '.', '/', '@'].find((character) => RE2JS.matches(written, character)) ?? 'x';
  } catch {
    // A class in a form that is not rewritten here: the guess is checked in the end like every other.
    return 'x';
  }
};

/** Ways to take one alternative of each group, up to a number: there may be more than anybody can count. */
const expand = (pattern: string): readonly string[] => {
  const open = [pattern];
  const found: string[] = [];
  for (let text = open.pop(); text !== undefined && found.length < maximumVariants; text = open.pop()) {
    const group = /\((?:\?:)?([^()]*)\)(?:[*+?]|\{\d+(?:,\d*)?\})?/.exec(text);
    if (group === null) {
      found.push(...text.split('|'));
      continue;
    }
    const [whole, inner = ''] = group;
    const before = text.slice(0, group.index);
    const after = text.slice(group.index + whole.length);
    const alternatives = inner.split('|').slice(0, 4);
    open.push(...alternatives.toReversed().map((alternative) => `${before}${alternative}${after}`));
  }
  return found.slice(0, maximumVariants);
};

const fill = (text: string): string =>
  text
    .replaceAll(/\\[dwsDWS]/g, (kind) => (kind === '\\d' ? '1' : kind === '\\s' ? ' ' : 'x'))
    .replaceAll(/\[\^?[^\]]+\]/g, memberOf)
    // A dot alone was most likely meant as a dot.
    .replaceAll(/\.(?=[*+?{])/g, 'x')
    .replaceAll(/(.)\{(\d{1,2})(?:,\d*)?\}\??/gu, (_, character: string, count: string) =>
      character.repeat(Number(count)),
    )
    .replaceAll(/([^*+?])[*+?]+/gu, '$1');

/** Texts that the pattern matches, as simple ones as can be guessed; none where it is too clever for us. */
export const witnessesOf = (pattern: IdentityPattern): readonly string[] => {
  if ('exact' in pattern) return [pattern.exact];
  const bare = hide(pattern.pattern)
    .replaceAll(/\\[AzbB]/g, '')
    .replaceAll(/[\^$](?![^[]*\])/g, '');
  return [
    ...new Set(
      expand(bare)
        .slice(0, maximumVariants)
        .map((text) => show(fill(text))),
    ),
  ].filter((text) => isIdentityMatch(pattern, text));
};

/** A text of an address, in parts. */
const addressParts = (text: string) => /^([a-z][a-z0-9+]*:\/\/)([^/@]+)(\/.*)?$/i.exec(text);
const mailParts = (text: string) => /^([^/@]+)@([^/@]+)$/.exec(text);

const sharedHosts: readonly string[] = ['github.com', 'gitlab.com', 'bitbucket.org', 'codeberg.org'];

/** What a stranger could have instead of the text, if its beginning, its host's end or its owner's end were not held. */
const forgeriesOf = (text: string): readonly string[] => {
  const address = addressParts(text);
  if (address !== null) {
    const [, scheme = '', host = '', path = ''] = address;
    // Where anybody may own a name: `example.*` is also the beginning of somebody else's.
    const [, owner = '', rest = ''] = (sharedHosts.includes(host) ? /^\/([^/@]+)(.*)$/.exec(path) : null) ?? [];
    return [
      `https://stranger.example/${text}`,
      `https://stranger.example/?${text}`,
      `${scheme}${host}.stranger.example${path}`,
      ...(owner.length > 1 ? [`${scheme}${host}/${owner}-stranger${rest}`] : []),
    ];
  }
  const mail = mailParts(text);
  if (mail === null)
    return text.includes('/') ? [`https://stranger.example/${text}`] : [`stranger-${text}`, `${text}-stranger`];
  return [`${mail[1]}@stranger-${mail[2]}`, `${mail[1]}@${mail[2]}.stranger.example`];
};

/** A text of a stranger that the pattern matches because one of its ends is open; undefined: none was found. */
export const forgeryOf = (pattern: IdentityPattern): string | undefined =>
  'exact' in pattern
    ? undefined
    : witnessesOf(pattern)
        .flatMap(forgeriesOf)
        .find((text) => isIdentityMatch(pattern, text));

/** A host that the pattern matches because a dot in it stands for any character, and that somebody else could have. */
export const dotForgeryOf = (pattern: IdentityPattern): string | undefined => {
  if ('exact' in pattern) return undefined;
  for (const text of witnessesOf(pattern)) {
    const host = addressParts(text)?.[2] ?? mailParts(text)?.[2] ?? '';
    for (let at = host.indexOf('.'); at >= 0; at = host.indexOf('.', at + 1)) {
      const other = `${host.slice(0, at)}-${host.slice(at + 1)}`;
      const forged = text.replace(host, other);
      // Without any dot left it would be nobody's host.
      if (other.includes('.') && isIdentityMatch(pattern, forged)) return forged;
    }
  }
  return undefined;
};

/** The identity of a pull request's or any branch's run of the same workflow, if the pattern matches it. */
export const anyRefOf = (pattern: IdentityPattern): string | undefined => {
  if ('exact' in pattern) return undefined;
  return witnessesOf(pattern)
    .filter((text) => text.startsWith('https://github.'))
    .flatMap((text) => [
      text.replace(/@.*$/, '@refs/pull/1/merge'),
      ...['', '/'].map((slash) => `${text}${slash}.github/workflows/any.yml@refs/pull/1/merge`),
    ])
    .find((text) => text.includes('/.github/workflows/') && text.includes('@') && isIdentityMatch(pattern, text));
};
