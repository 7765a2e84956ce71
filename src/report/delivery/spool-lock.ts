/** A folder → ours alone, as long as this process lives: two writers would tear each other's files. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unavailable } from '../../core/fault.ts';

/** When the process began, in ticks since boot (proc(5), field 22): tells a process from a later one with the same number. */
const startOf = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return '';
    throw thrown;
  }
};

const isAlive = (owner: string): boolean => {
  const [pid = '', start = ''] = owner.split(' ');
  if (!/^\d{1,10}$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === '' || startOf(Number(pid)) === start;
};

const readOwner = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'latin1').slice(0, 100);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
};

/** True when the lock is ours now. A link is made at once or not at all. */
const tryLink = (own: string, file: string): boolean => {
  try {
    linkSync(own, file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
};

/** Takes a dead owner's lock away. Another process may have been quicker: what it made is put back. */
const removeStale = (file: string, owner: string, aside: string): void => {
  try {
    renameSync(file, aside);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw thrown;
  }
  if (readOwner(aside) !== owner) tryLink(aside, file);
  rmSync(aside, { force: true });
};

/** @throws {Fault} unavailable `SINK_SPOOL_IN_USE` */
export const lockFolder = (folder: string): Disposable => {
  const file = join(folder, 'lock');
  const own = join(folder, `lock.${process.pid}`);
  writeFileSync(own, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (tryLink(own, file)) return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
      const owner = readOwner(file);
      if (owner === undefined) continue;
      if (isAlive(owner))
        throw unavailable(
          'SINK_SPOOL_IN_USE',
          `the process ${owner.split(' ')[0] ?? ''} uses the spool ${folder}; give each process a folder of its own`,
          folder,
        );
      removeStale(file, owner, join(folder, `lock.stale.${process.pid}`));
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw unavailable('SINK_SPOOL_IN_USE', `other processes compete for the spool ${folder}`, folder);
};
