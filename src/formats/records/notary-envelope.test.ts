/** Metadata of Notary v1, as real publishers write them and as nobody should. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { mutateJson } from '../../../test/builders/hostile-mutations.ts';
import { describeRecord } from '../../../test/contracts/record.contract.ts';
import { notaryPublisher, notarySigner } from '../../../test/fakes/notary-publisher.ts';
import { isFault } from '../../core/fault.ts';
import { isNotaryFile, parseNotaryEnvelope, type NotaryEnvelope } from './notary-envelope.ts';
import { parseNotaryRoot } from './notary-root.ts';
import { parseNotarySnapshot, parseNotaryTimestamp } from './notary-snapshot.ts';
import { isNotaryDelegation, parseNotaryTargets } from './notary-targets.ts';

const digest = `sha256:${'5a'.repeat(32)}` as const;
const publisher = await notaryPublisher('registry.example/team/app');
publisher.sign('1.0', digest);
publisher.delegate('targets/releases', [notarySigner('ed25519')], { paths: ['1.', '2.'] });
publisher.sign('1.1', digest, 'targets/releases');
publisher.publish();

const bytesOf = (role: string): Buffer => publisher.files.get(`${role}.json`) ?? Buffer.alloc(0);
const parsers: Readonly<Record<string, (envelope: NotaryEnvelope, where: string) => unknown>> = {
  root: parseNotaryRoot,
  snapshot: parseNotarySnapshot,
  timestamp: parseNotaryTimestamp,
  targets: (envelope, where) => parseNotaryTargets(envelope, 'targets', where),
};

const parse = (role: string, bytes: Uint8Array): unknown =>
  parsers[role]?.(parseNotaryEnvelope(bytes, 2 ** 23, role), role);

for (const role of Object.keys(parsers))
  describeRecord({
    name: `Notary ${role}`,
    samples: { [role]: bytesOf(role) },
    parse: (bytes) => parse(role, bytes),
    mutations: 300,
  });

type Json = Record<string, unknown>;

/** What the parser says of the file with another value at `path`; undefined deletes it. '' when it is read. */
const codeOf = (role: string, path: string, value: unknown): string => {
  const document = JSON.parse(bytesOf(role).toString()) as Json;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const parent = names.reduce<Json>((object, name) => object[name] as Json, document);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  try {
    parse(role, Buffer.from(JSON.stringify(document)));
    return '';
  } catch (thrown) {
    assert.ok(isFault(thrown), String(thrown));
    return thrown.code;
  }
};

