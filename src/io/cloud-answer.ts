/** Answers of clouds' interfaces, as every client of them reads them: small, in time, and what a refusal means. */
import type { Context } from '../core/context.ts';
import { unavailable } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import { openHttpClient, type HttpClient, type HttpOptions, type HttpRequest } from './http-client.ts';
import { describeUrl } from './http-fault.ts';
import { collectDocument } from './response-body.ts';

const maximumBytes = 4 * 2 ** 20;
/** One question, with all that is tried again. */
const maximumMs = 60_000;

/** One client a host: what is known of one host's addresses says nothing of another's. Dispose of it. */
export const openCloudHttp = (context: Context, options: HttpOptions = {}): HttpClient => {
  const clients = new Map<string, HttpClient>();
  return {
    request: (request) => {
      const client = clients.get(request.url.host) ?? openHttpClient(context, options);
      clients.set(request.url.host, client);
      return client.request(request);
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients.values()) await client[Symbol.asyncDispose]();
    },
  };
};

export interface CloudAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly where: string;
}

/**
 * Any status is an answer; what is busy was asked again by then. Redirects lead nowhere: no interface of a cloud sends any.
 * @throws {Fault} what `HttpClient.request` throws; limit `RESPONSE_TOO_LARGE`; unavailable `CLOUD_STALLED`
 */
export const askCloud = async (
  client: HttpClient,
  request: HttpRequest,
  longestMs = maximumMs,
): Promise<CloudAnswer> => {
  const where = describeUrl(request.url);
  const timer = AbortSignal.timeout(longestMs);
  try {
    const answer = await client.request({ ...request, signal: AbortSignal.any([request.signal, timer]) });
    if (answer.redirected) {
      answer.discard();
      throw unavailable('CLOUD_REFUSED', `${request.url.host} sends us to another host`, where);
    }
    const body = await collectDocument(answer.body, { maximum: maximumBytes, timeoutMs: longestMs, where });
    return { status: answer.status, body, where };
  } catch (thrown) {
    if (timer.aborted && !request.signal.aborted)
      throw unavailable(
        'CLOUD_STALLED',
        `${request.url.host} gave no whole answer within ${longestMs / 1000} seconds`,
        where,
        thrown,
      );
    throw thrown;
  }
};

/** @throws {Fault} unavailable `CLOUD_REFUSED`: it knows us not, or we may not ask that */
export const refuse = (where: string, reason: string): never => {
  throw unavailable('CLOUD_REFUSED', toPlainText(reason, 300), where);
};

/** JSON of an answer; undefined for what is none. */
export const cloudJson = ({ body }: CloudAnswer): unknown => {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};
