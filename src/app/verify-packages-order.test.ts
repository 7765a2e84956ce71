import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimedPackages, inOrder } from './verify-packages-order.ts';

const installed = (name: string, purl: string) => ({ name, version: '1-1', ecosystem: 'deb', purl }) as const;

test('an image says which release it is of, and what is installed', () => {
  const claims = claimedPackages([
    installed('bash', 'pkg:deb/debian/bash@1-1?arch=amd64&distro=debian-12'),
    installed('dash', 'pkg:deb/debian/dash@1-1?arch=all&distro=debian-12'),
    { name: 'left-pad', version: '1.0.0', ecosystem: 'npm', purl: 'pkg:npm/left-pad@1.0.0' },
  ]);
  assert.deepEqual(claims, [
    {
      distribution: 'debian',
      release: '12',
      packages: [
        { name: 'bash', version: '1-1', architecture: 'amd64' },
        { name: 'dash', version: '1-1', architecture: 'all' },
      ],
    },
  ]);
});

test('without os-release there is no distribution to ask', () => {
  const [claim] = claimedPackages([installed('bash', 'pkg:deb/bash@1-1?arch=amd64')]);
  assert.deepEqual([claim?.distribution, claim?.release], ['', '']);
});

test('packages whose files run come first, then the tools that rootkits replace, then other programs', () => {
  const packages = ['aaa', 'apt', 'coreutils', 'nginx'].map((name) => ({ name, version: '1', architecture: 'amd64' }));
  const owned = (name: string) => ({ package: name, ecosystem: 'deb', state: 'matching' }) as const;
  const context = {
    launched: new Set(['usr/sbin/nginx']),
    ownership: new Map([
      ['usr/sbin/nginx', owned('nginx')],
      ['usr/bin/ls', owned('coreutils')],
      ['usr/bin/apt', owned('apt')],
      ['usr/share/a', owned('aaa')],
    ]),
  };
  assert.deepEqual(
    inOrder(packages, context).map(({ name }) => name),
    ['nginx', 'coreutils', 'apt', 'aaa'],
  );
});
