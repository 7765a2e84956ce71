/** Records → lines of JSON in a file that is replaced when it is full: `FILE`, then `FILE.1` and so on, the highest the oldest. */
import { constants } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { unavailable } from '../../core/fault.ts';
import type { OpenSink, Sink, SinkSettings } from '../../core/sink.ts';
import { formatSetting, toLines } from '../delivery/record-text.ts';

const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

const fileFault = (path: string, thrown: unknown): unknown => {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === undefined) return thrown;
  const reason = code === 'ELOOP' ? 'it is a symbolic link' : code;
  return unavailable('SINK_UNREACHABLE', `the file ${path} cannot be written: ${reason}`, path, thrown);
};

/** Where the last whole line ends, among the last bytes: what follows was cut off by a crash, and is sent again whole. */
const endOfLines = async (handle: FileHandle, size: number): Promise<number> => {
  const span = Math.min(size, 8 * 1024 * 1024);
  const tail = Buffer.alloc(span);
  await handle.read(tail, 0, span, size - span);
  const end = tail.lastIndexOf(0x0a);
  return end < 0 && span < size ? size : size - span + end + 1;
};

class LineFile implements OpenSink {
  readonly #path: string;
  readonly #settings: SinkSettings;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(path: string, settings: SinkSettings) {
    this.#path = path;
    this.#settings = settings;
  }

  async send(batch: Parameters<OpenSink['send']>[0]): ReturnType<OpenSink['send']> {
    const lines = Buffer.from(toLines(batch, this.#settings.text('format')), 'utf8');
    try {
      await this.#makeReady(lines.length);
      const handle = await this.#open();
      try {
        await handle.appendFile(lines);
        if (this.#settings.text('sync') === 'always') await handle.datasync();
      } catch (thrown) {
        // Half a batch may be there: whole again, it comes behind the last line that was whole.
        await handle.truncate(this.#size).catch(() => undefined);
        await this.close();
        throw thrown;
      }
      this.#size += lines.length;
    } catch (thrown) {
      throw fileFault(this.#path, thrown);
    }
    return { state: 'taken', refused: [] };
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    const handle = await open(this.#path, flags, 0o600);
    const stats = await handle.stat();
    if (!stats.isFile()) {
      await handle.close();
      throw unavailable('SINK_UNREACHABLE', `${this.#path} is no regular file`, this.#path);
    }
    this.#size = await endOfLines(handle, stats.size);
    if (this.#size < stats.size) await handle.truncate(this.#size);
    this.#handle = handle;
    return handle;
  }

  /** Somebody else may have moved the file away (logrotate(8)), and ours is moved when it is full. */
  async #makeReady(bytes: number): Promise<void> {
    if (this.#handle !== undefined) {
      const [own, there] = await Promise.all([
        this.#handle.stat(),
        stat(this.#path).catch((thrown: NodeJS.ErrnoException) => {
          if (thrown.code === 'ENOENT') return undefined;
          throw thrown;
        }),
      ]);
      if (there?.ino !== own.ino || there.dev !== own.dev) await this.close();
    }
    await this.#open();
    const maximum = this.#settings.number('megabytes') * 1024 * 1024;
    if (this.#size > 0 && this.#size + bytes > maximum) await this.#rotate();
  }

  async #rotate(): Promise<void> {
    await this.close();
    const keep = this.#settings.number('keep');
    await rm(`${this.#path}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`;
      await rename(from, `${this.#path}.${number + 1}`).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOENT') throw thrown;
      });
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

export const file: Sink = {
  id: 'file',
  about: 'lines of JSON in a file that is replaced when it is full',
  settings: [
    { name: 'path', kind: 'text', required: true, about: 'the file; what is full becomes PATH.1, PATH.2 and so on' },
    {
      name: 'megabytes',
      kind: 'number',
      default: 100,
      minimum: 0.001,
      maximum: 100_000,
      about: 'the size at which a new file is begun',
    },
    { name: 'keep', kind: 'number', default: 10, minimum: 1, maximum: 1000, about: 'how many full files are kept' },
    {
      name: 'sync',
      kind: 'choice',
      values: ['always', 'never'],
      default: 'always',
      about: 'always: records are on the disk before they leave the spool; never: when the system sees fit',
    },
    formatSetting,
  ],
  open: async (settings) => new LineFile(settings.text('path') ?? '', settings),
};
