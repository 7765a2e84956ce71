/** Notary servers with the logins of Docker Hub's and Azure's kind, and servers that answer badly. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeAuthority } from '../../../test/fakes/certificate.ts';
import { startFakeNotary, type FakeNotaryOptions } from '../../../test/fakes/notary-server.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import { isFault } from '../../core/fault.ts';
import type { DockerContentTrust, TrustContext } from '../../core/trust.ts';
import { followRefusal } from '../../io/host-policy.ts';
import { isRefusal } from './refusal.ts';
import { notaryAddress, openNotaryServer, type NotaryAnswer } from './server.ts';

const content = Buffer.from('{"signed":{}}');
const retries = { attempts: 1, pauseMs: 1, longestPauseMs: 1 };

const auths = (host: string, pair: string): Record<string, string> => ({
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth: Buffer.from(pair).toString('base64') } } }),
});

/** As Azure: the registry serves the trust data itself, over TLS. */
const withServer = async (
  options: FakeNotaryOptions,
  work: (
    host: string,
    ask: (context?: Partial<TrustContext>, name?: string) => Promise<NotaryAnswer>,
    server: Awaited<ReturnType<typeof startFakeNotary>>,
  ) => Promise<void>,
): Promise<void> => {
  const authority = fakeAuthority();
  await using server = await startFakeNotary({ tls: authority.issue(['127.0.0.1']), ...options });
  const gun = `${server.host}/team/app`;
  server.repositories.set(gun, new Map([['root.json', content]]));
  const network = { certificateAuthorities: [authority.certificate], timeoutMs: 2000 };
  const ask = async (more: Partial<TrustContext> = {}, name = 'root'): Promise<NotaryAnswer> => {
    const context = { ...fakeTrustContext({ network }), ...more };
    const address = notaryAddress(gun, { verifier: 'docker-content-trust' }, context);
    await using notary = openNotaryServer(address, context, { retries });
    return notary.read(name, 4096);
  };
  await work(server.host, ask, server);
};

const isUnreachable = (answer: NotaryAnswer, words: RegExp): void => {
  assert.ok(typeof answer === 'object' && isRefusal(answer));
  assert.equal(answer.refused, 'unreachable');
  assert.match(answer.reason, words);
};

describe('a Notary server', () => {
  test('that is open gives its files; what it does not have is absent', () =>
    withServer({}, async (_, ask) => {
      assert.deepEqual(await ask(), content);
      assert.equal(await ask({}, 'timestamp'), 'absent');
    }));

  test('that wants a token is shown one for the full name of the repository', () =>
    withServer({ token: 'me:secret' }, async (host, ask, server) => {
      assert.deepEqual(await ask({ environment: auths(host, 'me:secret') }), content);
      assert.deepEqual(server.scopes, [`repository:${host}/team/app:pull`]);
      isUnreachable(await ask({ environment: auths(host, 'me:wrong') }), /without a login/);
      isUnreachable(await ask(), /without a login/);
    }));

  test('that gives tokens to everybody needs no login', () =>
    withServer({ token: '' }, async (_, ask) => assert.deepEqual(await ask(), content)));

  test('that says only at /v2/ what it wants is asked there', () =>
    withServer({ token: 'me:secret', challengeAtPing: true }, async (host, ask, server) => {
      assert.deepEqual(await ask({ environment: auths(host, 'me:secret') }), content);
      assert.ok(server.requests.includes('GET /v2/'));
    }));

  test('that wants a password gets that of the registry', () =>
    withServer({ basic: 'me:secret' }, async (host, ask) => {
      assert.deepEqual(await ask({ environment: auths(host, 'me:secret') }), content);
      isUnreachable(await ask({ environment: auths('other.example', 'me:secret') }), /without a login/);
    }));

  test('that a trust file names is not shown the registry’s password, but its own', async () => {
    await using server = await startFakeNotary({ basic: 'me:secret' });
    server.repositories.set('registry.example/team/app', new Map([['root.json', content]]));
    const trust: DockerContentTrust = { verifier: 'docker-content-trust', server: server.url };
    const ask = async (environment: Record<string, string>): Promise<NotaryAnswer> => {
      const context = fakeTrustContext({ environment });
      const address = notaryAddress('registry.example/team/app', trust, context);
      await using notary = openNotaryServer(address, context, { retries });
      return notary.read('root', 4096);
    };
    isUnreachable(await ask(auths('registry.example', 'me:secret')), /without a login/);
    assert.deepEqual(await ask(auths(server.host, 'me:secret')), content);
  });

  test('that leads elsewhere leads no login there', () =>
    withServer({ basic: 'me:secret' }, async (host, ask, server) => {
      await using elsewhere = await startFakeNotary({ basic: 'me:secret' });
      const location = `${elsewhere.url}/v2/x/_trust/tuf/root.json`;
      server.troubles.push({ on: /root/, status: 302, location });
      isUnreachable(await ask({ environment: auths(host, 'me:secret') }), /refuses access/);
      assert.deepEqual([elsewhere.requests.length, elsewhere.shown], [1, []]);
    }));

  test('that answers badly is unreachable, and never says that nothing is signed', () =>
    withServer({}, async (_, ask, server) => {
      const trouble = async (status: number, more: object, words: RegExp): Promise<void> => {
        server.troubles.splice(0, 1, { on: /root/, status, ...more });
        isUnreachable(await ask(), words);
      };
      await trouble(403, {}, /refuses access/);
      await trouble(500, {}, /status 500/);
      await trouble(405, {}, /status 405/);
      await trouble(200, { type: 'text/html', body: '<html>please log in</html>' }, /no Notary server/);
    }));

  test('is not read beyond what was asked for', () =>
    withServer({}, async (host, ask, server) => {
      server.repositories.set(`${host}/team/app`, new Map([['root.json', Buffer.alloc(5000, 'x')]]));
      const answer = await ask();
      assert.ok(typeof answer === 'object' && isRefusal(answer) && answer.refused === 'limit');
    }));
});

