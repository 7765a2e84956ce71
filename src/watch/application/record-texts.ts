/** Every text in a JSON record, one below the other: a message stands where each program likes. Mail and pages are decoded. */
import { htmlText, looksLikeHtml } from '../../formats/records/html-text.ts';
import { looksLikeMail, parseMimeMessage } from '../../formats/records/mime-message.ts';
import { textAt } from '../../formats/records/json-member.ts';

const textCount = 2000;
const totalLimit = 256 * 1024;
const depthLimit = 16;
/** Of mail inside one record: what is decoded at most. */
const packedLimit = 4 * 2 ** 20;

const packedText = (encoded: string): string =>
  Buffer.from(encoded.length > packedLimit ? encoded.slice(0, packedLimit) : encoded, 'base64').toString('utf8');

/** What a reader sees of a text: a mail's parts, a page's words, or the text as it is. */
export const readableTexts = (text: string): readonly string[] => {
  if (looksLikeMail(text)) return parseMimeMessage(text).texts;
  return looksLikeHtml(text) ? [text, htmlText(text)] : [text];
};

/** Mail that programs hand out as `{"mimeType": "text/plain", "body": {"data": …}}`, or whole as `raw`: both in base64. */
const packedMail = (record: object): readonly string[] => {
  const type = textAt(record, 'mimeType');
  const data = type?.startsWith('text/') === true ? textAt(record, 'body', 'data') : undefined;
  const whole = textAt(record, 'raw') ?? textAt(record, 'MimeContent');
  const found = [];
  if (data !== undefined) found.push(...readableTexts(packedText(data)));
  if (whole !== undefined && /^[\w+/=-]{64,}\s*$/.test(whole)) {
    const text = packedText(whole);
    if (looksLikeMail(text)) found.push(...parseMimeMessage(text).texts);
  }
  return found;
};

export const textsOf = (record: unknown): string => {
  const found: string[] = [];
  let size = 0;
  const add = (text: string): void => {
    found.push(text);
    size += text.length;
  };
  const walk = (value: unknown, depth: number): void => {
    if (found.length >= textCount || size >= totalLimit || depth > depthLimit) return;
    if (typeof value === 'string') for (const text of readableTexts(value)) add(text);
    else if (Array.isArray(value)) for (const item of value as readonly unknown[]) walk(item, depth + 1);
    else if (typeof value === 'object' && value !== null) {
      for (const text of packedMail(value)) add(text);
      for (const [name, item] of Object.entries(value)) {
        // `"image": "x"` says the same in JSON as `image: x` does in YAML.
        if (name === 'image' && typeof item === 'string') walk(`image: ${item}`, depth + 1);
        else walk(item, depth + 1);
      }
    }
  };
  walk(record, 0);
  return found.join('\n');
};
