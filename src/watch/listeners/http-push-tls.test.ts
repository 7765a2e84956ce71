import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen, listenerContext, type Listening } from '../../../test/builders/listening.ts';
import { makeAuthority, makeParty, purposes, type Party } from '../../../test/fakes/authority.ts';
import { falco } from '../sensors/falco.ts';
import { httpPush, type HttpPushSettings } from './http-push.ts';

const folder = await mkdtemp(join(tmpdir(), 'tw-push-tls-'));
after(() => rm(folder, { recursive: true, force: true }));

const pemOf = ({ chain }: Party): string => chain.map((one) => new X509Certificate(one).toString()).join('');
const keyOf = ({ privateKey }: Party): string => String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const write = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
};

const clientAuth = '1.3.6.1.5.5.7.3.2';
const subject = 'CN=Clients, O=Example';
const [servers, clients, strangers] = await Promise.all([
  makeAuthority(),
  makeAuthority({ subject }),
  makeAuthority({ subject }),
]);
const server = await makeParty({ issuer: servers, purposes: [purposes.serverAuth] });
const tls = {
  certificate: await write('server.crt', pemOf(server)),
  key: await write('server.key', keyOf(server)),
  clients: await write('clients.pem', pemOf(clients)),
};
const token = 'a-token-of-some-length';

const paths: HttpPushSettings['paths'] = [
  { path: '/falco', sensor: 'falco' },
  { path: '/both', sensor: 'falco', tokens: [token] },
];

const open = (more: Partial<HttpPushSettings> = {}): Promise<Listening> =>
  listen(httpPush, { listen: '127.0.0.1:0', paths, tls, ...more }, falco);

const urlOf = ({ open: { about } }: Listening): URL => new URL(about.replace('listening on ', ''));

const body = JSON.stringify({
  rule: 'Terminal shell',
  priority: 'Notice',
  time: '2026-01-02T03:04:05Z',
  output: 'x',
  output_fields: {},
});

interface Sent {
  readonly path?: string;
  readonly client?: Party;
  readonly headers?: Record<string, string>;
  readonly maxVersion?: 'TLSv1.1';
}

/** The status, or why there is none; and whose certificate the server showed. */
const send = (
  listening: Listening,
  { path = '/falco', client, headers = {}, maxVersion }: Sent,
): Promise<{ readonly status: number | string; readonly shown?: string }> =>
  new Promise((resolve) => {
    let shown: string | undefined;
    const outgoing = request(new URL(path, urlOf(listening)), {
      method: 'POST',
      headers,
      agent: false,
      ca: pemOf(servers),
      // Whose server it is, is not what is tried here.
      checkServerIdentity: (_host, certificate) => {
        shown = certificate.serialNumber.toLowerCase();
        return undefined;
      },
      ...(client === undefined ? {} : { cert: pemOf(client), key: keyOf(client) }),
      ...(maxVersion === undefined ? {} : { minVersion: maxVersion, maxVersion }),
      timeout: 10_000,
    });
    const end = (status: number | string): void => resolve({ status, ...(shown === undefined ? {} : { shown }) });
    outgoing.on('error', ({ message, code }: NodeJS.ErrnoException) => end(code ?? message));
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('response', (response) => {
      response.resume();
      end(response.statusCode ?? 0);
    });
    outgoing.end(body);
  });

