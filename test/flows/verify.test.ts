/** Images in a registry, signed by real keys, through the commands `verify` and `scan`: report, JSON and exit status. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import Ajv from 'ajv/dist/2020.js';
import { resolveSettings, type Settings } from '../../src/app/settings.ts';
import { lintTrustFile } from '../../src/cli/lint-trust.ts';
import { scanReferences } from '../../src/cli/scan-references.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { verifyReferences } from '../../src/cli/verify-references.ts';
import { isFault } from '../../src/core/fault.ts';
import { parseReference } from '../../src/core/reference.ts';
import { digestOf } from '../../src/image/digest-mismatch.ts';
import { buildImage, buildIndex, writeOciLayout, type Built } from '../../src/image/oci-layout-writer.ts';
import { ociLayout } from '../../src/image/sources/oci-layout.ts';
import type { VerdictDocument } from '../../src/report/verdict-schema.ts';
import type { VerificationDocument } from '../../src/report/verification-schema.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { startFakeRegistry, type FakeRegistry } from '../fakes/registry.ts';
import { ecKeys, keyPem, startFakeSigstore, type FakeSigstore } from '../fakes/sigstore-authorities.ts';
import { classicAnnotations, cosignPayload } from '../fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';

const ours = ecKeys();
const strangers = ecKeys();
const image = (content: string) => buildImage({ layers: [{ entries: [{ path: 'etc/motd', content }] }] });

interface Evidence {
  readonly certificate?: Uint8Array;
  readonly proofs?: Parameters<typeof classicAnnotations>[2];
}

/** A signature as cosign pushes it: an image whose layers are the signed payloads. */
const signatureOf = async (signed: Built, keys = ours, how: Evidence = {}): Promise<Built> => {
  const payload = cosignPayload(signed.manifestDigest);
  const { certificate, proofs } = how;
  const signer = { keys, ...(certificate === undefined ? {} : { certificate }) };
  const annotations = await classicAnnotations(signer, payload, proofs);
  const config = Buffer.from('{}');
  const type = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: { mediaType: `${type}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: [
        {
          mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
          digest: digestOf(payload),
          size: payload.length,
          annotations,
        },
      ],
    }),
  );
  const blobs = new Map([config, payload, manifest].map((bytes) => [digestOf(bytes), bytes]));
  return { mediaType: `${type}.manifest.v1+json`, manifestDigest: digestOf(manifest), manifest, blobs };
};

const signatureTag = ({ manifestDigest }: Built): string => `${manifestDigest.replace(':', '-')}.sig`;

let folder = '';
let server: FakeRegistry;
let key = '';
let run = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-verify-'));
  key = join(folder, 'ours.pub');
  await writeFile(key, keyPem(ours), { mode: 0o600 });
});
after(() => rm(folder, { recursive: true }));
beforeEach(() => {
  run += 1;
});

const withServer = async (work: () => Promise<void>): Promise<void> => {
  server = await startFakeRegistry();
  try {
    await work();
  } finally {
    await server[Symbol.asyncDispose]();
  }
};

const put = async (repository: string, what: Built, tag: string, signedBy = ours): Promise<void> => {
  server.put(repository, what, tag);
  server.put(repository, await signatureOf(what, signedBy), signatureTag(what));
};

interface Said {
  readonly status: number;
  readonly text: string;
  readonly complaints: string;
}

/** Its own state folder for each test; the same one for the commands of one test. */
const command = async (
  work: (settings: Settings, terminal: Terminal) => Promise<number>,
  flags: Readonly<Record<string, unknown>>,
): Promise<Said> => {
  const environment = {
    HOME: folder,
    XDG_STATE_HOME: join(folder, `state-${run}`),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const settings = resolveSettings({ flags, environment: {}, file: {}, fileName: '' });
  const said = { text: '', complaints: '' };
  const terminal: Terminal = {
    environment,
    isInteractive: false,
    showsProgress: false,
    colour: false,
    width: 120,
    print: async (text) => void (said.text += text),
    complain: (text) => void (said.complaints += `${text}\n`),
    errorStream: process.stderr,
    signal: new AbortController().signal,
  };
  return { status: await work(settings, terminal), ...said };
};

const verify = (names: readonly string[], flags: Readonly<Record<string, unknown>> = { keys: [key] }): Promise<Said> =>
  command(
    (settings, terminal) =>
      verifyReferences(
        names.map((name) => `${server.host}/${name}`),
        settings,
        terminal,
      ),
    flags,
  );

const scan = (name: string, flags: Readonly<Record<string, unknown>>): Promise<Said> =>
  command((settings, terminal) => scanReferences([`${server.host}/${name}`], settings, terminal), {
    cores: 1,
    defaultRules: false,
    ...flags,
  });

const validator = async (file: string) =>
  new Ajv.default({ strict: false }).compile(
    JSON.parse(await readFile(join(import.meta.dirname, '../../schemas', file), 'utf8')) as object,
  );

test('signed by the key: trusted, with who and what was looked for; the tag is resolved once', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    const { status, text } = await verify(['team/app:1']);
    assert.equal(status, 0, text);
    assert.match(text, new RegExp(`^TRUSTED  docker://${server.host}/team/app:1@${image('one').manifestDigest}`));
    assert.match(text, /verified/);
    assert.match(text, /found +/);
    assert.equal(server.asked().filter((line) => line.endsWith('/manifests/1')).length, 1);
  }));

