import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnName, parseOwnName } from './own-names.ts';

const fits = (own: string, registry: string, repository: string): boolean => {
  const parsed = parseOwnName(own);
  assert.ok(parsed, own);
  return isOwnName(parsed, registry, repository);
};

test('a registry of one’s own holds everything below it, and not its neighbour', () => {
  assert.ok(fits('registry.acme.example', 'registry.acme.example', 'any/thing'));
  assert.ok(!fits('registry.acme.example', 'registry.acme.example:5000', 'any/thing'));
  assert.ok(fits('*.acme.example', 'eu.acme.example', 'x'));
  assert.ok(!fits('*.acme.example', 'evil-acme.example', 'x'));
});

test('a namespace is one of Docker Hub, component by component', () => {
  assert.ok(fits('acme', 'docker.io', 'acme/app'));
  assert.ok(!fits('acme', 'docker.io', 'acme2/app'));
  assert.ok(!fits('acme', 'ghcr.io', 'acme/app'));
  assert.ok(fits('ghcr.io/acme/*/app', 'ghcr.io', 'acme/team/app'));
  assert.ok(!fits('ghcr.io/acme/*/app', 'ghcr.io', 'acme/app'));
  assert.ok(fits('ghcr.io/acme/**', 'ghcr.io', 'acme/app'));
});

test('a pinned original vouches for its content only', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  assert.deepEqual(parseOwnName(`docker.io/library/nginx@${digest}`), {
    registry: 'docker.io',
    path: ['library', 'nginx'],
    digest,
  });
  assert.ok(!fits(`docker.io/library/nginx@${digest}`, 'docker.io', 'library/nginx'));
});

test('what is no name is refused', () => {
  for (const text of ['', 'a b', 'Acme/App!', 'acme@sha256:short', 'a@b@c', '-acme', 'reg.example:port/x'])
    assert.equal(parseOwnName(text), undefined, text);
});
