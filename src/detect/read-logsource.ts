/** `logsource` of rules and filters: which events a rule is asked of. Rules specification 2.1, “LogSource”. */
import type { LogSource } from '../core/event.ts';
import { mapAt, textAt } from './rule-head.ts';
import type { MapNode } from './rule-nodes.ts';
import { refuse } from './rule-problem.ts';

const parts = ['category', 'product', 'service'] as const;

/** As a product: what sensors understood, whoever wrote the record. Such a rule asks for the event's own fields, and is asked of every product's events. */
const everyProduct = 'tidewaiter';

/** Category, product and service, in lower case; at least one. `definition` and the writer's own keys are for people. */
export const readLogsource = (map: MapNode): LogSource => {
  const node = mapAt(map, 'logsource');
  const given = parts.flatMap((part) => {
    const text = textAt(node, part, 256)?.trim().toLowerCase();
    return text === undefined || text === '' ? [] : [[part, text] as const];
  });
  if (given.length === 0) refuse('The log source names no category, product or service.', node.line);
  return Object.fromEntries(given.filter(([part, text]) => part !== 'product' || text !== everyProduct));
};

/** A category of Sigma's that stands for several (Sigma appendix, taxonomy: Windows registry). */
const narrower: ReadonlyMap<string, readonly string[]> = new Map([
  ['registry_event', ['registry_add', 'registry_delete', 'registry_rename', 'registry_set']],
]);

/** The category itself, and those that it stands for. */
export const categoriesOf = (category: string): readonly string[] => [category, ...(narrower.get(category) ?? [])];

/** True when every event of `special` is one of `general`. */
export const covers = (general: LogSource, special: LogSource): boolean =>
  parts.every((part) => {
    const [asked, given] = [general[part], special[part]];
    if (asked === undefined || asked === given) return true;
    return part === 'category' && given !== undefined && categoriesOf(asked).includes(given);
  });
