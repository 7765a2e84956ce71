/** Standard input, or a named pipe that others write into. Neither can be read twice: what is on its way to us when we die is lost. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { misuse, unavailable } from '../../core/fault.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';

export interface InputSettings {
  /** `-`: standard input. Anything else: a named pipe. */
  readonly input: string;
  /** Standard input, for `-`. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** Opened for writing too: the pipe is not at its end when the last of its writers goes, and others may come. */
const openPipe = (path: string): Socket => {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (thrown) {
    throw unavailable('LOG_UNREADABLE', `cannot open ${path}: ${(thrown as Error).message}`, path, thrown);
  }
  if (fstatSync(descriptor).isFIFO()) return new Socket({ fd: descriptor, readable: true, writable: false });
  closeSync(descriptor);
  throw misuse('LISTENER_INVALID', `input: ${path} is no named pipe; a file is followed with "files"`);
};

async function* intakesOf(
  where: string,
  stream: AsyncIterable<Uint8Array>,
  context: ListenerContext,
): AsyncGenerator<Intake, void, undefined> {
  const base = {
    // Another process reads another stream, although its first line may be the same.
    log: `input:${where}:${context.now().getTime()}`,
    where,
    from: { offset: 0, line: 1 },
    gaps: [],
  };
  const { signal } = context;
  const iterator = stream[Symbol.asyncIterator]();
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!signal.aborted) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (next === undefined || next.done === true) break;
    yield { ...base, bytes: next.value, last: false };
  }
  yield { ...base, bytes: new Uint8Array(0), last: true };
}

export const input: Listener<InputSettings> = {
  id: 'input',
  about: 'standard input, or a named pipe',
  async open({ input: name, stream }, context) {
    if (name === '-') {
      if (stream === undefined) throw misuse('LISTENER_INVALID', 'input: there is no standard input to read');
      return {
        about: 'reading standard input',
        intakes: intakesOf('-', stream, context),
        close: async () => undefined,
      };
    }
    const pipe = openPipe(name);
    return {
      about: `reading ${name}`,
      intakes: intakesOf(name, pipe as AsyncIterable<Uint8Array>, context),
      close: async () => {
        pipe.destroy();
      },
    };
  },
};
