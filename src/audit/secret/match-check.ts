/** Matches of a rule about secrets → those that can be real. A rule asks for it with `check` in its meta. */
import { hasTokenChecksum, isLikelySecret } from './token.ts';

/**
 * - `token`: no placeholder.
 * - `token-pair`: the same, and something of each pattern that matched must be left.
 * - `token-checksum`: the checksum in the token is right.
 */
const checks = ['token', 'token-pair', 'token-checksum'] as const;
export type MatchCheck = (typeof checks)[number];

export const toMatchCheck = (word: unknown): MatchCheck | undefined => checks.find((check) => check === word);

interface Match {
  readonly pattern: string;
  readonly offset: number;
  readonly length: number;
}

/** Longer matches than this are judged by their beginning. */
const mostBytes = 4096;

export const keepLikely = <One extends Match>(
  check: MatchCheck,
  matches: readonly One[],
  content: Uint8Array,
): readonly One[] => {
  const passes = check === 'token-checksum' ? hasTokenChecksum : isLikelySecret;
  const kept = matches.filter(({ offset, length }) =>
    passes(Buffer.from(content.subarray(offset, offset + Math.min(length, mostBytes))).toString('latin1')),
  );
  if (check !== 'token-pair') return kept;
  const left = new Set(kept.map(({ pattern }) => pattern));
  return matches.every(({ pattern }) => left.has(pattern)) ? kept : [];
};
