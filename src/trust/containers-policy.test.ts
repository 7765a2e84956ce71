import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { parseContainersPolicy, scopesOf, type PolicyRequirement } from './containers-policy.ts';

const parse = (policy: unknown) => parseContainersPolicy(JSON.stringify(policy), 'policy.json');

const accept = { type: 'insecureAcceptAnything' } as const;
const reject = { type: 'reject' } as const;
const signed = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/keys/a.gpg' } as const;

const refusal = (policy: unknown): string => {
  try {
    parseContainersPolicy(typeof policy === 'string' ? policy : JSON.stringify(policy), 'policy.json');
  } catch (thrown) {
    assert.ok(
      isFault(thrown) && thrown.kind === 'misuse' && /^CONTAINERS_POLICY_(?:INVALID|AMBIGUOUS)$/.test(thrown.code),
    );
    return thrown.message;
  }
  return '';
};

const only = (requirement: unknown): PolicyRequirement | undefined =>
  parse({ default: [requirement] }).requirementsFor({ repository: 'registry.example/app', tag: '1' })[0];

test('the most precise scope decides alone', () => {
  const policy = parse({
    default: [reject],
    transports: {
      docker: {
        'a.registry.example:5000/team/app:1': [signed],
        'a.registry.example:5000/team/app': [accept],
        'a.registry.example:5000/team': [reject, accept],
        '*.registry.example': [accept, signed],
        '': [accept, reject],
      },
      'docker-daemon': { '': [accept] },
    },
  });
  const types = (repository: string, tag = '1') => policy.requirementsFor({ repository, tag }).map(({ type }) => type);
  assert.deepEqual(types('a.registry.example:5000/team/app'), ['signedBy']);
  assert.deepEqual(types('a.registry.example:5000/team/app', '2'), ['insecureAcceptAnything']);
  assert.deepEqual(types('a.registry.example:5000/team/application'), ['reject', 'insecureAcceptAnything']);
  assert.deepEqual(types('a.registry.example:5000/other/app'), ['insecureAcceptAnything', 'signedBy']);
  assert.deepEqual(types('b.a.registry.example/x'), ['insecureAcceptAnything', 'signedBy']);
  assert.deepEqual(types('registry.example/x'), ['insecureAcceptAnything', 'reject'], 'a wildcard needs a label');
  assert.deepEqual(
    parse({ default: [reject], transports: { atomic: { '': [accept] } } }).requirementsFor({
      repository: 'x.example/y',
    }),
    [reject],
  );
});

test('scopes are looked for as containers/image does', () => {
  assert.deepEqual(scopesOf({ repository: 'b.a.example:443/x/y', tag: 'v1' }), [
    'b.a.example:443/x/y:v1',
    'b.a.example:443/x/y',
    'b.a.example:443/x',
    'b.a.example:443',
    '*.a.example',
    '*.example',
  ]);
  const digest = `sha256:${'a'.repeat(64)}` as const;
  assert.deepEqual(scopesOf({ repository: 'localhost/x', digest }), [
    `localhost/x@${digest}`,
    'localhost/x',
    'localhost',
  ]);
});

test('keys come by file, by several files or by value', () => {
  const keysOf = (keys: object) => {
    const found = only({ type: 'signedBy', keyType: 'GPGKeys', ...keys });
    return found?.type === 'signedBy' ? found.keys : undefined;
  };
  assert.deepEqual(keysOf({ keyPath: '/a' }), { paths: ['/a'], data: [] });
  assert.deepEqual(keysOf({ keyPaths: ['/a', '/b'] }), { paths: ['/a', '/b'], data: [] });
  assert.deepEqual(keysOf({ keyData: 'AAEC' }), { paths: [], data: [Buffer.from([0, 1, 2])] });
});

test('identities default to the repository for digests and the exact name for tags', () => {
  const identityOf = (identity?: object) => {
    const found = only({ ...signed, ...(identity === undefined ? {} : { signedIdentity: identity }) });
    return found?.type === 'signedBy' ? found.identity : undefined;
  };
  assert.deepEqual(identityOf(), { type: 'matchRepoDigestOrExact' });
  for (const identity of [
    { type: 'matchExact' },
    { type: 'matchRepository' },
    { type: 'exactReference', dockerReference: 'docker.io/library/app:1' },
    { type: 'exactRepository', dockerRepository: 'docker.io/library/app' },
    { type: 'remapIdentity', prefix: 'mirror.example', signedPrefix: 'registry.example/team' },
  ])
    assert.deepEqual(identityOf(identity), identity);
});

