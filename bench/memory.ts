/** A process → the most memory that it and everything it started ever used together, as summed PSS. */
import { readFileSync, readdirSync } from 'node:fs';

const readOptional = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A process may end between being listed and being read.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
};

const parentOf = (pid: number): number => {
  // The name in parentheses may hold anything, also a parenthesis: the fields begin behind the last one.
  const stat = readOptional(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
};

const treeOf = (root: number): readonly number[] => {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const siblings = children.get(parentOf(pid));
    if (siblings === undefined) children.set(parentOf(pid), [pid]);
    else siblings.push(pid);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
};

const pssOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readOptional(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;

/**
 * Samples until stopped. A page that several processes share is counted once in all, which is what PSS means.
 * The sampling costs the measured processes a little time: never time the same run.
 */
export class MemorySampler {
  #peakBytes = 0;
  #peakProcesses = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(root: number, everyMs = 100) {
    this.#timer = setInterval(() => {
      const tree = treeOf(root);
      const sum = tree.reduce((total, pid) => total + pssOf(pid), 0);
      if (sum <= this.#peakBytes) return;
      this.#peakBytes = sum;
      this.#peakProcesses = tree.length;
    }, everyMs);
  }

  stop(): { readonly bytes: number; readonly processes: number } {
    clearInterval(this.#timer);
    return { bytes: this.#peakBytes, processes: this.#peakProcesses };
  }
}