describe('metadata of Notary', () => {
  test('JSON that was changed in places ends in a value or a Fault', () => {
    for (const role of Object.keys(parsers))
      for (let seed = 1; seed <= 300; seed += 1) {
        const changed = mutateJson(bytesOf(role), seed);
        try {
          parse(role, changed);
        } catch (thrown) {
          assert.ok(isFault(thrown), `${role}, seed ${seed}: ${String(thrown)}`);
        }
      }
  });

  test('what a role needs must be there', () => {
    assert.equal(codeOf('root', 'signed.consistent_snapshot', true), '');
    const wrong: readonly (readonly [role: string, path: string, value: unknown])[] = [
      ['root', 'signed._type', 'Targets'],
      ['root', 'signed.version', 0],
      ['root', 'signed.version', 1.5],
      ['root', 'signed.roles.snapshot', undefined],
      ['root', 'signed.roles.root.threshold', 0],
      ['root', 'signed.roles.root.keyids', ['0'.repeat(64)]],
      ['root', 'signed.keys', { id: { keytype: 'ecdsa', keyval: { public: 'no base64' } } }],
      ['timestamp', 'signed.expires', undefined],
      ['timestamp', 'signed.expires', 'tomorrow'],
      ['timestamp', 'signed.meta.snapshot.hashes.sha256', undefined],
      ['snapshot', 'signed.meta.root', undefined],
      ['snapshot', 'signed.meta.root.hashes.sha256', 'AAAA'],
      ['snapshot', 'signed.meta.root.length', -1],
      ['targets', 'signed.delegations.roles.0.name', 'targets/a/b'],
      ['targets', 'signed.delegations.roles.0.name', 'root'],
      ['targets', 'signed.delegations.roles.0.paths', '1.'],
      ['targets', 'signatures', {}],
      ['targets', 'signatures.0.sig', 'AAA'],
    ];
    for (const [role, path, value] of wrong)
      assert.equal(codeOf(role, path, value), 'NOTARY_METADATA_INVALID', `${role}: ${path}`);
  });

  test('what is optional in Go’s JSON may be missing or null', () => {
    assert.equal(codeOf('targets', 'signed.delegations', undefined), '');
    assert.equal(codeOf('targets', 'signed.delegations', { keys: null, roles: null }), '');
    assert.equal(codeOf('targets', 'signed.delegations.roles.0.paths', undefined), '');
    assert.equal(codeOf('timestamp', 'signed.expires', '2036-11-19T14:36:37.862274708+01:00'), '');
  });

  test('too many of anything is a limit, and so is too deep', () => {
    const many = (count: number): Json =>
      Object.fromEntries(Array.from({ length: count }, (_, number) => [`k${number}`, {}]));
    const list = (length: number): readonly Json[] => Array.from({ length }, () => ({}));
    const tooLarge = 'NOTARY_METADATA_TOO_LARGE';
    assert.equal(codeOf('root', 'signed.keys', many(300)), tooLarge);
    assert.equal(codeOf('snapshot', 'signed.meta', many(5000)), tooLarge);
    assert.equal(codeOf('targets', 'signed.targets', many(100_001)), tooLarge);
    assert.equal(codeOf('targets', 'signed.delegations.roles', list(2000)), tooLarge);
    assert.equal(codeOf('root', 'signatures', list(65)), tooLarge);
    const deep = Buffer.from(`{"signed":${'['.repeat(100)}${']'.repeat(100)},"signatures":[]}`);
    assert.throws(() => parse('root', deep), { code: tooLarge });
  });

  test('a name that occurs twice has two meanings', () => {
    const text = bytesOf('timestamp').toString().replace('"version":', '"version":9,"version":');
    assert.throws(() => parse('timestamp', Buffer.from(text)), { code: 'NOTARY_METADATA_AMBIGUOUS' });
  });

  test('tags may be called like members of every object', () => {
    const document = bytesOf('targets').toString().replace('"1.0"', '"__proto__"');
    const { targets } = parseNotaryTargets(parseNotaryEnvelope(Buffer.from(document), 2 ** 20, 'x'), 'targets', 'x');
    assert.equal(targets.get('__proto__')?.sha256, '5a'.repeat(32));
    assert.equal(targets.get('constructor'), undefined);
  });

  test('a file is what every digest that is named says', () => {
    const bytes = Buffer.from('content');
    const hash = (name: string): string => createHash(name).update(bytes).digest('hex');
    const [sha256, sha512] = [hash('sha256'), hash('sha512')];
    assert.ok(isNotaryFile(bytes, { length: 7, sha256, sha512 }));
    assert.ok(!isNotaryFile(bytes, { length: 7, sha256, sha512: sha512.replace(/^./, 'x') }));
    assert.ok(!isNotaryFile(bytes, { length: 7, sha512 }), 'sha256 is asked for');
  });

  test('a delegation’s name leads out of no folder', () => {
    for (const name of ['targets/releases', 'targets/a_b/c-d/e1']) assert.ok(isNotaryDelegation(name), name);
    for (const name of [
      'targets',
      'targets/',
      'targets/..',
      'targets//a',
      'targets/A',
      'root/a',
      `targets/${'a'.repeat(250)}`,
    ])
      assert.ok(!isNotaryDelegation(name), name);
  });
});
