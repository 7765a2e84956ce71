/** Revocation and time stamps against OpenSSL: its answers to our questions, its lists, its stamps. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { X509Certificate } from 'node:crypto';
import { parseCertificate, type Certificate } from '../../src/formats/records/x509-certificate.ts';
import { chainFlaw } from '../../src/trust/certificates/chain.ts';
import { openRevocationFetcher } from '../../src/trust/certificates/revocation-fetcher.ts';
import { checkRevocation } from '../../src/trust/certificates/revocation.ts';
import { verifyTimestamp } from '../../src/trust/certificates/timestamp.ts';
import { fakeContext } from '../fakes/context.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };
const run = promisify(execFile);

const settings = (origin: string): string => `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
[by_ocsp]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
authorityInfoAccess = OCSP;URI:${origin}/ocsp
[by_list]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
crlDistributionPoints = URI:${origin}/list
[responder]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
1.3.6.1.5.5.7.48.1.5 = DER:0500
[stamper]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ca]
default_ca = ca_default
[ca_default]
dir = .
database = ./index.txt
new_certs_dir = .
serial = ./serial
crlnumber = ./crlnumber
default_md = sha256
default_days = 2
default_crl_days = 1
policy = any
certificate = ca.crt
private_key = ca.key
[any]
commonName = supplied
[tsa]
default_tsa = clock
[clock]
serial = ./stamps
signer_cert = stamper.crt
signer_key = stamper.key
signer_digest = sha256
certs = ca.crt
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

const refusalOf = (token: Uint8Array, stamped: Uint8Array, roots: readonly Certificate[]): string => {
  const answer = verifyTimestamp(token, stamped, roots, 16);
  return typeof answer === 'string' ? answer : 'believed';
};

void suite('OpenSSL', when, () => {
  let folder: string;
  let authority: Certificate;
  const answers = new Map<string, () => Promise<Buffer>>();
  const http = createServer((request, response) => {
    const [, place = '', question = ''] = /^\/(\w+)(?:\/(.*))?$/.exec(request.url ?? '') ?? [];
    void writeFile(join(folder, 'request.der'), Buffer.from(decodeURIComponent(question), 'base64'))
      .then(() => answers.get(place)?.())
      .then((body) => response.writeHead(body === undefined ? 404 : 200).end(body));
  });

  const openssl = async (...words: readonly string[]): Promise<void> => {
    await run('openssl', words, { cwd: folder });
  };
  const readCertificate = async (name: string): Promise<Certificate> =>
    parseCertificate(new X509Certificate(await readFile(join(folder, `${name}.crt`))).raw, name);

  /** Signed by the authority, with the extensions of that section; recorded in its index. */
  const issue = async (name: string, section: string, key: readonly string[] = ['ec:P-256']): Promise<void> => {
    const [kind = 'ec:P-256'] = key;
    const newKey = kind.startsWith('ec:')
      ? ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${kind.slice(3)}`]
      : ['-newkey', kind];
    await openssl(
      'req',
      '-config',
      'openssl.cnf',
      ...newKey,
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    await openssl(
      'ca',
      '-config',
      'openssl.cnf',
      '-batch',
      '-notext',
      '-extensions',
      section,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.crt`,
    );
  };

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tidewaiter-openssl-'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    await writeFile(join(folder, 'openssl.cnf'), settings(origin));
    for (const [file, content] of [
      ['index.txt', ''],
      ['serial', '1000'],
      ['crlnumber', '10'],
      ['stamps', '01'],
    ] as const)
      await writeFile(join(folder, file), content);
    await openssl(
      'req',
      '-config',
      'openssl.cnf',
      '-x509',
      '-extensions',
      'authority',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '3',
      '-subj',
      '/CN=Test authority',
    );
    authority = await readCertificate('ca');
  });
  after(async () => {
    if (!required) return;
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  const check = async (name: string): Promise<string> => {
    await using fetcher = openRevocationFetcher(fakeContext());
    const chain = [await readCertificate(name), authority];
    assert.equal(chainFlaw(chain, 'code-signing'), undefined);
    const answer = await checkRevocation(chain, { now: new Date(), trace: () => undefined }, fetcher);
    return `${answer.status}: ${answer.reason}`;
  };

  test('a responder answers our questions, by the authority’s key and by another’s', async () => {
    await issue('watched', 'by_ocsp');
    await issue('responder', 'responder', ['rsa:2048']);
    const answerBy = (signer: string) => async (): Promise<Buffer> => {
      await openssl(
        'ocsp',
        '-index',
        'index.txt',
        '-CA',
        'ca.crt',
        '-rsigner',
        `${signer}.crt`,
        '-rkey',
        `${signer}.key`,
        '-reqin',
        'request.der',
        '-respout',
        'response.der',
        '-ndays',
        '1',
      );
      return await readFile(join(folder, 'response.der'));
    };
    for (const signer of ['ca', 'responder']) {
      answers.set('ocsp', answerBy(signer));
      assert.match(await check('watched'), /^good/, signer);
    }
    // It answers for the authority, which did not let it.
    answers.set('ocsp', answerBy('watched'));
    assert.match(await check('watched'), /^unknown.*nobody who may answer/);
    await openssl('ca', '-config', 'openssl.cnf', '-revoke', 'watched.crt', '-crl_reason', 'keyCompromise');
    for (const signer of ['ca', 'responder']) {
      answers.set('ocsp', answerBy(signer));
      assert.match(await check('watched'), /^revoked/, signer);
    }
    answers.delete('ocsp');
    assert.match(await check('watched'), /^unknown.*404/);
  });

  test('lists of revoked certificates', async () => {
    await issue('listed', 'by_list', ['ec:P-384']);
    answers.set('list', async () => {
      await openssl('ca', '-config', 'openssl.cnf', '-gencrl', '-out', 'list.pem');
      await openssl('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.der');
      return await readFile(join(folder, 'list.der'));
    });
    assert.match(await check('listed'), /^good/);
    await openssl('ca', '-config', 'openssl.cnf', '-revoke', 'listed.crt', '-crl_hold', 'holdInstructionNone');
    assert.match(await check('listed'), /^revoked/);
  });

  test('time stamps, by an elliptic curve and by RSA', async () => {
    const stamped = Buffer.from('a bare signature');
    await writeFile(join(folder, 'stamped'), stamped);
    const stamp = async (digest: string): Promise<Buffer> => {
      await openssl('ts', '-query', '-data', 'stamped', `-${digest}`, '-cert', '-out', 'query.tsq');
      await openssl(
        'ts',
        '-reply',
        '-config',
        'openssl.cnf',
        '-section',
        'clock',
        '-queryfile',
        'query.tsq',
        '-token_out',
        '-out',
        'token.der',
      );
      return await readFile(join(folder, 'token.der'));
    };
    for (const kind of ['ec:P-256', 'rsa:2048']) {
      await writeFile(
        join(folder, 'openssl.cnf'),
        (await readFile(join(folder, 'openssl.cnf'), 'utf8')).replaceAll(
          /stamper\w*\.(crt|key)/g,
          `stamper${kind.slice(0, 2)}.$1`,
        ),
      );
      await issue(`stamper${kind.slice(0, 2)}`, 'stamper', [kind]);
      for (const digest of ['sha256', 'sha512']) {
        const token = await stamp(digest);
        const verified = verifyTimestamp(token, stamped, [authority], 16);
        assert.ok(typeof verified !== 'string', `${kind} ${digest}: ${JSON.stringify(verified)}`);
        assert.equal(
          verified.latest.getTime() - verified.earliest.getTime(),
          3000,
          'the accuracy that it states, both ways',
        );
        assert.ok(Math.abs(verified.latest.getTime() - Date.now()) < 60_000);
        assert.equal(verified.chain.length, 2);
        assert.match(refusalOf(token, Buffer.from('another'), [authority]), /something else/);
        assert.match(refusalOf(token, stamped, []), /not trusted/);
      }
    }
    const text = await readFile(join(folder, 'openssl.cnf'), 'utf8');
    await writeFile(join(folder, 'openssl.cnf'), text.replace('ess_cert_id_alg = sha256', 'ess_cert_id_alg = sha1'));
    assert.match(refusalOf(await stamp('sha256'), stamped, [authority]), /does not say/, 'named by SHA-1 only');
  });
});
