import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fakeAuthority } from '../../test/fakes/certificate.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { get, withBlob } from '../../test/fakes/http.ts';
import { fails, retries } from '../../test/fakes/registry-with-client.ts';
import { collect } from '../core/collect.ts';
import { openHttpClient, type HttpOptions } from './http-client.ts';

test('an answer comes with status, headers and body; we say who we are', async () => {
  await using one = await withBlob();
  const answer = await get(one.url);
  assert.deepEqual([answer.status, answer.body], [200, 'content']);
  assert.match(one.server.requests[0]?.headers['user-agent'] ?? '', /^tidewaiter\/\d/);
});

test('a redirect on the same host is followed, with the credentials', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /start/, how: { kind: 'redirect', to: one.path } });
  const answer = await get(`http://${one.server.host}/start`, {}, {}, { authorization: 'Basic c2VjcmV0' });
  assert.equal(answer.body, 'content');
  assert.equal(answer.url, one.url);
  assert.deepEqual(
    one.server.requests.map(({ headers }) => headers.authorization),
    ['Basic c2VjcmV0', 'Basic c2VjcmV0'],
  );
});

test('credentials never go to another origin, not even on the way back', async () => {
  await using one = await withBlob();
  await using two = await withBlob();
  one.server.troubles.push({ on: /start/, how: { kind: 'redirect', to: `http://${two.server.host}/over` } });
  two.server.troubles.push({ on: /over/, how: { kind: 'redirect', to: one.url } });
  const answer = await get(`http://${one.server.host}/start`, {}, {}, { authorization: 'Basic c2VjcmV0' });
  assert.equal(answer.body, 'content');
  assert.deepEqual(
    one.server.requests.map(({ headers }) => headers.authorization),
    ['Basic c2VjcmV0', undefined],
  );
  assert.deepEqual(
    two.server.requests.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test('a redirect to another host is refused before anything is sent there, unless it is trusted', async () => {
  await using one = await withBlob();
  await using two = await withBlob({ address: '127.0.0.2' });
  one.server.troubles.push({ on: /start/, how: { kind: 'redirect', to: two.url } });
  const start = `http://${one.server.host}/start`;
  await fails(
    get(start),
    'REDIRECT_REFUSED',
    /redirects to http:\/\/127\.0\.0\.2:\d+: the two hosts are not related.*--trusted-host/,
  );
  assert.deepEqual(two.server.asked(), []);
  assert.equal((await get(start, { network: { trustedHosts: ['127.0.0.2'] } })).body, 'content');
});

test('a signed address does not show in the message', async () => {
  await using one = await withBlob();
  one.server.troubles.push({
    on: /start/,
    how: { kind: 'redirect', to: 'https://stranger.example/x?X-Amz-Signature=hunter2' },
  });
  await assert.rejects(get(`http://${one.server.host}/start`), (thrown) => !String(thrown).includes('hunter2'));
});

test('redirects in a circle end, and so do too many', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /circle/, how: { kind: 'redirect', to: '/circle' } });
  await fails(get(`http://${one.server.host}/circle`), 'REDIRECT_LOOP');
  for (let step = 0; step < 10; step += 1)
    one.server.troubles.push({ on: new RegExp(`/step${step}$`), how: { kind: 'redirect', to: `/step${step + 1}` } });
  await fails(get(`http://${one.server.host}/step0`), 'REDIRECT_LOOP');
  one.server.troubles.push({ on: /step10/, how: { kind: 'redirect', to: one.path } });
  assert.equal((await get(`http://${one.server.host}/step6`)).body, 'content', 'five are allowed');
});

test('a redirect that leads nowhere is no answer', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /a$/, how: { kind: 'status', status: 302 } });
  await fails(get(`http://${one.server.host}/a`), 'RESPONSE_MALFORMED', /without saying where/);
  one.server.troubles.push({ on: /b$/, how: { kind: 'redirect', to: 'file:///etc/passwd' } });
  await fails(get(`http://${one.server.host}/b`), 'REDIRECT_REFUSED', /file:/);
});

