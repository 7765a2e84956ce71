/** When to ask a busy server again: RFC 9110, 10.2.3 (Retry-After), else doubling pauses with jitter. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  readonly attempts: number;
  /** Pause after the first failure; doubles. */
  readonly pauseMs: number;
  /** A server that wants a longer pause than this is not asked again. */
  readonly longestPauseMs: number;
}

export const defaultRetries: RetryPolicy = { attempts: 4, pauseMs: 500, longestPauseMs: 60_000 };

export const isRetryStatus = (status: number): boolean => [429, 500, 502, 503, 504].includes(status);

/** Seconds or an HTTP date → milliseconds from `now`; undefined for anything else. */
export const parseRetryAfter = (text: string | undefined, now: Date): number | undefined => {
  if (text === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  if (!/^\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
};

/**
 * How long to wait before attempt `attempt + 1` (the first attempt is 1), or undefined to give up. `random` is in [0, 1).
 * Jitter keeps many clients that failed together from coming back together.
 */
export const retryPause = (
  policy: RetryPolicy,
  attempt: number,
  retryAfterMs: number | undefined,
  random: number,
): number | undefined => {
  if (attempt >= policy.attempts) return undefined;
  if (retryAfterMs !== undefined) return retryAfterMs > policy.longestPauseMs ? undefined : retryAfterMs;
  return Math.min(policy.longestPauseMs, policy.pauseMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
};

/** Throws the signal's reason when it is aborted. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  }
};
