/** What all rule documents have in common: keys of a known kind, title, id, level, tags. Rules specification 2.1, “Components”. */
import { levels, type Level, type RuleHead } from './rule.ts';
import type { MapNode, RuleNode } from './rule-nodes.ts';
import { quoted, refuse } from './rule-problem.ts';

/** Keys of meta information must be what the schema says; keys that the specification does not know are the writer's own. */
export const textAt = (map: MapNode, key: string, maximum = 65_535): string | undefined => {
  const node = map.entries.get(key);
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return undefined;
  if (node.kind !== 'scalar') return refuse(`${quoted(key)} must be a text.`, node.line);
  return node.source.length > maximum
    ? refuse(`${quoted(key)} is longer than ${maximum} characters.`, node.line)
    : node.source;
};

const scalarText = (node: RuleNode, key: string): string =>
  node.kind === 'scalar' && node.value !== null
    ? node.source
    : refuse(`${quoted(key)} must be a list of texts.`, node.line);

/** A list of texts, or one text. */
export const textsAt = (map: MapNode, key: string): readonly string[] => {
  const node = map.entries.get(key);
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  return (node.kind === 'list' ? node.items : [node]).map((item) => scalarText(item, key));
};

export const mapAt = (map: MapNode, key: string): MapNode => {
  const node = map.entries.get(key);
  if (node?.kind !== 'map') return refuse(`${quoted(key)} must be a map.`, node?.line ?? map.line);
  return node;
};

export const lineAt = (map: MapNode, key: string): number => map.entries.get(key)?.line ?? map.line;

const toLevel = (text: string | undefined, line: number): Level | undefined =>
  text === undefined
    ? undefined
    : (levels.find((level) => level === text) ??
      refuse(`The level ${quoted(text)} is not known; there are ${levels.join(', ')}.`, line));

/** Refuses a document without a title, with an unknown level, in another taxonomy, or declared unusable. */
export const readHead = (map: MapNode, file: string): RuleHead => {
  const title = textAt(map, 'title', 256);
  if (title === undefined || title === '') return refuse('The rule has no title.', map.line);
  // “Other taxonomy must be handled by the used tool or transformed into the default taxonomy.”
  const taxonomy = textAt(map, 'taxonomy');
  if (taxonomy !== undefined && taxonomy !== 'sigma')
    refuse(`The taxonomy ${quoted(taxonomy)} is not known: only “sigma” is.`, lineAt(map, 'taxonomy'));
  const status = textAt(map, 'status');
  if (status === 'unsupported')
    refuse('The rule says of itself that it cannot be used (status: unsupported).', lineAt(map, 'status'));
  const id = textAt(map, 'id', 256);
  const name = textAt(map, 'name', 256);
  const level = toLevel(textAt(map, 'level'), lineAt(map, 'level'));
  const author = textAt(map, 'author');
  const tags = textsAt(map, 'tags');
  return {
    id: id ?? name ?? title,
    handles: [...new Set([id, name])].filter((handle) => handle !== undefined),
    ...(name === undefined ? {} : { name }),
    title,
    description: textAt(map, 'description') ?? '',
    ...(status === undefined ? {} : { status }),
    ...(level === undefined ? {} : { level }),
    tags,
    techniques: tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase() ?? []),
    ...(author === undefined ? {} : { author }),
    references: textsAt(map, 'references'),
    falsePositives: textsAt(map, 'falsepositives'),
    fields: textsAt(map, 'fields'),
    file,
    line: map.line,
  };
};
