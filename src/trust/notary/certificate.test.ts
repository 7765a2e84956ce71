/** Certificates of root keys: whose they are, until when, and whether their making can be believed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { notaryAuthority, notaryCertified, type CertificateOptions } from '../../../test/fakes/notary-publisher.ts';
import { commonName, isCurrent, isNamedFor, isSoundCertificate, leadsTo, readCertificates } from './certificate.ts';

const certificateOf = async (
  name: string,
  options: CertificateOptions = {},
  algorithm?: 'rsa',
): Promise<X509Certificate> => new X509Certificate((await notaryCertified(name, options, algorithm)).certificate ?? '');

const gun = 'registry.example/team/app';
const day = 86_400_000;

describe('certificates of root keys', () => {
  test('are named for one repository, or for all with a beginning', async () => {
    assert.ok(isNamedFor(await certificateOf(gun), gun));
    assert.ok(isNamedFor(await certificateOf('registry.example/team/*'), gun));
    for (const name of ['registry.example/team/ap', `${gun}x`, 'registry.example/other/*', 'REGISTRY.example/team/app'])
      assert.ok(!isNamedFor(await certificateOf(name), gun), name);
  });

  test('a name with a line end inside is not two names', async () => {
    const certificate = await certificateOf(`evil\nCN=${gun}`);
    assert.ok(!isNamedFor(certificate, gun));
    assert.notEqual(commonName(certificate), gun);
  });

  test('signed with SHA-1 are not believed, nor are those that nothing is known of', async () => {
    assert.ok(isSoundCertificate(await certificateOf(gun)));
    assert.ok(isSoundCertificate(await certificateOf(gun, {}, 'rsa')));
    assert.ok(!isSoundCertificate(await certificateOf(gun, { hash: 'SHA-1' })));
    assert.ok(!isSoundCertificate(await certificateOf(gun, { hash: 'SHA-1' }, 'rsa')));
  });

  test('hold from a day before they begin, as for the Notary client, until they end', async () => {
    const from = new Date(Date.now() - 10 * day);
    const to = new Date(Date.now() + 10 * day);
    const certificate = await certificateOf(gun, { from, to });
    const at = (time: number): boolean => isCurrent(certificate, new Date(time));
    assert.ok(at(from.getTime() - day / 2) && at(Date.now()));
    assert.ok(!at(from.getTime() - 2 * day) && !at(to.getTime() + 2000));
  });

  test('lead to an authority over authorities only', async () => {
    const company = await notaryAuthority('Company');
    const x509 = ({ certificate }: { readonly certificate: string }) => new X509Certificate(certificate);
    const leaf = await certificateOf(gun, { issuer: company });
    assert.ok(leadsTo(leaf, [], x509(company), new Date()));
    assert.ok(!leadsTo(await certificateOf(gun), [], x509(company), new Date()));
    const below = async (options: Parameters<typeof notaryAuthority>[1]): Promise<boolean> => {
      const team = await notaryAuthority('Team', { issuer: company, ...options });
      const issued = await certificateOf(gun, { issuer: team });
      assert.ok(!leadsTo(issued, [], x509(company), new Date()), 'a link is missing');
      return leadsTo(issued, [x509(team)], x509(company), new Date());
    };
    assert.ok(await below({}));
    assert.ok(!(await below({ isAuthority: false })), 'it has the right key and name, and is no authority');
    assert.ok(!(await below({ hash: 'SHA-1' })));
    assert.ok(!(await below({ issuer: await notaryAuthority('Company') })), 'another company of that name');
  });

  test('lead up no further than an authority allows', async () => {
    for (const [pathLength, expected] of [
      [0, false],
      [1, true],
    ] as const) {
      const company = await notaryAuthority('Company', { pathLength });
      const team = await notaryAuthority('Team', { issuer: company });
      const leaf = await certificateOf(gun, { issuer: team });
      const between = [new X509Certificate(team.certificate)];
      assert.equal(leadsTo(leaf, between, new X509Certificate(company.certificate), new Date()), expected);
    }
  });

  test('anything else than certificates, or too many of them, is nothing', async () => {
    const { certificate = '', publicKey } = await notaryCertified(gun);
    assert.equal(readCertificates(certificate.repeat(2), 2)?.length, 2);
    assert.equal(readCertificates(certificate.repeat(3), 2), undefined);
    assert.equal(readCertificates(`${certificate}${publicKey}`, 4), undefined);
    assert.equal(readCertificates('', 4), undefined);
  });
});
