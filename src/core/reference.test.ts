import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from './fault.ts';
import { formatReference, parseReference, parseRegistryReference } from './reference.ts';

const hex = 'a'.repeat(64);

const canonical: Readonly<Record<string, string>> = {
  nginx: 'docker://docker.io/library/nginx:latest',
  'nginx:1.27': 'docker://docker.io/library/nginx:1.27',
  'team/app': 'docker://docker.io/team/app:latest',
  'docker.io/nginx': 'docker://docker.io/library/nginx:latest',
  'index.docker.io/library/nginx': 'docker://docker.io/library/nginx:latest',
  'docker://nginx': 'docker://docker.io/library/nginx:latest',
  'docker:dind': 'docker://docker.io/library/docker:dind',
  'localhost/app': 'docker://localhost/app:latest',
  'localhost:5000/app:1': 'docker://localhost:5000/app:1',
  '127.0.0.1:5000/a/b/c': 'docker://127.0.0.1:5000/a/b/c:latest',
  '[::1]:5000/app': 'docker://[::1]:5000/app:latest',
  'Registry.Example/app': 'docker://registry.example/app:latest',
  [`nginx@sha256:${hex}`]: `docker://docker.io/library/nginx@sha256:${hex}`,
  [`registry.example:5000/app:1@sha256:${hex}`]: `docker://registry.example:5000/app:1@sha256:${hex}`,
  'registry.example/a__b/c-d.e': 'docker://registry.example/a__b/c-d.e:latest',
  'oci:build/out': 'oci:build/out',
  'oci:build/out:v1': 'oci:build/out:v1',
  'oci-archive:x.tar': 'oci-archive:x.tar',
  'docker-archive:/tmp/x.tar:team/app:1': 'docker-archive:/tmp/x.tar:team/app:1',
  'docker-daemon:nginx': 'docker-daemon:docker.io/library/nginx:latest',
  [`docker-daemon:${hex}`]: `docker-daemon:sha256:${hex}`,
  'containerd:nginx:1': 'containerd:docker.io/library/nginx:1',
  'containerd:k8s.io//registry.example/app': 'containerd:k8s.io//registry.example/app:latest',
  'containerd:k8s.io/app': 'containerd:k8s.io/app:latest',
  [`containerd:moby//${hex}`]: `containerd:moby//sha256:${hex}`,
  'rootfs:/': 'rootfs:/',
  'rootfs:a:b': 'rootfs:a:b',
};

for (const [text, expected] of Object.entries(canonical))
  test(`${text} is ${expected}`, () => {
    assert.equal(formatReference(parseReference(text)), expected);
    assert.equal(formatReference(parseReference(expected)), expected, 'the canonical text is stable');
  });

const refused: Readonly<Record<string, RegExp>> = {
  '': /empty/,
  'a b': /spaces/,
  'a\u001b[31m': /control/,
  'docker:/registry.example/app': /did you mean docker:\/\/registry\.example\/app/,
  'docker:///registry.example/app': /exactly two slashes/,
  'docker:registry.example/app': /did you mean docker:\/\//,
  'https://registry.example/app': /no scheme/,
  'http:/registry.example/app': /no scheme/,
  'sif:/tmp/x.sif': /no scheme/,
  'containerd:': /name or an image id must follow/,
  'containerd://nginx': /right after the colon, as in containerd:nginx/,
  'containerd:k8s.io//': /no repository name|must follow/,
  'containerd:a..b//nginx': /no namespace/,
  'containerd:a//b//c': /no repository name/,
  'ami:ami-0123456789abcdef0': /cannot read ami:/,
  'oci://registry.example/app': /right after the colon/,
  'oci:': /path must follow/,
  'docker-archive:x.tar:': /names no image/,
  'docker-daemon:': /must follow/,
  'docker-daemon://nginx': /right after the colon/,
  './image': /needs a scheme/,
  '/var/lib/image.tar': /needs a scheme/,
  Nginx: /lower case/,
  'team/App': /lower case/,
  'nginx:': /no tag/,
  'nginx:tag with': /spaces/,
  'nginx@sha256:abc': /digest/,
  'nginx@md5:d41d8cd98f00b204e9800998ecf8427e': /digest/,
  'a//b': /no repository name/,
  '../../etc/passwd': /needs a scheme/,
  'registry.example/../x': /no repository name/,
  'bad_host.example:5000/x': /no registry host/,
};

for (const [text, reason] of Object.entries(refused))
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseReference(text),
      (thrown) => {
        assert.ok(isFault(thrown) && thrown.kind === 'misuse', String(thrown));
        assert.match(thrown.message, reason);
        return true;
      },
    );
  });

test('the grammar for names from outside knows no files and no engines', () => {
  for (const text of ['oci:/etc', 'docker-archive:/x', 'rootfs:/', './x', '/x', 'docker://nginx'])
    assert.throws(() => parseRegistryReference(text), isFault, text);
  assert.deepEqual(parseRegistryReference('rootfs:etc'), {
    scheme: 'docker',
    registry: 'docker.io',
    repository: 'library/rootfs',
    tag: 'etc',
  });
});

test('a login written into a reference is not repeated', () => {
  for (const text of ['docker://me:secret@r.example/app', 'https://me:secret@r.example/app'])
    assert.throws(
      () => parseReference(text),
      (thrown) => isFault(thrown) && thrown.message.includes('…@r.example/app') && !thrown.message.includes('secret'),
    );
  assert.throws(() => parseReference('docker://app:1.27@sha256:12'), /"app:1\.27@sha256:12"/);
});
