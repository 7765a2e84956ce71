/**
 * Requests on behalf of one registry, within the connection policy (host-policy.ts). RFC 9110.
 *
 * - A host name is resolved once; its addresses are judged, and connections go to exactly those. Through a proxy of the
 *   environment the proxy resolves names, so only addresses written in a URL can be judged; names are judged all the same.
 * - Redirects are followed here, at most five, each judged. Credentials go to the origin they were given for, and never
 *   come back once a redirect has left it.
 * - HTTP/1.1 only, no content codings, no cookies.
 */
import { isIP } from 'node:net';
import type { Dispatcher } from 'undici';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { malformed, unavailable } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import { addressBook, type Resolve } from './address-book.ts';
import { readSecureContext } from './certificates.ts';
import { openConnections } from './connections.ts';
import { hostNameOf } from './host-pattern.ts';
import {
  addressRefusal,
  followRefusal,
  isLoopbackHost,
  isSameOrigin,
  isSchemeAllowed,
  originKind,
  type Errand,
} from './host-policy.ts';
import { describeUrl, httpFault, isConnectionFailure } from './http-fault.ts';
import type { AddressKind } from './ip-address.ts';
import { proxyFor } from './proxy.ts';
import { watchBody } from './response-body.ts';
import { defaultRetries, isRetryStatus, parseRetryAfter, pause, retryPause, type RetryPolicy } from './retry.ts';
import { userAgent } from './user-agent.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Only GET and HEAD are redirected: what is sent goes where it was meant to. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Value of `Authorization`, for the origin of `url` only. */
  readonly authorization?: string;
  /** Why `url` is asked. Anything but `direct` is judged as coming from `from`. */
  readonly errand?: Errand;
  readonly from?: URL;
}

export interface HttpResponse {
  readonly status: number;
  /** Of the last hop. */
  readonly url: URL;
  /** The server that answered is not the one that was asked. */
  readonly redirected: boolean;
  header(name: string): string | undefined;
  /** Read it or call `discard`: until then the connection is held. Once. */
  readonly body: ByteStream;
  discard(): void;
}

/** For tests, and for callers in a hurry. */
export interface HttpOptions {
  readonly resolve?: Resolve;
  readonly connectTo?: (address: string) => string;
  readonly retries?: RetryPolicy;
  /** Instead of `/etc`. */
  readonly systemFolder?: string;
}

/** Dispose of it: breaks off what is still running. */
export interface HttpClient extends AsyncDisposable {
  /**
   * Any status is an answer. Errors and busy answers have been retried.
   * @throws {Fault} unavailable `NETWORK_OFFLINE`, `PLAIN_HTTP_REFUSED`, `ADDRESS_REFUSED`, `REDIRECT_REFUSED`, `REDIRECT_LOOP`,
   * `REGISTRY_UNREACHABLE`, `REGISTRY_STALLED`, `TLS_UNTRUSTED`, `TLS_NOT_SPOKEN`, `TLS_FAILED`; malformed `RESPONSE_MALFORMED`
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}

const redirectStatuses = [301, 302, 303, 307, 308];
const maximumRedirects = 5;

const headerOf = (headers: Dispatcher.ResponseData['headers'], name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** Nobody reads the body. A short one is read to its end, which keeps the connection for the next request. */
const discardBody = ({ body }: Dispatcher.ResponseData): void => {
  body.on('error', () => undefined);
  body.dump({ limit: 16 * 1024, signal: AbortSignal.timeout(1000) }).catch(() => body.destroy());
};

export const openHttpClient = (context: Context, options: HttpOptions = {}): HttpClient => {
  const { network, environment } = context;
  const { timeoutMs } = network;
  const retries = options.retries ?? defaultRetries;
  const book = addressBook(options.resolve);
  const connections = openConnections({
    connectTimeoutMs: timeoutMs,
    secureContext: (url) => readSecureContext(url, context, options.systemFolder),
    ...(options.connectTo === undefined ? {} : { connectTo: options.connectTo }),
  });
  /** What kind of place the named registry is in; the most public that it ever showed. */
  let origin: AddressKind | undefined;

  const judgeAddresses = (url: URL, addresses: readonly string[], errand: Errand): void => {
    const refusal = addressRefusal(url, addresses, errand, origin, network);
    if (refusal !== undefined)
      throw unavailable('ADDRESS_REFUSED', `${url.host} is not connected to: ${refusal}`, describeUrl(url));
    if (errand !== 'direct') return;
    const kind = originKind(addresses);
    // Named first, rebound later: a registry that was public does not become private while we speak to it.
    if (origin === 'public' && kind !== 'public')
      throw unavailable('ADDRESS_REFUSED', `${url.host} moved from a public to a ${kind} address`, describeUrl(url));
    origin = kind;
  };

  const dispatcherFor = async (url: URL, errand: Errand, signal: AbortSignal): Promise<Dispatcher> => {
    const host = hostNameOf(url);
    if (network.offline && !isLoopbackHost(host))
      throw unavailable('NETWORK_OFFLINE', `${url.host} is not contacted while --offline is set`, describeUrl(url));
    if (!isSchemeAllowed(url, network, errand))
      throw unavailable(
        'PLAIN_HTTP_REFUSED',
        `plain HTTP to ${url.host} is refused; allow it with --insecure-registry ${url.host}`,
        describeUrl(url),
      );
    const proxy = proxyFor(url, environment);
    if (proxy !== undefined) {
      if (isIP(host) !== 0) judgeAddresses(url, [host], errand);
      else if (errand === 'direct') origin ??= 'public';
      return connections.proxied(url, proxy);
    }
    const addresses = await book.addressesOf(host, signal);
    judgeAddresses(url, addresses, errand);
    return connections.direct(url, addresses);
  };

  /** One request to one host, once. The timer covers everything up to the end of the headers. */
  const exchange = async (url: URL, errand: Errand, request: HttpRequest, authorization: string | undefined) => {
    const { signal, method = 'GET', body } = request;
    signal.throwIfAborted();
    const controller = new AbortController();
    const stop = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(() => {
      const message = `${url.host} did not answer within ${timeoutMs / 1000} seconds`;
      controller.abort(unavailable('REGISTRY_STALLED', message, describeUrl(url)));
    }, timeoutMs);
    const release = (): void => signal.removeEventListener('abort', stop);
    try {
      const dispatcher = await dispatcherFor(url, errand, controller.signal);
      const response = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          'user-agent': userAgent(),
          'accept-encoding': 'identity',
          ...request.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: body ?? null,
        signal: controller.signal,
      });
      return { response, release };
    } catch (thrown) {
      release();
      if (isConnectionFailure(thrown)) book.forget(hostNameOf(url));
      signal.throwIfAborted();
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  };

