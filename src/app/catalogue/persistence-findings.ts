/** Findings of the analyzer `persistence`, as it states them itself. */
import { explainStatement, statementIds } from '../../audit/persistence/statement.ts';
import type { Explanation } from './words.ts';

export const persistenceFindings: Readonly<Record<string, Explanation>> = Object.fromEntries(
  statementIds.toSorted().map((id) => [`persistence/${id}`, explainStatement(id)]),
);
