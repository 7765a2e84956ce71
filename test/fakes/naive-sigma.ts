/**
 * A Sigma evaluator without an index, a compiler or any care for speed, written from the specification alone: what the engine
 * is held against. Every modifier but `expand`, whose values are the configuration's; anything else throws. Shares nothing with src/detect.
 */

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export interface NaiveRule {
  readonly id: string;
  readonly logsource: Readonly<Record<string, string>>;
  readonly detection: Readonly<Record<string, Plain>>;
}

export interface NaiveEvent {
  readonly logsource: Readonly<Record<string, string | undefined>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every way down through maps and lists that spells the field's name. */
const lookUp = (value: unknown, name: string): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap((item) => lookUp(item, name));
  if (!isMap(value)) return [];
  if (Object.hasOwn(value, name)) return [value[name]];
  const dot = name.indexOf('.');
  return dot === -1 ? [] : lookUp(value[name.slice(0, dot)], name.slice(dot + 1));
};

const flat = (values: readonly unknown[]): readonly unknown[] =>
  values.flatMap((value) => (Array.isArray(value) ? flat(value) : [value]));

const textsOf = (fields: unknown, name: string): readonly string[] =>
  flat(lookUp(fields, name))
    .filter((value) => value !== null && value !== undefined)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

const leaves = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (isMap(value)) return Object.values(value).flatMap(leaves);
  return value === null || value === undefined ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
};

const dashes = '[-/\u2013\u2014\u2015]';

/** Wildcards and escapes as a regular expression: what stands for itself is escaped, `*` and `?` are any and one. */
const wildcards = (text: string, before: boolean, after: boolean, windash: boolean, cased: boolean): RegExp => {
  let source = '';
  for (let rest = text; rest !== '';) {
    const escaped = /^\\[*?\\]/.exec(rest);
    const character = escaped === null ? String.fromCodePoint(rest.codePointAt(0) ?? 0) : rest.slice(1, 2);
    rest = rest.slice(escaped === null ? character.length : 2);
    if (escaped === null && character === '*') source += '.*';
    else if (escaped === null && character === '?') source += '.';
    else if (windash && new RegExp(`^${dashes}$`, 'u').test(character)) source += dashes;
    else source += character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
  }
  return new RegExp(`^${before ? '.*' : ''}${source}${after ? '.*' : ''}$`, cased ? 'su' : 'isu');
};

/** By characters where the runtime takes the expression so: it knows fewer escapes then. */
const regularExpression = (text: string, flags: string): RegExp => {
  const inside = /^\(\?([ims]+)\)/.exec(text);
  const source = text.slice(inside?.[0].length ?? 0);
  const all = [...new Set(`${flags}${inside?.[1] ?? ''}`)].join('');
  try {
    return new RegExp(source, `${all}u`);
  } catch {
    return new RegExp(source, all);
  }
};

/** Groups of four bits, sixteen bits or whole bytes written out: an address is a row of zeros and ones. */
const toBits = (address: string): string | undefined => {
  const plain = address.split('%')[0] ?? '';
  const four = /^(.*:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const bytes = four === null ? [] : four.slice(2).map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  const low = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (four !== null && four[1] === undefined) return low;
  const groups = (four === null ? plain : `${four[1]}x:y`).split('::');
  if (!plain.includes(':') || groups.length > 2) return undefined;
  const written = (text: string | undefined): readonly string[] =>
    text === undefined || text === '' ? [] : text.split(':');
  const [head, tail] = [written(groups[0]), written(groups[1])];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const all = groups.length === 2 ? [...head, ...zeros, ...tail] : head;
  if (all.length !== 8 || all.some((group) => !/^(?:[\da-f]{1,4}|x|y)$/i.test(group))) return undefined;
  const bits = all.map((group) =>
    group === 'x'
      ? low.slice(0, 16)
      : group === 'y'
        ? low.slice(16)
        : Number.parseInt(group, 16).toString(2).padStart(16, '0'),
  );
  const whole = bits.join('');
  // What version 4 is inside version 6 is version 4.
  return whole.startsWith('0'.repeat(80) + '1'.repeat(16)) ? whole.slice(96) : whole;
};

const isWithin = (address: string, network: string): boolean => {
  const [base = '', length] = network.split('/');
  const [one, other] = [toBits(address), toBits(base)];
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  const prefix = length === undefined ? one.length : Number(length);
  return one.slice(0, prefix) === other.slice(0, prefix);
};

const known = new Map<string, RegExp>();
const remembered = (key: string, make: () => RegExp): RegExp => {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
};

/** What the date says, by counting days. */
const partsOf = (text: string): Readonly<Record<string, number>> => {
  const [date = '', clock = ''] = text.split(/[T ]/);
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const [hour, minute] = clock.split(':').map(Number);
  const time = Date.UTC(year, month - 1, day);
  const thursday = (week: number): number => week * 7 * 86_400_000;
  // 1 January 1970 was a Thursday: weeks are numbered from there, and the first of a year holds its first Thursday.
  const week = Math.floor((time + 3 * 86_400_000) / (7 * 86_400_000));
  let number = 1;
  while (new Date(thursday(week - number)).getUTCFullYear() === new Date(thursday(week)).getUTCFullYear()) number += 1;
  return { year, month, day, week: number, ...(clock === '' ? {} : { hour: hour ?? 0, minute: minute ?? 0 }) };
};

const compare: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  lt: (one, other) => one < other,
  lte: (one, other) => one <= other,
  gt: (one, other) => one > other,
  gte: (one, other) => one >= other,
};

