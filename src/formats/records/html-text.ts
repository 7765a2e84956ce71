/** HTML, as mail programs write it → the words that a reader sees, and where its links lead. Nothing is fetched. */

/** Longer pages are read to here. */
const htmlLimit = 1 << 20;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  colon: ':',
  sol: '/',
  period: '.',
  hyphen: '-',
  commat: '@',
  NewLine: '\n',
  Tab: '\t',
};

const decoded = (text: string): string =>
  text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([A-Za-z]{2,8}));/gi,
    (whole, hex?: string, digits?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole;
      const point = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      return point > 0 && point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff)
        ? String.fromCodePoint(point)
        : '';
    },
  );

/** Elements that end a line; all others stand within words. */
const blocks =
  /^\/?(?:p|div|br|hr|li|ul|ol|tr|td|th|table|pre|blockquote|section|article|header|footer|h[1-6]|dt|dd|body|html|head|title)$/i;
/** What is in these is no text. */
const silent = /^(?:script|style|template|noscript)$/i;
const linkNames = /\s(?:href|src|action)\s*=\s*(?:"([^"]{0,4096})"|'([^']{0,4096})'|([^\s"'>]{1,4096}))/gi;

/** `&#100;ocker p<b>ull` is what a reader sees of it. Each link follows its words, in brackets of its own. */
export const htmlText = (html: string): string => {
  const source = html.length > htmlLimit ? html.slice(0, htmlLimit) : html;
  const parts: string[] = [];
  let position = 0;
  while (position < source.length) {
    const start = source.indexOf('<', position);
    if (start < 0) break;
    parts.push(source.slice(position, start));
    if (source.startsWith('<!--', start)) {
      const end = source.indexOf('-->', start + 4);
      position = end < 0 ? source.length : end + 3;
      continue;
    }
    const name = /^<(\/?[a-z][a-z0-9-]{0,31})/i.exec(source.slice(start, start + 36))?.[1];
    if (name === undefined) {
      parts.push('<');
      position = start + 1;
      continue;
    }
    const end = source.indexOf('>', start);
    const tag = source.slice(start, end < 0 ? source.length : end);
    position = end < 0 ? source.length : end + 1;
    for (const found of tag.matchAll(linkNames)) parts.push(` ${found[1] ?? found[2] ?? found[3] ?? ''} `);
    if (blocks.test(name)) parts.push('\n');
    if (silent.test(name)) {
      const close = source.slice(position).search(new RegExp(String.raw`</${name}`, 'i'));
      position = close < 0 ? source.length : position + close;
    }
  }
  parts.push(source.slice(position));
  return decoded(parts.join(''));
};

/** True for what is meant as HTML, and no text that merely holds a `<`. */
export const looksLikeHtml = (text: string): boolean =>
  /<(?:!doctype html|html|body|div|p|a|br|span|table|pre|code|b|i|strong|em|ul|li)(?:\s[^<>]{0,512})?\/?>/i.test(text);
