/**
 * A Sigma evaluator without an index, a compiler or any care for speed, written from the specification alone: what the engine
 * is held against. Knows what the rules outside this repository use; anything else throws. Shares nothing with src/detect.
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
const wildcards = (text: string, before: boolean, after: boolean, windash: boolean): RegExp => {
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
  return new RegExp(`^${before ? '.*' : ''}${source}${after ? '.*' : ''}$`, 'isu');
};

const regularExpression = (text: string): RegExp =>
  text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text);

const toInteger = (address: string): number | undefined => {
  const parts = address.split('.').map(Number);
  return parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256)
    ? parts.reduce((sum, part) => sum * 256 + part, 0)
    : undefined;
};

const isWithin = (address: string, network: string): boolean => {
  const [base = '', bits = '32'] = network.split('/');
  const one = toInteger(address);
  const other = toInteger(base);
  const size = 2 ** (32 - Number(bits));
  return one !== undefined && other !== undefined && Math.floor(one / size) === Math.floor(other / size);
};

const known = new Map<string, RegExp>();
const remembered = (key: string, make: () => RegExp): RegExp => {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
};

const isMatch = (fields: unknown, name: string, modifiers: readonly string[], value: Plain): boolean => {
  const strange = modifiers.find(
    (word) => !['contains', 'startswith', 'endswith', 'all', 'windash', 're', 'cidr', 'fieldref'].includes(word),
  );
  if (strange !== undefined) throw new Error(`the naive evaluator does not know ${strange}`);
  const texts = name === '' ? leaves(fields) : textsOf(fields, name);
  if (value === null) return texts.length === 0;
  const wanted = typeof value === 'string' ? value : JSON.stringify(value);
  if (modifiers.includes('fieldref'))
    return textsOf(fields, wanted).some((other) => texts.some((text) => text.toLowerCase() === other.toLowerCase()));
  if (modifiers.includes('cidr')) return texts.some((text) => isWithin(text, wanted));
  const inside = name === '' || modifiers.includes('contains');
  const expression = modifiers.includes('re')
    ? remembered(`re ${wanted}`, () => regularExpression(wanted))
    : remembered(JSON.stringify([inside, modifiers, wanted]), () =>
        wildcards(
          wanted,
          inside || modifiers.includes('endswith'),
          inside || modifiers.includes('startswith'),
          modifiers.includes('windash'),
        ),
      );
  return texts.some((text) => expression.test(text));
};

const isItem = (fields: unknown, key: string, value: Plain): boolean => {
  const [name = '', ...modifiers] = key.split('|');
  const values = Array.isArray(value) ? (value as readonly Plain[]) : [value];
  return modifiers.includes('all')
    ? values.every((one) => isMatch(fields, name, modifiers, one))
    : values.some((one) => isMatch(fields, name, modifiers, one));
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
    if (rule.logsource[part] !== undefined && rule.logsource[part] !== event.logsource[part]) return false;
  return isCondition(condition, (name) => isSearch(event.fields, searches[name] ?? null), Object.keys(searches));
};
