/** A bearer challenge and a login → a token. Distribution "Token Authentication" and "OAuth2 Token Authentication". */
import type { Context } from '../core/context.ts';
import { malformed, unavailable } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { AuthChallenge } from './auth-challenge.ts';
import type { LoginSearch } from './credentials.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import { followRefusal } from './host-policy.ts';
import { describeUrl } from './http-fault.ts';
import { collectDocument } from './response-body.ts';

/** `push`: to read and to write. `catalogue`: to list all repositories. */
export type Right = 'pull' | 'push' | 'catalogue';

export interface Token {
  /** Visible ASCII: safe in a header. */
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Credentials go to the realm: it must belong to the registry, or a hostile registry harvests them elsewhere. */
const checkedRealm = (challenge: AuthChallenge, registry: URL, network: Context['network']): URL => {
  const text = challenge.parameters.get('realm') ?? '';
  const realm = URL.parse(text);
  if (realm === null)
    throw malformed('RESPONSE_MALFORMED', `${registry.host} names no token service`, describeUrl(registry));
  const refusal = followRefusal(registry, realm, 'realm', network);
  if (refusal === undefined) return realm;
  const host = toPlainText(realm.host, 200);
  throw unavailable(
    'TOKEN_REALM_REFUSED',
    `${registry.host} asks for a token from ${host}: ${refusal}`,
    describeUrl(registry),
  );
};

const tokenRequest = (
  realm: URL,
  registry: URL,
  service: string | undefined,
  scope: string,
  { found }: LoginSearch,
  signal: AbortSignal,
): HttpRequest => {
  const shared = { signal, errand: 'realm', from: registry } as const;
  if (found?.login.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'tidewaiter',
      scope,
      refresh_token: found.login.token,
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { ...shared, url: realm, method: 'POST', headers, body: form.toString() };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  if (found?.login.kind !== 'password') return { ...shared, url };
  const { username, password } = found.login;
  url.searchParams.set('account', username);
  return { ...shared, url, authorization: basicAuthorization(username, password) };
};

const parseToken = (bytes: Uint8Array, now: Date, where: string): Token => {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw malformed('RESPONSE_MALFORMED', 'the token service does not answer with JSON', where);
  }
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const value = fields['token'] ?? fields['access_token'];
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw malformed('RESPONSE_MALFORMED', 'the token service gives no usable token', where);
  // "Token Authentication": 60 seconds when absent, and never less.
  const seconds = typeof fields['expires_in'] === 'number' ? fields['expires_in'] : 60;
  return { value, expiresAt: now.getTime() + (Math.min(Math.max(seconds, 60), 3600) - 10) * 1000 };
};

/** Distribution "Token Scope Documentation": the catalogue is of the registry, not of a repository. */
const scopeOf = (repository: string, right: Right): string =>
  right === 'catalogue' ? 'registry:catalog:*' : `repository:${repository}:${right === 'push' ? 'pull,push' : 'pull'}`;

/**
 * The scope is ours (one repository, and no more than is needed), never the challenge's: a registry must not have tokens made for others.
 * @returns undefined when the service refuses the login, or refuses to serve without one
 * @throws {Fault} unavailable `TOKEN_REALM_REFUSED`, `TOKEN_SERVICE_FAILED`, and those of the HTTP client; malformed `RESPONSE_MALFORMED`
 */
export const requestToken = async (
  http: HttpClient,
  challenge: AuthChallenge,
  registry: URL,
  { repository, right }: { readonly repository: string; readonly right: Right },
  login: LoginSearch,
  context: Context,
): Promise<Token | undefined> => {
  const { network, signal } = context;
  const realm = checkedRealm(challenge, registry, network);
  const scope = scopeOf(repository, right);
  const request = tokenRequest(realm, registry, challenge.parameters.get('service'), scope, login, signal);
  const response = await http.request(request);
  const where = describeUrl(realm);
  if (response.status === 200) {
    const limits = { maximum: 2 ** 20, timeoutMs: network.timeoutMs, where };
    return parseToken(await collectDocument(response.body, limits), context.now(), where);
  }
  response.discard();
  if ([400, 401, 403].includes(response.status)) return undefined;
  throw unavailable(
    'TOKEN_SERVICE_FAILED',
    `the token service ${realm.host} answers with status ${response.status}`,
    where,
  );
};
