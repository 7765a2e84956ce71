import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { parseCertificate } from '../../formats/records/x509-certificate.ts';
import { bits, der, generalizedTime, integer, octets, oid, sequence } from '../../../test/builders/der.ts';
import {
  makeAuthority,
  makeList,
  makeParty,
  purposes,
  type ListOptions,
  type Party,
} from '../../../test/fakes/authority.ts';
import { fakeContext, type FakeContextOptions } from '../../../test/fakes/context.ts';
import {
  ocspAnswer,
  startRevocationServer,
  type OcspOptions,
  type RevocationServer,
} from '../../../test/fakes/revocation-server.ts';
import type { RevocationQuestion } from './revocation-question.ts';
import { openRevocationFetcher } from './revocation-fetcher.ts';
import { checkRevocation } from './revocation.ts';

const day = 86_400_000;
const ago = (days: number): Date => new Date(Math.floor((Date.now() - days * day) / 1000) * 1000);

let server: RevocationServer;
let root: Party;
let issuing: Party;
/** Asks OCSP, lists, both, none. */
let byOcsp: Party;
let byList: Party;
let byBoth: Party;
let silent: Party;

before(async () => {
  server = await startRevocationServer();
  root = await makeAuthority();
  issuing = await makeAuthority({ issuer: root });
  byOcsp = await makeParty({ issuer: issuing, ocsp: server.ocsp });
  byList = await makeParty({ issuer: issuing, crl: server.crl });
  byBoth = await makeParty({ issuer: issuing, ocsp: server.ocsp, crl: server.crl });
  silent = await makeParty({ issuer: issuing });
});
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.answer = undefined;
  server.lists.clear();
  server.asked.length = 0;
  server.delayMs = 0;
});

const check = async (
  party: Party,
  question: Partial<RevocationQuestion> = {},
  context: FakeContextOptions = {},
): Promise<string> => {
  await using fetcher = openRevocationFetcher(fakeContext(context));
  const chain = party.chain.map((one) => parseCertificate(one, 'x'));
  const answer = await checkRevocation(chain, { now: new Date(), trace: () => undefined, ...question }, fetcher);
  return `${answer.status}: ${answer.reason}`;
};

const answers = (options: Partial<OcspOptions> = {}): void => {
  server.answer = (serial) => ocspAnswer(serial, { authority: issuing, ...options });
};
const lists = async (options: Partial<ListOptions> = {}, name = 'main.crl'): Promise<void> => {
  server.lists.set(name, await makeList({ authority: issuing, ...options }));
};

test('a certificate that names no place is asked about nowhere', async () => {
  assert.match(await check(silent), /^none/);
  assert.deepEqual(server.asked, []);
});

test('OCSP: good, revoked, unknown', async () => {
  answers();
  assert.match(await check(byOcsp), /^good/);
  answers({ status: 'revoked' });
  assert.match(await check(byOcsp), /^revoked: the certificate of /);
  answers({ status: 'unknown' });
  assert.match(await check(byOcsp), /^unknown.*does not know/);
});

test('an answer counts only if it is signed by whoever may answer, about this certificate', async () => {
  const stranger = await makeAuthority();
  server.answer = (serial) => ocspAnswer(serial, { authority: issuing, responder: stranger });
  assert.match(await check(byOcsp), /^unknown.*nobody who may answer/);
  // The same issuer's certificate, which is for something else.
  answers({ responder: byList });
  assert.match(await check(byOcsp), /^unknown.*nobody who may answer/);
  server.answer = () => ocspAnswer(byList.serial, { authority: issuing });
  assert.match(await check(byOcsp), /^unknown.*another certificate/);
  server.answer = (serial) => ocspAnswer(serial, { authority: root, responder: issuing });
  assert.match(await check(byOcsp), /^unknown.*another certificate/);
  server.answer = (serial) => {
    const changed = Uint8Array.from(ocspAnswer(serial, { authority: issuing, status: 'revoked' }));
    const at = Buffer.from(changed).indexOf(Buffer.from('a111180f', 'hex'));
    changed[at] = 0x80;
    return changed;
  };
  assert.match(await check(byOcsp), /^unknown/);
});

test('a responder to whom the issuer gave the right', async () => {
  const delegate = { issuer: issuing, purposes: [purposes.ocspSigning] };
  answers({ responder: await makeParty(delegate) });
  assert.match(await check(byOcsp), /^good/);
  answers({ responder: await makeParty({ ...delegate, notAfter: ago(1) }) });
  assert.match(await check(byOcsp), /^unknown/);
  answers({ responder: await makeParty({ ...delegate, issuer: root }) });
  assert.match(await check(byOcsp), /^unknown/);
});

test('a responder that is not freed from it is looked up itself', async () => {
  const delegate = { issuer: issuing, purposes: [purposes.ocspSigning], crl: server.crl };
  const responder = await makeParty(delegate);
  answers({ responder });
  assert.match(await check(byOcsp), /^unknown.*own certificate/);
  await lists();
  assert.match(await check(byOcsp), /^good/);
  await lists({ entries: [{ serial: responder.serial }] });
  assert.match(await check(byOcsp), /^unknown.*own certificate/);
  const freed = new x509.Extension('1.3.6.1.5.5.7.48.1.5', false, Uint8Array.of(5, 0));
  answers({ responder: await makeParty({ ...delegate, extensions: [freed] }) });
  server.lists.clear();
  assert.match(await check(byOcsp), /^good/);
});

