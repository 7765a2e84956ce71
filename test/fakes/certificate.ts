/** A fake certificate authority and its server certificates, made anew for each run: X.509 (RFC 5280) in DER, signed with real ECDSA keys. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const oid = (hex: string): Buffer => der(0x06, bytes(hex));
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const nameOf = (common: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(common)))));
const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [der(0x01, bytes('ff'))] : []), der(0x04, value));

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
    der(0xa0, der(0x02, bytes('02'))),
    der(0x02, Buffer.concat([bytes('01'), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, der(0x03, bytes('00'), signature)));
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
    extension('551d13', true, sequence(der(0x01, bytes('ff')))),
    extension('551d0f', true, der(0x03, bytes('0106'))),
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
          [extension('551d11', false, subjectNames(hosts))],
          days,
        ),
      };
    },
  };
};
