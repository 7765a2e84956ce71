import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeKey, makeTrustFolder, publicPem } from '../../../test/fakes/trust-folder.ts';
import { isFault } from '../../core/fault.ts';
import type { IdentityPattern } from '../../core/trust.ts';
import { readCommandLineTrust, type CommandLineTrust } from './command-line.ts';
import type { TrustSurroundings } from './trust-draft.ts';

const surroundings: TrustSurroundings = { now: new Date('2026-07-01'), remembers: true, environment: {} };

const refusal = async (given: CommandLineTrust): Promise<string> => {
  try {
    await readCommandLineTrust(given, surroundings);
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse', String(thrown));
    return `${thrown.code} ${thrown.message}`;
  }
  return 'accepted';
};

const issuer: IdentityPattern = { exact: 'https://issuer.example' };
const ann: IdentityPattern = { exact: 'ann@company.example' };

test('keys and an identity are asked of every image, and one of them is enough', async (t) => {
  const pem = publicPem(makeKey().publicKey);
  const folder = makeTrustFolder(t, {
    'a.pub': pem,
    'root.json': '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json"}',
  });
  const { demandFor, kind, findings } = await readCommandLineTrust(
    { keys: [join(folder, 'a.pub')], identity: { subject: ann, issuer }, trustedRoot: join(folder, 'root.json') },
    surroundings,
  );
  assert.deepEqual([kind, findings], ['command-line', []]);
  const demand = demandFor({ repository: 'registry.example/x' });
  assert.deepEqual(demand, demandFor(undefined));
  assert.deepEqual([demand.require, demand.signers.map(({ name }) => name)], [1, ['--key', '--certificate-identity']]);
  const [byKey, byIdentity] = demand.signers.map(({ trust }) => (trust.verifier === 'cosign' ? trust : undefined));
  assert.deepEqual([byKey?.keys, byIdentity?.identities], [[pem], [{ subject: ann, issuer }]]);
  assert.match(byIdentity?.trustedRoot ?? '', /trustedroot/);
});

test('what the linter calls dangerous is refused, and no file could allow it', async () => {
  const open = await refusal({ keys: [], identity: { subject: { pattern: '.*' }, issuer } });
  assert.match(
    open,
    /^TRUST_DANGEROUS the command line: --certificate-identity: it matches anybody .*\(TRUST_ANYBODY\)$/,
  );
  assert.equal(
    await refusal({ keys: [], identity: { subject: { pattern: '^ann@company\\.example$' }, issuer } }),
    'accepted',
  );
});

test('a mistake names its flag', async (t) => {
  const folder = makeTrustFolder(t, { 'k.pem': makeKey().privateKey.export({ type: 'pkcs8', format: 'pem' }) });
  assert.match(await refusal({ keys: ['absent.pub'] }), /^TRUST_INVALID --key: .*no such file/);
  assert.match(await refusal({ keys: [join(folder, 'k.pem')] }), /^TRUST_PRIVATE_KEY --key: /);
  assert.match(await refusal({ keys: [] }), /neither a key nor an identity/);
  assert.match(
    await refusal({ keys: [], identity: { subject: { pattern: '(' }, issuer } }),
    /--certificate-identity-regexp: no pattern/,
  );
  assert.match(
    await refusal({ keys: [], identity: { subject: ann, issuer: { exact: '' } } }),
    /--certificate-oidc-issuer: 1 to/,
  );
});
