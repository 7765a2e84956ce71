/** What Node, OpenSSL and undici throw → a Fault with words that say what to do. */
import { isFault, malformed, unavailable, type Fault } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';

/** For messages: without query, which carries signatures in redirects to blob stores, and without user name and password. */
export const describeUrl = (url: URL): string => toPlainText(`${url.protocol}//${url.host}${url.pathname}`, 300);

const codeOf = (thrown: unknown): string => {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && code !== 'UND_ERR_PRX_TLS' && code !== 'UND_ERR_PRX_CONN') return code;
    if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  }
  return '';
};

/** X.509 verification results of OpenSSL that no CA file mends. */
const certificateProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

const untrusted = (url: URL, code: string): Fault => {
  const known = certificateProblems[code];
  const reason =
    known ??
    `its certificate is not signed by an authority that this machine trusts; if it should be, pass the authority with --ca-file FILE or put it at /etc/docker/certs.d/${url.host}/ca.crt`;
  return unavailable('TLS_UNTRUSTED', `${url.host} is not trusted: ${reason} (${code})`, describeUrl(url));
};

const isCertificateCode = (code: string): boolean =>
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(
    code,
  );

/** Answers that are no TLS at all: nearly always a server that speaks plain HTTP. */
const isNoTls = (code: string, thrown: unknown): boolean =>
  code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
  code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
  code === 'ERR_SSL_HTTP_REQUEST' ||
  (code === 'EPROTO' && /wrong version number|packet length too long/.test(String(thrown)));

const isNoHttp = (code: string, thrown: unknown): boolean =>
  code.startsWith('HPE_') ||
  code === 'UND_ERR_HEADERS_OVERFLOW' ||
  (thrown instanceof Error && thrown.name === 'HTTPParserError');

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  ETIMEDOUT: 'there was no answer',
  UND_ERR_CONNECT_TIMEOUT: 'there was no answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  EAI_AGAIN: 'its name cannot be resolved at the moment',
};

/** Failures that another attempt may mend. */
export const isConnectionFailure = (thrown: unknown): boolean =>
  !isFault(thrown) && Object.hasOwn(reasons, codeOf(thrown));

/** A Fault stays itself; an abort gives the reason of the abort. */
export const httpFault = (thrown: unknown, url: URL): unknown => {
  if (isFault(thrown)) return thrown;
  const where = describeUrl(url);
  const code = codeOf(thrown);
  if (isNoTls(code, thrown))
    return unavailable('TLS_NOT_SPOKEN', `${url.host} does not answer with TLS`, where, thrown);
  if (isCertificateCode(code)) return untrusted(url, code);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return unavailable('TLS_FAILED', `no TLS connection to ${url.host}: ${code}`, where, thrown);
  if (isNoHttp(code, thrown))
    return malformed(
      'RESPONSE_MALFORMED',
      `${url.host} does not answer with valid HTTP (${code || 'parse error'})`,
      where,
    );
  const reason = reasons[code];
  if (reason !== undefined)
    return unavailable('REGISTRY_UNREACHABLE', `${url.host} cannot be reached: ${reason} (${code})`, where, thrown);
  if (/^(?:UND_ERR_|E[A-Z]+$|ERR_STREAM_)/.test(code))
    return unavailable('REGISTRY_UNREACHABLE', `the exchange with ${url.host} failed (${code})`, where, thrown);
  return thrown;
};
