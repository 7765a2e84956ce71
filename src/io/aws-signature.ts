/**
 * A request to AWS → its headers, signed. Signature Version 4 by its documented steps (AWS Identity and Access Management, "Create a
 * signed AWS API request"); the primitives are Node's.
 */
import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly id: string;
  readonly secret: string;
  readonly sessionToken?: string;
}

export interface AwsRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AwsScope {
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const hmac = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text, 'utf8').digest();

/** RFC 3986: everything but unreserved characters. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Parameters of a query or a form, sorted, as they are signed and sent. */
export const awsForm = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([oneName, oneValue], [otherName, otherValue]) => byText(oneName, otherName) || byText(oneValue, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** All headers to send, `authorization` among them; `host` is the connection's own. */
export const signAwsRequest = (
  { method, url, headers, body }: AwsRequest,
  { id, secret, sessionToken }: AwsCredentials,
  { region, service, at }: AwsScope,
): Readonly<Record<string, string>> => {
  const time = at.toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const sent: Record<string, string> = {
    ...headers,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  // Step 1: the canonical request.
  const signed = Object.entries({ ...sent, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, ' ')] as const)
    .sort(([one], [other]) => byText(one, other));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method,
    url.pathname
      .split('/')
      .map((part) => encoded(decodeURIComponent(part)))
      .join('/'),
    awsForm(Object.fromEntries(url.searchParams)),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  // Steps 2 and 3: the string to sign.
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  // Step 4: the key of the day, region and service signs it.
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request');
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
};