suite('pushing with certificates', () => {
  test('who shows a certificate of the authority may push', async () => {
    await using listening = await open();
    for (const uses of [[clientAuth], []]) {
      const client = await makeParty({ issuer: clients, purposes: uses });
      assert.equal((await send(listening, { client })).status, 200);
    }
    const between = await makeAuthority({ issuer: clients });
    const below = await makeParty({ issuer: between, purposes: [clientAuth] });
    assert.equal((await send(listening, { client: below })).status, 200);
    assert.equal(listening.heard.events.length, 3);
  });

  const day = 86_400_000;
  const wrong: readonly (readonly [string, () => Promise<Party | undefined>])[] = [
    ['none', async () => undefined],
    ['one of an authority of the same name', () => makeParty({ issuer: strangers, purposes: [clientAuth] })],
    ['one by itself', () => makeParty({ purposes: [clientAuth] })],
    [
      'one that is over',
      () =>
        makeParty({
          issuer: clients,
          notBefore: new Date(Date.now() - 3 * day),
          notAfter: new Date(Date.now() - day),
        }),
    ],
    ['one that is for servers', () => makeParty({ issuer: clients, purposes: [purposes.serverAuth] })],
    [
      'one that was issued by no authority',
      async () => makeParty({ issuer: await makeParty({ issuer: clients }), purposes: [clientAuth] }),
    ],
  ];
  for (const [what, make] of wrong)
    test(`turned away: ${what}`, async () => {
      await using listening = await open();
      const client = await make();
      const { status } = await send(listening, client === undefined ? {} : { client });
      assert.equal(typeof status, 'string', `status ${status}`);
      // It goes on for others.
      const right = await makeParty({ issuer: clients, purposes: [clientAuth] });
      assert.equal((await send(listening, { client: right })).status, 200);
      assert.equal(listening.heard.events.length, 1);
    });

  test('a token is needed besides, where a path has one', async () => {
    await using listening = await open();
    const client = await makeParty({ issuer: clients, purposes: [clientAuth] });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await send(listening, { client, path: '/both' })).status, 401);
    assert.equal(typeof (await send(listening, { path: '/both', headers })).status, 'string');
    assert.equal((await send(listening, { client, path: '/both', headers })).status, 200);
    assert.equal(listening.heard.events.length, 1);
  });

  test('old versions of TLS and plain HTTP are not spoken', async () => {
    await using listening = await open();
    const client = await makeParty({ issuer: clients, purposes: [clientAuth] });
    assert.equal(typeof (await send(listening, { client, maxVersion: 'TLSv1.1' })).status, 'string');
    const socket = connect(Number(urlOf(listening).port), '127.0.0.1');
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString('latin1'))).on('error', () => undefined);
    socket.write(`POST /falco HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await new Promise((resolve) => socket.once('close', resolve));
    assert.doesNotMatch(said, /HTTP\/1/);
    assert.equal(listening.heard.events.length, 0);
  });

  test('a certificate that is renewed is used; one that cannot be, is not', async () => {
    const files = {
      certificate: await write('renewed.crt', pemOf(server)),
      key: await write('renewed.key', keyOf(server)),
      clients: await write('renewed.pem', pemOf(clients)),
    };
    await using listening = await open({ tls: files, renewalMs: 20 });
    const client = await makeParty({ issuer: clients, purposes: [clientAuth] });
    const stranger = await makeParty({ issuer: strangers, purposes: [clientAuth] });
    assert.equal((await send(listening, { client })).shown, server.serial);
    const next = await makeParty({ issuer: servers, purposes: [purposes.serverAuth] });
    await write('renewed.crt', pemOf(next));
    // Of another key: the old one stays.
    await sleep(100);
    assert.deepEqual(await send(listening, { client }), { status: 200, shown: server.serial });
    await write('renewed.key', keyOf(next));
    await write('renewed.pem', pemOf(strangers));
    for (let tries = 0; (await send(listening, { client: stranger })).status !== 200; tries += 1) {
      assert.ok(tries < 500, 'the new certificate never came into use');
      await sleep(20);
    }
    assert.deepEqual(await send(listening, { client: stranger }), { status: 200, shown: next.serial });
    assert.equal(typeof (await send(listening, { client })).status, 'string');
  });

  const useless: readonly (readonly [string, Promise<string>, keyof typeof tls])[] = [
    ['a key of another certificate', makeParty().then(keyOf), 'key'],
    ['authorities that are none', Promise.resolve('nothing\n'), 'clients'],
    ['an empty file', Promise.resolve(''), 'certificate'],
    ['no key', Promise.resolve(''), 'key'],
  ];
  for (const [what, text, which] of useless)
    test(`refused: ${what}`, async () => {
      const files = { ...tls, [which]: await write(`useless-${which}`, await text) };
      await assert.rejects(
        httpPush.open({ listen: '127.0.0.1:0', paths, tls: files }, listenerContext(new Map())),
        /tls: /,
      );
    });
});
