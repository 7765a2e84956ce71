/** Signatures asked for while images are scanned, through `scan`: decision, exit status, what every format shows. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { VerdictDocument } from '../../src/report/verdict-schema.ts';
import { image, schemaOf, useSignedRegistry } from '../builders/signed-images.ts';

const at = useSignedRegistry();
const { withServer, put, scan } = at;

test('scan asks while it reads: trusted is allowed, untrusted denied, unreachable undecided; without keys nothing changes', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    at.server.put('team/bare', image('two'), '1');
    const validate = await schemaOf('verdict.schema.json');
    const json = async (name: string, flags: Readonly<Record<string, unknown>>) => {
      const { status, text } = await scan(name, { format: 'json', ...flags });
      const document = JSON.parse(text) as VerdictDocument;
      assert.ok(validate(document), JSON.stringify(validate.errors));
      return { status, document };
    };
    const trusted = await json('team/app:1', { keys: [at.key] });
    assert.deepEqual(
      [trusted.status, trusted.document.decision, trusted.document.trust?.outcome],
      [0, 'allow', 'trusted'],
    );
    assert.equal(trusted.document.attestations[0]?.outcome, 'trusted');
    assert.equal(trusted.document.history?.seenBefore, false);

    const bare = await json('team/bare:1', { keys: [at.key] });
    assert.deepEqual([bare.status, bare.document.decision, bare.document.assessment], [1, 'deny', 'clean']);
    assert.match(bare.document.because[0] ?? '', /^not signed by whom/);

    const unasked = await json('team/bare:1', {});
    assert.deepEqual([unasked.status, unasked.document.decision], [0, 'allow']);
    assert.deepEqual(
      [unasked.document.trust, unasked.document.history, unasked.document.attestations],
      [undefined, undefined, []],
    );

    at.server.troubles.push({ on: /\.sig/, how: { kind: 'status', status: 403 } });
    const open = await json('team/app:1', { keys: [at.key] });
    assert.deepEqual([open.status, open.document.decision, open.document.assessment], [3, 'deny', 'incomplete']);
    assert.deepEqual(
      open.document.gaps.map(({ code }) => code),
      ['SIGNATURE_INCONCLUSIVE'],
    );
    const policy = join(at.folder, 'lenient.yaml');
    await writeFile(
      policy,
      'version: 1\nname: p\ngaps: [{ code: SIGNATURE_INCONCLUSIVE, executable: true, then: warn }]\n',
    );
    assert.equal((await json('team/app:1', { keys: [at.key], policy })).status, 0);
  }));

test('a policy may ask for rest since an image was first seen, without any signature', () =>
  withServer(async () => {
    at.server.put('team/app', image('one'), '1');
    const policy = join(at.folder, 'rest.yaml');
    const rule =
      'rules: [{ id: rest, when: \'at - dossier.history.since < duration("72h")\', then: deny, because: New. }]';
    await writeFile(policy, `version: 1\nname: p\n${rule}\n`);
    assert.equal((await scan('team/app:1', { policy })).status, 1);
    const later = new Date(Date.now() + 73 * 3_600_000).toISOString();
    assert.equal((await scan('team/app:1', { policy, at: later })).status, 0);
  }));

test('every format of scan shows who signed', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    at.server.put('team/bare', image('two'), '1');
    for (const format of ['text', 'html', 'sarif', 'junit'])
      for (const [name, word] of [
        ['team/app:1', /verified|trusted/],
        ['team/bare:1', /untrusted/],
      ] as const)
        assert.match((await scan(name, { keys: [at.key], format })).text, word, `${format} ${name}`);
    assert.match((await scan('team/bare:1', { keys: [at.key], format: 'junit' })).text, /<failure[^>]*untrusted/);
  }));
