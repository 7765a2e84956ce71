/** A question to a cloud that answers with JSON to whoever bears a token: what Google Cloud and Azure have in common. */
import { malformed, unavailable } from '../core/fault.ts';
import { askCloud, cloudJson, refuse } from './cloud-answer.ts';
import type { HttpClient } from './http-client.ts';
import type { TokenSource } from './oauth-token.ts';

export interface DocumentQuestion {
  readonly url: URL;
  /** How people call it. */
  readonly cloud: string;
  /** What whoever asks must be allowed. */
  readonly permission: string;
  readonly signal: AbortSignal;
}

/**
 * JSON, asked for with a bearer's token. undefined: there is none.
 * @throws {Fault} what `askCloud` throws; unavailable `CLOUD_STALLED`, `CLOUD_REFUSED`; malformed `CLOUD_ANSWER_MALFORMED`
 */
export const askDocument = async (
  http: HttpClient,
  tokens: TokenSource,
  { url, cloud, permission, signal }: DocumentQuestion,
): Promise<unknown> => {
  const answer = await askCloud(http, { url, signal, authorization: `Bearer ${await tokens.token(signal)}` });
  const { status, where } = answer;
  if (status === 404) return undefined;
  if (status === 401) tokens.forget();
  if (status >= 500 || status === 429) throw unavailable('CLOUD_STALLED', `${cloud} is busy (status ${status})`, where);
  if (status !== 200) return refuse(where, `${permission} is refused: status ${status}`);
  const document = cloudJson(answer);
  if (document === undefined) throw malformed('CLOUD_ANSWER_MALFORMED', 'the answer is no JSON', where);
  return document;
};
