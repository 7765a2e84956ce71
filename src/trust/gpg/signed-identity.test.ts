import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyReference, SignedIdentity } from '../containers-policy.ts';
import { matchesSignedIdentity } from './signed-identity.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const other = `sha256:${'b'.repeat(64)}` as const;
const app = 'registry.example/team/app';
const byTag: PolicyReference = { repository: app, tag: '1' };
const byDigest: PolicyReference = { repository: app, digest };

/** Identity, asked, signed → as containers/image decides. */
const table: readonly (readonly [SignedIdentity, PolicyReference, string, boolean])[] = [
  [{ type: 'matchExact' }, byTag, `${app}:1`, true],
  [{ type: 'matchExact' }, byTag, `${app}:2`, false],
  [{ type: 'matchExact' }, byTag, app, false],
  [{ type: 'matchExact' }, byTag, `${app}@${digest}`, false],
  [{ type: 'matchExact' }, byTag, `${app}:1@${digest}`, false],
  [{ type: 'matchExact' }, byDigest, `${app}@${digest}`, true],
  [{ type: 'matchExact' }, byDigest, `${app}@${other}`, false],
  [{ type: 'matchExact' }, byDigest, `${app}:1`, false],
  [{ type: 'matchExact' }, { repository: 'docker.io/library/nginx', tag: '1' }, 'nginx:1', true],
  [{ type: 'matchExact' }, { repository: 'docker.io/library/nginx', tag: 'latest' }, 'nginx', false],
  [{ type: 'matchExact' }, byTag, `registry.example:443/team/app:1`, false],
  [{ type: 'matchExact' }, byTag, `${app}:1 `, false],
  [{ type: 'matchExact' }, byTag, '', false],
  [{ type: 'matchRepoDigestOrExact' }, byTag, `${app}:1`, true],
  [{ type: 'matchRepoDigestOrExact' }, byTag, `${app}:2`, false],
  [{ type: 'matchRepoDigestOrExact' }, byTag, `${app}@${digest}`, false],
  [{ type: 'matchRepoDigestOrExact' }, byDigest, `${app}:1`, true],
  [{ type: 'matchRepoDigestOrExact' }, byDigest, `${app}@${other}`, true],
  [{ type: 'matchRepoDigestOrExact' }, byDigest, app, false],
  [{ type: 'matchRepoDigestOrExact' }, byDigest, 'registry.example/team/application:1', false],
  [{ type: 'matchRepoDigestOrExact' }, { repository: app }, `${app}:latest`, false],
  [{ type: 'matchRepository' }, byTag, `${app}:2`, true],
  [{ type: 'matchRepository' }, byTag, app, true],
  [{ type: 'matchRepository' }, byTag, 'registry.example/team:1', false],
  [{ type: 'exactReference', dockerReference: 'origin.example/app:1' }, byTag, 'origin.example/app:1', true],
  [{ type: 'exactReference', dockerReference: 'origin.example/app:1' }, byTag, `${app}:1`, false],
  [{ type: 'exactRepository', dockerRepository: 'origin.example/app' }, byTag, 'origin.example/app:7', true],
  [{ type: 'exactRepository', dockerRepository: 'origin.example/app' }, byTag, `${app}:1`, false],
];

const remapped = (prefix: string, signedPrefix: string): SignedIdentity => ({
  type: 'remapIdentity',
  prefix,
  signedPrefix,
});
const remapTable: typeof table = [
  [remapped('registry.example', 'vendor.example/mirror'), byTag, 'vendor.example/mirror/team/app:1', true],
  [remapped('registry.example', 'vendor.example/mirror'), byTag, `${app}:1`, false],
  [remapped('registry.example/team/app', 'vendor.example/x'), byTag, 'vendor.example/x:1', true],
  [remapped('registry.example/team/ap', 'vendor.example/x'), byTag, 'vendor.example/xp:1', false],
  [remapped('other.example', 'vendor.example'), byTag, `${app}:1`, true],
  [remapped('registry.example', 'vendor.example'), byDigest, 'vendor.example/team/app:9', true],
  [remapped('registry.example/team', 'docker.io'), byTag, 'docker.io/library/app:1', false],
];

test('names match as containers/image has it', () => {
  for (const [identity, asked, signed, expected] of [...table, ...remapTable])
    assert.equal(
      matchesSignedIdentity(identity, asked, signed),
      expected,
      `${JSON.stringify(identity)} ${JSON.stringify(asked)} ${signed}`,
    );
});
