/** Letters of other alphabets → the Latin ones that they are drawn like. After Unicode TS #39 (confusables), those that occur in names. */

const lookalikes: readonly (readonly [latin: string, others: string])[] = [
  ['a', 'аɑαạąàáâãäåāă'],
  ['b', 'ƅЬьв'],
  ['c', 'сϲçćč'],
  ['d', 'ԁɗđ'],
  ['e', 'еҽẹèéêëēęě'],
  ['f', 'ƒ'],
  ['g', 'ɡցğģ'],
  ['h', 'һհ'],
  ['i', 'іɩıìíîïīι'],
  ['j', 'јʝ'],
  ['k', 'κкķ'],
  ['l', 'ӏⅼłļ'],
  ['m', 'мṃ'],
  ['n', 'ոñńņňп'],
  ['o', 'оοօòóôõöøōő'],
  ['p', 'рρ'],
  ['q', 'ԛզ'],
  ['r', 'гŕř'],
  ['s', 'ѕśşš'],
  ['t', 'тţťτ'],
  ['u', 'υսùúûüūů'],
  ['v', 'ѵν'],
  ['w', 'ԝѡω'],
  ['x', 'хχ'],
  ['y', 'уүýÿ'],
  ['z', 'ᴢźżž'],
];

const latinOf: ReadonlyMap<string, string> = new Map(
  lookalikes.flatMap(([latin, others]) => Array.from(others, (letter) => [letter, latin] as const)),
);

export const hasForeignLetters = (text: string): boolean => /[^\p{ASCII}]/u.test(text);

/** What a reader sees: compatibility forms folded, invisible characters gone, foreign letters as the Latin ones they look like. */
export const toLatin = (text: string): string =>
  Array.from(text.normalize('NFKC').toLowerCase())
    .filter((character) => !/[\p{Cf}\p{Mn}]/u.test(character))
    .map((character) => latinOf.get(character) ?? character)
    .join('');
