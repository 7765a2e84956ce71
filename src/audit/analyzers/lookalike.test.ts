import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import type { ImageConfig } from '../../core/image.ts';
import type { KnownNames } from '../lookalike/known-names.ts';
import { lookalike } from './lookalike.ts';

const builtIn = join(import.meta.dirname, '../../../rules');

const load = async (ownNames: readonly string[] = []): Promise<KnownNames> => {
  const { data, rejected } = (await lookalike.load?.({ builtIn, added: [], ownNames })) ?? {};
  assert.deepEqual(rejected, []);
  return data as KnownNames;
};
const known = await load();

const judge = (subject: Partial<Subject>, names = known): readonly Finding[] => {
  const found = lookalike.conclude(
    { reference: 'oci:x', kind: 'container', identity: { diffIds: [] }, layers: [], inventory: [], ...subject },
    [],
    names,
  );
  assert.ok(!('findings' in found));
  return found;
};
const judgeName = (name: string, names = known): readonly Finding[] => judge({ reference: `docker://${name}` }, names);
const worded = (name: string, names = known): string =>
  judgeName(name, names)
    .map(({ severity, rule }) => `${severity} ${rule}`)
    .join(', ');

test('every official image passes under every name by which it is ordinarily pulled, built and mirrored', () => {
  assert.ok(known.officials.size >= 144);
  const caught = [...known.officials.keys()].flatMap((name) => [
    ...[
      `docker.io/library/${name}:latest`,
      `docker.io/library/${name}:1.2.3-slim`,
      `public.ecr.aws/docker/library/${name}:1`,
      `mirror.gcr.io/library/${name}:1`,
      `127.0.0.1:5000/${name}:1`,
      `registry.company.example:5000/${name}:1`,
      `registry.company.example:5000/base/${name}:1`,
      `registry.company.example/docker.io/library/${name}:1`,
      `registry.company.example/hub/library/${name}:1`,
    ].flatMap((reference) => judgeName(reference)),
    ...judge({ names: [name, `${name}:1`] }),
  ]);
  assert.deepEqual(caught, []);
});

test('every known publisher passes, whatever it calls its images, and so does every known registry', () => {
  const publishers = [...known.namespaces].flatMap(([host, names]) =>
    [...names.keys()].flatMap((name) => [
      `${host}/${name}/app:1`,
      `${host}/${name}/nginx:1`,
      // Below library/ nobody but Docker has a place: a slip there is one.
      ...(name === 'library' ? [] : [`${host}/${name}/ngnix:1`]),
    ]),
  );
  assert.ok(publishers.length > 600);
  const registries = known.registries.map(({ host }) => `${host.replaceAll('*', 'abc.def')}/team/app:1`);
  assert.deepEqual(
    [...publishers, ...registries].flatMap((name) => judgeName(name)),
    [],
  );
});

test('ordinary names of companies, people and helpers are silent', () => {
  const honest = [
    'registry.company.example:5000/team/app',
    'registry.company.example/base/python:3.13',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/nginx:1',
    'myteam.azurecr.io/python:3',
    'harbor.company.example/docker.io/library/nginx',
    'docker.company.example/nginx',
    'docker-registry.company.example/x/y',
    'localhost:5000/app',
    'gcr.io/distroless/static',
    'mcr.microsoft.com/dotnet/aspnet:8.0',
    'ghcr.io/owner/app:4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2',
    'ghcr.io/pi-hole/pihole',
    'ghcr.io/n8n-io/n8n',
    'jwilder/nginx-proxy',
    'someone/docker-nginx',
    'someone/mysql-client',
    'someone/postgres-backup',
    'someone/python3',
    'someone/alpine2',
    'someone/mango',
    'john1985/app',
    'doctor1985/app',
    'libraries/app',
    'alpinelinux/nginx',
    'a1b2c3d4e5/app',
    'postgrest/postgrest',
    'rocker/r-base',
    'calico/node',
    'nodered/node-red',
    'someone/app:latest-alpine',
    'registry.company.example/cache:' + 'a1'.repeat(32),
  ];
  assert.deepEqual(
    honest.filter((name) => worded(name) !== ''),
    [],
  );
});

