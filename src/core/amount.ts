/** Counts as people read them: 63,412 files. By hand, since the first number that `Intl` writes costs more than a whole report. */

const thousands = /\B(?=(?:\d{3})+$)/g;

/** A whole number with a comma before each three digits. */
export const grouped = (count: number): string => String(count).replace(thousands, ',');

/** `1 file`, `2,000 files`. */
export const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
