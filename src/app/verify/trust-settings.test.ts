import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { resolveSettings } from '../settings.ts';
import { lintTrustOf, readTrustSettings } from './trust-settings.ts';

const now = (): Date => new Date('2026-07-01');

const written = async (t: TestContext, trust: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-trust-settings-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'trust.yaml');
  await writeFile(
    file,
    `schema: tidewaiter/trust/v1
references:
  - name: hub
    match: docker://docker.io/library/*
    signers: [{ name: docker, dockerContentTrust: ${trust} }]
`,
  );
  await writeFile(join(folder, 'no-folder'), '');
  const state = (name: string) => ({ now, environment: { XDG_STATE_HOME: join(folder, name) } });
  return { folder, file, nowhere: state('no-folder'), somewhere: state('state') };
};

test('first use is refused where nothing can be kept, and accepted where it can', async (t) => {
  const { file, nowhere, somewhere } = await written(t, '{}');
  const settings = resolveSettings({ flags: { trust: file }, environment: {}, file: {}, fileName: 'tidewaiter.yaml' });
  await assert.rejects(
    readTrustSettings(settings, nowhere),
    (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.message.includes('TRUST_FIRST_USE_FORGOTTEN'),
  );
  assert.equal(
    (await readTrustSettings(settings, somewhere)).demandFor({ repository: 'docker.io/library/nginx' }).ask,
    'signatures',
  );
  assert.deepEqual(
    (await lintTrustOf(file, nowhere)).map(({ code }) => code),
    ['TRUST_FIRST_USE_FORGOTTEN'],
  );
  assert.deepEqual(await lintTrustOf(file, somewhere), []);
});

test('where roots are pinned nothing need be kept, and no folder is made by looking', async (t) => {
  const { folder, file, nowhere, somewhere } = await written(t, `{ roots: [${'a'.repeat(64)}] }`);
  assert.deepEqual(await lintTrustOf(file, nowhere), []);
  assert.deepEqual(await lintTrustOf(file, somewhere), []);
  assert.equal(existsSync(join(folder, 'state')), false);
});
