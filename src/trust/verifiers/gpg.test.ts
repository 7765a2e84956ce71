/** The steps around gpgv, with a stand-in for it that says what real ones say. Real signatures: test/integration/gpg.test.ts. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fakeTrustContext, type FakeTrustContextOptions } from '../../../test/fakes/trust-memory.ts';
import type { Attestation } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';
import type { GpgTrust, SignatureSubject } from '../../core/trust.ts';
import { gpg } from './gpg.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-gpg-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const digest = `sha256:${'a'.repeat(64)}` as const;
const index = `sha256:${'b'.repeat(64)}` as const;
const app = 'registry.example/team/app';
const key = '90F3311B0A3DAF8B444A25CB58A5AAFD6AA917FD';
const keyring = Buffer.from([0x98, 0x33, 0x04]);

const payloadOf = (name = `${app}:1`, of: string = digest): string =>
  JSON.stringify({
    critical: {
      identity: { 'docker-reference': name },
      image: { 'docker-manifest-digest': of },
      type: 'atomic container signature',
    },
    optional: { creator: 'a test', timestamp: 1_795_357_214 },
  });

const valid = `VALIDSIG ${key} 2026-11-22 1795357214 1795443614 4 0 22 8 00 ${key}`;
const good = ['PLAINTEXT 62 1 p', 'NEWSIG', `GOODSIG ${key.slice(-16)} Me`, valid];

/** A stand-in's message: the byte that every OpenPGP message begins with, what the program will say, what it will give out. */
const message = (lines: readonly string[], payload: string): Buffer =>
  Buffer.concat([
    Buffer.from([0xa3, 10]),
    Buffer.from(`${lines.map((line) => `[GNUPG:] ${line}`).join('\n')}\n--\n${payload}`),
  ]);

const script = `#!/bin/sh
for file; do :; done
sed -e 1d -e '/^--$/,$d' "$file" >&3
sed -e '1,/^--$/d' "$file" | tr -d '\\n'
`;

const newFolder = (): Promise<string> => mkdtemp(join(folder, 'case-'));

/** A folder for PATH with the stand-in. */
const programFolder = async (): Promise<string> => {
  const programs = await newFolder();
  await writeFile(join(programs, 'gpgv'), script);
  await chmod(join(programs, 'gpgv'), 0o755);
  return programs;
};

const place = async (signatures: readonly Buffer[], of: string = digest, name = 'team/app'): Promise<string> => {
  const base = await newFolder();
  const at = join(base, `${name}@${of.replace(':', '=')}`);
  await mkdir(at, { recursive: true });
  for (const [position, bytes] of signatures.entries()) await writeFile(join(at, `signature-${position + 1}`), bytes);
  return `file://${base}`;
};

interface Asked {
  readonly trust?: Partial<GpgTrust>;
  readonly subject?: Partial<SignatureSubject>;
  readonly context?: FakeTrustContextOptions;
}

const ask = async ({ trust, subject, context = {} }: Asked): Promise<Attestation> => {
  const work = await newFolder();
  const environment = { PATH: `${await programFolder()}:${process.env['PATH']}`, HOME: work, ...context.environment };
  const [answer, ...more] = await gpg.verify(
    { digest, reference: { repository: app, tag: '1' }, ...subject },
    { verifier: 'gpg', keyrings: [keyring], identity: { type: 'matchRepoDigestOrExact' }, ...trust },
    { ...fakeTrustContext({ ...context, environment }), temporaryFolder: async () => work },
  );
  assert.ok(answer !== undefined && more.length === 0);
  assert.equal(answer.kind, 'signature');
  assert.deepEqual(await readdir(work), [], 'nothing is left behind');
  return answer;
};

const brief = ({ outcome, code }: Attestation): readonly string[] => [outcome, code];

test('a good signature of the name and digest is trusted, with its key, its expiry and what it says', async () => {
  const answer = await ask({ trust: { lookaside: [await place([message(good, payloadOf())])] } });
  assert.deepEqual(brief(answer), ['trusted', 'trusted']);
  assert.equal(answer.identity, key);
  assert.equal(answer.signedAt, undefined, 'the signer’s own clock proves no time');
  assert.equal(answer.expires, '2026-11-23T14:20:14.000Z');
  assert.deepEqual(answer.facts, {
    dockerReference: `${app}:1`,
    signingKey: key.slice(-16),
    claimedAt: '2026-11-22T14:20:14.000Z',
    creator: 'a test',
  });
  assert.deepEqual(
    answer.trace.map(({ result }) => result),
    ['found', 'verified'],
  );
});

