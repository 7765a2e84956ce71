/** Findings of the analyzer `secret`, as it states them itself. */
import { explainSecret, secretRules } from '../../audit/secret/statement.ts';
import type { Explanation } from './words.ts';

export const secretFindings: Readonly<Record<string, Explanation>> = Object.fromEntries(
  secretRules.toSorted().map((rule) => [`secret/${rule}`, explainSecret(rule)]),
);
