/** The cases of the public sigstore conformance suite, where they lie beside this repository; each says in its name what is expected. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { carriedRoot } from '../src/trust/cosign/fetch-by-tuf.ts';
import { answerSuite } from './sigstore-conformance.ts';

const cases = join(import.meta.dirname, '../../shared/outside/sigstore/bundle-verify');
const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const isThere = existsSync(cases);
const skip = isThere || required ? false : 'needs the folder ../shared/outside/sigstore';

const signer =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const github = 'https://token.actions.githubusercontent.com';

const textOr = (file: string, otherwise: string): string =>
  existsSync(file) ? readFileSync(file, 'utf8').trim() : otherwise;

/** The arguments, in the order of the protocol, as the suite's README gives them for a case. */
const wordsOf = (name: string): string[] => {
  const file = (part: string): string => join(cases, name, part);
  return [
    'verify-bundle',
    '--bundle',
    file('bundle.sigstore.json'),
    ...(existsSync(file('key.pub'))
      ? ['--key', file('key.pub')]
      : [
          '--certificate-identity',
          textOr(file('identity'), signer),
          '--certificate-oidc-issuer',
          textOr(file('issuer'), github),
        ]),
    ...(existsSync(file('trusted_root.json')) ? ['--trusted-root', file('trusted_root.json')] : []),
    existsSync(file('artifact')) ? file('artifact') : join(cases, 'a.txt'),
  ];
};

describe('the public conformance suite', { skip }, () => {
  const names = isThere
    ? readdirSync(cases, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
    : [];

  test('has its cases here', () => assert.ok(names.length >= 60, `${names.length} cases in ${cases}`));

  for (const name of names)
    test(name, async () => {
      const { status, text } = await answerSuite(wordsOf(name), async () => carriedRoot());
      assert.equal(status === 0 ? 'proven' : 'refused', name.endsWith('_fail') ? 'refused' : 'proven', text);
    });

  test('another identity, issuer or artifact is refused where the right one is proven', async () => {
    const words = wordsOf('happy-path-v0.3');
    const answer = async (change: (words: string[]) => void) => {
      const changed = [...words];
      change(changed);
      return (await answerSuite(changed, async () => carriedRoot())).status;
    };
    assert.equal(await answer(() => undefined), 0);
    for (const position of [4, 6]) assert.equal(await answer((changed) => (changed[position] += 'x')), 1);
    // A part of the identity is another identity.
    assert.equal(await answer((changed) => (changed[4] = signer.slice(0, -1))), 1);
    assert.equal(await answer((changed) => (changed[changed.length - 1] = join(cases, 'README.md'))), 1);
  });

  test('a digest will do for a statement, and not for a signature over the content', async () => {
    const digest = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf';
    const byDigest = (name: string) => answerSuite([...wordsOf(name).slice(0, -1), digest], async () => carriedRoot());
    assert.equal((await byDigest('happy-path-intoto-in-dsse-v3')).status, 0);
    assert.match((await byDigest('happy-path-v0.3')).text, /by a digest alone/);
    assert.equal((await byDigest('wrong-hashedrekord-entry_fail')).status, 1);
  });

  test('the command says it by its exit status', async () => {
    const run = promisify(execFile);
    const command = join(import.meta.dirname, 'sigstore-conformance.ts');
    const good = await run(process.execPath, [command, ...wordsOf('rekor2-happy-path')]);
    assert.match(good.stdout, /^signed by https:/);
    await assert.rejects(
      run(process.execPath, [command, ...wordsOf('intoto-expired-certificate_fail')]),
      ({ code, stderr }: { code: number; stderr: string }) => code === 1 && stderr.startsWith('refused: '),
    );
    await assert.rejects(run(process.execPath, [command, 'sign-bundle']), ({ code }: { code: number }) => code === 2);
  });
});