/** A resolver with fixed answers, and a stand-in for the internet: every public address is this machine. */
const internet = (names: Readonly<Record<string, readonly string[]>>): HttpOptions & { readonly asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    resolve: async (host) => {
      asked.push(host);
      return names[host] ?? [];
    },
    connectTo: () => '127.0.0.1',
  };
};

test('a public registry does not lead into a private network', async () => {
  await using one = await withBlob();
  const { port } = one.server;
  const network = { insecureRegistries: ['r.corp.example', 'cdn.corp.example', 'intern.corp.example'] };
  const names = { 'r.corp.example': ['8.8.8.8'], 'cdn.corp.example': ['9.9.9.9'], 'intern.corp.example': ['10.0.0.7'] };
  one.server.troubles.push({ on: /out$/, how: { kind: 'redirect', to: `http://cdn.corp.example:${port}${one.path}` } });
  one.server.troubles.push({
    on: /in$/,
    how: { kind: 'redirect', to: `http://intern.corp.example:${port}${one.path}` },
  });
  assert.equal((await get(`http://r.corp.example:${port}/out`, { network }, internet(names))).body, 'content');
  const before = one.server.requests.length;
  await fails(get(`http://r.corp.example:${port}/in`, { network }, internet(names)), 'ADDRESS_REFUSED', /10\.0\.0\.7/);
  assert.equal(one.server.requests.length, before + 1, 'nothing was sent to the private address');
  const trusting = { ...network, trustedHosts: ['intern.corp.example'] };
  assert.equal((await get(`http://r.corp.example:${port}/in`, { network: trusting }, internet(names))).body, 'content');
});

test('a name is resolved once: a second answer changes nothing', async () => {
  await using one = await withBlob();
  const answers = [['8.8.8.8'], ['169.254.169.254']];
  let asked = 0;
  const context = fakeContext({ network: { insecureRegistries: ['r.example'] } });
  await using client = openHttpClient(context, {
    retries,
    resolve: async () => answers[Math.min(asked++, 1)] ?? [],
    connectTo: (address) => (address === '8.8.8.8' ? '127.0.0.1' : '127.0.0.9'),
  });
  for (let round = 0; round < 2; round += 1) {
    const url = new URL(`http://r.example:${one.server.port}${one.path}`);
    const response = await client.request({ url, signal: context.signal });
    assert.equal(Buffer.from(await collect(response.body, 100)).toString(), 'content');
  }
  assert.equal(asked, 1);
});

test('after a broken connection the name is asked again and judged again', async () => {
  await using one = await withBlob();
  const answers = [['8.8.8.8'], ['127.0.0.1']];
  let asked = 0;
  const resolve = async () => answers[Math.min(asked++, 1)] ?? [];
  const network = { insecureRegistries: ['r.example'] };
  const work = (connectTo: () => string) =>
    get(`http://r.example:${one.server.port}/x`, { network }, { resolve, connectTo });
  // Nobody listens at 127.0.0.9.
  await fails(
    work(() => '127.0.0.9'),
    'ADDRESS_REFUSED',
    /moved from a public to a loopback/,
  );
});

test('metadata addresses are not spoken to', async () => {
  await fails(
    get('http://169.254.169.254/latest', { network: { insecureRegistries: ['*.254.169.254'] } }),
    'ADDRESS_REFUSED',
  );
  const names = internet({ 'r.example': ['169.254.169.254'] });
  await fails(get('https://r.example/', {}, names), 'ADDRESS_REFUSED', /link-local/);
});

test('a name without address cannot be reached', async () => {
  await fails(get('https://r.example/', {}, internet({})), 'REGISTRY_UNREACHABLE', /no address/);
  const resolve = async () => {
    throw Object.assign(new Error('x'), { code: 'ENOTFOUND' });
  };
  await fails(get('https://r.example/', {}, { resolve }), 'REGISTRY_UNREACHABLE', /no such name/);
});

