/** A service account's key → tokens for interfaces of Google Cloud (RFC 7523; Google Identity, "Using OAuth 2.0 for Server to Server Applications"). */
import { importPKCS8, SignJWT } from 'jose';
import type { Context } from '../core/context.ts';
import { misuse } from '../core/fault.ts';
import { askCloud, cloudJson } from './cloud-answer.ts';
import type { HttpClient } from './http-client.ts';
import { keepToken, type TokenSource } from './oauth-token.ts';

export interface GoogleKey {
  readonly email: string;
  readonly privateKey: string;
  readonly keyId?: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * The file that Google gives for a service account. Its `token_uri` is passed over: where we go stands in the configuration.
 * @throws {Fault} misuse `SETTING_INVALID`, without what the file holds
 */
export const parseGoogleKey = (text: string): GoogleKey => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  const { client_email: email, private_key: privateKey, private_key_id: keyId } = isRecord(value) ? value : {};
  if (typeof email !== 'string' || typeof privateKey !== 'string')
    throw misuse('SETTING_INVALID', 'watch.enrichment.google: the key is not the JSON file of a service account');
  return { email, privateKey, ...(typeof keyId === 'string' ? { keyId } : {}) };
};

export const googleTokenEndpoint = new URL('https://oauth2.googleapis.com/token');
const scope = 'https://www.googleapis.com/auth/compute.readonly';
const lifeSeconds = 3600;

/** @throws {Fault} misuse `SETTING_INVALID`: a key that is none */
export const openGoogleTokens = async (
  client: HttpClient,
  key: GoogleKey,
  context: Pick<Context, 'now'>,
  endpoint: URL = googleTokenEndpoint,
): Promise<TokenSource> => {
  const signer = await importPKCS8(key.privateKey, 'RS256').catch(() => {
    throw misuse('SETTING_INVALID', 'watch.enrichment.google: the private key of the service account cannot be read');
  });
  return keepToken(context, async (signal) => {
    const seconds = Math.trunc(context.now().getTime() / 1000);
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(key.keyId === undefined ? {} : { kid: key.keyId }) })
      .setIssuer(key.email)
      .setAudience(endpoint.href)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifeSeconds)
      .sign(signer);
    const answer = await askCloud(client, {
      url: endpoint,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString(),
      signal,
    });
    return { json: cloudJson(answer), status: answer.status, where: answer.where };
  });
};
