/** What `printf` and `echo -e` print (POSIX.1-2024, printf; Bash Reference Manual, 4.2). */
import { isKnown, mark, maximumLength } from './shell-values.value.ts';
import { unescapePrinted } from './shell.escapes.ts';

/** `\c` ends the text. */
export const unescapeEcho = (text: string): string => unescapePrinted(text.split('\\c')[0] ?? '');

const maximumRounds = 200;

const formatOne = (flags: string, conversion: string, value: string): string => {
  const width = Number(/^[-0+ #]*(\d{0,4})/.exec(flags)?.[1] ?? 0);
  const precision = /\.(\d{1,5})/.exec(flags)?.[1];
  let text = value;
  if (conversion === 'c') text = value.slice(0, 1);
  else if (conversion === 'b') text = unescapeEcho(value);
  else if ('diouxX'.includes(conversion)) {
    const number = /^['"]/.test(value) ? value.charCodeAt(1) : Number(value === '' ? 0 : value);
    if (!Number.isInteger(number)) return isKnown(value) ? '0' : value;
    const radix = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
    text = conversion === 'X' ? number.toString(radix).toUpperCase() : number.toString(radix);
  } else if ('eEfFgG'.includes(conversion)) return isKnown(value) ? value : mark(`a number, ${value}`);
  else if (conversion === 's' && precision !== undefined && isKnown(value)) text = value.slice(0, Number(precision));
  const fill = /^[-+ #]*0/.test(flags) && 'diouxX'.includes(conversion) ? '0' : ' ';
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width, fill);
};

const piecePattern = /%(%|[-+ #0]*\d{0,4}(?:\.\d{1,5})?([a-zA-Z]))|([^%]+|%)/g;

/** The format is used again as long as arguments are left. */
export const formatPrintf = (format: string, args: readonly string[]): string => {
  const pieces = [...format.matchAll(piecePattern)];
  const takes = pieces.filter((piece) => piece[2] !== undefined).length;
  let result = '';
  let at = 0;
  for (let round = 0; round < maximumRounds; round += 1) {
    for (const [, whole, conversion, text] of pieces) {
      if (text !== undefined) result += unescapePrinted(text);
      else if (conversion === undefined) result += '%';
      else {
        result += formatOne((whole ?? '').slice(0, -1), conversion, args[at] ?? '');
        at += 1;
      }
    }
    if (takes === 0 || at >= args.length || result.length > maximumLength) break;
  }
  return result;
};