describe('where trust data are', () => {
  const context = fakeTrustContext({ network: { insecureRegistries: ['plain.example'] } });
  const of = (repository: string, trust: Partial<DockerContentTrust> = {}) => {
    const { base, gun, login } = notaryAddress(repository, { verifier: 'docker-content-trust', ...trust }, context);
    return [base.href, gun, login.host];
  };

  test('for Docker Hub its own server, else the registry', () => {
    assert.deepEqual(of('docker.io/library/alpine'), [
      'https://notary.docker.io/',
      'docker.io/library/alpine',
      'docker.io',
    ]);
    assert.deepEqual(of('alpine'), of('docker.io/library/alpine'));
    const azure = ['https://company.azurecr.io/', 'company.azurecr.io/team/app', 'company.azurecr.io'];
    assert.deepEqual(of('company.azurecr.io/team/app'), azure);
    assert.deepEqual(of('company.azurecr.io/team/app', { server: 'https://company.azurecr.io' }), azure);
  });

  test('Docker Hub’s server may send us to Docker’s token service, and to no stranger’s', () => {
    const [server = ''] = of('alpine');
    const refusal = (realm: string) => followRefusal(new URL(server), new URL(realm), 'realm', context.network);
    assert.equal(refusal('https://auth.docker.io/token'), undefined);
    assert.match(refusal('https://auth.docker.example/token') ?? '', /not related/);
  });

  test('for a server of one’s own its address, below a path too', () => {
    const [base, gun, login] = of('registry.example/a', { server: 'https://notary.example:4443/trust' });
    assert.deepEqual(
      [base, gun, login],
      ['https://notary.example:4443/trust/', 'registry.example/a', 'notary.example:4443'],
    );
  });

  test('an address that cannot work is the user’s mistake', () => {
    const message = (server: string, roots?: readonly string[]): string => {
      try {
        of('registry.example/a', { server, ...(roots === undefined ? {} : { roots }) });
        return '';
      } catch (thrown) {
        assert.ok(isFault(thrown) && thrown.code === 'NOTARY_TRUST_INVALID');
        return thrown.message;
      }
    };
    assert.match(message('notary.example'), /https:\/\//);
    assert.match(message('https://me:secret@notary.example'), /docker login/);
    assert.doesNotMatch(message('https://me:secret@notary.example'), /secret/);
    assert.match(message('http://notary.example'), /plain HTTP/);
    assert.match(message('http://plain.example'), /first use/);
    assert.equal(message('http://plain.example', ['0'.repeat(64)]), '');
    assert.equal(message('http://127.0.0.1:4443'), '');
  });
});