test('answers of yesterday, of tomorrow, and without an end', async () => {
  answers({ thisUpdate: ago(3), nextUpdate: ago(1) });
  assert.match(await check(byOcsp), /^unknown.*ended/);
  answers({ nextUpdate: null });
  assert.match(await check(byOcsp), /^unknown.*ended/);
  answers({ thisUpdate: ago(-1), nextUpdate: ago(-2) });
  assert.match(await check(byOcsp), /^unknown.*future/);
});

test('what was signed before the certificate became invalid stays good, if that time is proven', async () => {
  answers({ status: 'revoked', invalidSince: ago(2) });
  assert.match(await check(byOcsp), /^revoked/);
  assert.match(await check(byOcsp, { signedAt: ago(3) }), /^good/);
  assert.match(await check(byOcsp, { signedAt: ago(1) }), /^revoked/);
  await lists({ entries: [{ serial: byList.serial, invalidSince: ago(2) }] });
  assert.match(await check(byList), /^revoked/);
  assert.match(await check(byList, { signedAt: ago(3) }), /^good/);
});

test('lists are read where OCSP gives no answer', async () => {
  await lists({ entries: [{ serial: byBoth.serial }] });
  assert.match(await check(byBoth), /^revoked/);
  answers();
  assert.match(await check(byBoth), /^good/);
  answers({ status: 'unknown' });
  assert.match(await check(byBoth), /^revoked/);
});

test('lists: absent, of another authority, badly signed, ended, on hold', async () => {
  assert.match(await check(byList), /^unknown.*404/);
  await lists();
  assert.match(await check(byList), /^good/);
  await lists({ authority: root });
  assert.match(await check(byList), /^unknown.*another authority/);
  await lists({ authority: { ...issuing, keys: root.keys } });
  assert.match(await check(byList), /^unknown.*not signed/);
  await lists({ nextUpdate: ago(1), thisUpdate: ago(2) });
  assert.match(await check(byList), /^unknown.*ended/);
  await lists({ thisUpdate: ago(-0.5) });
  assert.match(await check(byList), /^unknown.*future/);
  await lists({ thisUpdate: ago(-1 / 1440) });
  assert.match(await check(byList), /^good/, 'a minute ahead of our clock');
  await lists({ nextUpdate: null });
  assert.match(await check(byList), /^unknown.*ended/);
  await lists({ nextUpdate: ago(1), thisUpdate: ago(2), entries: [{ serial: byList.serial }] });
  assert.match(await check(byList), /^revoked/);
  await lists({
    nextUpdate: ago(1),
    thisUpdate: ago(2),
    entries: [{ serial: byList.serial, reason: 'certificateHold' }],
  });
  assert.match(await check(byList), /^unknown.*ended/);
  await lists({ entries: [{ serial: byList.serial, reason: 'certificateHold' }] });
  assert.match(await check(byList), /^revoked/);
  server.lists.set('main.crl', Buffer.from('no list'));
  assert.match(await check(byList), /^unknown/);
});

const uri = (address: string): Buffer => der(0xa0, der(0xa0, der(0x86, Buffer.from(address))));
const scope = (...parts: readonly Buffer[]) => new x509.Extension('2.5.29.28', true, sequence(...parts));

test('a list of other certificates says nothing, however well it is signed', async () => {
  const scoped = async (...parts: readonly Buffer[]) => {
    await lists({ extensions: [scope(...parts)] });
    return await check(byList);
  };
  assert.match(await scoped(uri(server.crl)), /^good/);
  assert.match(await scoped(uri(`${server.origin}/other.crl`)), /^unknown.*another place/);
  assert.match(await scoped(der(0x81, Uint8Array.of(0xff))), /^good/, 'users only');
  assert.match(await scoped(der(0x82, Uint8Array.of(0xff))), /^unknown/, 'authorities only');
  assert.match(await scoped(der(0x84, Uint8Array.of(0xff))), /^unknown/, 'indirect');
  assert.match(await scoped(der(0x83, Uint8Array.of(1, 2))), /^unknown/, 'some reasons');
  await lists({ extensions: [new x509.Extension('1.2.3.4', true, Uint8Array.of(5, 0))] });
  assert.match(await check(byList), /^unknown.*critical/);
});

