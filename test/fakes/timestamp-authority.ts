/** A time-stamping authority with real signatures (RFC 3161): tokens, and a server on loopback that gives them. */
import { createHash, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseCertificate } from '../../src/formats/records/x509-certificate.ts';
import { der, generalizedTime, integer, nothing, octets, oid, sequence, setOf } from '../builders/der.ts';
import { makeParty, purposes, type Party, type PartyOptions } from './authority.ts';

export const makeStamper = (issuer: Party, options: PartyOptions = {}): Promise<Party> =>
  makeParty({ issuer, purposes: [purposes.timeStamping], purposesCritical: true, ...options });

export interface StampOptions {
  readonly stamper: Party;
  readonly time: Date;
  /** What is stamped, or its hash with the hash's name. */
  readonly stamped: Uint8Array;
  readonly imprint?: { readonly hash: 'sha256' | 'sha384' | 'sha512'; readonly value: Uint8Array };
  readonly accuracySeconds?: number;
  readonly policy?: string;
  readonly nonce?: Uint8Array;
  /** What goes wrong. */
  readonly without?: 'signing certificate' | 'certificates';
  readonly namedCertificate?: Uint8Array;
}

const hashOids = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const attribute = (name: string, value: Uint8Array): Buffer => sequence(oid(name), setOf(value));

let serial = 1000;

/** A TimeStampToken. */
export const timestampToken = (options: StampOptions): Uint8Array => {
  const { stamper, time, stamped, policy = '1.3.6.1.4.1.57264.99', accuracySeconds, nonce, without } = options;
  const imprint = options.imprint ?? { hash: 'sha256', value: sha256(stamped) };
  const info = sequence(
    integer(1),
    oid(policy),
    sequence(sequence(oid(hashOids[imprint.hash]), nothing), octets(imprint.value)),
    integer((serial += 1)),
    generalizedTime(time),
    ...(accuracySeconds === undefined ? [] : [sequence(integer(accuracySeconds))]),
    ...(nonce === undefined ? [] : [nonce]),
  );
  const named = sha256(options.namedCertificate ?? stamper.certificate);
  const attributes = setOf(
    attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.9.16.1.4')),
    attribute('1.2.840.113549.1.9.4', octets(sha256(info))),
    ...(without === 'signing certificate'
      ? []
      : [attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octets(named)))))]),
  );
  const signature = sign('sha256', attributes, stamper.privateKey);
  const { issuer, serial: number } = parseCertificate(stamper.certificate, 'stamper');
  const digestAlgorithm = sequence(oid(hashOids.sha256));
  const signedAttributes = Buffer.from(attributes);
  signedAttributes[0] = 0xa0;
  const signer = sequence(
    integer(1),
    sequence(issuer, der(0x02, number)),
    digestAlgorithm,
    signedAttributes,
    sequence(oid('1.2.840.10045.4.3.2')),
    octets(signature),
  );
  return sequence(
    oid('1.2.840.113549.1.7.2'),
    der(
      0xa0,
      sequence(
        integer(3),
        setOf(digestAlgorithm),
        sequence(oid('1.2.840.113549.1.9.16.1.4'), der(0xa0, octets(info))),
        ...(without === 'certificates' ? [] : [der(0xa0, ...stamper.chain)]),
        setOf(signer),
      ),
    ),
  );
};

/** The whole value at an offset, for requests of a well-behaved client. */
const valueAt = (bytes: Uint8Array, offset: number) => {
  const first = bytes[offset + 1] ?? 0;
  const count = first < 128 ? 0 : first & 127;
  const length =
    count === 0
      ? first
      : Number.parseInt(Buffer.from(bytes.subarray(offset + 2, offset + 2 + count)).toString('hex'), 16);
  const start = offset + 2 + count;
  return { tag: bytes[offset] ?? 0, start, end: start + length, whole: bytes.subarray(offset, start + length) };
};

export interface TimestampServer extends AsyncDisposable {
  readonly url: string;
}

/** Answers TimeStampReq, also with a nonce. */
export const startTimestampServer = async (
  stamper: Party,
  now: () => Date = () => new Date(),
): Promise<TimestampServer> => {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const outer = valueAt(bytes, 0);
      const version = valueAt(bytes, outer.start);
      const imprint = valueAt(bytes, version.end);
      const algorithm = valueAt(bytes, imprint.start);
      const value = valueAt(bytes, algorithm.end);
      const hash = value.end - value.start === 32 ? 'sha256' : value.end - value.start === 48 ? 'sha384' : 'sha512';
      let nonce: Uint8Array | undefined;
      for (let offset = imprint.end; offset < outer.end;) {
        const field = valueAt(bytes, offset);
        if (field.tag === 0x02) nonce = field.whole;
        offset = field.end;
      }
      const token = timestampToken({
        stamper,
        time: now(),
        stamped: new Uint8Array(0),
        imprint: { hash, value: bytes.subarray(value.start, value.end) },
        ...(nonce === undefined ? {} : { nonce }),
      });
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(sequence(sequence(integer(0)), token));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
};
