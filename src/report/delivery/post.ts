/** One request to one receiver over HTTP, within the connection policy → what its answer means for the batch. */
import type { Context } from '../../core/context.ts';
import { isFault, malformed, misuse, unavailable } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { SinkOutcome, SinkSetting, SinkSettings } from '../../core/sink.ts';
import { openHttpClient } from '../../io/http-client.ts';
import { collectDocument } from '../../io/response-body.ts';
import { parseRetryAfter } from '../../io/retry.ts';

export const plainHttpSetting: SinkSetting = {
  name: 'plain-http',
  kind: 'switch',
  default: false,
  about: 'allow an http: address that is not on this machine: everybody on the way can read and change what is sent',
};

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

export interface Poster {
  readonly url: URL;
  post(path: string, body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** @throws {Fault} misuse `SINK_SETTING_INVALID` */
export const openPoster = (settings: SinkSettings, context: Context, largestAnswer: number): Poster => {
  const url = URL.parse(settings.text('url') ?? '');
  const refused = (problem: string) => misuse('SINK_SETTING_INVALID', `the setting url of a sink ${problem}`);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw refused('is no https: or http: address');
  if (url.username !== '' || url.password !== '')
    throw refused('holds a user name or password; give them in settings of their own, which are never shown');
  const { network } = context;
  const insecureRegistries = settings.flag('plain-http') && url.protocol === 'http:' ? [url.host] : [];
  // The pause between attempts is the delivery's: one attempt here.
  const client = openHttpClient(
    { ...context, network: { ...network, insecureRegistries } },
    { retries: { attempts: 1, pauseMs: 0, longestPauseMs: 0 } },
  );
  return {
    url,
    async post(path, body, headers, signal) {
      const target = new URL(url);
      if (path !== '') target.pathname = `${target.pathname.replace(/\/$/, '')}/${path}`;
      try {
        const response = await client.request({ url: target, method: 'POST', body, headers, signal });
        const bytes = await collectDocument(response.body, {
          maximum: largestAnswer,
          timeoutMs: network.timeoutMs,
          where: target.host,
        });
        return {
          status: response.status,
          text: Buffer.from(bytes).toString('utf8'),
          retryAfterMs: parseRetryAfter(response.header('retry-after'), context.now()),
        };
      } catch (thrown) {
        // An answer that cannot be read says nothing about what was sent.
        if (!isFault(thrown) || thrown.kind === 'unavailable') throw thrown;
        throw unavailable('SINK_UNREACHABLE', thrown.message, target.host, thrown);
      }
    },
    close: async () => client[Symbol.asyncDispose](),
  };
};

/** What is wrong with what was sent, and not with the receiver, its state or our credentials. */
const refusals = [400, 406, 411, 413, 415, 422];

/** @throws {Fault} malformed `SINK_BATCH_REFUSED` */
export const outcomeOf = ({ status, text, retryAfterMs }: Answer, host: string): SinkOutcome => {
  if (status >= 200 && status < 300) return { state: 'taken', refused: [] };
  const words = text.trim() === '' ? '' : `: ${toPlainText(text.trim(), 200)}`;
  if (refusals.includes(status)) throw malformed('SINK_BATCH_REFUSED', `${host} answers ${status}${words}`);
  const hint =
    status === 401 || status === 403
      ? ' (the credentials are missing or wrong)'
      : status >= 300 && status < 400
        ? ' (it redirects; configure the address that it leads to)'
        : '';
  return {
    state: 'later',
    reason: `${host} answers ${status}${hint}${words}`,
    ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
  };
};
