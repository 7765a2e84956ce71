import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadMachineImagePublishers, machineImageResemblance, type NamedMachineImage } from './machine-image.ts';

const publishers = loadMachineImagePublishers({
  builtIn: join(import.meta.dirname, '../../../rules'),
  added: [],
});

const stranger = '999999999999';
const table: readonly (readonly [string, NamedMachineImage, string | undefined])[] = [
  [
    'Ubuntu of a stranger',
    { cloud: 'aws', name: 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20991231', owner: stranger },
    'Canonical',
  ],
  [
    'Ubuntu of Canonical',
    { cloud: 'aws', name: 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251231', owner: '099720109477' },
    undefined,
  ],
  [
    'Ubuntu in the marketplace',
    { cloud: 'aws', name: 'ubuntu/images/x', owner: '679593333241', ownerAlias: 'aws-marketplace' },
    undefined,
  ],
  ['letters that look alike', { cloud: 'aws', name: 'ubuntu/lmages/x', owner: stranger }, 'Canonical'],
  ['a name in other case', { cloud: 'aws', name: 'AL2023-AMI-2023.6-x86_64', owner: stranger }, 'Amazon'],
  ['a name of its own', { cloud: 'aws', name: 'app-on-ubuntu-2026', owner: stranger }, undefined],
  ['debian by somebody, named otherwise', { cloud: 'aws', name: 'debian-base', owner: stranger }, undefined],
  ['nobody knows whose', { cloud: 'aws', name: 'ubuntu/images/x' }, undefined],
  [
    'an image of Google Cloud of a stranger',
    { cloud: 'gcp', name: 'debian-12-bookworm-v20260101', owner: 'team-images' },
    'Debian',
  ],
  ['of Debian', { cloud: 'gcp', name: 'debian-12-bookworm-v20260101', owner: 'debian-cloud' }, undefined],
  ['a project like another', { cloud: 'gcp', name: 'base', owner: 'debain-cloud' }, 'debian-cloud'],
  ['a publisher like another', { cloud: 'azure', owner: 'Canonica1' }, 'canonical'],
  ['the publisher itself', { cloud: 'azure', owner: 'Canonical' }, undefined],
  ['a subscription', { cloud: 'azure', owner: '00000000-0000-4000-8000-000000000001', name: 'app' }, undefined],
];
for (const [what, image, expected] of table)
  test(`${what} is ${expected === undefined ? 'no lookalike' : `like ${expected}`}`, () => {
    assert.equal(machineImageResemblance(image, publishers), expected);
  });

test('no known owner resembles another, and names are of any length', () => {
  for (const { owners } of publishers)
    for (const cloud of ['aws', 'gcp', 'azure'] as const)
      for (const owner of owners[cloud])
        assert.equal(machineImageResemblance({ cloud, owner, name: 'x' }, publishers), undefined, owner);
  assert.equal(
    machineImageResemblance({ cloud: 'aws', owner: stranger, name: 'x'.repeat(1e6) }, publishers),
    undefined,
  );
});

test('without the built-in rules nothing is known', () => {
  assert.deepEqual(loadMachineImagePublishers({ added: [] }), []);
});