const hostile: readonly (readonly [name: string, words: string])[] = [
  ['docker.1o/library/nginx', 'high lookalike/registry'],
  ['ghrc.io/org/app', 'high lookalike/registry'],
  ['quay.lo/org/app', 'high lookalike/registry'],
  ['dockerr.io/x/y', 'high lookalike/registry'],
  ['mcr.rnicrosoft.com/x', 'high lookalike/registry'],
  ['registry.k8s.oi/pause', 'high lookalike/registry'],
  ['quey.io/x/y', 'medium lookalike/registry'],
  ['docker.co/x/y', 'medium lookalike/registry'],
  ['dockerhub.io/x/y', 'medium lookalike/registry'],
  ['docker.io.company.example/x/y', 'info lookalike/registry'],
  ['someone/ngnix', 'medium lookalike/repository'],
  ['someone/ng1nx', 'high lookalike/repository'],
  ['someone/postgress', 'medium lookalike/repository'],
  ['someone/pyton', 'medium lookalike/repository'],
  ['someone/open-jdk', 'low lookalike/repository'],
  ['someone/nginx-official', 'medium lookalike/repository'],
  ['someone/realredis', 'medium lookalike/repository'],
  ['someone/ngnix-proxy', 'low lookalike/repository'],
  ['someone/nginx', 'info lookalike/borrowed-name'],
  ['docker72590/alpine', 'medium lookalike/namespace'],
  ['8374652/tomcat', 'medium lookalike/namespace'],
  ['a1b2c3d4e5/openjdk:17', 'medium lookalike/namespace'],
  ['a1b2c3d4e5/openjdk:sha256-0123456789abcdef', 'high lookalike/namespace'],
  ['1ibrary/nginx', 'high lookalike/namespace'],
  ['bitnarni/redis', 'high lookalike/namespace'],
  ['dockerofficial/app', 'medium lookalike/namespace'],
  ['bit-nami/app', 'medium lookalike/namespace'],
  ['library-registry/alpine', 'medium lookalike/namespace'],
  ['ubunut2207/nginx', 'medium lookalike/namespace'],
  ['microsfot/app', 'medium lookalike/namespace'],
  ['someone/nginx:1atest', 'medium lookalike/tag'],
  ['someone/nginx:latest.', 'medium lookalike/tag'],
  ['someone/nginx:1.2O', 'medium lookalike/tag'],
  ['nginx:latset', 'low lookalike/tag'],
  ['127.0.0.1:5000/someone/ngnix', 'medium lookalike/repository'],
];
for (const [name, words] of hostile) test(`${name}: ${words}`, () => assert.equal(worded(name), words));

test('a name in a registry where not everybody has an account weighs less', () => {
  assert.equal(worded('registry.company.example/someone/ngnix'), 'low lookalike/repository');
  assert.equal(worded('registry.company.example/a1b2c3d4e5/openjdk'), 'info lookalike/namespace');
  assert.equal(worded('registry.company.example/someone/nginx'), '');
});

test('an internationalised host is read as people read it', () => {
  // dосker.io with a Cyrillic o and s.
  const host = new URL('https://d\u043e\u0441ker.io').hostname;
  assert.match(host, /^xn--/);
  const [finding] = judgeName(`${host}/library/nginx`);
  assert.deepEqual([finding?.severity, finding?.confidence], ['high', 'high']);
  assert.ok(JSON.stringify(finding?.evidence).includes('docker.io with letters of another alphabet'));
  assert.deepEqual(judgeName(`${new URL('https://b\u00fccher.example').hostname}/app`), []);
});

test('the advice names what was probably meant, and the proof is the name', () => {
  const [finding] = judgeName('someone/ngnix:1');
  assert.match(finding?.advice ?? '', /docker\.io\/library\/nginx/);
  assert.deepEqual(finding?.techniques, ['T1036.005']);
  assert.equal(finding?.intent, 'impersonation');
  assert.deepEqual(finding?.evidence, [
    { kind: 'name', field: 'repository (looks like nginx with two letters swapped)', value: 'ngnix' },
    { kind: 'name', field: 'name', value: 'someone/ngnix:1' },
  ]);
});

