/** A log that is written whole and packed, such as CloudTrail leaves in a bucket's folder: read once. */
import type { Intake, SettledAt } from '../../core/listener.ts';
import { isSystemError, readPacked, stateOf } from './log-file.ts';
import { tailSource } from './path-tail.ts';
import { formatPlace, parsePlace } from './place.ts';

/** Whoever copies a file in writes it for a while: it is read when it has been left alone for so long. */
const quietMs = 1000;
const finished = { bytes: 0, digest: 'finished' };
const unread = { bytes: 0, digest: '' };

export class PackedFile {
  readonly path: string;
  readonly isOpen = false;
  readonly hasMore = false;
  readonly #now: () => number;
  readonly #place: ReturnType<typeof parsePlace>;
  /** Inode and time of what was read. */
  #read = '';

  constructor(path: string, position: string | undefined, now: () => number) {
    this.path = path;
    this.#now = now;
    this.#place = parsePlace(position);
  }

  async release(): Promise<void> {
    // Nothing is held between two looks.
  }

  async *poll(): AsyncGenerator<Intake, void, undefined> {
    const state = await stateOf(this.path);
    if (state === undefined || this.#now() - state.modified < quietMs) return;
    const inode = `${state.inode}:${Math.trunc(state.modified)}`;
    if (inode === this.#read) return;
    this.#read = inode;
    const known = this.#place?.inode === inode ? this.#place : undefined;
    if (known?.head.digest === finished.digest) return;
    const from: SettledAt = known?.settled ?? { offset: 0, line: 1 };
    const base = { log: `${this.path}#${inode}`, where: this.path, from, gaps: [] };
    const place = (head: typeof unread, settled: SettledAt) => ({
      source: tailSource(this.path),
      position: formatPlace({ generation: 0, inode, head, settled }),
    });
    let gaps: Intake['gaps'] = [];
    try {
      for await (const bytes of readPacked(this.path, from.offset))
        yield { ...base, bytes, last: false, position: (settled) => place(unread, settled) };
    } catch (thrown) {
      if (!isSystemError(thrown)) throw thrown;
      gaps = [{ where: this.path, code: 'LOG_UNREADABLE', reason: thrown.message, bytes: 0, kind: 'malformed' }];
    }
    yield { ...base, gaps, bytes: new Uint8Array(0), last: true, position: (settled) => place(finished, settled) };
  }
}
