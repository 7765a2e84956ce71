import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { applicableStatement, parseTrustPolicy } from './trust-policy.ts';

const statement = {
  name: 'ours',
  registryScopes: ['registry.example/team/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:company'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Example'],
};
const text = (...statements: readonly object[]): string =>
  JSON.stringify({ version: '1.0', trustPolicies: statements });
const refuses = (written: string, reason: RegExp): void =>
  assert.throws(
    () => parseTrustPolicy(written),
    (thrown) =>
      isFault(thrown) &&
      thrown.kind === 'misuse' &&
      thrown.code === 'NOTATION_POLICY_INVALID' &&
      reason.test(thrown.message),
  );
const refusesWith = (change: object, reason: RegExp): void => refuses(text({ ...statement, ...change }), reason);

test('levels say what is enforced; an override changes some of it', () => {
  const enforced = (signatureVerification: object) =>
    parseTrustPolicy(text({ ...statement, signatureVerification })).statements[0]?.enforcement;
  const all = (action: string) => ({
    integrity: 'enforce',
    authenticity: action,
    authenticTimestamp: action,
    expiry: action,
    revocation: action,
  });
  assert.deepEqual(enforced({ level: 'strict' }), all('enforce'));
  assert.deepEqual(enforced({ level: 'permissive' }), { ...all('log'), authenticity: 'enforce' });
  assert.deepEqual(enforced({ level: 'audit' }), all('log'));
  assert.deepEqual(enforced({ level: 'strict', override: { revocation: 'skip', expiry: 'log' } }), {
    ...all('enforce'),
    revocation: 'skip',
    expiry: 'log',
  });
});

test('the repository’s own statement counts before that of all', () => {
  const policy = parseTrustPolicy(text({ ...statement, name: 'all', registryScopes: ['*'] }, statement));
  const named = (repository?: string) => applicableStatement(policy, repository)?.name;
  assert.equal(named('registry.example/team/app'), 'ours');
  assert.equal(named('registry.example/team/app2'), 'all');
  assert.equal(named(), 'all');
  assert.equal(applicableStatement(parseTrustPolicy(text(statement)), 'registry.example/team'), undefined);
  assert.equal(applicableStatement(parseTrustPolicy(text(statement)), undefined), undefined);
});

test('what is no policy', () => {
  refuses('', /not JSON/);
  refuses('[]', /expected/i);
  refuses('{"version":"1.0","version":"1.0"}', /twice/);
  refuses(text(), /trustPolicies/);
  refuses(JSON.stringify({ version: '2.0', trustPolicies: [statement] }), /version/);
  refuses(text(statement, { ...statement, registryScopes: ['registry.example/x'] }), /two statements have this name/);
  refuses(text(statement, { ...statement, name: 'other' }), /in two statements/);
  refusesWith({ name: '' }, /name/);
});

test('scopes are whole names, or the one star alone', () => {
  for (const registryScopes of [
    [],
    ['registry.example'],
    ['registry.example/team/*'],
    ['registry.example/App'],
    ['https://registry.example/app'],
    ['*', 'registry.example/app'],
    ['registry.example/app:v1'],
  ])
    refusesWith({ registryScopes }, /scope|whole name|registryScopes/i);
  for (const scope of ['127.0.0.1:5000/app', 'local/layout', 'docker.io/library/nginx'])
    assert.equal(parseTrustPolicy(text({ ...statement, registryScopes: [scope] })).statements.length, 1);
});

test('levels and overrides that mean nothing', () => {
  refusesWith({ signatureVerification: { level: 'none' } }, /level/);
  refusesWith({ signatureVerification: {} }, /level/);
  refusesWith({ signatureVerification: { level: 'strict', override: { integrity: 'log' } } }, /override/);
  refusesWith({ signatureVerification: { level: 'strict', override: { expiry: 'skip' } } }, /expiry/);
  refusesWith({ signatureVerification: { level: 'strict', override: { revokation: 'log' } } }, /override/);
  refusesWith({ signatureVerification: { level: 'strict', verifyTimestamp: 'never' } }, /verifyTimestamp/);
});

test('skip has no stores, no override, and is not for all', () => {
  const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
  assert.equal(parseTrustPolicy(text({ ...statement, ...skip })).statements[0]?.level, 'skip');
  refusesWith({ ...skip, registryScopes: ['*'] }, /every repository/);
  refusesWith({ ...skip, trustStores: ['ca:company'] }, /no stores/);
  refusesWith({ ...skip, signatureVerification: { level: 'skip', override: { expiry: 'log' } } }, /overridden/);
});

test('stores and identities are there, and mean something', () => {
  refusesWith({ trustStores: [] }, /needs trust stores/);
  refusesWith({ trustedIdentities: undefined }, /needs trust stores/);
  for (const store of ['company', 'xx:company', 'ca:../../etc', 'ca:..', 'ca:', 'ca:a b'])
    refusesWith({ trustStores: [store] }, /no trust store/);
  refusesWith({ trustedIdentities: ['*', 'x509.subject: C=US, ST=WA, O=Example'] }, /stands alone/);
  refusesWith({ trustedIdentities: ['C=US, ST=WA, O=Example'] }, /no identity/);
  refusesWith({ trustedIdentities: ['x509.subject: C=US, O=Example'] }, /lacks ST/);
  refusesWith({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=a, CN=#0c'] }, /hexadecimal/);
  refusesWith(
    { trustedIdentities: ['x509.subject: C=US, ST=WA, O=a', 'x509.subject: C=US, ST=WA, O=a, CN=b'] },
    /overlap/,
  );
  assert.equal(parseTrustPolicy(text({ ...statement, trustedIdentities: ['*'] })).statements[0]?.identities, undefined);
});