test('an archive’s own names count where the reference is a path; a folder has none', () => {
  const names = ['someone/ngnix:1'];
  assert.equal(judge({ names })[0]?.rule, 'lookalike/repository');
  assert.equal(judge({ reference: 'docker://nginx', names }).length, 0);
  assert.deepEqual(judge({ reference: 'rootfs:/srv/ngnix' }), []);
  assert.deepEqual(judge({ reference: `docker-daemon:sha256:${'a'.repeat(64)}` }), []);
  const pin = `@sha256:${'b'.repeat(64)}`;
  for (const reference of [
    `docker-daemon:docker.io/someone/ngnix:1${pin}`,
    `containerd:k8s.io//docker.io/someone/ngnix:1${pin}`,
    'containerd:docker.io/someone/ngnix:1',
  ])
    assert.equal(judge({ reference })[0]?.rule, 'lookalike/repository', reference);
});

test('where an engine was asked for an id, what it calls the image counts', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  for (const reference of [`docker-daemon:${id}`, `containerd:moby//${id}@${id}`]) {
    assert.deepEqual(judge({ reference }), []);
    assert.equal(judge({ reference, names: ['someone/ngnix:1'] })[0]?.rule, 'lookalike/repository', reference);
  }
});

test('a name that no engine accepts, with foreign or invisible letters, is read as people read it', () => {
  for (const name of ['ngin\u0445:1', 'ng\u200binx', 'some\u043ene/nginx'])
    assert.equal(judge({ names: [name] })[0]?.severity, 'high', JSON.stringify(name));
  assert.deepEqual(judge({ names: ['not a name', '///', 'x'.repeat(5000)] }), []);
});

test('names of one’s own are no lookalikes, and what resembles them is', async () => {
  const own = await load(['registry.acme.example', 'acmecorp']);
  assert.equal(worded('registry.acme.example/someone/ngnix', own), '');
  assert.equal(worded('acmecorp/nginx', own), '');
  assert.equal(worded('registry.acrne.example/app', own), 'high lookalike/registry');
  assert.equal(worded('acmec0rp/app', own), 'high lookalike/namespace');
  assert.equal(worded('acmec0rp/app'), '');
});

test('a lookalike with the content of a pinned original is a mirror', async () => {
  const manifest = `sha256:${'1'.repeat(64)}` as const;
  const own = await load([`docker.io/library/nginx@${manifest}`]);
  const reference = 'docker://docker.io/someone/ngnix:1';
  const of = (digest: `sha256:${string}`) => judge({ reference, identity: { manifest: digest, diffIds: [] } }, own)[0];
  assert.deepEqual([of(manifest)?.rule, of(manifest)?.severity], ['lookalike/mirror', 'info']);
  assert.match(of(manifest)?.advice ?? '', /docker\.io\/library\/nginx/);
  assert.equal(of(`sha256:${'2'.repeat(64)}`)?.rule, 'lookalike/repository');
});

test('what a label says of the base is shown and not believed', () => {
  const labels = { 'org.opencontainers.image.base.name': 'docker.io/library/nginx:1' };
  const config = { labels } as unknown as ImageConfig;
  const [finding] = judge({ reference: 'docker://docker.io/someone/ngnix', config });
  assert.equal(finding?.severity, 'medium');
  assert.equal(finding.evidence.at(-1)?.kind, 'config');
});

test('without built-in rules nothing is known, and names of one’s own that cannot be read are told', async () => {
  const loaded = await lookalike.load?.({ added: [], ownNames: ['good', 'not good'] });
  assert.equal(loaded?.counts['name'], 1);
  assert.match(loaded.rejected[0]?.reason ?? '', /"not good" is no name/);
  assert.equal(worded('someone/ngnix', loaded.data as KnownNames), '');
});
