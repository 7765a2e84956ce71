import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReferenceMatch, referencePatternProblem } from './reference-pattern.ts';
import { formatReference, parseReference } from './reference.ts';

const pinned = `docker://registry.example:5000/team/app:1.0@sha256:${'a'.repeat(64)}`;

test('a reference fits with its digest, without it, and without its tag', () => {
  for (const pattern of [
    pinned,
    'docker://registry.example:5000/team/app:1.0',
    'docker://registry.example:5000/team/app',
    'docker://registry.example:5000/team/*',
    'docker://*/team/**',
    '**',
  ])
    assert.ok(isReferenceMatch([pattern], pinned), pattern);
});

test('another tag, another host, a longer name or a part of the name does not fit', () => {
  for (const pattern of [
    'docker://registry.example:5000/team/app:1',
    'docker://registry.example/team/app',
    'docker://registry.example:5000/*',
    'registry.example:5000/team/app',
    'docker://evil.example/**',
  ])
    assert.ok(!isReferenceMatch([pattern], pinned), pattern);
  assert.ok(!isReferenceMatch(['docker://registry.example/**'], 'docker://registry.example.evil.example/a/b:1'));
});

test('images of engines fit by engine, by namespace and by digest', () => {
  const held = `containerd:k8s.io//sha256:${'a'.repeat(64)}`;
  for (const pattern of ['containerd:**', 'containerd:k8s.io//**', 'containerd:*//sha256:*', held, '**']) {
    assert.equal(referencePatternProblem(pattern), undefined, pattern);
    assert.ok(isReferenceMatch([pattern], held), pattern);
  }
  for (const pattern of ['containerd:moby//**', 'docker-daemon:**', 'docker://**'])
    assert.ok(!isReferenceMatch([pattern], held), pattern);
});

test('the colon of a port is no tag', () => {
  assert.ok(!isReferenceMatch(['docker://localhost'], 'docker://localhost:5000/app:1'));
  assert.ok(isReferenceMatch(['docker://localhost:5000/app'], 'docker://localhost:5000/app:1'));
});

test('what no canonical reference can fit is told, with what to write', () => {
  for (const [pattern, words] of [
    ['registry.example/team/*', /write docker:\/\/registry.example\/team/],
    ['nginx', /write the canonical name: docker:\/\/docker.io\/library\/nginx/],
    ['docker://nginx', /docker:\/\/docker.io\/library\/nginx/],
    ['docker://team/app', /no registry host/],
    ['docker://docker.io/nginx', /docker.io\/library\/nginx/],
    ['docker://index.docker.io/a/b', /written docker.io/],
    ['docker://Registry.example/a', /lower case/],
    ['docker://registry.example/Team/*', /lower case/],
    ['docker:registry.example/a', /two slashes/],
    ['docker://*', /\*\*/],
    ['docker://registry.example/', /host and a repository/],
    ['disk:x', /no known scheme/],
    ['oci:', /must follow/],
    ['docker://registry.example/a b', /spaces/],
  ] as const)
    assert.match(referencePatternProblem(pattern) ?? 'none', words, pattern);
});

test('patterns that can fit are accepted', () => {
  for (const pattern of [
    '**',
    '*:**',
    'docker://**',
    'docker://docker.io/library/nginx',
    'docker://docker.io/*/*',
    'docker://localhost/app',
    'docker://registry.example/a:V1*',
    'docker://registry.example:5000/**',
    'oci:/srv/images/*',
    'docker-daemon:**',
    'rootfs:**',
  ])
    assert.equal(referencePatternProblem(pattern), undefined, pattern);
});

test('every canonical reference is an acceptable pattern that fits itself', () => {
  for (const text of [
    'nginx',
    'registry.example/a/b:1',
    'localhost/x',
    'oci:dir:tag',
    'rootfs:/srv/x',
    'docker-daemon:app:1',
  ]) {
    const canonical = formatReference(parseReference(text));
    assert.equal(referencePatternProblem(canonical), undefined, canonical);
    assert.ok(isReferenceMatch([canonical], canonical));
  }
});
