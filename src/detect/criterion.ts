/** What a rule asks of an event, as a tree of plain data: made by the reader, run by closures, searched for literals by the index. */
import type { RE2JS } from 're2js';
import type { DatePart } from './date-part.ts';
import type { Network } from './network.ts';
import type { TextPattern } from './text-pattern.ts';

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

/** A field as the event may name it: the first name that the event has counts. `undefined`: every value of the record (keywords). */
export type FieldNames = readonly [string, ...string[]] | undefined;

export type Criterion =
  | { readonly kind: 'all'; readonly of: readonly Criterion[] }
  | { readonly kind: 'any'; readonly of: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  /** `dashes`: all dashes and slashes count as the same (`windash`). */
  | {
      readonly kind: 'text';
      readonly field: FieldNames;
      readonly pattern: TextPattern;
      readonly cased: boolean;
      readonly dashes: boolean;
    }
  | { readonly kind: 'regex'; readonly field: FieldNames; readonly regex: RE2JS }
  | {
      readonly kind: 'number';
      readonly field: FieldNames;
      readonly comparison: Comparison;
      readonly number: number;
      /** The number is not the field's own but this part of the date in it. */
      readonly part?: DatePart;
    }
  | { readonly kind: 'network'; readonly field: FieldNames; readonly network: Network }
  /** The field is absent, null or an empty list. */
  | { readonly kind: 'null'; readonly field: FieldNames }
  /** The field is there, whatever its value. */
  | { readonly kind: 'exists'; readonly field: FieldNames }
  | {
      readonly kind: 'reference';
      readonly field: FieldNames;
      readonly other: FieldNames;
      readonly place: 'whole' | 'start' | 'end' | 'inside';
      readonly cased: boolean;
    };

type Compare = (one: number, other: number) => boolean;

export const compareBy: Readonly<Record<Comparison, Compare>> = {
  gt: (one, other) => one > other,
  gte: (one, other) => one >= other,
  lt: (one, other) => one < other,
  lte: (one, other) => one <= other,
  eq: (one, other) => one === other,
  neq: (one, other) => one !== other,
};