test('signed by a stranger, or not at all: untrusted, with what was found and where it was looked for', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1', strangers);
    const other = await verify(['team/app:1']);
    assert.equal(other.status, 1);
    assert.match(other.text, /^UNTRUSTED .*other-signer/s);
    server.put('team/bare', image('two'), '1');
    const bare = await verify(['team/bare:1']);
    assert.equal(bare.status, 1);
    assert.match(bare.text, /\(absent\)/);
    assert.match(bare.text, /absent +the tag sha256-[0-9a-f]+….sig|absent +/);
    assert.match(bare.text, /Nothing that looks like a signature lies beside it/);
  }));

test('a registry that does not answer for the signature is inconclusive, never untrusted', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    server.troubles.push({ on: /\.sig/, how: { kind: 'status', status: 403 } });
    const { status, text } = await verify(['team/app:1']);
    assert.equal(status, 3, text);
    assert.match(text, /^INCONCLUSIVE/);
    assert.match(text, /unreachable/);
  }));

test('an image that cannot be had is inconclusive; of several the worst counts, untrusted before inconclusive', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    server.put('team/bare', image('two'), '1');
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
      return verifyReferences([`${server.host}/team/app:1`], settings, { ...terminal, print });
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
    const validate = await validator('verify.schema.json');
    await put('team/app', image('one'), '1');
    server.put('team/bare', image('two'), '1');
    const flags = { keys: [key], format: 'json', at: '2026-01-02T03:04:05Z' };
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
    server.put('team/app', asked, '1');
    await put('team/app', given, '2');
    const swap = { kind: 'redirect', to: `/v2/team/app/manifests/${given.manifestDigest}` } as const;
    server.troubles.push({ on: new RegExp(`manifests/${asked.manifestDigest}$`), how: swap });
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
      assert.equal((await verify(['team/app:1'], { keys: [key], platform })).status, 0, platform);
  }));

test('a layout is verified from its own files, offline', () =>
  withServer(async () => {
    const app = image('one');
    const reference = await writeLayout('layout', app, await signatureOf(app), signatureTag(app));
    const flags = { keys: [key], offline: true };
    const said = await command((settings, terminal) => verifyReferences([reference], settings, terminal), flags);
    assert.equal(said.status, 0, said.text);
    assert.deepEqual(server.asked(), []);
  }));

test('what changed since it was last seen is told: a moved tag, a lost signature, another signer', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    assert.match((await verify(['team/app:1'])).text, /never seen here before/);
    assert.match((await verify(['team/app:1'])).text, /first seen here on/);
    server.put('team/app', image('two'), '1');
    const moved = await verify(['team/app:1']);
    assert.equal(moved.status, 1);
    assert.match(moved.text, /the tag named sha256:[0-9a-f]{12} before/);
    assert.match(moved.text, /was signed before, and no signature that is trusted is found now/);
    const theirs = join(folder, 'theirs.pub');
    await writeFile(theirs, keyPem(strangers), { mode: 0o600 });
    await put('team/app', image('three'), '1', strangers);
    const changed = await verify(['team/app:1'], { keys: [theirs] });
    assert.equal(changed.status, 0, changed.text);
    assert.match(changed.text, /signed by somebody else than images of this repository before/);
  }));

