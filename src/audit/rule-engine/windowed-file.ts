/**
 * A file too large for one view → the same hits as if it were scanned whole, for every rule that does not count or look at positions.
 * Each window is searched for all patterns. What they matched, with its surroundings and the first window's start, is put together
 * into one short content that stands for the file, and the rules judge that, with the true size in the place of `filesize`.
 */
import type { InspectedFile } from '../../core/analyzer.ts';
import type { Externals } from './engine-interface.ts';
import type { RuleRunner, RunResult } from './rule-runner.ts';

const headLength = 64 * 1024;
/** Surroundings of a match that are kept: word boundaries need one byte, excerpts in reports two dozen. */
const margin = 64;
/** Of one pattern so many matches are kept from each window, and of all windows together. */
const matchesKept = 4;
const matchesKeptInAll = 16;
const longestMatch = 64 * 1024;
/** Between two fragments: longer than the gaps that rules leave open, and no line goes across it. */
const separator = Buffer.alloc(2048, '\n\0');

const keyOf = (rule: number, pattern: string): string => `${rule} ${pattern}`;

interface Fragment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class WindowedFile {
  readonly #runner: RuleRunner;
  readonly #file: InspectedFile;
  readonly #externals: Externals;
  readonly #fragments: Fragment[] = [];
  readonly #kept = new Map<string, number>();
  readonly #runaways = new Set<number>();
  readonly #unevaluated = new Set<number>();
  #next = 0;
  /** Bytes that the file has in any case. */
  #atLeast = 0;
  #broken = false;

  constructor(runner: RuleRunner, file: InspectedFile, externals: Externals) {
    this.#runner = runner;
    this.#file = file;
    this.#externals = externals;
  }

  get sha256(): string {
    return this.#file.sha256;
  }

  get path(): string {
    return this.#file.path;
  }

  /** False when windows were left out or came in another order: then nothing can be said about the whole. */
  get isWhole(): boolean {
    return !this.#broken;
  }

  add(file: InspectedFile, window: Uint8Array): void {
    if (file.windowOffset + file.overlap !== this.#next) this.#broken = true;
    this.#next = file.windowOffset + window.length;
    // Asked once: other rules for each window would be other sets to compile.
    this.#atLeast ||= window.length;
    if (file.windowOffset === 0) this.#keep(0, window.subarray(0, headLength));
    const { hits, runaways, unevaluated } = this.#runner.runPatterns(
      { kind: file.kind, content: window, overlap: file.overlap, fileBytes: this.#atLeast },
      this.#externals,
      ({ rule, pattern }) => (this.#kept.get(keyOf(rule, pattern)) ?? 0) >= matchesKeptInAll,
    );
    for (const rule of runaways) this.#runaways.add(rule);
    for (const rule of unevaluated) this.#unevaluated.add(rule);
    for (const { rule, matches } of hits) {
      const kept = new Map<string, number>();
      for (const { pattern, offset, length } of matches) {
        const key = keyOf(rule, pattern);
        const here = kept.get(key) ?? 0;
        const all = this.#kept.get(key) ?? 0;
        if (here >= matchesKept || all >= matchesKeptInAll || offset + length <= file.overlap) continue;
        kept.set(key, here + 1);
        this.#kept.set(key, all + 1);
        const start = Math.max(0, offset - margin);
        const end = Math.min(window.length, offset + Math.min(length, longestMatch) + margin);
        this.#keep(file.windowOffset + start, window.subarray(start, end));
      }
    }
  }

  #keep(offset: number, bytes: Uint8Array): void {
    this.#fragments.push({ offset, bytes: Uint8Array.from(bytes) });
  }

  /** After the last window. `content` is what offsets of the hits refer to; `toFileOffset` leads back to the file. */
  judge(): RunResult & { readonly content: Uint8Array; toFileOffset(offset: number): number } {
    const fragments = merge(this.#fragments);
    const starts: { readonly at: number; readonly offset: number }[] = [];
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (const { offset, bytes } of fragments) {
      starts.push({ at: length, offset });
      pieces.push(bytes, separator);
      length += bytes.length + separator.length;
    }
    const content = Buffer.concat(pieces);
    const result = this.#runner.run(this.#file.kind, content, this.#externals, 'windowText', this.#next);
    return {
      hits: result.hits,
      runaways: [...new Set([...this.#runaways, ...result.runaways])],
      unevaluated: [...new Set([...this.#unevaluated, ...result.unevaluated])],
      content,
      toFileOffset(offset) {
        const start = starts.findLast(({ at }) => at <= offset);
        return start === undefined ? offset : start.offset + offset - start.at;
      },
    };
  }
}

/** In order of their offsets, those that touch or overlap joined. */
const merge = (fragments: readonly Fragment[]): readonly Fragment[] => {
  const merged: Fragment[] = [];
  for (const fragment of fragments.toSorted((one, other) => one.offset - other.offset)) {
    const last = merged.at(-1);
    const end = last === undefined ? -1 : last.offset + last.bytes.length;
    if (last === undefined || fragment.offset > end) {
      merged.push(fragment);
      continue;
    }
    const rest = fragment.bytes.subarray(Math.min(fragment.bytes.length, end - fragment.offset));
    if (rest.length > 0) merged[merged.length - 1] = { offset: last.offset, bytes: Buffer.concat([last.bytes, rest]) };
  }
  return merged;
};
