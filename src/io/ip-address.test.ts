import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKind, type AddressKind } from './ip-address.ts';

const cases: Readonly<Record<AddressKind, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
  private: [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    'fd00:ec2::254',
    'fec0::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::192.168.1.1',
    '2002:c0a8:101::1',
    '::10.0.0.1',
    '::ffff:0:10.0.0.1',
  ],
  'link-local': [
    '169.254.169.254',
    'fe80::1%eth0',
    '::ffff:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '168.63.129.16',
  ],
  special: [
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '2001:db8::1',
    'ff02::1',
    'not an address',
    '',
  ],
  public: [
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '128.0.0.1',
    '168.63.129.17',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ],
};

for (const [kind, addresses] of Object.entries(cases))
  test(`${kind} addresses are known in every way of writing`, () => {
    for (const address of addresses) assert.equal(addressKind(address), kind, address);
  });

test('a Teredo address shows the client inside it', () => {
  assert.equal(addressKind('2001:0:808:808:0:0:3f57:fefe'), 'private', 'c0a8:0101 inverted');
  assert.equal(addressKind('2001:0:808:808:0:0:f7f7:f7f7'), 'public', '8.8.8.8 inverted');
});
