/** Numbers out of a date, for the time modifiers (modifiers appendix 2.1). As written: nothing is converted from one time zone to another. */

export const dateParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type DatePart = (typeof dateParts)[number];

const pattern = /^\s*(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/;

const dayMs = 86_400_000;

/** Week of the year by ISO 8601: the week of the year's first Thursday is the first. */
const weekOf = (year: number, month: number, day: number): number => {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  const thursday = date + (3 - weekday) * dayMs;
  return Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)) / (7 * dayMs)) + 1;
};

/** Undefined when the text is no date of the form `YYYY-MM-DD[ hh:mm…]`, or has no such part. */
export const datePartOf = (text: string, part: DatePart): number | undefined => {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0] = found.slice(1, 4).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const [hour, minute] = found.slice(4, 6).map((digits) => (digits === undefined ? undefined : Number(digits)));
  const values: Readonly<Record<DatePart, number | undefined>> = {
    year,
    month,
    week: weekOf(year, month, day),
    day,
    hour: hour !== undefined && hour < 24 ? hour : undefined,
    minute: minute !== undefined && minute < 60 ? minute : undefined,
  };
  return values[part];
};
