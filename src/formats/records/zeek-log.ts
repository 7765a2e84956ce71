/** Lines of a Zeek log in its own text form → one record a line, its columns named by the log's head (Zeek, "Log Writers: ASCII"). */

const unescape = (text: string): string =>
  text.replaceAll(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const columnLimit = 1024;

/** Remembers the head of the log that is being read; a later head, as after a rotation into the same stream, replaces it. */
export class ZeekLogReader {
  #separator = '\t';
  #setSeparator = ',';
  #empty = '(empty)';
  #unset = '-';
  #path = '';
  #fields: readonly string[] = [];
  #types: readonly string[] = [];

  /** The record of a line; `head` for a line of the head; undefined for what no head has announced. */
  read(line: string): Readonly<Record<string, unknown>> | 'head' | undefined {
    if (line.startsWith('#')) return this.#readHead(line) ? 'head' : undefined;
    if (this.#fields.length === 0) return undefined;
    const columns = line.split(this.#separator, columnLimit);
    if (columns.length !== this.#fields.length) return undefined;
    const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    if (this.#path !== '') record['_path'] = this.#path;
    for (const [index, name] of this.#fields.entries()) {
      const value = this.#value(columns[index] ?? '', this.#types[index] ?? 'string');
      if (value !== undefined) record[name] = value;
    }
    return record;
  }

  #readHead(line: string): boolean {
    if (line.startsWith('#separator ')) {
      const separator = unescape(line.slice('#separator '.length).trim());
      if (separator.length !== 1) return false;
      this.#separator = separator;
      return true;
    }
    const [name, ...values] = line.slice(1).split(this.#separator, columnLimit);
    const value = values[0] ?? '';
    if (name === 'set_separator') this.#setSeparator = unescape(value);
    else if (name === 'empty_field') this.#empty = unescape(value);
    else if (name === 'unset_field') this.#unset = unescape(value);
    else if (name === 'path') this.#path = value;
    else if (name === 'fields') this.#fields = values;
    else if (name === 'types') this.#types = values;
    else return name === 'open' || name === 'close';
    return true;
  }

  #value(text: string, type: string): unknown {
    if (text === this.#unset) return undefined;
    if (/^(?:set|vector)\[/.test(type))
      return text === this.#empty ? [] : text.split(this.#setSeparator, columnLimit).map(unescape);
    if (text === this.#empty) return '';
    if (type === 'bool') return text === 'T';
    if (['time', 'interval', 'count', 'int', 'double', 'port'].includes(type)) {
      const number = Number(text);
      return Number.isFinite(number) ? number : unescape(text);
    }
    return unescape(text);
  }
}
