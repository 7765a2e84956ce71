/** A TrustMemory that lives as long as its test, and can be made unreadable. */
import { unavailable } from '../../src/core/fault.ts';
import { trustLimits, type TrustContext, type TrustLimits, type TrustMemory } from '../../src/core/trust.ts';
import { fakeContext, type FakeContextOptions } from './context.ts';

export interface FakeTrustMemory extends TrustMemory {
  /** What is kept, by `space key`. */
  readonly kept: Map<string, string>;
  /** From here on it throws, as a locked or damaged file does. */
  broken: boolean;
}

export const fakeTrustMemory = (): FakeTrustMemory => {
  const kept = new Map<string, string>();
  const memory: FakeTrustMemory = {
    kept,
    broken: false,
    recall(space, key) {
      if (memory.broken) throw unavailable('STORE_UNREADABLE', 'what is remembered cannot be read');
      return kept.get(`${space} ${key}`);
    },
    replace(space, key, before, after) {
      if (memory.recall(space, key) !== before) return false;
      kept.set(`${space} ${key}`, after);
      return true;
    },
  };
  return memory;
};

export interface FakeTrustContextOptions extends FakeContextOptions {
  readonly trustLimits?: Partial<TrustLimits>;
  readonly trustMemory?: TrustMemory;
}

export const fakeTrustContext = (options: FakeTrustContextOptions = {}): TrustContext => ({
  ...fakeContext(options),
  trustLimits: { ...trustLimits, ...options.trustLimits },
  trustMemory: options.trustMemory ?? fakeTrustMemory(),
});