test('plain HTTP is for this machine and for listed registries', async () => {
  await using one = await withBlob();
  const names = internet({ 'r.example': ['8.8.8.8'] });
  const url = `http://r.example:${one.server.port}${one.path}`;
  await fails(get(url, {}, names), 'PLAIN_HTTP_REFUSED', /--insecure-registry r\.example/);
  assert.deepEqual(names.asked, [], 'refused before anything was looked up');
  assert.equal((await get(url, { network: { insecureRegistries: ['r.example'] } }, names)).body, 'content');
});

test('offline nothing but this machine is contacted', async () => {
  await using one = await withBlob();
  const names = internet({ 'r.example': ['8.8.8.8'] });
  await fails(get('https://r.example/', { network: { offline: true } }, names), 'NETWORK_OFFLINE');
  assert.deepEqual(names.asked, []);
  assert.equal((await get(one.url, { network: { offline: true } })).body, 'content');
});

test('a server that never answers, stops in the middle or drips is given up', async () => {
  await using one = await withBlob({}, Buffer.alloc(100_000, 1));
  const network = { timeoutMs: 300 };
  one.server.troubles.push({ on: /silence/, how: { kind: 'silence' } });
  await fails(
    get(`http://${one.server.host}/silence`, { network }),
    'REGISTRY_STALLED',
    /did not answer within 0\.3 seconds/,
  );
  one.server.troubles.push({ on: /\?stall/, how: { kind: 'stall', bytes: 1000 } });
  await fails(get(`${one.url}?stall`, { network }), 'REGISTRY_STALLED', /nothing for 0\.3/);
  one.server.troubles.push({ on: /\?drip/, how: { kind: 'drip', everyMs: 20 } });
  await fails(get(`${one.url}?drip`, { network }), 'REGISTRY_STALLED');
});

test('a slow reader is no stalled server', async () => {
  await using one = await withBlob({}, Buffer.alloc(3_000_000, 1));
  const context = fakeContext({ network: { timeoutMs: 1000 } });
  await using client = openHttpClient(context, { retries });
  const { body } = await client.request({ url: new URL(one.url), signal: context.signal });
  let size = 0;
  for await (const chunk of body) {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 2000));
    size += chunk.length;
  }
  assert.equal(size, 3_000_000);
});

test('a busy server is asked again, and not for ever', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /\?twice/, how: { kind: 'status', status: 503 }, times: 2 });
  assert.equal((await get(`${one.url}?twice`)).body, 'content');
  one.server.troubles.push({ on: /\?always/, how: { kind: 'status', status: 500 } });
  assert.equal((await get(`${one.url}?always`)).status, 500);
  assert.equal(one.server.requests.filter(({ path }) => path.endsWith('?always')).length, 3);
  one.server.troubles.push({ on: /\?wrong/, how: { kind: 'status', status: 400 } });
  assert.equal((await get(`${one.url}?wrong`)).status, 400);
  assert.equal(one.server.requests.filter(({ path }) => path.endsWith('?wrong')).length, 1, 'a client error is final');
});

test('Retry-After is honoured up to a limit', async () => {
  await using one = await withBlob();
  const busy = (after: string) => ({ kind: 'status', status: 429, headers: { 'retry-after': after } }) as const;
  one.server.troubles.push({ on: /\?one/, how: busy('1'), times: 1 });
  const started = performance.now();
  assert.equal((await get(`${one.url}?one`)).body, 'content');
  assert.ok(performance.now() - started > 950);
  one.server.troubles.push({ on: /\?long/, how: busy('3600') });
  assert.equal((await get(`${one.url}?long`)).status, 429);
  assert.equal(one.server.requests.filter(({ path }) => path.endsWith('?long')).length, 1);
});