test('scan asks while it reads: trusted is allowed, untrusted denied, unreachable undecided; without keys nothing changes', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    server.put('team/bare', image('two'), '1');
    const validate = await validator('verdict.schema.json');
    const json = async (name: string, flags: Readonly<Record<string, unknown>>) => {
      const { status, text } = await scan(name, { format: 'json', ...flags });
      const document = JSON.parse(text) as VerdictDocument;
      assert.ok(validate(document), JSON.stringify(validate.errors));
      return { status, document };
    };
    const trusted = await json('team/app:1', { keys: [key] });
    assert.deepEqual(
      [trusted.status, trusted.document.decision, trusted.document.trust?.outcome],
      [0, 'allow', 'trusted'],
    );
    assert.equal(trusted.document.attestations[0]?.outcome, 'trusted');
    assert.equal(trusted.document.history?.seenBefore, false);

    const bare = await json('team/bare:1', { keys: [key] });
    assert.deepEqual([bare.status, bare.document.decision, bare.document.assessment], [1, 'deny', 'clean']);
    assert.match(bare.document.because[0] ?? '', /^not signed by whom/);

    const unasked = await json('team/bare:1', {});
    assert.deepEqual([unasked.status, unasked.document.decision], [0, 'allow']);
    assert.deepEqual(
      [unasked.document.trust, unasked.document.history, unasked.document.attestations],
      [undefined, undefined, []],
    );

    server.troubles.push({ on: /\.sig/, how: { kind: 'status', status: 403 } });
    const open = await json('team/app:1', { keys: [key] });
    assert.deepEqual([open.status, open.document.decision, open.document.assessment], [3, 'deny', 'incomplete']);
    assert.deepEqual(
      open.document.gaps.map(({ code }) => code),
      ['SIGNATURE_INCONCLUSIVE'],
    );
    const policy = join(folder, 'lenient.yaml');
    await writeFile(
      policy,
      'version: 1\nname: p\ngaps: [{ code: SIGNATURE_INCONCLUSIVE, executable: true, then: warn }]\n',
    );
    assert.equal((await json('team/app:1', { keys: [key], policy })).status, 0);
  }));

test('a policy may ask for rest since an image was first seen, without any signature', () =>
  withServer(async () => {
    server.put('team/app', image('one'), '1');
    const policy = join(folder, 'rest.yaml');
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
    server.put('team/bare', image('two'), '1');
    for (const format of ['text', 'html', 'sarif', 'junit'])
      for (const [name, word] of [
        ['team/app:1', /verified|trusted/],
        ['team/bare:1', /untrusted/],
      ] as const)
        assert.match((await scan(name, { keys: [key], format })).text, word, `${format} ${name}`);
    assert.match((await scan('team/bare:1', { keys: [key], format: 'junit' })).text, /<failure[^>]*untrusted/);
  }));

test('a trust file says who must have signed which images; its linter says what is dangerous in it', () =>
  withServer(async () => {
    await put('team/app', image('one'), '1');
    const file = join(folder, 'trust.yaml');
    const lint = () => command((settings, terminal) => lintTrustFile(file, settings, terminal), {});
    await writeFile(
      file,
      [
        'schema: tidewaiter/trust/v1',
        'default: refuse',
        'references:',
        '  - name: ours',
        `    match: ["docker://${server.host}/team/**"]`,
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
    server.put('other/app', image('one'), '1');
    const refused = await verify(['other/app:1'], { trust: file });
    assert.equal(refused.status, 1);
    assert.match(refused.text, /refuses/);
    await writeFile(file, 'schema: tidewaiter/trust/v1\nreferences: []\nfoo: 1\n', { mode: 0o600 });
    assert.equal((await lint()).status, 1);
  }));

/** A layout with an image and what lies beside it, as its own files. */
const writeLayout = async (name: string, app: Built, companion: Built, tag: string): Promise<string> => {
  const layout = join(folder, name);
  for (const one of [companion, app]) await writeOciLayout(layout, one);
  const entry = ({ mediaType, manifestDigest, manifest }: Built, refName: string) => ({
    mediaType,
    digest: manifestDigest,
    size: manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': refName },
  });
  const manifests = [entry(app, '1'), entry(companion, tag)];
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return `oci:${layout}:1`;
};

const subject = 'https://forge.example/team/app/.workflows/release.yml@refs/tags/v1';
const issuer = 'https://login.forge.example';

/** A signature without a key, proven by a log, as classic cosign pushes it. */
const keylessOf = async (signed: Built, sigstore: FakeSigstore): Promise<Built> => {
  const keys = ecKeys();
  const certificate = await sigstore.certify(keys, { subject, issuer });
  return signatureOf(signed, keys, { certificate, proofs: { sigstore, log: 1 } });
};

test('by identity, offline, with a trusted root of one’s own: the right name, another name, another issuer', async () => {
  const sigstore = await startFakeSigstore();
  const root = join(folder, 'root.json');
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
  const [median = Infinity] = times.toSorted((one, other) => one - other).slice(7);
  t.diagnostic(`median ${median.toFixed(1)} ms, first ${times[0]?.toFixed(1)} ms`);
  assert.ok(median < 50, `${median} ms`);
});

test('what is written wrongly is misuse, and one line says what to change', async () => {
  const secret = join(folder, 'secret.pem');
  await writeFile(secret, ours.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const entry = join(import.meta.dirname, '../../src/cli/main.ts');
  const complaintOf = async (...words: readonly string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: folder, XDG_STATE_HOME: join(folder, 'state-misuse') };
    const options = { cwd: folder, env, timeout: 30_000 };
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
    [['--format', 'sarif', 'nginx'], /^2 .*text or json/],
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
