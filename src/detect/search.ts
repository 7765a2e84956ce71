/** A search identifier's definition → a Criterion. Rules specification 2.1, “Lists”, “Maps”, “Keywords search”. */
import { readFieldCriterion, type Vocabulary } from './field-criterion.ts';
import type { MapNode, RuleNode } from './rule-nodes.ts';
import { refuse } from './rule-problem.ts';
import type { Criterion } from './criterion.ts';

const one = (kind: 'all' | 'any', of: readonly Criterion[]): Criterion =>
  of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };

/** “All elements of a map are joined with a logical AND.” */
const readMap = (map: MapNode, vocabulary: Vocabulary): Criterion => {
  if (map.entries.size === 0) refuse('A selection is empty.', map.line);
  return one(
    'all',
    [...map.entries].map(([key, node]) => {
      if (key === '') refuse('A field has no name.', node.line);
      return readFieldCriterion(key, node, node.line, vocabulary);
    }),
  );
};

/** A map; or a list of keywords and maps, “logically linked with OR”. */
export const readSearch = (node: RuleNode, vocabulary: Vocabulary): Criterion => {
  if (node.kind === 'map') return readMap(node, vocabulary);
  if (node.kind === 'scalar') return refuse('A selection must be a map or a list.', node.line);
  if (node.items.length === 0) return refuse('A selection is empty.', node.line);
  return one(
    'any',
    node.items.map((item) => {
      if (item.kind === 'list') return refuse('A list of selections holds maps or keywords, not lists.', item.line);
      return item.kind === 'map' ? readMap(item, vocabulary) : readFieldCriterion('', item, item.line, vocabulary);
    }),
  );
};