test('a connection that cannot be made is tried again, then named', async () => {
  const { server, [Symbol.asyncDispose]: close } = await withBlob();
  await close();
  await fails(get(`http://${server.host}/`), 'REGISTRY_UNREACHABLE', /refused/);
});

test('what is no HTTP, and a coding that was not asked for, are refused', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /garbage/, how: { kind: 'garbage' } });
  await fails(get(`http://${one.server.host}/garbage`), 'RESPONSE_MALFORMED', /valid HTTP/);
  one.server.troubles.push({ on: /coded/, how: { kind: 'headers', headers: { 'content-encoding': 'gzip' } } });
  await fails(get(`http://${one.server.host}/coded`), 'RESPONSE_MALFORMED', /coding gzip/);
});

test('a refused answer keeps its connection for the next request', async () => {
  await using one = await withBlob();
  const context = fakeContext();
  await using client = openHttpClient(context, { retries });
  const ports = new Set<string>();
  one.server.troubles.push({ on: /missing/, how: { kind: 'status', status: 404, body: 'short' } });
  for (let round = 0; round < 3; round += 1) {
    const response = await client.request({
      url: new URL(`http://${one.server.host}/missing`),
      signal: context.signal,
    });
    response.discard();
    await new Promise((resolve) => setTimeout(resolve, 20));
    ports.add(one.server.requests.at(-1)?.client ?? '');
  }
  assert.equal(ports.size, 1);
});

test('many requests at a time leave nothing behind on the signal', async () => {
  await using one = await withBlob();
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', note);
  const context = fakeContext();
  await using client = openHttpClient(context, { retries });
  const read = async (): Promise<number> => {
    const response = await client.request({ url: new URL(one.url), signal: context.signal });
    return (await collect(response.body, 100)).length;
  };
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 40 }, read))), new Set([7]));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  assert.deepEqual(warnings, []);
});

test('giving up ends a request at once', async () => {
  await using one = await withBlob();
  one.server.troubles.push({ on: /./, how: { kind: 'silence' } });
  const controller = new AbortController();
  const work = get(one.url, { signal: controller.signal, network: { timeoutMs: 60_000 } });
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await assert.rejects(work, /enough/);
});

test('HTTPS does not lead to plain HTTP', async () => {
  const authority = fakeAuthority();
  await using plain = await withBlob();
  await using secure = await withBlob({ tls: authority.issue(['r.example']) });
  const network = { certificateAuthorities: [authority.certificate], insecureRegistries: ['r.example'] };
  secure.server.troubles.push({
    on: /start/,
    how: { kind: 'redirect', to: `http://r.example:${plain.server.port}${plain.path}` },
  });
  const names = internet({ 'r.example': ['8.8.8.8'] });
  await fails(
    get(`https://r.example:${secure.server.port}/start`, { network }, names),
    'REDIRECT_REFUSED',
    /from HTTPS to plain/,
  );
  assert.deepEqual(plain.server.asked(), []);
});

test('a server without TLS is told apart from one that is not trusted', async () => {
  await using one = await withBlob();
  await fails(get(one.url.replace('http:', 'https:')), 'TLS_NOT_SPOKEN');
});

test('a proxy of the environment is used, except for this machine', async () => {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    response.end('from the proxy');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const environment = { HTTP_PROXY: `http://me:pw@127.0.0.1:${port}` };
  const network = { insecureRegistries: ['r.example', '169.254.169.254'] };
  try {
    const names = internet({});
    assert.equal((await get('http://r.example/x', { environment, network }, names)).body, 'from the proxy');
    assert.deepEqual(seen, ['GET http://r.example/x Basic bWU6cHc=']);
    assert.deepEqual(names.asked, [], 'the proxy resolves the name');
    await using one = await withBlob();
    assert.equal((await get(one.url, { environment, network })).body, 'content');
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