test('a delta completes its list', async () => {
  const freshest = new x509.Extension('2.5.29.46', false, sequence(sequence(uri(`${server.origin}/delta.crl`))));
  const deltaOf = (number: number) => new x509.Extension('2.5.29.27', true, integer(number));
  await lists({ extensions: [freshest], number: 7 });
  assert.match(await check(byList), /^unknown/, 'announced, and not there');
  await lists({ number: 8, extensions: [deltaOf(7)] }, 'delta.crl');
  assert.match(await check(byList), /^good/);
  await lists({ number: 8, extensions: [deltaOf(7)], entries: [{ serial: byList.serial }] }, 'delta.crl');
  assert.match(await check(byList), /^revoked/);
  await lists({ number: 9, extensions: [deltaOf(8)] }, 'delta.crl');
  assert.match(await check(byList), /^unknown.*does not fit/);
  await lists({ number: 8 }, 'delta.crl');
  assert.match(await check(byList), /^unknown.*what it completes/);
  await lists({ extensions: [freshest], entries: [{ serial: byList.serial, reason: 'certificateHold' }] });
  await lists(
    { number: 8, extensions: [deltaOf(7)], entries: [{ serial: byList.serial, reason: 'removeFromCRL' }] },
    'delta.crl',
  );
  assert.match(await check(byList), /^good/, 'no longer on hold');
  await lists({ extensions: [freshest], entries: [{ serial: byList.serial, reason: 'keyCompromise' }] });
  assert.match(await check(byList), /^revoked/, 'a lost key stays lost');
  await lists({ extensions: [deltaOf(7)] });
  assert.match(await check(byList), /^unknown.*only a delta/);
});

test('authorities in the middle are asked about too, and a revoked one decides', async () => {
  const middle = await makeAuthority({ issuer: root, crl: `${server.origin}/root.crl` });
  const signer = await makeParty({ issuer: middle, ocsp: server.ocsp });
  server.lists.set('root.crl', await makeList({ authority: root, entries: [{ serial: middle.serial }] }));
  assert.match(await check(signer), /^revoked/);
  assert.deepEqual(server.asked, ['/root.crl'], 'the root’s word is asked for first');
  server.lists.set('root.crl', await makeList({ authority: root }));
  answers({ authority: middle });
  assert.match(await check(signer), /^good/);
});

test('whoever does not answer in time is unreachable', async () => {
  answers();
  server.delayMs = 400;
  const begun = performance.now();
  assert.match(await check(byOcsp, {}, { network: { timeoutMs: 100 } }), /^unknown.*within/);
  assert.ok(performance.now() - begun < 350, 'asked once');
});

test('too much, other schemes, other hosts’ redirects, and no network', async () => {
  server.answer = () => Buffer.alloc(70_000);
  assert.match(await check(byOcsp), /^unknown.*larger/);
  const strange = await makeParty({ issuer: issuing, crl: 'ldap://ldap.example/cn=crl' });
  assert.match(await check(strange), /^unknown.*no address of HTTP/);
  const metadata = await makeParty({ issuer: issuing, crl: 'http://169.254.169.254/latest' });
  assert.match(await check(metadata), /^unknown.*link-local/);
  const far = await makeParty({ issuer: issuing, ocsp: 'http://ocsp.example/' });
  assert.match(await check(far, {}, { network: { offline: true } }), /^unknown.*offline/);
});

test('more questions than the budget are not asked; the same one is asked once', async () => {
  await lists();
  await using fetcher = openRevocationFetcher(fakeContext());
  await fetcher.fetch(server.crl, 'crl');
  await fetcher.fetch(server.crl, 'crl');
  assert.equal(server.asked.length, 1);
  const asked = Array.from({ length: 30 }, (_, index) => fetcher.fetch(`${server.origin}/${index}.crl`, 'crl'));
  const ended = await Promise.allSettled(asked);
  assert.equal(server.asked.length, 24);
  assert.ok(ended.every(({ status }) => status === 'rejected'));
});

test('every truncation of an answer and of a list is unknown', async () => {
  const answer = ocspAnswer(byOcsp.serial, { authority: issuing });
  for (let end = 0; end < answer.length; end += 23) {
    server.answer = () => answer.subarray(0, end);
    assert.match(await check(byOcsp), /^unknown/);
  }
  const list = await makeList({ authority: issuing, entries: [{ serial: byList.serial }] });
  for (let end = 0; end < list.length; end += 29) {
    server.lists.set('main.crl', list.subarray(0, end));
    assert.match(await check(byList), /^unknown/);
  }
});

test('an entry with a critical extension that is not understood spoils the list', async () => {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const listWith = (critical: boolean): Uint8Array => {
    const flag = critical ? [der(0x01, Uint8Array.of(0xff))] : [];
    const entry = sequence(
      integer(BigInt(`0x${byList.serial}`)),
      generalizedTime(ago(1)),
      sequence(sequence(oid('1.2.3.4'), ...flag, octets(Uint8Array.of(5, 0)))),
    );
    const { subject } = parseCertificate(issuing.certificate, 'x');
    const body = sequence(
      integer(1),
      algorithm,
      subject,
      generalizedTime(ago(1)),
      generalizedTime(ago(-1)),
      sequence(entry),
    );
    return sequence(body, algorithm, bits(sign('sha256', body, issuing.privateKey)));
  };
  server.lists.set('main.crl', listWith(false));
  assert.match(await check(byList), /^revoked/);
  server.lists.set('main.crl', listWith(true));
  assert.match(await check(byList), /^unknown.*not understood/);
});
