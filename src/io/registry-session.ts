/** Requests to one registry, over the scheme that it speaks, with the login that it asks for. */
import type { Context } from '../core/context.ts';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import { parseChallenges } from './auth-challenge.ts';
import { findLogin, type LoginSearch } from './credentials.ts';
import { openHttpClient, type HttpOptions, type HttpResponse } from './http-client.ts';
import { isSameOrigin, isSchemeAllowed } from './host-policy.ts';
import { describeUrl } from './http-fault.ts';
import { basicAuthorization, requestToken, type Right, type Token } from './token-service.ts';

export interface RegistryRequest {
  readonly repository: string;
  /** Below `/v2/`, or an address that the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errand?: 'link' | 'urls';
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly body?: Uint8Array;
  /** What the login must allow; reading, when absent. */
  readonly right?: Right;
}

/** Dispose of it: breaks off what is still running. */
export interface RegistrySession extends AsyncDisposable {
  /**
   * Any status but 401 is an answer.
   * @throws {Fault} unavailable `REGISTRY_UNAUTHORIZED`, `PLAIN_HTTP_REFUSED`, and those of the HTTP client and of the token service
   */
  request(request: RegistryRequest, context: Context): Promise<HttpResponse>;
}

interface Access {
  /** Value of `Authorization`. */
  readonly value: string;
  readonly expiresAt: number;
}

const fromToken = ({ value, expiresAt }: Token): Access => ({ value: `Bearer ${value}`, expiresAt });

/** A token to write is asked for only where something is written. */
const keyOf = (repository: string, right: Right): string => `${right} ${repository}`;

const unauthorized = (base: URL, repository: string, { found, looked }: LoginSearch): Fault => {
  const reason =
    found === undefined
      ? `no login was found (${looked.length === 0 ? 'there is no auth file' : looked.join('; ')}); log in with docker login or podman login`
      : `the login from ${found.source} was not accepted, or may not do that`;
  return unavailable(
    'REGISTRY_UNAUTHORIZED',
    `${base.host} refuses access to ${repository}, or does not have it: ${reason}`,
    describeUrl(base),
  );
};

/** `registry` as in a Reference. `context` is that of the session; requests bring their own signal. */
export const openRegistrySession = (registry: string, context: Context, options: HttpOptions = {}): RegistrySession => {
  const http = openHttpClient(context, options);
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const secure = new URL(`https://${host}/`);
  const plain = new URL(`http://${host}/`);
  const mayBePlain = isSchemeAllowed(plain, context.network);
  /** Set by the first answer. */
  let base: URL | undefined;
  const logins = new Map<string, Promise<LoginSearch>>();
  const accesses = new Map<string, Access>();
  const granting = new Map<string, Promise<Access | undefined>>();

  const loginFor = (repository: string): Promise<LoginSearch> => {
    const known = logins.get(repository);
    if (known !== undefined) return known;
    const search = findLogin(registry, repository, context);
    logins.set(repository, search);
    return search;
  };

  /** Plain HTTP only after TLS was tried: a password is not sent in the clear to a registry that can do better. */
  const onBase = async <Answer>(ask: (base: URL) => Promise<Answer>): Promise<Answer> => {
    if (base !== undefined) return ask(base);
    try {
      const answer = await ask(secure);
      base = secure;
      return answer;
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      const refused = thrown.code === 'REGISTRY_UNREACHABLE' && secure.port === '' && mayBePlain;
      if (thrown.code !== 'TLS_NOT_SPOKEN' && !refused) throw thrown;
      if (!mayBePlain)
        throw unavailable(
          'PLAIN_HTTP_REFUSED',
          `${host} does not speak TLS; if plain HTTP is right, allow it with --insecure-registry ${host}`,
          describeUrl(plain),
        );
      const answer = await ask(plain);
      base = plain;
      return answer;
    }
  };

  const grant = async (
    challenges: ReturnType<typeof parseChallenges>,
    registryUrl: URL,
    repository: string,
    right: Right,
    now: Context,
  ): Promise<Access | undefined> => {
    const login = await loginFor(repository);
    const known = login.found?.login;
    if (known?.kind === 'registry-token') return { value: `Bearer ${known.token}`, expiresAt: Infinity };
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer !== undefined) {
      const token = await requestToken(http, bearer, registryUrl, { repository, right }, login, now);
      return token === undefined ? undefined : fromToken(token);
    }
    if (known?.kind !== 'password' || !challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    return { value: basicAuthorization(known.username, known.password), expiresAt: Infinity };
  };

  /** Several layers are refused at the same time; one of them asks for the token. */
  const renew = async (
    base: URL,
    header: string | undefined,
    refused: string | undefined,
    repository: string,
    right: Right,
    now: Context,
  ): Promise<Access | undefined> => {
    const key = keyOf(repository, right);
    const current = accesses.get(key);
    if (current !== undefined && current.value !== refused) return current;
    let asking = granting.get(key);
    if (asking === undefined) {
      asking = grant(parseChallenges(header ?? ''), base, repository, right, now).finally(() => granting.delete(key));
      granting.set(key, asking);
    }
    const access = await asking;
    if (access !== undefined) accesses.set(key, access);
    return access;
  };

  const ask = async (base: URL, request: RegistryRequest, now: Context): Promise<HttpResponse> => {
    const { repository, target, headers = {}, errand, method, body, right = 'pull' } = request;
    const url = typeof target === 'string' ? new URL(`/v2/${target}`, base) : target;
    const isOwn = isSameOrigin(url, base);
    const send = (access: Access | undefined): Promise<HttpResponse> =>
      http.request({
        url,
        headers,
        signal: now.signal,
        ...(method === undefined ? {} : { method }),
        ...(body === undefined ? {} : { body }),
        ...(errand === undefined ? {} : { errand, from: base }),
        ...(isOwn && access !== undefined ? { authorization: access.value } : {}),
      });
    const held = accesses.get(keyOf(repository, right));
    const valid = held !== undefined && held.expiresAt > now.now().getTime() ? held : undefined;
    const response = await send(valid);
    // Whoever we were sent to gets no login.
    if (response.status !== 401 || !isOwn || !isSameOrigin(response.url, base)) return response;
    response.discard();
    const access = await renew(base, response.header('www-authenticate'), held?.value, repository, right, now);
    if (access === undefined) throw unauthorized(base, repository, await loginFor(repository));
    const second = await send(access);
    if (second.status !== 401) return second;
    // Once is enough: a registry that always says 401 would keep us asking forever.
    second.discard();
    throw unauthorized(base, repository, await loginFor(repository));
  };

  return {
    request: (request, now) => onBase((base) => ask(base, request, now)),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
};
