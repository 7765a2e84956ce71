/** An authority's servers on loopback: OCSP answers with real signatures, and lists of revoked certificates. */
import { createHash, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseCertificate } from '../../src/formats/records/x509-certificate.ts';
import { bits, der, generalizedTime, integer, nothing, octets, oid, sequence } from '../builders/der.ts';
import type { Party } from './authority.ts';

export interface OcspOptions {
  readonly authority: Party;
  /** Who signs; the authority itself by default. Its certificate travels along. */
  readonly responder?: Party;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly invalidSince?: Date;
}

const day = 86_400_000;
const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();

/** About the certificate with this serial number (hexadecimal). */
export const ocspAnswer = (serial: string, options: OcspOptions): Uint8Array => {
  const { authority, status = 'good', nextUpdate } = options;
  const responder = options.responder ?? authority;
  const issuer = parseCertificate(authority.certificate, 'issuer');
  const name = sequence(
    sequence(oid('1.3.14.3.2.26'), nothing),
    octets(sha1(issuer.subject)),
    octets(sha1(issuer.publicKeyBits)),
    integer(BigInt(`0x${serial}`)),
  );
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - 60_000);
  const state =
    status === 'good'
      ? der(0x80)
      : status === 'unknown'
        ? der(0x82)
        : der(0xa1, generalizedTime(new Date(Date.now() - day)));
  const single = sequence(
    name,
    state,
    generalizedTime(thisUpdate),
    ...(nextUpdate === null ? [] : [der(0xa0, generalizedTime(nextUpdate ?? new Date(Date.now() + day)))]),
    ...(options.invalidSince === undefined
      ? []
      : [der(0xa1, sequence(sequence(oid('2.5.29.24'), octets(generalizedTime(options.invalidSince)))))]),
  );
  const body = sequence(
    der(0xa2, octets(sha1(parseCertificate(responder.certificate, 'responder').publicKeyBits))),
    generalizedTime(thisUpdate),
    sequence(single),
  );
  const signature = sign('sha256', body, responder.privateKey);
  const basic = sequence(
    body,
    sequence(oid('1.2.840.10045.4.3.2')),
    bits(signature),
    ...(responder === authority ? [] : [der(0xa0, sequence(responder.certificate))]),
  );
  return sequence(der(0x0a, Uint8Array.of(0)), der(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
};

export interface RevocationServer extends AsyncDisposable {
  readonly ocsp: string;
  readonly crl: string;
  readonly origin: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** What is answered below `/ocsp/`; undefined: status 500. */
  answer: ((serial: string) => Uint8Array) | undefined;
  /** What is answered below `/NAME.crl`; absent: status 404. */
  readonly lists: Map<string, Uint8Array>;
  /** Answers are held back for as long as this. */
  delayMs: number;
}

/** The serial number in a request that names its certificate by SHA-1: behind the algorithm and the two hashes. */
const serialOf = (request: Uint8Array): string => {
  const hex = Buffer.from(request).toString('hex');
  const start = hex.indexOf('05000414') + 4 + 2 * 44;
  const length = Number.parseInt(hex.slice(start + 2, start + 4), 16);
  return hex.slice(start + 4, start + 4 + length * 2);
};

export const startRevocationServer = async (): Promise<RevocationServer> => {
  const lists = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const http = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = decodeURIComponent(path.slice('/ocsp/'.length));
      const posted = Buffer.concat(chunks);
      const question = posted.length > 0 ? posted : Buffer.from(text, 'base64');
      const body = path.startsWith('/ocsp') ? server.answer?.(serialOf(question)) : lists.get(path.slice(1));
      setTimeout(() => {
        response.writeHead(body === undefined ? (path.startsWith('/ocsp') ? 500 : 404) : 200);
        response.end(body);
      }, server.delayMs);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: RevocationServer = {
    origin,
    ocsp: `${origin}/ocsp`,
    crl: `${origin}/main.crl`,
    asked,
    answer: undefined,
    lists,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
};
