/** Tokens of OAuth (RFC 6749, 5.1), kept for as long as they hold. */
import type { Context } from '../core/context.ts';
import { refuse } from './cloud-answer.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A new one is asked for while the old one still holds. */
const earlyMs = 120_000;

export interface TokenSource {
  /** @throws {Fault} unavailable `CLOUD_REFUSED` */
  token(signal: AbortSignal): Promise<string>;
  /** It was refused: the next one is new. */
  forget(): void;
}

export const keepToken = (
  context: Pick<Context, 'now'>,
  ask: (signal: AbortSignal) => Promise<{ readonly json: unknown; readonly status: number; readonly where: string }>,
): TokenSource => {
  let known: { readonly token: string; readonly until: number } | undefined;
  return {
    token: async (signal) => {
      const now = context.now().getTime();
      if (known !== undefined && known.until > now) return known.token;
      const { json, status, where } = await ask(signal);
      const { access_token: token, expires_in: seconds, error } = isRecord(json) ? json : {};
      if (status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
        return refuse(where, `no token was given (status ${status}${typeof error === 'string' ? `, ${error}` : ''})`);
      const life = Number(seconds);
      known = { token, until: now + (Number.isFinite(life) ? Math.min(life, 86_400) : 0) * 1000 - earlyMs };
      return token;
    },
    forget: () => {
      known = undefined;
    },
  };
};
