/** A structure or map as the tables of Athena and CloudTrail Lake print it, `{name=value, other={…}, list=[…]}` → JSON values. */

const depthLimit = 32;
const sizeLimit = 512 * 1024;
/** Values that may turn out to be JSON: each costs a look at all that follows. */
const attemptLimit = 256;

class Reader {
  readonly #text: string;
  #at = 0;
  #attempts = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  value(depth: number): unknown {
    const first = this.#text[this.#at];
    if (depth > depthLimit) return this.#plain();
    if (first === '{') return this.#json() ?? this.#members(depth);
    if (first === '[') return this.#json() ?? this.#items(depth);
    return this.#plain();
  }

  /** Values of a map are themselves JSON texts. */
  #json(): unknown {
    const next = this.#text.slice(this.#at + 1, this.#at + 12).trimStart()[0];
    if (next !== '"' && next !== '{' && next !== '[' && next !== '}' && next !== ']') return undefined;
    this.#attempts += 1;
    const end = this.#attempts > attemptLimit ? -1 : this.#balanced();
    if (end < 0) return undefined;
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end)) as unknown;
      this.#at = end;
      return value;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  }

  #balanced(): number {
    let depth = 0;
    for (let position = this.#at; position < this.#text.length; position += 1) {
      const character = this.#text[position];
      if (character === '"') {
        for (position += 1; position < this.#text.length && this.#text[position] !== '"'; position += 1)
          if (this.#text[position] === '\\') position += 1;
      } else if (character === '{' || character === '[') depth += 1;
      else if (character === '}' || character === ']') {
        depth -= 1;
        if (depth === 0) return position + 1;
      }
    }
    return -1;
  }

  #members(depth: number): unknown {
    const members: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.#at += 1;
    while (!this.ended && this.#text[this.#at] !== '}') {
      const equals = this.#text.indexOf('=', this.#at);
      if (equals < 0) break;
      const name = this.#text.slice(this.#at, equals).trim();
      this.#at = equals + 1;
      const value = this.value(depth + 1);
      if (name !== '' && value !== 'null') members[name] = value;
      this.#separator();
    }
    this.#at += 1;
    return members;
  }

  #items(depth: number): unknown {
    const items: unknown[] = [];
    this.#at += 1;
    while (!this.ended && this.#text[this.#at] !== ']') {
      const before = this.#at;
      items.push(this.value(depth + 1));
      this.#separator();
      if (this.#at === before) break;
    }
    this.#at += 1;
    return items;
  }

  #separator(): void {
    if (this.#text[this.#at] !== ',') return;
    this.#at += 1;
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  /** Up to a comma that a new name follows, or to the closing bracket: values are not quoted, and hold commas. */
  #plain(): string {
    const next = /, (?=[\w.:@-]{1,128}=)|[}\]]/g;
    next.lastIndex = this.#at;
    const end = next.exec(this.#text)?.index ?? this.#text.length;
    const found = this.#text.slice(this.#at, end);
    this.#at = end;
    return found;
  }
}

/** A text that is no structure comes back as it is. */
export const parseLakeStruct = (text: string): unknown => {
  const first = text[0];
  if ((first !== '{' && first !== '[') || text.length > sizeLimit) return text;
  const reader = new Reader(text);
  const value = reader.value(0);
  return reader.ended ? value : text;
};
