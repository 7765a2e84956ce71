import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { policyText } from '../../../test/fakes/notation-signer.ts';
import { readNotationFolder } from './read-folder.ts';

const newFolder = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-notation-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'truststore/x509/ca/company/old'), { recursive: true });
  return folder;
};
const store = (folder: string, file: string): string => join(folder, 'truststore/x509/ca/company', file);
const isUnreadable = (thrown: unknown): boolean =>
  isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'NOTATION_FOLDER_UNREADABLE';

test('the policy, and the files of the stores that it names', async (t) => {
  const folder = await newFolder(t);
  await writeFile(join(folder, 'trustpolicy.json'), policyText());
  await writeFile(store(folder, 'b.crt'), 'b');
  await writeFile(store(folder, 'a.pem'), 'a');
  await writeFile(store(folder, 'old/c.pem'), 'c');
  const { policy, stores } = await readNotationFolder(folder);
  assert.equal(policy, policyText());
  assert.deepEqual(
    (stores['ca:company'] ?? []).map((one) => Buffer.from(one).toString()),
    ['a', 'b'],
  );
  assert.deepEqual(Object.keys(stores), ['ca:company']);
});

test('the newer name of the policy counts first; a store that is not there is empty', async (t) => {
  const folder = await newFolder(t);
  await writeFile(join(folder, 'trustpolicy.json'), 'not read');
  await writeFile(join(folder, 'trustpolicy.oci.json'), policyText({ trustStores: ['ca:other'] }));
  assert.deepEqual((await readNotationFolder(folder)).stores, { 'ca:other': [] });
});

test('links are not followed, neither to a policy nor to a store nor to a certificate', async (t) => {
  const folder = await newFolder(t);
  await writeFile(join(folder, 'real'), policyText());
  await symlink(join(folder, 'real'), join(folder, 'trustpolicy.json'));
  await assert.rejects(readNotationFolder(folder), isUnreadable);
  await rm(join(folder, 'trustpolicy.json'));
  await writeFile(join(folder, 'trustpolicy.json'), policyText());
  await symlink(join(folder, 'real'), store(folder, 'a.pem'));
  await assert.rejects(readNotationFolder(folder), isUnreadable);
  await rm(join(folder, 'truststore/x509/ca/company'), { recursive: true });
  await symlink(folder, join(folder, 'truststore/x509/ca/company'));
  await assert.rejects(readNotationFolder(folder), isUnreadable);
});

test('a folder without a policy', async (t) => {
  await assert.rejects(readNotationFolder(await newFolder(t)), isUnreadable);
  await assert.rejects(readNotationFolder('/nonexistent/notation'), isUnreadable);
});
