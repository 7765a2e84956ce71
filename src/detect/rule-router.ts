/** The log source of an event → the index of the rules that are asked of it. Rules specification 2.1, “LogSource”. */
import type { LogSource } from '../core/event.ts';
import type { FieldTable } from './event-view.ts';
import { categoriesOf, covers } from './read-logsource.ts';
import type { DetectionRule, RuleSet } from './rule.ts';
import { RuleIndex, type IndexedRule } from './rule-index.ts';

const parts = ['category', 'product', 'service'] as const;

export class RuleRouter {
  readonly #rules: readonly { readonly position: number; readonly rule: DetectionRule }[];
  readonly #size: number;
  readonly #table: FieldTable;
  readonly #words: Readonly<Record<(typeof parts)[number], ReadonlySet<string>>>;
  readonly #indexes = new Map<string, RuleIndex>();

  constructor({ rules }: RuleSet, table: FieldTable) {
    this.#rules = rules.flatMap((rule, position) => (rule.kind === 'detection' ? [{ position, rule }] : []));
    this.#size = rules.length;
    this.#table = table;
    const words = (part: (typeof parts)[number]): ReadonlySet<string> =>
      new Set(this.#rules.flatMap(({ rule }) => rule.logsource[part] ?? []));
    this.#words = {
      category: new Set([...words('category')].flatMap(categoriesOf)),
      product: words('product'),
      service: words('service'),
    };
  }

  /** Words that no rule has are as good as none: there are never more indexes than combinations of the rules' own words. */
  #word(logsource: LogSource, part: (typeof parts)[number]): string {
    // Programs name themselves as they like: the words of rules are in lower case.
    const word = logsource[part]?.toLowerCase();
    return word !== undefined && this.#words[part].has(word) ? word : '';
  }

  get indexes(): number {
    return this.#indexes.size;
  }

  indexOf(logsource: LogSource): RuleIndex {
    const category = this.#word(logsource, 'category');
    const product = this.#word(logsource, 'product');
    const service = this.#word(logsource, 'service');
    const key = `${category}\n${product}\n${service}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const indexed: readonly IndexedRule[] = this.#rules
      .filter(({ rule }) => covers(rule.logsource, { category, product, service }))
      .map(({ position, rule }) => ({ position, test: rule.test }));
    const index = new RuleIndex(indexed, this.#size, this.#table);
    this.#indexes.set(key, index);
    return index;
  }
}
