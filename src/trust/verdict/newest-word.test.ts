import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTrustMemory } from '../../../test/fakes/trust-memory.ts';
import { isFault } from '../../core/fault.ts';
import type { TrustMemory } from '../../core/trust.ts';
import { withNewestWord, type FoundVerdict } from './newest-word.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;

const found = (at: number, identity = 'sha256:key'): FoundVerdict => ({
  at,
  attestation: {
    verifier: 'verdict',
    kind: 'statement',
    digest,
    outcome: 'trusted',
    code: 'trusted',
    identity,
    reason: 'a signed verdict',
  },
});

const codes = (memory: TrustMemory, ...all: readonly FoundVerdict[]): readonly string[] =>
  withNewestWord(all, digest, memory).map(({ code }) => code);

test('what was seen once is not unseen, of each key by itself', () => {
  const memory = fakeTrustMemory();
  assert.deepEqual(codes(memory, found(2000), found(1000)), ['trusted', 'replayed']);
  assert.deepEqual(codes(memory, found(1000), found(1000, 'sha256:other')), ['replayed', 'trusted']);
  assert.deepEqual(codes(memory, found(2000)), ['trusted']);
});

test('nothing is believed where it cannot be kept', () => {
  const busy: TrustMemory = { recall: () => undefined, replace: () => false };
  assert.throws(
    () => codes(busy, found(1000)),
    (thrown) => isFault(thrown) && thrown.kind === 'unavailable',
  );
});
