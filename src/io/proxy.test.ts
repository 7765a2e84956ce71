import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { proxyFor } from './proxy.ts';

const proxy = (url: string, environment: Readonly<Record<string, string>>): string | undefined =>
  proxyFor(new URL(url), environment)?.href;

test('HTTPS goes through HTTPS_PROXY, plain HTTP through HTTP_PROXY', () => {
  const environment = { HTTPS_PROXY: 'http://one.example:3128', http_proxy: 'two.example:8080' };
  assert.equal(proxy('https://registry.example/', environment), 'http://one.example:3128/');
  assert.equal(proxy('http://registry.example/', environment), 'http://two.example:8080/');
  assert.equal(proxy('https://registry.example/', {}), undefined);
  assert.equal(proxy('https://registry.example/', { HTTPS_PROXY: '' }), undefined);
});

test('this machine is never reached through a proxy', () => {
  for (const url of ['http://localhost:5000/', 'https://127.0.0.1/', 'http://[::1]/'])
    assert.equal(proxy(url, { HTTP_PROXY: 'http://p.example', HTTPS_PROXY: 'http://p.example' }), undefined, url);
});

test('NO_PROXY exempts hosts, domains, ports, addresses and subnets', () => {
  const through = (url: string, exempt: string): boolean =>
    proxy(url, { HTTPS_PROXY: 'http://p.example', NO_PROXY: exempt }) !== undefined;
  for (const [url, exempt] of [
    ['https://registry.example/', '*'],
    ['https://registry.example/', 'other.example, registry.example'],
    ['https://a.registry.example/', 'registry.example'],
    ['https://a.registry.example/', '.registry.example'],
    ['https://registry.example:5000/', 'registry.example:5000'],
    ['https://10.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '10.1.2.3'],
    ['https://[fd00::1]/', 'fd00::/8'],
  ] as const)
    assert.ok(!through(url, exempt), `${url} with ${exempt}`);
  for (const [url, exempt] of [
    ['https://registry.example/', ''],
    ['https://registry.example/', '.registry.example'],
    ['https://notregistry.example/', 'registry.example'],
    ['https://registry.example:5001/', 'registry.example:5000'],
    ['https://11.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '10.0.0.0/99'],
  ] as const)
    assert.ok(through(url, exempt), `${url} with ${exempt}`);
});

test('a proxy that is none is refused without repeating its password', () => {
  assert.throws(
    () => proxy('https://r.example/', { HTTPS_PROXY: 'socks9://me:hunter2@p.example' }),
    (thrown) => isFault(thrown) && thrown.code === 'PROXY_INVALID' && !thrown.message.includes('hunter2'),
  );
});
