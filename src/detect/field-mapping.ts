/** Names that fields have in the events of a log source, where they differ from the names that rules use. Rules specification 2.1, “Field Usage”. */
import type { LogSource } from '../core/event.ts';
import { covers } from './read-logsource.ts';

export interface FieldMapping {
  /** For rules of this log source. */
  readonly logsource: LogSource;
  /** By the rule's name for a field: the names in events. The first that an event has counts. */
  readonly fields: Readonly<Record<string, readonly [string, ...string[]]>>;
}

/** The names for one log source. Of several mappings of a field the first counts; a field without one keeps its name. */
export const toNames =
  (mappings: readonly FieldMapping[], logsource: LogSource): ((field: string) => readonly [string, ...string[]]) =>
  (field) => {
    const mapping = mappings.find(
      (mapping) => covers(mapping.logsource, logsource) && Object.hasOwn(mapping.fields, field),
    );
    return mapping?.fields[field] ?? [field];
  };
