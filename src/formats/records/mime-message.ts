/** A mail as it travels (RFC 5322, 2045–2047) → who wrote when about what, and every text in it, decoded. */
import { htmlText } from './html-text.ts';

export interface MimeMessage {
  readonly from?: string;
  readonly subject?: string;
  /** As the header has it. */
  readonly date?: string;
  readonly id?: string;
  /** Subject, then all parts of text in their order; HTML as it is read. */
  readonly texts: readonly string[];
  /** False when bounds left something out. */
  readonly complete: boolean;
}

const depthLimit = 8;
const partLimit = 64;
const headerLimit = 512;
const textLimit = 1 << 20;

type Headers = ReadonlyMap<string, string>;

const decoderOf = (charset: string | undefined): InstanceType<typeof TextDecoder> => {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch (thrown) {
    if (thrown instanceof RangeError) return new TextDecoder();
    throw thrown;
  }
};

/** Characters outside of ASCII stand for themselves: they came unencoded, against the rules or by 8BITMIME. */
const quotedPrintable = (text: string, spaces = false): Uint8Array => {
  const joined = text.replaceAll(/=[ \t]*\r?\n/g, '');
  const plain = spaces ? joined.replaceAll('_', ' ') : joined;
  return Buffer.concat(
    plain
      .split(/((?:=[0-9A-Fa-f]{2})+)/)
      .map((piece, index) =>
        index % 2 === 1 ? Buffer.from(piece.replaceAll('=', ''), 'hex') : Buffer.from(piece, 'utf8'),
      ),
  );
};

/** RFC 2047: `=?utf-8?B?…?= =?utf-8?Q?…?=`; blanks between two of them are none of the text. */
const encodedWords = (text: string): string =>
  text
    .replaceAll(/(\?=)\s+(?==\?[\w*-]{1,40}\?[bq]\?)/gi, '$1')
    .replaceAll(
      /=\?([\w-]{1,40})(?:\*[\w-]{1,16})?\?([bq])\?([^?\s]{0,4096})\?=/gi,
      (_, charset: string, kind: string, word: string) =>
        decoderOf(charset).decode(
          kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : quotedPrintable(word, true),
        ),
    );

/** Folded lines joined; of a header that is there twice the first. The rest is the body, without the empty line. */
const splitHead = (text: string): { readonly headers: Headers; readonly body: string } => {
  const headers = new Map<string, string>();
  const gap = /^\r?\n|\r?\n\r?\n/.exec(text);
  const head = gap === null ? text : text.slice(0, gap.index);
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/, headerLimit)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1, colon + 1 + 8192).trim());
  }
  return { headers, body: gap === null ? '' : text.slice(gap.index + gap[0].length) };
};

const parameter = (value: string, name: string): string | undefined => {
  const found = new RegExp(String.raw`;\s*${name}\s*=\s*(?:"([^"]{1,256})"|([^\s;"]{1,256}))`, 'i').exec(value);
  return found?.[1] ?? found?.[2];
};

const decodeBody = (body: string, headers: Headers): string => {
  const way = (headers.get('content-transfer-encoding') ?? '').trim().toLowerCase();
  const charset = parameter(headers.get('content-type') ?? '', 'charset');
  if (way === 'base64') return decoderOf(charset).decode(Buffer.from(body, 'base64'));
  if (way === 'quoted-printable') return decoderOf(charset).decode(quotedPrintable(body));
  return body;
};

/** Between the lines of a boundary; what stands before the first is for programs that know no parts, and is read too. */
const splitParts = (body: string, boundary: string): readonly string[] => {
  const line = `--${boundary}`;
  const parts: string[] = [];
  let current: string[] | undefined;
  for (const one of body.split('\n')) {
    const plain = one.trimEnd();
    if (plain === line || plain === `${line}--`) {
      if (current !== undefined) parts.push(current.join('\n'));
      if (parts.length > partLimit) return parts;
      current = plain === line ? [] : undefined;
    } else current?.push(one);
  }
  if (current !== undefined) parts.push(current.join('\n'));
  return parts;
};

export const parseMimeMessage = (source: string): MimeMessage => {
  const texts: string[] = [];
  let size = 0;
  let parts = 0;
  let complete = true;
  const add = (text: string): void => {
    if (text.trim() === '') return;
    const room = textLimit - size;
    if (text.length > room) complete = false;
    if (room <= 0) return;
    texts.push(text.slice(0, room));
    size += text.length;
  };
  const walk = (text: string, depth: number): Headers => {
    const { headers, body } = splitHead(text);
    parts += 1;
    if (depth > depthLimit || parts > partLimit) {
      complete = false;
      return headers;
    }
    const type = (headers.get('content-type') ?? 'text/plain').toLowerCase();
    const boundary = parameter(headers.get('content-type') ?? '', 'boundary');
    if (type.startsWith('multipart/') && boundary !== undefined)
      for (const part of splitParts(body, boundary)) walk(part, depth + 1);
    else if (type.startsWith('message/')) {
      const inner = walk(decodeBody(body, headers), depth + 1);
      add(encodedWords(inner.get('subject') ?? ''));
    } else if (type.startsWith('text/html')) add(htmlText(decodeBody(body, headers)));
    else if (/^(?:text\/|application\/(?:json|x-?yaml|toml))/.test(type)) add(decodeBody(body, headers));
    // A name can be all that is said of what is attached.
    add(encodedWords(parameter(headers.get('content-disposition') ?? '', 'filename') ?? ''));
    return headers;
  };
  const headers = walk(source, 0);
  const header = (name: string): string | undefined => {
    const value = headers.get(name);
    return value === undefined || value === '' ? undefined : encodedWords(value).slice(0, 4096);
  };
  const [from, subject, date, id] = ['from', 'subject', 'date', 'message-id'].map(header);
  return {
    ...(from === undefined ? {} : { from }),
    ...(subject === undefined ? {} : { subject }),
    ...(date === undefined ? {} : { date }),
    ...(id === undefined ? {} : { id }),
    texts: subject === undefined ? texts : [subject, ...texts],
    complete,
  };
};

/** True for the head of a mail: some of the lines that every server writes. */
export const looksLikeMail = (text: string): boolean => {
  const head = text.slice(0, 16_384);
  const has = (name: string): boolean => new RegExp(String.raw`^${name}:[ \t]`, 'im').test(head);
  return (
    has('from') && (has('mime-version') || has('message-id') || has('received') || (has('date') && has('subject')))
  );
};