  const exchangePatiently: typeof exchange = async (url, errand, request, authorization) => {
    for (let attempt = 1; ; attempt += 1) {
      let retryAfterMs: number | undefined;
      let outcome: Awaited<ReturnType<typeof exchange>> | undefined;
      let failure: unknown;
      try {
        outcome = await exchange(url, errand, request, authorization);
        if (!isRetryStatus(outcome.response.statusCode)) return outcome;
        retryAfterMs = parseRetryAfter(headerOf(outcome.response.headers, 'retry-after'), context.now());
      } catch (thrown) {
        if (!isConnectionFailure(thrown)) throw httpFault(thrown, url);
        failure = thrown;
      }
      const wait = retryPause(retries, attempt, retryAfterMs, Math.random());
      if (wait === undefined) {
        if (outcome === undefined) throw httpFault(failure, url);
        return outcome;
      }
      if (outcome !== undefined) {
        discardBody(outcome.response);
        outcome.release();
      }
      context.log.debug('trying again', { url: describeUrl(url), attempt, waitMs: Math.round(wait) });
      await pause(wait, request.signal);
    }
  };

  const toResponse = (
    { response, release }: Awaited<ReturnType<typeof exchange>>,
    url: URL,
    redirected: boolean,
  ): HttpResponse => {
    const discard = (): void => {
      discardBody(response);
      release();
    };
    const coding = headerOf(response.headers, 'content-encoding');
    if (coding !== undefined && coding !== '' && coding !== 'identity') {
      discard();
      throw malformed(
        'RESPONSE_MALFORMED',
        `the answer comes in the coding ${toPlainText(coding, 40)}, which was not asked for`,
        describeUrl(url),
      );
    }
    return {
      status: response.statusCode,
      url,
      redirected,
      header: (name) => headerOf(response.headers, name),
      body: watchBody(response.body, {
        timeoutMs,
        where: describeUrl(url),
        toFault: (thrown) => httpFault(thrown, url),
        onEnd: release,
      }),
      discard,
    };
  };

  const nextHop = (location: string | undefined, current: URL, first: URL): URL => {
    const where = describeUrl(current);
    const next = location === undefined ? null : URL.parse(location, current.href);
    if (next === null)
      throw malformed('RESPONSE_MALFORMED', `${current.host} redirects without saying where to`, where);
    const refusal = followRefusal(current, next, 'redirect', network);
    if (refusal !== undefined && followRefusal(first, next, 'redirect', network) !== undefined)
      throw unavailable(
        'REDIRECT_REFUSED',
        `${current.host} redirects to ${toPlainText(`${next.protocol}//${next.host}`, 200)}: ${refusal}`,
        where,
      );
    return next;
  };

  return {
    async request(request) {
      const { method = 'GET', from, errand = 'direct' } = request;
      const seen = new Set<string>();
      let url = request.url;
      let authorization = request.authorization;
      if (errand !== 'direct' && from !== undefined) {
        const refusal = followRefusal(from, url, errand, network);
        if (refusal !== undefined)
          throw unavailable(
            'REDIRECT_REFUSED',
            `${from.host} leads to ${toPlainText(url.host, 200)}: ${refusal}`,
            describeUrl(from),
          );
      }
      for (;;) {
        const isOwn = url === request.url || (errand === 'direct' && hostNameOf(url) === hostNameOf(request.url));
        const outcome = await exchangePatiently(url, isOwn ? errand : 'redirect', request, authorization);
        const { response, release } = outcome;
        if (!redirectStatuses.includes(response.statusCode) || (method !== 'GET' && method !== 'HEAD'))
          return toResponse(outcome, url, url !== request.url);
        discardBody(response);
        release();
        seen.add(url.href);
        const next = nextHop(headerOf(response.headers, 'location'), url, request.url);
        if (seen.has(next.href) || seen.size > maximumRedirects)
          throw unavailable(
            'REDIRECT_LOOP',
            `${request.url.host} redirects in a circle or more than ${maximumRedirects} times`,
            describeUrl(request.url),
          );
        // An origin that credentials have left gets no more of them, even if the way leads back.
        if (!isSameOrigin(url, next)) authorization = undefined;
        url = next;
      }
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
};
