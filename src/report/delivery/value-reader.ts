/** A value that somebody else may have made → its members, each of the kind that is asked for, and short. Total. */
import { toPlainText } from '../../core/plain-text.ts';
import type { SinkValue } from '../../core/sink.ts';

export const objectIn = (value: unknown): SinkValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SinkValue) : {};

export const objectAt = (value: SinkValue, name: string): SinkValue => objectIn(value[name]);

/** Plain text of one line; undefined for what is no text, and for an empty one. */
export const textAt = (value: SinkValue, name: string, maximum = 2000): string | undefined => {
  const member = value[name];
  return typeof member === 'string' && member !== '' ? toPlainText(member, maximum) : undefined;
};

export const numberAt = (value: SinkValue, name: string): number | undefined => {
  const member = value[name];
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
};

const listAt = (value: SinkValue, name: string): readonly unknown[] => {
  const member = value[name];
  return Array.isArray(member) ? member : [];
};

export const objectsAt = (value: SinkValue, name: string, most: number): readonly SinkValue[] =>
  listAt(value, name).slice(0, most).map(objectIn);

export const textsAt = (value: SinkValue, name: string, most: number, maximum = 500): readonly string[] =>
  listAt(value, name)
    .slice(0, most)
    .flatMap((member) => (typeof member === 'string' && member !== '' ? [toPlainText(member, maximum)] : []));

/** `2026-06-01T10:00:00Z`, or milliseconds since 1970 → milliseconds since 1970; undefined for anything else. */
export const timeOf = (value: unknown): number | undefined => {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? Math.trunc(time) : undefined;
};