const wide = (text: string, big: boolean): readonly number[] =>
  text.split('').flatMap((unit) => {
    const code = unit.charCodeAt(0);
    return big ? [code >> 8, code & 255] : [code & 255, code >> 8];
  });

/** What stays the same whatever stands before and behind: encoded twice, among zeros and among ones. */
const withinBase64 = (bytes: readonly number[], offset: number): string => {
  const [one, other] = [0, 255].map((byte) =>
    Buffer.from([...Array.from({ length: offset }, () => byte), ...bytes, byte, byte, byte]).toString('base64'),
  ) as [string, string];
  return one
    .split('')
    .filter((character, place) => character === other[place])
    .join('')
    .replace(/=+$/, '');
};

/** The texts that a value stands for once the encoding modifiers have had it, in order. */
const encoded = (value: string, modifiers: readonly string[]): readonly string[] => {
  let now: readonly (readonly number[])[] = [[...Buffer.from(value)]];
  for (const word of modifiers) {
    const texts = now.map((bytes) => Buffer.from(bytes).toString());
    if (word === 'utf16le' || word === 'wide') now = texts.map((text) => wide(text, false));
    if (word === 'utf16be') now = texts.map((text) => wide(text, true));
    if (word === 'utf16') now = texts.map((text) => [255, 254, ...wide(text, false)]);
    if (word === 'base64') now = now.map((bytes) => [...Buffer.from(Buffer.from(bytes).toString('base64'))]);
    if (word === 'base64offset')
      now = now.flatMap((bytes) => [0, 1, 2].map((offset) => [...Buffer.from(withinBase64(bytes, offset))]));
  }
  return now.map((bytes) => Buffer.from(bytes).toString('latin1'));
};

const encodings = ['utf16le', 'utf16be', 'utf16', 'wide', 'base64', 'base64offset'];
const dates = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const words = [
  'contains',
  'startswith',
  'endswith',
  'all',
  'windash',
  're',
  'i',
  'm',
  's',
  'cidr',
  'fieldref',
  'cased',
  'exists',
  'neq',
  ...encodings,
  ...dates,
  ...Object.keys(compare),
];

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

const isMatch = (fields: unknown, name: string, modifiers: readonly string[], value: Plain): boolean => {
  const strange = modifiers.find((word) => !words.includes(word));
  if (strange !== undefined) throw new Error(`the naive evaluator does not know ${strange}`);
  const has = (word: string): boolean => modifiers.includes(word);
  if (has('exists')) return lookUp(fields, name).length > 0 === value;
  const texts = name === '' ? leaves(fields) : textsOf(fields, name);
  if (value === null) return texts.length === 0;
  const wanted = typeof value === 'string' ? value : JSON.stringify(value);
  if (has('cidr')) return texts.some((text) => isWithin(text, wanted));
  const comparison = Object.entries(compare).find(([word]) => has(word))?.[1] ?? ((one, other) => one === other);
  const date = dates.find(has);
  if (date !== undefined)
    return texts.some((text) => /^\d{4}-/.test(text) && comparison(partsOf(text)[date] ?? Number.NaN, Number(wanted)));
  if (Object.keys(compare).some(has))
    return texts.some((text) => isNumber(text) && comparison(Number(text), Number(wanted)));
  const inside = name === '' || has('contains');
  if (has('fieldref')) {
    const same = (text: string): string => (has('cased') ? text : text.toLowerCase());
    return textsOf(fields, wanted).some((other) =>
      texts.some((text) => {
        const [one, two] = [same(text), same(other)];
        if (inside) return one.includes(two);
        return has('startswith') ? one.startsWith(two) : has('endswith') ? one.endsWith(two) : one === two;
      }),
    );
  }
  if (has('re')) {
    const flags = ['i', 'm', 's'].filter(has).join('');
    const expression = remembered(`re ${modifiers.join('|')} ${wanted}`, () =>
      regularExpression(has('startswith') ? `^(?:${wanted})` : has('endswith') ? `(?:${wanted})$` : wanted, flags),
    );
    return texts.some((text) => expression.test(text));
  }
  const plain = modifiers.some((word) => encodings.includes(word));
  return (plain ? encoded(wanted, modifiers) : [wanted]).some((one) => {
    const expression = remembered(JSON.stringify([inside, modifiers, one]), () =>
      wildcards(
        plain ? one.replaceAll(/[\\*?]/g, String.raw`\$&`) : one,
        inside || has('endswith'),
        inside || has('startswith'),
        has('windash'),
        has('cased'),
      ),
    );
    return texts.some((text) => expression.test(text));
  });
};

