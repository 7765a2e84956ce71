/** A value → JSON (RFC 8259) that is harmless to print: what terminals, people or CI systems would misread is escaped, without loss. */

/** C1 controls, and characters that change the direction of text or cannot be seen. C0 and lone surrogates JSON escapes anyway. */
const invisible =
  // oxlint-disable-next-line no-misleading-character-class
  /[\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

const escapeUnits = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

const toHarmless = (json: string): string =>
  json
    .replace(invisible, escapeUnits)
    .replace(/(?<=:):/g, '\\u003a')
    .replace(/(?<=#)#/g, '\\u0023')
    .replace(/<(?=[/!s])/gi, '\\u003c')
    .replace(/#(?=\[)/g, '\\u0023');

/** Members with undefined are left out; order is the value's own. Ends with a line end. */
export const toJsonText = (value: unknown): string => `${toHarmless(JSON.stringify(value, undefined, 2))}\n`;

/** The same on one line, without a line end. */
export const toJsonLine = (value: unknown): string => toHarmless(JSON.stringify(value));
