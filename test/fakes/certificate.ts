/** A fake certificate authority and its server certificates, made anew for each run: X.509 (RFC 5280) in DER, signed with real ECDSA keys. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, der, generalizedTime, integer, octets, oid, sequence } from '../builders/der.ts';

const yes = der(0x01, Uint8Array.of(0xff));
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const nameOf = (common: string): Buffer =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(common)))));
const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value));

const subjectNames = (hosts: readonly string[]): Buffer =>
  sequence(
    ...hosts.map((host) =>
      /^[\d.]+$/.test(host)
        ? der(0x87, Buffer.from(host.split('.').map(Number)))
        : der(0x82, Buffer.from(host, 'latin1')),
    ),
  );

const pem = (label: string, content: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(content)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

const makeKeys = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });

const certificate = (
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: readonly Buffer[],
  days: number,
): string => {
  const from = new Date(Date.now() - 2 * 86_400_000);
  const to = new Date(Date.now() + days * 86_400_000);
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, Uint8Array.of(1), randomBytes(8)),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(generalizedTime(from), generalizedTime(to)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bits(signature)));
};

export interface FakeAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A key and a certificate for these names and addresses, both PEM; expired when `days` is negative. */
  issue(hosts: readonly string[], days?: number): { readonly key: string; readonly cert: string };
}

export const fakeAuthority = (name = 'Tidewaiter test authority'): FakeAuthority => {
  const keys = makeKeys();
  const isAuthority = [
    extension('2.5.29.19', true, sequence(yes)),
    extension('2.5.29.15', true, der(0x03, Uint8Array.of(1, 6))),
  ];
  return {
    certificate: certificate(name, name, keys.publicKey, keys.privateKey, isAuthority, 30),
    issue(hosts, days = 30) {
      const own = makeKeys();
      return {
        key: String(own.privateKey.export({ type: 'pkcs8', format: 'pem' })),
        cert: certificate(
          'test server',
          name,
          own.publicKey,
          keys.privateKey,
          [extension('2.5.29.17', false, subjectNames(hosts))],
          days,
        ),
      };
    },
  };
};
