/** An auth file → which login it holds for a repository. containers-auth.json(5), Docker's `config.json`, and the older `.dockercfg`. */
import { misuse } from '../core/fault.ts';

/** Secrets: never logged, never in a message. */
export type Login =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** An OAuth refresh token, exchanged at the token service. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Sent to the registry as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

export interface AuthFile {
  /** Key as written, without scheme and API version → login. */
  readonly logins: ReadonlyMap<string, Login>;
  /** Key → name of a credential program. */
  readonly programs: ReadonlyMap<string, string>;
  /** Name of the credential program for every host. */
  readonly store?: string;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `https://index.docker.io/v1/` and `docker.io` are one; so are `https://host/v1/` and `host`. */
const normalKey = (key: string): string => {
  const bare = key
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : bare.slice(slash);
  const isHub = host === 'index.docker.io' || host === 'registry-1.docker.io';
  return `${isHub ? 'docker.io' : host}${path}`;
};

const parseLogin = (entry: unknown): Login | undefined => {
  if (!isObject(entry)) return undefined;
  const identity = textOf(entry['identitytoken']);
  if (identity !== '') return { kind: 'identity-token', token: identity };
  const registry = textOf(entry['registrytoken']);
  if (registry !== '') return { kind: 'registry-token', token: registry };
  // Docker pads with NUL bytes in old files.
  const pair = Buffer.from(textOf(entry['auth']), 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = pair.indexOf(':');
  const username = colon > 0 ? pair.slice(0, colon) : textOf(entry['username']);
  const password = colon > 0 ? pair.slice(colon + 1) : textOf(entry['password']);
  return username === '' ? undefined : { kind: 'password', username, password };
};

/**
 * Empty entries, as Docker leaves them beside a credential store, are no logins.
 * @throws {Fault} misuse `AUTH_FILE_INVALID`, without a word of the content
 */
export const parseAuthFile = (text: string, file: string, legacy = false): AuthFile => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw misuse('AUTH_FILE_INVALID', `${file} is not valid JSON; log in again, or remove it`);
  }
  if (!isObject(body)) throw misuse('AUTH_FILE_INVALID', `${file} holds no JSON object; log in again, or remove it`);
  const entries = legacy ? body : body['auths'];
  const logins = new Map<string, Login>();
  for (const [key, entry] of Object.entries(isObject(entries) ? entries : {})) {
    const login = parseLogin(entry);
    if (login !== undefined) logins.set(normalKey(key), login);
  }
  const programs = new Map<string, string>();
  for (const [key, name] of Object.entries(isObject(body['credHelpers']) ? body['credHelpers'] : {}))
    if (typeof name === 'string' && name !== '') programs.set(normalKey(key), name);
  const store = textOf(body['credsStore']);
  return { logins, programs, ...(store === '' || legacy ? {} : { store }) };
};

/** From the most special to the host: `quay.io/team/app`, `quay.io/team`, `quay.io`. */
export const authKeys = (registry: string, repository: string): readonly string[] => {
  const parts = repository.split('/');
  return [...parts.map((_part, cut) => [registry, ...parts.slice(0, parts.length - cut)].join('/')), registry];
};