test('what gpgv says of a signature decides before its payload is read', async () => {
  const codeOf = async (lines: readonly string[], payload = payloadOf()) =>
    brief(await ask({ trust: { lookaside: [await place([message(lines, payload)])] } }));
  const [text = '', begin = '', , proof = ''] = good;
  const untrue = 'no payload';
  const id = key.slice(-16);
  assert.deepEqual(await codeOf([text, begin, `BADSIG ${id} Me`], untrue), ['untrusted', 'malformed']);
  assert.deepEqual(await codeOf([text, begin, `NO_PUBKEY ${id}`], untrue), ['untrusted', 'other-signer']);
  assert.deepEqual(await codeOf([text, begin, `EXPSIG ${id} Me`, proof], untrue), ['untrusted', 'expired']);
  assert.deepEqual(await codeOf([text, begin, `EXPKEYSIG ${id} Me`, proof], untrue), ['untrusted', 'expired']);
  assert.deepEqual(await codeOf([text, begin, `REVKEYSIG ${id} Me`, proof], untrue), ['untrusted', 'revoked']);
  assert.deepEqual(await codeOf([text, begin, `ERRSIG ${id} 99 8 00 1 4`], untrue), ['inconclusive', 'unsupported']);
  assert.deepEqual(await codeOf([text]), ['untrusted', 'malformed'], 'no signature at all');
  assert.deepEqual(await codeOf([...good, text]), ['untrusted', 'malformed'], 'a second text');
  assert.deepEqual(await codeOf([...good, ...good.slice(1)]), ['untrusted', 'malformed'], 'a second signature');
  assert.deepEqual(await codeOf(good, 'x'.repeat(100_000)), ['inconclusive', 'limit']);
  assert.deepEqual(await codeOf(good, untrue), ['untrusted', 'malformed']);
});

test('a true signature counts for its own digest and name only', async () => {
  const codeOf = async (payload: string, asked: Asked = {}) =>
    brief(await ask({ ...asked, trust: { lookaside: [await place([message(good, payload)])], ...asked.trust } }));
  assert.deepEqual(await codeOf(payloadOf(`${app}:1`, index)), ['untrusted', 'other-digest']);
  assert.deepEqual(await codeOf(payloadOf(`${app}:2`)), ['untrusted', 'other-reference']);
  assert.deepEqual(await codeOf(payloadOf('registry.example/other/app:1')), ['untrusted', 'other-reference']);
  assert.deepEqual(await codeOf(payloadOf(`${app}:2`), { trust: { identity: { type: 'matchRepository' } } }), [
    'trusted',
    'trusted',
  ]);
  const byDigest = { subject: { reference: { repository: app } } };
  assert.deepEqual(await codeOf(payloadOf(`${app}:2`), byDigest), ['trusted', 'trusted']);
});

test('a signature of the index covers the manifest that it lists, and no other index', async () => {
  const lookaside = [await place([message(good, payloadOf(`${app}:1`, index))], index)];
  assert.deepEqual(brief(await ask({ trust: { lookaside }, subject: { index } })), ['trusted', 'trusted']);
  assert.deepEqual(brief(await ask({ trust: { lookaside } })), ['untrusted', 'absent']);
});

test('one good signature among others is enough, in any of the places', async () => {
  const bad = message(['PLAINTEXT 62 1 p', 'NEWSIG', 'NO_PUBKEY 0123456789ABCDEF'], '{}');
  const lookaside = [await place([bad]), await place([bad, Buffer.from('{}'), message(good, payloadOf())])];
  assert.deepEqual(brief(await ask({ trust: { lookaside } })), ['trusted', 'trusted']);
  assert.deepEqual(brief(await ask({ trust: { lookaside: lookaside.slice(0, 1) } })), ['untrusted', 'other-signer']);
});

test('files that are no OpenPGP message are refused without a program', async () => {
  const codeOf = async (bytes: Buffer) => brief(await ask({ trust: { lookaside: [await place([bytes])] } }));
  assert.deepEqual(await codeOf(Buffer.alloc(0)), ['untrusted', 'malformed']);
  assert.deepEqual(await codeOf(Buffer.from('-----BEGIN PGP MESSAGE-----')), ['untrusted', 'malformed']);
  assert.deepEqual(await codeOf(Buffer.from('\0sigstore-json\n{}')), ['inconclusive', 'unsupported']);
});

test('without the program signatures that are there are inconclusive, with a next step, and absent ones absent', async () => {
  const context = { environment: { PATH: '/nonexistent' } };
  const answer = await ask({ trust: { lookaside: [await place([message(good, payloadOf())])] }, context });
  assert.deepEqual(brief(answer), ['inconclusive', 'unsupported']);
  assert.match(answer.reason, /install the package gpgv/);
  assert.deepEqual(brief(await ask({ trust: { lookaside: [await place([])] }, context })), ['untrusted', 'absent']);
});

