/** Lines as runtimes of containers keep them (Kubernetes, CRI logging: time, stream, F or P, then what was written) → what was written. */
import type { LogLine } from '../../formats/records/log-lines.ts';

const keptPattern =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::\S{1,32})? (.*)$/s;

interface Begun {
  readonly first: LogLine;
  readonly time: string;
  readonly parts: string[];
  size: number;
}

/** Times of lines that are on their way: more than one value ever spreads over. */
const timeLimit = 65_536;

export class ContainerLines {
  readonly #maximum: number;
  readonly #begun = new Map<string, Begun>();
  readonly #times = new Map<number, string>();

  constructor(maximumCharacters: number) {
    this.#maximum = maximumCharacters;
  }

  /** The first line of one that is not whole yet. */
  get oldest(): LogLine | undefined {
    let oldest: LogLine | undefined;
    for (const { first } of this.#begun.values())
      if (oldest === undefined || first.offset < oldest.offset) oldest = first;
    return oldest;
  }

  /** When the line at that place was written, as the runtime says. */
  timeAt(offset: number): string | undefined {
    return this.#times.get(offset);
  }

  take(lines: readonly LogLine[]): readonly LogLine[] {
    if (this.#begun.size === 0 && !lines.some(({ text }) => text !== undefined && keptPattern.test(text))) return lines;
    return lines.flatMap((line) => this.#one(line));
  }

  /** What was begun and never ended, as it is. */
  finish(): readonly LogLine[] {
    const rest = [...this.#begun.keys()].map((stream) => this.#close(stream));
    return rest.filter((line) => line !== undefined);
  }

  #one(line: LogLine): readonly LogLine[] {
    const found = line.text === undefined ? null : keptPattern.exec(line.text);
    // Where other lines stand too, it is no log of a runtime: what looked so has nothing to wait for.
    if (found === null) return [...this.finish(), line];
    const [, time = '', stream = '', kind, written = ''] = found;
    const begun = this.#begun.get(stream) ?? { first: line, time, parts: [], size: 0 };
    begun.size += written.length;
    if (begun.size <= this.#maximum) begun.parts.push(written);
    this.#begun.set(stream, begun);
    if (kind === 'P') return [];
    const whole = this.#close(stream);
    return whole === undefined ? [] : [whole];
  }

  #close(stream: string): LogLine | undefined {
    const begun = this.#begun.get(stream);
    if (begun === undefined) return undefined;
    this.#begun.delete(stream);
    const { first, time, parts, size } = begun;
    this.#times.set(first.offset, time);
    if (this.#times.size > timeLimit) {
      const [oldest] = this.#times.keys();
      if (oldest !== undefined) this.#times.delete(oldest);
    }
    const { text: _, ...place } = first;
    return size > this.#maximum ? place : { ...place, text: parts.join('') };
  }
}