const isItem = (fields: unknown, key: string, value: Plain): boolean => {
  const [name = '', ...modifiers] = key.split('|');
  const values = Array.isArray(value) ? (value as readonly Plain[]) : [value];
  const matched = modifiers.includes('all')
    ? values.every((one) => isMatch(fields, name, modifiers, one))
    : values.some((one) => isMatch(fields, name, modifiers, one));
  return matched !== modifiers.includes('neq');
};

const isSearch = (fields: unknown, search: Plain): boolean => {
  if (Array.isArray(search))
    return search.some((item) => (isMap(item) ? isSearch(fields, item as Plain) : isItem(fields, '', item)));
  if (!isMap(search)) throw new Error('a search is a map or a list');
  return Object.entries(search as Readonly<Record<string, Plain>>).every(([key, value]) => isItem(fields, key, value));
};

/** Searches become true or false, then brackets, not, and, or are written away from the inside until one word is left. */
const isCondition = (condition: string, holds: (name: string) => boolean, names: readonly string[]): boolean => {
  const word = (held: boolean): string => (held ? 'T' : 'F');
  let text = ` ${condition.replaceAll(/[()]/g, ' $& ')} `.replaceAll(/\s+/g, ' ');
  text = text.replaceAll(/ (1|all) of (\S+)/g, (_, quantity: string, pattern: string) => {
    const expression = new RegExp(`^${pattern === 'them' ? '.*' : pattern.replaceAll('*', '.*')}$`);
    const meant = names.filter((name) => expression.test(name) && !name.startsWith('_'));
    return ` ${word(quantity === '1' ? meant.some(holds) : meant.every(holds))}`;
  });
  text = text.replaceAll(/[^\s()]+/g, (name) => (/^(?:and|or|not|T|F)$/.test(name) ? name : word(holds(name))));
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/ \( ([TF]) \) /, ' $1 ');
    if (before === text) text = text.replace(/ not ([TF]) /, (_, held: string) => ` ${word(held === 'F')} `);
    if (before === text)
      text = text.replace(
        / ([TF]) and ([TF]) /,
        (_, one: string, other: string) => ` ${word(one === 'T' && other === 'T')} `,
      );
    if (before === text)
      text = text.replace(
        /( \( | or |^ )([TF]) or ([TF])(?= (?:\)|or|$)| $)/,
        (_, lead: string, one: string, other: string) => `${lead}${word(one === 'T' || other === 'T')}`,
      );
  }
  const result = text.trim();
  if (result !== 'T' && result !== 'F') throw new Error(`the condition ${condition} came to ${result}`);
  return result === 'T';
};

export const naivelyMatches = (rule: NaiveRule, event: NaiveEvent): boolean => {
  const { condition, ...searches } = rule.detection;
  if (typeof condition !== 'string') throw new Error('a condition is a text');
  for (const part of ['category', 'product', 'service'])
    if (rule.logsource[part] !== undefined && rule.logsource[part] !== event.logsource[part]) {
      // Of the taxonomy: registry_event is Sysmon's events 12, 13 and 14, each of which has a category of its own too.
      const isOne = part === 'category' && /^registry_(?:add|delete|set|rename)$/.test(event.logsource[part] ?? '');
      if (!isOne || rule.logsource[part] !== 'registry_event') return false;
    }
  return isCondition(condition, (name) => isSearch(event.fields, searches[name] ?? null), Object.keys(searches));
};
