import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toPackageUrl, withDistribution, type PackageRecord } from './package-record.ts';

for (const [ecosystem, parts, purl] of [
  [
    'deb',
    { name: 'libstdc++6', version: '1:2.3+b1~rc1', qualifiers: { arch: 'amd64' } },
    'pkg:deb/libstdc%2B%2B6@1:2.3%2Bb1~rc1?arch=amd64',
  ],
  [
    'rpm',
    { name: 'NetworkManager', version: '1-2', qualifiers: { epoch: '1', arch: 'x86_64' } },
    'pkg:rpm/NetworkManager@1-2?arch=x86_64&epoch=1',
  ],
  ['pypi', { name: 'Typing_Extensions', version: '4' }, 'pkg:pypi/typing-extensions@4'],
  ['npm', { namespace: '@Babel', name: 'core', version: '7' }, 'pkg:npm/%40babel/core@7'],
  [
    'go',
    { namespace: 'github.com/Masterminds', name: 'semver', version: 'v3+incompatible' },
    'pkg:golang/github.com/masterminds/semver@v3%2Bincompatible',
  ],
  ['maven', { namespace: 'org.Example', name: 'App' }, 'pkg:maven/org.Example/App'],
  ['gem', { name: 'x', version: '', qualifiers: { platform: undefined } }, 'pkg:gem/x'],
] as const)
  test(`package URL of ${ecosystem} ${parts.name}`, () => {
    assert.equal(toPackageUrl(ecosystem, parts), purl);
  });

test('what would change the meaning of a package URL is encoded, bytes that are no text too', () => {
  assert.equal(
    toPackageUrl('cargo', { name: 'a/b@c?d#e%\udcff', version: 'é' }),
    'pkg:cargo/a%2Fb%40c%3Fd%23e%25%FF@%C3%A9',
  );
});

const record: PackageRecord = { ecosystem: 'deb', name: 'a', version: '1', purl: 'pkg:deb/a@1?arch=all' };

test('a distribution completes the package URL of its own packages', () => {
  assert.equal(withDistribution(record, 'debian', '12').purl, 'pkg:deb/debian/a@1?arch=all&distro=debian-12');
  assert.equal(withDistribution({ ...record, purl: 'pkg:deb/a' }, 'debian').purl, 'pkg:deb/debian/a?distro=debian');
});

test('and no other', () => {
  const npm = { ...record, ecosystem: 'npm', purl: 'pkg:npm/a@1' } as const;
  assert.equal(withDistribution(npm, 'debian', '12'), npm);
  assert.equal(withDistribution(record, ''), record);
});
