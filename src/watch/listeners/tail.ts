/** Files that grow: followed through rotation, cutting and replacement, and gone on with after a restart where they were left. */
import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { misuse } from '../../core/fault.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';
import { isPacked } from '../tailing/log-file.ts';
import { PackedFile } from '../tailing/packed-file.ts';
import { PathTail, tailSource } from '../tailing/path-tail.ts';
import { isRotatedName } from '../tailing/rotated-name.ts';

export interface TailSettings {
  /** Paths, or patterns with `*`, `**` and `?`. A pattern that ends with `.gz` means logs that are written whole. */
  readonly files: readonly string[];
  /** Where a file begins that was never followed: files that are there when the first process starts may be long. */
  readonly from?: 'beginning' | 'end';
  readonly everyMs?: number;
  readonly graceMs?: number;
}

type Followed = PathTail | PackedFile;

/** Paths that one listener follows, and handles that it holds between two looks. */
const pathLimit = 100_000;
const handleLimit = 256;

const isPattern = (path: string): boolean => /[*?[{]/.test(path);

const pathsOf = async function* (files: readonly string[]): AsyncGenerator<string, void, undefined> {
  for (const file of files) {
    if (!isPattern(file)) {
      yield resolve(file);
      continue;
    }
    const wholeLogs = isPacked(file);
    for await (const found of glob(file)) if (wholeLogs || !isRotatedName(found)) yield resolve(found);
  }
};

class TailedFiles {
  readonly #settings: TailSettings;
  readonly #context: ListenerContext;
  readonly #followed = new Map<string, Followed>();
  #first = true;
  #refused = 0;

  constructor(settings: TailSettings, context: ListenerContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async *intakes(): AsyncGenerator<Intake, void, undefined> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      const told = this.#refused;
      await this.#discover();
      if (this.#refused > 0 && told === 0)
        yield {
          log: 'tail',
          where: this.#settings.files.join(' '),
          from: { offset: 0, line: 1 },
          bytes: new Uint8Array(0),
          last: false,
          gaps: [
            {
              where: this.#settings.files.join(' '),
              code: 'LOGS_TOO_MANY',
              reason: `more than ${pathLimit} files; the others are not followed`,
              bytes: 0,
              kind: 'limit',
            },
          ],
        };
      for (const followed of this.#followed.values()) {
        for await (const intake of followed.poll()) {
          yield intake;
          if (signal.aborted) return;
        }
        await this.#boundHandles();
      }
      if ([...this.#followed.values()].some(({ hasMore }) => hasMore)) continue;
      await sleep(this.#settings.everyMs ?? 1000, undefined, { signal, ref: true }).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    }
  }

  async #discover(): Promise<void> {
    const fromEnd = this.#first && this.#settings.from === 'end';
    const now = (): number => this.#context.now().getTime();
    const times = { graceMs: this.#settings.graceMs ?? 2000, now };
    for await (const path of pathsOf(this.#settings.files)) {
      if (this.#followed.has(path)) continue;
      if (this.#followed.size >= pathLimit) {
        this.#refused += 1;
        continue;
      }
      const position = this.#context.positionOf(tailSource(path));
      const followed = isPacked(path)
        ? new PackedFile(path, position, now)
        : new PathTail(path, position, fromEnd, times);
      this.#followed.set(path, followed);
    }
    this.#first = false;
  }

  /** Those that were looked at longest ago give theirs up. */
  async #boundHandles(): Promise<void> {
    const open = [...this.#followed.values()].filter(({ isOpen }) => isOpen);
    for (const followed of open.slice(0, Math.max(0, open.length - handleLimit))) await followed.release();
  }

  async close(): Promise<void> {
    for (const followed of this.#followed.values()) await followed.release();
  }
}

export const tail: Listener<TailSettings> = {
  id: 'tail',
  about: 'files that grow, by name or pattern, through rotation and restarts',
  async open(settings, context) {
    if (settings.files.length === 0) throw misuse('LISTENER_INVALID', 'files: at least one path or pattern is needed');
    const files = new TailedFiles(settings, context);
    return {
      about: `following ${settings.files.join(' ')}`,
      intakes: files.intakes(),
      close: () => files.close(),
    };
  },
};