test('sigstore requirements keep their keys, authority and log', () => {
  const fulcio = { caData: 'QUJD', oidcIssuer: 'https://issuer.example', subjectEmail: 'me@team.example' };
  assert.deepEqual(only({ type: 'sigstoreSigned', keyPath: '/cosign.pub' }), {
    type: 'sigstoreSigned',
    keys: { paths: ['/cosign.pub'], data: [] },
    identity: { type: 'matchRepoDigestOrExact' },
  });
  assert.deepEqual(only({ type: 'sigstoreSigned', fulcio, rekorPublicKeyPaths: ['/r1', '/r2'] }), {
    type: 'sigstoreSigned',
    fulcio: {
      authority: { paths: [], data: [Buffer.from('ABC')] },
      oidcIssuer: fulcio.oidcIssuer,
      subjectEmail: fulcio.subjectEmail,
    },
    rekorKeys: { paths: ['/r1', '/r2'], data: [] },
    identity: { type: 'matchRepoDigestOrExact' },
  });
  const pki = { caRootsPath: '/ca.pem', subjectEmail: 'me@team.example' };
  assert.equal(only({ type: 'sigstoreSigned', pki })?.type, 'unsupported');
  assert.equal(only({ type: 'signedBy', keyType: 'X509Certificates', keyPath: '/a' })?.type, 'unsupported');
  assert.equal(only({ type: 'signedBaseLayer', baseLayerIdentity: { type: 'matchExact' } })?.type, 'unsupported');
});

const bad: Readonly<Record<string, unknown>> = {
  'no JSON': '{',
  'a name twice': '{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}',
  'no default': { transports: {} },
  'an empty default': { default: [] },
  'an empty scope': { default: [reject], transports: { docker: { 'a.example': [] } } },
  'an unknown member': { default: [reject], transport: {} },
  'an unknown member of a requirement': { default: [{ ...accept, keyPath: '/a' }] },
  'a member in other letters': { default: [{ ...signed, KeyPath: '/a' }] },
  'an unknown requirement': { default: [{ type: 'signedby' }] },
  'no key': { default: [{ type: 'signedBy', keyType: 'GPGKeys' }] },
  'no key type': { default: [{ type: 'signedBy', keyPath: '/a' }] },
  'an unknown key type': { default: [{ ...signed, keyType: 'gpg' }] },
  'two kinds of keys': { default: [{ ...signed, keyData: 'AAEC' }] },
  'an empty list of keys': { default: [{ type: 'signedBy', keyType: 'GPGKeys', keyPaths: [] }] },
  'keys that are no base64': { default: [{ type: 'signedBy', keyType: 'GPGKeys', keyData: '%' }] },
  'an unknown identity': { default: [{ ...signed, signedIdentity: { type: 'matchAny' } }] },
  'an exact reference without tag': {
    default: [{ ...signed, signedIdentity: { type: 'exactReference', dockerReference: 'a.example:80/b' } }],
  },
  'a prefix that is no name': {
    default: [
      { ...signed, signedIdentity: { type: 'remapIdentity', prefix: 'a.example/', signedPrefix: 'b.example' } },
    ],
  },
  'fulcio without a log': {
    default: [{ type: 'sigstoreSigned', fulcio: { caPath: '/a', oidcIssuer: 'https://i.example', subjectEmail: 'm' } }],
  },
  'fulcio for any e-mail': {
    default: [
      { type: 'sigstoreSigned', fulcio: { caPath: '/a', oidcIssuer: 'https://i.example' }, rekorPublicKeyPath: '/r' },
    ],
  },
  'sigstore without anybody': { default: [{ type: 'sigstoreSigned' }] },
  'a key and fulcio': {
    default: [
      {
        type: 'sigstoreSigned',
        keyPath: '/a',
        fulcio: { caPath: '/a', oidcIssuer: 'https://i.example', subjectEmail: 'm' },
        rekorPublicKeyPath: '/r',
      },
    ],
  },
};

for (const [name, policy] of Object.entries(bad))
  test(`refused: ${name}`, () =>
    assert.match(refusal(policy), /^policy\.json: .+; see containers-policy\.json\(5\)$/s));

test('the ordinary policy is not refused', () => {
  assert.equal(refusal({ default: [accept] }), '');
  assert.equal(refusal({ default: [signed], transports: { docker: {}, unheard: { 'any scope': [reject] } } }), '');
});
