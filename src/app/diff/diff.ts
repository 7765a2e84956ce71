/** Two references → their Difference. Both are read at once, with the same rules, policy, scanning processes and memory. */
import type { Difference } from '../../core/difference.ts';
import { misuse } from '../../core/fault.ts';
import { exitStatus, type Examined, type Inspector } from '../inspect.ts';
import { differenceOf } from './difference.ts';

const only = (asked: string, examined: readonly Examined[]): Examined => {
  const [first] = examined;
  if (first === undefined) throw misuse('REFERENCE_MISSING', `${asked} is no image`);
  return first;
};

/** @throws {Fault} misuse */
export const compareReferences = async (old: string, now: string, inspector: Inspector): Promise<Difference> => {
  const [before, after] = await Promise.all([
    inspector.examine(old, { name: 'old' }),
    inspector.examine(now, { name: 'new' }),
  ]);
  return differenceOf(only(old, before), only(now, after));
};

/** By the verdict on the new image. An image that could not be had cannot be compared, whatever fails. */
export const differenceStatus = (difference: Difference, failOn: Parameters<typeof exitStatus>[1]): number =>
  difference.risk === 'unknown' ? 3 : exitStatus([difference.new], failOn);
