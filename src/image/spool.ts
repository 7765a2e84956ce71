/** A stream → a temporary file, read at random afterwards and removed when it is disposed of. */
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { overLimit, unavailable } from '../core/fault.ts';
import { openFileBytes, type FileBytes } from './file-bytes.ts';

/**
 * Writes the whole stream. `onBytes` hears how many there are so far.
 * @throws {Fault} limit `SPOOL_TOO_LARGE` above `limits.bytes`, unavailable `TEMPORARY_SPACE_FULL`, and what the stream throws; nothing is left behind
 */
export const spool = async (
  stream: ByteStream,
  context: Pick<Context, 'temporaryFolder' | 'limits' | 'signal'>,
  where: string,
  onBytes: (total: number) => void = () => undefined,
): Promise<FileBytes> => {
  const file = join(await context.temporaryFolder(), `spool-${randomUUID()}`);
  const handle = await open(file, 'wx', 0o600);
  let total = 0;
  try {
    for await (const chunk of stream) {
      context.signal.throwIfAborted();
      total += chunk.length;
      if (total > context.limits.bytes)
        throw overLimit('SPOOL_TOO_LARGE', `more than ${context.limits.bytes} bytes`, where);
      for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done)).bytesWritten;
      onBytes(total);
    }
    await handle.close();
    const bytes = await openFileBytes(file);
    return {
      ...bytes,
      [Symbol.asyncDispose]: async () => {
        await bytes[Symbol.asyncDispose]();
        await rm(file, { force: true });
      },
    };
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
      throw unavailable('TEMPORARY_SPACE_FULL', `no room for a temporary copy after ${total} bytes`, where, thrown);
    throw thrown;
  }
};
