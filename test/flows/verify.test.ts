/** Images in a registry and in layouts, signed by real keys and identities, through `verify`: text, JSON and exit status. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { lintTrustFile } from '../../src/cli/lint-trust.ts';
import { verifyReferences } from '../../src/cli/verify-references.ts';
import { isFault } from '../../src/core/fault.ts';
import { parseReference } from '../../src/core/reference.ts';
import { buildImage, buildIndex } from '../../src/image/oci-layout-writer.ts';
import { ociLayout } from '../../src/image/sources/oci-layout.ts';
import type { VerificationDocument } from '../../src/report/verification-schema.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import {
  image,
  issuer,
  keylessOf,
  ours,
  schemaOf,
  signatureOf,
  signatureTag,
  strangers,
  subject,
  useSignedRegistry,
} from '../builders/signed-images.ts';
import { keyPem, startFakeSigstore } from '../fakes/sigstore-authorities.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';

const at = useSignedRegistry();
const { withServer, put, command, verify, writeLayout } = at;

test('signed by the key: trusted, with who and what was looked for; the tag is resolved once', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    const { status, text } = await verify(['team/app:1']);
    assert.equal(status, 0, text);
    assert.match(text, new RegExp(`^TRUSTED  docker://${at.server.host}/team/app:1@${image('one').manifestDigest}`));
    assert.match(text, /verified/);
    assert.match(text, /found +/);
    assert.equal(at.server.asked().filter((line) => line.endsWith('/manifests/1')).length, 1);
  }));

test('signed by a stranger, or not at all: untrusted, with what was found and where it was looked for', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1', strangers);
    const other = await verify(['team/app:1']);
    assert.equal(other.status, 1);
    assert.match(other.text, /^UNTRUSTED .*other-signer/s);
    at.server.put('team/bare', image('two'), '1');
    const bare = await verify(['team/bare:1']);
    assert.equal(bare.status, 1);
    assert.match(bare.text, /\(absent\)/);
    assert.match(bare.text, /absent +the tag sha256-[0-9a-f]+….sig|absent +/);
    assert.match(bare.text, /Nothing that looks like a signature lies beside it/);
  }));

test('a registry that does not answer for the signature is inconclusive, never untrusted', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    at.server.troubles.push({ on: /\.sig/, how: { kind: 'status', status: 403 } });
    const { status, text } = await verify(['team/app:1']);
    assert.equal(status, 3, text);
    assert.match(text, /^INCONCLUSIVE/);
    assert.match(text, /unreachable/);
  }));

test('an image that cannot be had is inconclusive; of several the worst counts, untrusted before inconclusive', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    at.server.put('team/bare', image('two'), '1');
    const gone = await verify(['team/gone:1']);
    assert.equal(gone.status, 3);
    assert.match(gone.text, /INCONCLUSIVE .*team\/gone:1.*could not be had/s);
    assert.equal((await verify(['team/app:1', 'team/gone:1'])).status, 3);
    assert.equal((await verify(['team/gone:1', 'team/bare:1', 'team/app:1'])).status, 1);
  }));

test('with nobody named it is misuse that says what to write, and shows what lies there', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    let shown = '';
    const asked = command(async (settings, terminal) => {
      const print = async (text: string): Promise<void> => void (shown += text);
      return verifyReferences([`${at.server.host}/team/app:1`], settings, { ...terminal, print });
    }, {});
    await assert.rejects(
      asked,
      (thrown) => isFault(thrown) && thrown.kind === 'misuse' && /--key FILE/.test(thrown.message),
    );
    assert.match(shown, /^NOT ASKED/);
    assert.match(shown, /1 cosign signature: tag sha256-/);
    assert.match(shown, /to have it checked, cosign: --key FILE/);
  }));

test('the JSON follows its schema: trusted, untrusted, inconclusive, and several at once', () =>
  withServer(async () => {
    const validate = await schemaOf('verify.schema.json');
    await put('team/app', image('one'), '1');
    at.server.put('team/bare', image('two'), '1');
    const flags = { keys: [at.key], format: 'json', at: '2026-01-02T03:04:05Z' };
    for (const [name, status, outcome] of [
      ['team/app:1', 0, 'trusted'],
      ['team/bare:1', 1, 'untrusted'],
      ['team/gone:1', 3, 'inconclusive'],
    ] as const) {
      const said = await verify([name], flags);
      assert.equal(said.status, status, name);
      const document = JSON.parse(said.text) as VerificationDocument;
      assert.ok(validate(document), JSON.stringify(validate.errors));
      assert.equal(document.outcome, outcome);
      assert.equal(document.at, '2026-01-02T03:04:05.000Z');
      assert.equal(
        document.attestations.every(({ digest }) => digest === document.digest),
        true,
      );
    }
    const all = JSON.parse((await verify(['team/app:1', 'team/bare:1'], flags)).text) as unknown;
    assert.ok(Array.isArray(all) && all.length === 2 && validate(all));
  }));

test('a registry that gives other bytes than the digest names is untrusted, whoever signed those bytes', () =>
  withServer(async () => {
    const [asked, given] = [image('asked'), image('given')];
    at.server.put('team/app', asked, '1');
    await put('team/app', given, '2');
    const swap = { kind: 'redirect', to: `/v2/team/app/manifests/${given.manifestDigest}` } as const;
    at.server.troubles.push({ on: new RegExp(`manifests/${asked.manifestDigest}$`), how: swap });
    assert.equal((await verify(['team/app:2'])).status, 0);
    const { status, text } = await verify([`team/app@${asked.manifestDigest}`]);
    assert.equal(status, 1, text);
    assert.match(text, /The manifest is not the one that its digest names/);
  }));

test('a signature of the index covers the platform that was chosen from it', () =>
  withServer(async () => {
    const arm = buildImage({
      layers: [{ entries: [{ path: 'f', content: 'arm' }] }],
      config: { architecture: 'arm64' },
    });
    await put('team/app', buildIndex([{ image: image('amd') }, { image: arm }]), '1');
    for (const platform of ['linux/amd64', 'linux/arm64'])
      assert.equal((await verify(['team/app:1'], { keys: [at.key], platform })).status, 0, platform);
  }));

test('a layout is verified from its own files, offline', () =>
  withServer(async () => {
    const app = image('one');
    const reference = await writeLayout('layout', app, await signatureOf(app), signatureTag(app));
    const flags = { keys: [at.key], offline: true };
    const said = await command((settings, terminal) => verifyReferences([reference], settings, terminal), flags);
    assert.equal(said.status, 0, said.text);
    assert.deepEqual(at.server.asked(), []);
  }));

test('what changed since it was last seen is told: a moved tag, a lost signature, another signer', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    assert.match((await verify(['team/app:1'])).text, /never seen here before/);
    assert.match((await verify(['team/app:1'])).text, /first seen here on/);
    at.server.put('team/app', image('two'), '1');
    const moved = await verify(['team/app:1']);
    assert.equal(moved.status, 1);
    assert.match(moved.text, /the tag named sha256:[0-9a-f]{12} before/);
    assert.match(moved.text, /was signed before, and no signature that is trusted is found now/);
    const theirs = join(at.folder, 'theirs.pub');
    await writeFile(theirs, keyPem(strangers), { mode: 0o600 });
    await put('team/app', image('three'), '1', strangers);
    const changed = await verify(['team/app:1'], { keys: [theirs] });
    assert.equal(changed.status, 0, changed.text);
    assert.match(changed.text, /signed by somebody else than images of this repository before/);
  }));

test('a trust file says who must have signed which images; its linter says what is dangerous in it', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    const file = join(at.folder, 'trust.yaml');
    const lint = () => command((settings, terminal) => lintTrustFile(file, settings, terminal), {});
    await writeFile(
      file,
      [
        'schema: tidewaiter/trust/v1',
        'default: refuse',
        'references:',
        '  - name: ours',
        `    match: ["docker://${at.server.host}/team/**"]`,
        '    signers: [{ name: release, cosign: { key: ours.pub } }]',
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    const linted = await lint();
    assert.equal(linted.status, 0, linted.text);
    const { status, text } = await verify(['team/app:1'], { trust: file });
    assert.equal(status, 0, text);
    assert.match(text, /release \(cosign\): trusted/);
    at.server.put('other/app', image('one'), '1');
    const refused = await verify(['other/app:1'], { trust: file });
    assert.equal(refused.status, 1);
    assert.match(refused.text, /refuses/);
    await writeFile(file, 'schema: tidewaiter/trust/v1\nreferences: []\nfoo: 1\n', { mode: 0o600 });
    assert.equal((await lint()).status, 1);
  }));

test('by identity, offline, with a trusted root of one’s own: the right name, another name, another issuer', async () => {
  const sigstore = await startFakeSigstore();
  const root = join(at.folder, 'root.json');
  await writeFile(root, sigstore.trustedRoot(), { mode: 0o600 });
  const reference = await writeLayout(
    'keyless',
    image('k'),
    await keylessOf(image('k'), sigstore),
    signatureTag(image('k')),
  );
  const ask = (flags: Readonly<Record<string, unknown>>) =>
    command((settings, terminal) => verifyReferences([reference], settings, terminal), {
      trustedRoot: root,
      offline: true,
      certificateIdentity: subject,
      certificateIssuer: issuer,
      ...flags,
    });
  const right = await ask({});
  assert.equal(right.status, 0, right.text);
  assert.match(right.text, /release\.yml@refs\/tags\/v1/);
  assert.match(right.text, /proven to be there since/);
  assert.equal((await ask({ certificateIdentity: subject.replace('v1', 'v2') })).status, 1);
  assert.equal((await ask({ certificateIssuer: 'https://other.example' })).status, 1);
  await assert.rejects(
    ask({ certificateIdentity: undefined, certificateIdentityPattern: '.*' }),
    (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'TRUST_DANGEROUS',
  );
});

test('a signature costs less than 50 milliseconds once the root is at hand', async (t) => {
  const sigstore = await startFakeSigstore();
  const app = image('fast');
  const reference = parseReference(await writeLayout('fast', app, await keylessOf(app, sigstore), signatureTag(app)));
  const trust = {
    verifier: 'cosign',
    identities: [{ subject: { exact: subject }, issuer: { exact: issuer } }],
    trustedRoot: sigstore.trustedRoot(),
    claim: 'digest',
  } as const;
  const context = fakeTrustContext({ network: { offline: true } });
  const times: number[] = [];
  for (let time = 0; time < 15; time += 1) {
    // A new image each time: nothing of it was read before.
    const [opened] = await ociLayout.resolve(reference, { all: true }, context);
    assert.ok(opened?.repository !== undefined);
    const begun = performance.now();
    const [answer] = await cosign.verify({ digest: app.manifestDigest, repository: opened.repository }, trust, context);
    times.push(performance.now() - begun);
    assert.equal(answer?.outcome, 'trusted', answer?.reason);
    await opened[Symbol.asyncDispose]();
  }
  // The quickest: what it costs when nobody else wants the processor.
  const least = Math.min(...times);
  t.diagnostic(`at best ${least.toFixed(1)} ms, first ${times[0]?.toFixed(1)} ms`);
  assert.ok(least < 50, `${least} ms`);
});

test('what is written wrongly is misuse, and one line says what to change', async () => {
  const secret = join(at.folder, 'secret.pem');
  await writeFile(secret, ours.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const entry = join(import.meta.dirname, '../../src/cli/main.ts');
  const complaintOf = async (...words: readonly string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: at.folder, XDG_STATE_HOME: join(at.folder, 'state-misuse') };
    const options = { cwd: at.folder, env, timeout: 30_000 };
    try {
      await promisify(execFile)(process.execPath, [entry, 'verify', ...words], options);
      return '0';
    } catch (thrown) {
      const { code, stderr } = thrown as { readonly code: number; readonly stderr: string };
      return `${code} ${stderr}`;
    }
  };
  for (const [words, complaint] of [
    [[], /^2 .*verify needs a reference/],
    [['--format', 'sarif', 'nginx'], /^2 .*text, json/],
    [['--lint', 'trust.yaml', 'nginx'], /^2 .*leave the references out/],
    [['--key', 'nowhere.pub', 'nginx'], /^2 .*--key: .*nowhere\.pub/],
    [['--key', 'secret.pem', 'nginx'], /^2 .*private key/],
    [['--certificate-identity', 'me@corp.example', 'nginx'], /^2 .*--certificate-oidc-issuer/],
    [['--key', 'ours.pub', '--trust', 'trust.yaml', 'nginx'], /^2 .*--trust: says who/],
    [['--key', 'ours.pub', 'Not A Name'], /^2 .*cannot read the reference/],
  ] as const) {
    const said = await complaintOf(...words);
    assert.match(said, complaint, words.join(' '));
    assert.doesNotMatch(said, /PRIVATE KEY-----|at .*\.ts:\d/, words.join(' '));
  }
});
