/** A field's values as one text that may be kept for hours: bounded, and still different where the values are. */
import { fold } from '../fold.ts';

const maximumText = 256;

/** Two rounds of FNV-1a with different beginnings; tells long values apart, protects nothing. */
const hashOf = (text: string): string => {
  let one = 0x811c9dc5;
  let other = 0x1b873593;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x01000193) + at;
  }
  return `${(one >>> 0).toString(16)}${(other >>> 0).toString(16)}`;
};

/** Undefined when there is no value; several values are one list. */
export const boundedValue = (texts: readonly string[]): string | undefined => {
  const [first] = texts;
  if (first === undefined) return undefined;
  const text = texts.length === 1 ? first : JSON.stringify(texts);
  return text.length <= maximumText ? text : `${text.slice(0, maximumText)}…${text.length}:${hashOf(fold(text))}`;
};
