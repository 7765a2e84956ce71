/**
 * An address from a certificate → what an authority says there, within a number of requests, a time and a size for each.
 * Answers are signed, so that plain HTTP is right here and nowhere else. Whoever asks has reached a trusted root before.
 */
import type { Context } from '../../core/context.ts';
import { isFault, malformed, overLimit, unavailable } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { openHttpClient, type HttpClient, type HttpOptions } from '../../io/http-client.ts';
import { collectDocument } from '../../io/response-body.ts';

export interface RevocationFetcher extends AsyncDisposable {
  /** @throws {Fault} unavailable, malformed, limit: all of them mean that it is not known */
  fetch(address: string, kind: 'ocsp' | 'crl'): Promise<Uint8Array>;
}

/** trust-store-trust-policy, "OCSP Download" and "CRL Download": two and five seconds. */
const bounds = {
  ocsp: { timeoutMs: 2000, maximumBytes: 64 * 1024 },
  crl: { timeoutMs: 5000, maximumBytes: 16 * 2 ** 20 },
} as const;

/** Of one verification: what one certificate can ask for is less, what an attacker's many signatures ask for is cut off. */
const maximumRequests = 24;

const parseAddress = (address: string): URL => {
  const url = URL.parse(address);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw malformed('REVOCATION_ADDRESS_INVALID', `no address of HTTP: ${toPlainText(address, 200)}`);
  if (url.username !== '' || url.password !== '')
    throw malformed('REVOCATION_ADDRESS_INVALID', `an address with a login: ${toPlainText(url.host, 200)}`);
  return url;
};

const statusCode = 200;

export const openRevocationFetcher = (context: Context, options: HttpOptions = {}): RevocationFetcher => {
  const clients = new Map<number, HttpClient>();
  const answers = new Map<string, Promise<Uint8Array>>();
  const clientFor = (timeoutMs: number): HttpClient => {
    const known = clients.get(timeoutMs);
    if (known !== undefined) return known;
    const network = { ...context.network, timeoutMs: Math.min(timeoutMs, context.network.timeoutMs) };
    // Asked once: an authority that does not answer is known to be unreachable after its time, not after four.
    const retries = { attempts: 1, pauseMs: 0, longestPauseMs: 0 };
    const client = openHttpClient({ ...context, network }, { retries, ...options });
    clients.set(timeoutMs, client);
    return client;
  };

  const ask = async (url: URL, kind: 'ocsp' | 'crl'): Promise<Uint8Array> => {
    const { timeoutMs, maximumBytes } = bounds[kind];
    const where = `${url.protocol}//${url.host}`;
    const response = await clientFor(timeoutMs).request({ url, signal: context.signal, errand: 'revocation' });
    if (response.status !== statusCode) {
      response.discard();
      throw unavailable('REVOCATION_UNAVAILABLE', `status ${response.status}`, where);
    }
    return await collectDocument(response.body, { maximum: maximumBytes, timeoutMs, where });
  };

  return {
    async fetch(address, kind) {
      const url = parseAddress(address);
      const known = answers.get(`${kind} ${url.href}`);
      if (known !== undefined) return await known;
      if (answers.size >= maximumRequests)
        throw overLimit('REVOCATION_TOO_MANY', `more than ${maximumRequests} questions about revocation`);
      const answer = ask(url, kind);
      answers.set(`${kind} ${url.href}`, answer);
      return await answer;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await client[Symbol.asyncDispose]();
    },
  };
};

/** The reason to show; anything but a Fault is a bug and goes on. */
export const reasonOf = (thrown: unknown): string => {
  if (!isFault(thrown)) throw thrown;
  return toPlainText(thrown.message, 200);
};
