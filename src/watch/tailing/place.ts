/** Where a followed path stands: which of its logs, and how far. Written as text that is remembered. */
import type { SettledAt } from '../../core/listener.ts';
import type { LogHead } from './log-file.ts';

export interface TailPlace {
  /** Counts the logs that stood under the path: every rotation and every cut begins another. */
  readonly generation: number;
  readonly inode: string;
  readonly head: LogHead;
  readonly settled: SettledAt;
}

export const formatPlace = ({ generation, inode, head, settled }: TailPlace): string =>
  JSON.stringify({ generation, inode, head, settled });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Undefined: none of ours. */
export const parsePlace = (text: string | undefined): TailPlace | undefined => {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  const { generation, inode, head, settled } = (value ?? {}) as Partial<TailPlace>;
  if (!isCount(generation) || typeof inode !== 'string' || !isCount(head?.bytes) || typeof head?.digest !== 'string')
    return undefined;
  if (!isCount(settled?.offset) || !isCount(settled?.line)) return undefined;
  return { generation, inode, head, settled };
};
