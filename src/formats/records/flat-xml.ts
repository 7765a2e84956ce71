/**
 * XML as interfaces answer with it (XML 1.0, 2.1 to 2.6) → elements with text. Elements, attributes that are passed over, comments, and
 * the five predefined entities: no document types, no entities of their own, no CDATA, so that nothing can grow or be fetched.
 */
import { malformed, overLimit } from '../../core/fault.ts';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Of the element itself, without that of its children, and without blanks around it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const maximumBytes = 4 * 2 ** 20;
const maximumDepth = 32;
const maximumElements = 50_000;
const maximumName = 256;

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface OpenElement {
  readonly name: string;
  readonly texts: string[];
  readonly children: XmlElement[];
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1);

class XmlReader {
  readonly #text: string;
  readonly #where: string;
  #at = 0;
  #elements = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  #refuse(reason: string): Error {
    return malformed('XML_MALFORMED', `character ${this.#at}: ${reason}`, this.#where);
  }

  /** Behind the next `end`. */
  #behind(end: string, what: string): number {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) throw this.#refuse(`${what} has no end`);
    return found + end.length;
  }

  #decode(text: string): string {
    if (!text.includes('&')) return text;
    return text.replaceAll(/&([^;&]{0,12})(;?)/g, (_, name: string, end: string) => {
      const known = Object.hasOwn(entities, name) ? entities[name] : undefined;
      if (end === ';' && known !== undefined) return known;
      const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
      const code =
        number === null ? Number.NaN : Number.parseInt(number[1] ?? number[2] ?? '', number[1] === undefined ? 10 : 16);
      if (end !== ';' || Number.isNaN(code) || code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        throw this.#refuse('an entity that is none of the five of XML');
      return String.fromCodePoint(code);
    });
  }

  /** Comments and processing instructions say nothing; document types are refused. */
  #skipMarkup(): boolean {
    const { [this.#at + 1]: next } = this.#text;
    if (next === '?') {
      this.#at = this.#behind('?>', 'an instruction');
      return true;
    }
    if (next !== '!') return false;
    if (!this.#text.startsWith('<!--', this.#at)) throw this.#refuse('a document type or CDATA, which no answer needs');
    this.#at += 4;
    this.#at = this.#behind('-->', 'a comment');
    return true;
  }

  /** One tag, at its `<`. Values of attributes may hold `>`. */
  #readTag(): { readonly name: string; readonly kind: 'open' | 'close' | 'empty' } {
    const pattern =
      /<(\/?)([A-Za-z_][\w.:-]{0,255})((?:\s+[A-Za-z_][\w.:-]{0,255}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw this.#refuse('no tag');
    const [, slash = '', name = '', attributes = '', empty = ''] = found;
    if (name.length > maximumName || (slash !== '' && (attributes !== '' || empty !== '')))
      throw this.#refuse('no tag');
    this.#at = pattern.lastIndex;
    return { name, kind: slash === '/' ? 'close' : empty === '/' ? 'empty' : 'open' };
  }

  read(): XmlElement {
    if (this.#text.codePointAt(0) === 0xfeff) this.#at = 1;
    const open: OpenElement[] = [];
    let root: XmlElement | undefined;
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('<', this.#at);
      const text = this.#text.slice(this.#at, next < 0 ? this.#text.length : next);
      const inside = open.at(-1);
      if (inside !== undefined) inside.texts.push(this.#decode(text));
      else if (text.trim() !== '') throw this.#refuse('text outside of the root');
      if (next < 0) break;
      this.#at = next;
      if (this.#skipMarkup()) continue;
      const { name, kind } = this.#readTag();
      if (kind === 'close') {
        const closed = open.pop();
        if (closed?.name !== name) throw this.#refuse('an end without its begin');
        const element = { name: localName(name), text: closed.texts.join('').trim(), children: closed.children };
        const parent = open.at(-1);
        if (parent === undefined) root = element;
        else parent.children.push(element);
        continue;
      }
      this.#elements += 1;
      if (this.#elements > maximumElements || open.length >= maximumDepth)
        throw overLimit('XML_BEYOND_BOUNDS', 'more elements, or deeper ones, than an answer has', this.#where);
      if (open.length === 0 && root !== undefined) throw this.#refuse('a second root');
      if (kind === 'open') open.push({ name, texts: [], children: [] });
      else if (open.length === 0) root = { name: localName(name), text: '', children: [] };
      else open.at(-1)?.children.push({ name: localName(name), text: '', children: [] });
    }
    if (root === undefined || open.length > 0) throw this.#refuse('the document is cut off');
    return root;
  }
}

/** @throws {Fault} malformed `XML_MALFORMED`, limit `XML_BEYOND_BOUNDS` */
export const parseFlatXml = (bytes: Uint8Array, where: string): XmlElement => {
  if (bytes.length > maximumBytes) throw overLimit('XML_BEYOND_BOUNDS', `more than ${maximumBytes} bytes`, where);
  return new XmlReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), where).read();
};

/** The first children of that name, step by step. */
export const elementAt = (element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined => {
  let here = element;
  for (const name of path) here = here?.children.find((child) => child.name === name);
  return here;
};

/** Its text, where it has any. */
export const xmlTextAt = (element: XmlElement | undefined, ...path: readonly string[]): string | undefined => {
  const found = elementAt(element, ...path)?.text;
  return found === undefined || found === '' ? undefined : found;
};

/** `<set><item/>…</set>`, as EC2 writes lists. */
export const itemsOf = (element: XmlElement | undefined, ...path: readonly string[]): readonly XmlElement[] =>
  (elementAt(element, ...path)?.children ?? []).filter(({ name }) => name === 'item');