test('a program that breaks down says nothing about the signature', async () => {
  const programs = await newFolder();
  await writeFile(join(programs, 'gpgv'), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
  const context = { environment: { PATH: `${programs}:${process.env['PATH']}` } };
  const answer = await ask({ trust: { lookaside: [await place([message(good, payloadOf())])] }, context });
  assert.deepEqual(brief(answer), ['inconclusive', 'unsupported']);
});

test('an image without a name has no place of signatures', async () => {
  const { reference: _, ...subject } = { digest, reference: undefined };
  const [answer] = await gpg.verify(
    subject,
    { verifier: 'gpg', keyrings: [keyring], identity: { type: 'matchRepository' } },
    fakeTrustContext(),
  );
  assert.ok(answer !== undefined);
  assert.deepEqual(brief(answer), ['inconclusive', 'unsupported']);
});

test('more signatures than the budget, or a larger one, are not a silent no', async () => {
  const bad = Buffer.from('x');
  const context = { trustLimits: { signatures: 2, signatureBytes: 100 } };
  assert.deepEqual(brief(await ask({ trust: { lookaside: [await place([bad, bad, bad])] }, context })), [
    'inconclusive',
    'limit',
  ]);
  assert.deepEqual(brief(await ask({ trust: { lookaside: [await place([Buffer.alloc(101)])] }, context })), [
    'inconclusive',
    'limit',
  ]);
});

test('registries.d says where signatures lie when the trust does not', async () => {
  const home = await newFolder();
  const own = join(home, '.config/containers/registries.d');
  await mkdir(own, { recursive: true });
  const lookaside = await place([message(good, payloadOf())]);
  await writeFile(join(own, 'team.yaml'), `docker: { registry.example/team: { lookaside: "${lookaside}" } }`);
  assert.deepEqual(brief(await ask({ context: { environment: { HOME: home } } })), ['trusted', 'trusted']);
});

/** A server of signatures on loopback. */
const serve = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
};

test('signatures come over HTTP, until the first that is not found', async () => {
  const asked: string[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.url ?? '');
    const isFirst = request.url?.endsWith('/signature-1') === true;
    response.writeHead(isFirst ? 200 : 404).end(isFirst ? message(good, payloadOf('x.example/y:1')) : '');
  });
  for (const path of ['/s', '']) {
    const answer = await ask({ trust: { lookaside: [`${server.address}${path}`] } });
    assert.deepEqual(brief(answer), ['untrusted', 'other-reference']);
    const at = `${path}/team/app@sha256=${'a'.repeat(64)}`;
    assert.deepEqual(asked.splice(0), [`${at}/signature-1`, `${at}/signature-2`]);
  }
});

test('a server that refuses, answers with pages or is not there leaves the question open', async () => {
  const codeOf = async (status: number, type: string) => {
    await using server = await serve((_, response) => response.writeHead(status, { 'content-type': type }).end('x'));
    return brief(await ask({ trust: { lookaside: [server.address] } }));
  };
  const open = ['inconclusive', 'unreachable'];
  assert.deepEqual(await codeOf(403, 'text/plain'), open);
  assert.deepEqual(await codeOf(200, 'text/html; charset=utf-8'), open);
  const offline = { network: { offline: true } };
  assert.deepEqual(brief(await ask({ trust: { lookaside: ['https://signatures.example'] }, context: offline })), open);
  assert.deepEqual(brief(await ask({ trust: { lookaside: ['http://signatures.example'] } })), open, 'plain HTTP');
  const base = await newFolder();
  await mkdir(join(base, `team/app@sha256=${'a'.repeat(64)}/signature-1`), { recursive: true });
  assert.deepEqual(brief(await ask({ trust: { lookaside: [`file://${base}`] } })), open, 'a folder in its place');
});

test('a folder that the trust file names and that is not there leaves the question open, an empty one does not', async () => {
  const base = await newFolder();
  const codeOf = async (path: string) => brief(await ask({ trust: { lookaside: [`file://${path}`] } }));
  assert.deepEqual(await codeOf(join(base, 'not-mounted')), ['inconclusive', 'unreachable']);
  assert.deepEqual(await codeOf(base), ['untrusted', 'absent']);
  const home = { context: { environment: { HOME: join(base, 'home') } } };
  assert.deepEqual(brief(await ask(home)), ['untrusted', 'absent'], 'the usual place');
});

test('one place that cannot be reached does not undo what another proves', async () => {
  const lookaside = ['http://signatures.example', await place([message(good, payloadOf())])];
  assert.deepEqual(brief(await ask({ trust: { lookaside } })), ['trusted', 'trusted']);
});

test('trust that cannot work is misuse', async () => {
  const codeOf = async (trust: Partial<GpgTrust>) => {
    try {
      await ask({ trust });
      return '';
    } catch (thrown) {
      assert.ok(isFault(thrown) && thrown.kind === 'misuse');
      return thrown.code;
    }
  };
  assert.equal(await codeOf({ keyrings: [] }), 'GPG_KEYRING_INVALID');
  assert.equal(await codeOf({ keyrings: [Buffer.from('ssh-ed25519')] }), 'GPG_KEYRING_INVALID');
  for (const address of [
    'signatures.example',
    'ftp://a.example',
    'file://host/x',
    'https://me:secret@a.example',
    'file:///a%2fb',
  ])
    assert.equal(await codeOf({ lookaside: [address] }), 'LOOKASIDE_INVALID', address);
});
