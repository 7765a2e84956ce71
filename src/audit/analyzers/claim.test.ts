import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InventoryEntry, Observation, Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { noConfig, type ImageConfig } from '../../core/image.ts';
import type { Product } from '../claim/products.ts';
import { claim } from './claim.ts';

const builtIn = join(import.meta.dirname, '../../../rules');
const loaded = await claim.load?.({ builtIn, added: [] });
const products = loaded?.data as readonly Product[];

const entry = (path: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  path,
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 100,
  modified: 0,
  layerIndex: 0,
  hidden: false,
  ...more,
});

interface Given {
  readonly name?: string;
  readonly files?: readonly (string | InventoryEntry)[];
  readonly system?: readonly string[];
  readonly config?: Partial<ImageConfig>;
  readonly subject?: Partial<Subject>;
}

const judge = ({ name, files = [], system, config = {}, subject = {} }: Given): readonly Finding[] => {
  const inventory = ['bin/sh', ...files].map((file) => (typeof file === 'string' ? entry(file) : file));
  const observations: readonly Observation[] =
    system === undefined
      ? []
      : [{ path: 'usr/lib/os-release', sha256: '', size: 9, layerIndex: 0, hidden: false, facts: system }];
  const found = claim.conclude(
    {
      reference: name === undefined ? 'oci:x' : `docker://${name}`,
      kind: 'container',
      identity: { diffIds: [] },
      config: { ...noConfig, ...config },
      layers: [],
      inventory,
      ...subject,
    },
    observations,
    products,
  );
  assert.ok(!('findings' in found));
  return found;
};
const worded = (given: Given): string =>
  judge(given)
    .map(({ severity, confidence, rule }) => `${severity}/${confidence} ${rule}`)
    .join(', ');

test('an image called nginx that holds no nginx claims what it is not', () => {
  assert.equal(worded({ name: 'someone/nginx' }), 'medium/medium claim/lacks-program');
  assert.equal(worded({ name: 'someone/nginx', files: ['usr/sbin/nginx'] }), '');
});

test('it weighs more when the image starts something else', () => {
  const config = { entrypoint: ['/var/sbin/bash'] };
  const [finding] = judge({ name: 'someone/nginx', config });
  assert.equal(finding?.severity, 'high');
  assert.deepEqual(finding.evidence.at(-1), { kind: 'config', field: 'Entrypoint', value: '/var/sbin/bash' });
  assert.match(finding.advice, /docker\.io\/library\/nginx/);
  const own = { entrypoint: ['/docker-entrypoint.sh'], command: ['nginx', '-g', 'daemon off;'] };
  assert.equal(judge({ name: 'someone/nginx', config: own })[0]?.severity, 'medium');
});

test('what a later layer deletes is not held, nor an empty file, a link, a folder, or a completion of the name', () => {
  for (const file of [
    entry('usr/sbin/nginx', { hidden: true }),
    entry('usr/sbin/nginx', { size: 0 }),
    entry('usr/sbin/nginx', { type: 'symlink' }),
    entry('etc/nginx', { type: 'directory' }),
    entry('etc/init.d/nginx'),
    entry('usr/share/bash-completion/completions/nginx'),
  ])
    assert.equal(judge({ name: 'someone/nginx', files: [file] }).length, 1, JSON.stringify(file));
});

const held: readonly (readonly [name: string, file: string])[] = [
  ['openjdk', 'usr/lib/jvm/java-21-openjdk-arm64/lib/server/libjvm.so'],
  ['eclipse-temurin', 'opt/java/openjdk/bin/java'],
  ['team/java', 'usr/lib/jvm/jre/bin/java'],
  ['mysql', 'usr/libexec/mysqld'],
  ['team/mysql', 'usr/bin/mysql'],
  ['mariadb', 'usr/sbin/mariadbd'],
  ['postgres', 'usr/lib/postgresql/17/bin/postgres'],
  ['redis', 'opt/bitnami/redis/bin/redis-server'],
  ['redis', 'usr/bin/valkey-server'],
  ['mongo', 'usr/bin/mongod'],
  ['python', 'usr/local/bin/python3.13'],
  ['team/python', 'opt/uv/cpython-3.12.1-linux-x86_64-gnu/bin/python3.12'],
  ['python', 'usr/lib/libpython3.11.so.1.0'],
  ['node', 'usr/local/bin/node'],
  ['team/nodejs', 'usr/bin/node-22'],
  ['php', 'usr/sbin/php-fpm8.3'],
  ['ruby', 'usr/bin/ruby3.3'],
  ['httpd', 'usr/sbin/apache2'],
  ['tomcat', 'app/lib/tomcat-embed-core-11.0.1.jar'],
  ['jenkins', 'usr/share/jenkins/jenkins.war'],
  ['golang', 'usr/local/go/bin/go'],
  ['gcc', 'usr/bin/x86_64-linux-gnu-gcc-14'],
  ['python', 'Python312/python.exe'],
];
for (const [name, file] of held)
  test(`${file} makes an image ${name}`, () => {
    assert.deepEqual(judge({ name, files: [file] }), []);
    assert.equal(judge({ name, files: ['opt/x/other'] })[0]?.rule, 'claim/lacks-program');
  });

test('files that are only called alike do not make one', () => {
  for (const [name, file] of [
    ['team/nodejs', 'usr/lib/x/node2json.js'],
    ['python', 'usr/lib/vim/python2.vim'],
    ['perl', 'usr/lib/perl5db.pl'],
    ['openjdk', 'usr/bin/java.sh'],
    ['nginx', 'usr/lib/nginx.conf'],
  ] as const)
    assert.equal(judge({ name, files: [file] }).length, 1, file);
});

test('helpers, names of many meanings and images of one’s own are silent', () => {
  for (const name of [
    'someone/nginx-exporter',
    'someone/mysql-client',
    'someone/python-builder',
    'someone/postgres-backup',
    'someone/app',
    'calico/node',
    'inputoutput/node',
    'someone/docker',
    'registry.company.example/game/rust',
    'someone/ubuntu-nginx',
  ])
    assert.deepEqual(judge({ name, config: { entrypoint: ['/app'] }, files: ['app'] }), [], name);
  assert.equal(judge({ name: 'node' }).length, 1);
});

test('a title, a maintainer and a build history are claims too', () => {
  const title = { labels: { 'org.opencontainers.image.title': ' Nginx ' } };
  assert.equal(worded({ config: title }), 'medium/medium claim/lacks-program');
  assert.equal(worded({ config: { labels: { 'org.opencontainers.image.title': 'nginx exporter' } } }), '');
  const maintainer = { labels: { maintainer: 'NGINX Docker Maintainers <docker-maint@nginx.example>' } };
  assert.equal(worded({ config: maintainer }), 'medium/medium claim/lacks-program');
  const steps = ['ENV NGINX_VERSION=1.27.0', 'CMD ["nginx" "-g" "daemon off;"]', 'COPY x /x'];
  const history = steps.map((createdBy) => ({ createdBy, emptyLayer: false }));
  assert.equal(worded({ config: { history, entrypoint: ['/x'] } }), 'high/medium claim/lacks-program');
  assert.equal(worded({ config: { history: history.slice(0, 1), entrypoint: ['/x'] } }), '');
  assert.equal(worded({ config: { history: history.slice(1), entrypoint: ['/x'] } }), '');
});

test('two sorts of claims are surer than one; a name and the same title are one', () => {
  const labels = { 'org.opencontainers.image.title': 'nginx' };
  assert.equal(worded({ name: 'x/nginx', config: { labels } }), 'medium/medium claim/lacks-program');
  const both = { labels: { ...labels, maintainer: 'NGINX Docker Maintainers' }, entrypoint: ['/x'] };
  assert.equal(worded({ name: 'x/nginx', config: both }), 'high/high claim/lacks-program');
});

test('a system is what its os-release says, or what it is like', () => {
  assert.equal(worded({ name: 'someone/centos', system: ['alpine'] }), 'medium/medium claim/lacks-system');
  assert.equal(worded({ name: 'someone/centos', system: ['centos', 'rhel', 'fedora'] }), '');
  assert.equal(worded({ name: 'someone/centos', system: ['rocky', 'rhel', 'centos', 'fedora'] }), '');
  assert.equal(worded({ name: 'someone/debian', system: ['ubuntu', 'debian'] }), '');
  assert.equal(worded({ name: 'someone/ubuntu', system: ['debian'] }), 'medium/medium claim/lacks-system');
  const command = ['/usr/bin/dockerd-loop'];
  assert.equal(worded({ name: 'x/centos', system: ['alpine'], config: { command } }), 'high/medium claim/lacks-system');
  assert.equal(
    worded({ name: 'x/centos', system: ['alpine'], config: { command: ['/bin/sh'] } }),
    'medium/medium claim/lacks-system',
  );
});

test('a shell in an odd folder is no shell of the system', () => {
  const start = (program: string) =>
    judge({ name: 'x/centos', system: ['alpine'], config: { entrypoint: [program] } })[0]?.severity;
  assert.deepEqual(['/bin/bash', 'sh', '/usr/local/bin/bash', '/var/sbin/bash', '/tmp/sh'].map(start), [
    'medium',
    'medium',
    'medium',
    'high',
    'high',
  ]);
});

test('a system without os-release is known by its files; one whose os-release was not read is not judged', () => {
  assert.equal(worded({ name: 'someone/alpine' }), 'medium/medium claim/lacks-system');
  assert.equal(worded({ name: 'someone/alpine', files: ['etc/alpine-release'] }), '');
  assert.equal(worded({ name: 'someone/alpine', files: ['etc/os-release'] }), '');
});

test('where not everything was read nothing is claimed, nor of an image without programs or of a machine', () => {
  assert.deepEqual(judge({ name: 'x/nginx', subject: { partial: true } }), []);
  assert.deepEqual(judge({ name: 'x/nginx', subject: { inventory: [] } }), []);
  assert.deepEqual(judge({ name: 'x/nginx', subject: { kind: 'machine' } }), []);
});

test('an archive’s own names are claims, and a path is none', () => {
  assert.equal(judge({ subject: { names: ['openjdk:17'] } }).length, 1);
  assert.deepEqual(judge({ subject: { reference: 'rootfs:/srv/nginx' } }), []);
});

test('names of labels and programs out of an image’s hand do no harm', () => {
  const labels = JSON.parse('{"__proto__": "x", "constructor": "y", "name": "toString"}') as Record<string, string>;
  assert.deepEqual(judge({ name: 'someone/constructor', config: { labels } }), []);
  const long = 'a'.repeat(1_000_000);
  const history = [{ createdBy: `CMD ["${long}`, emptyLayer: false }];
  assert.deepEqual(judge({ config: { history, entrypoint: [long], labels: { name: long, maintainer: long } } }), []);
});

test('os-release is read where it lies, quoted or not, the last assignment counting', async () => {
  const inspector = await claim.open?.(undefined);
  assert.ok(inspector);
  const header = entry('usr/lib/os-release');
  assert.equal(inspector.wants?.(header, 'text'), true);
  assert.equal(inspector.wants?.(entry('opt/os-release'), 'text'), false);
  assert.equal(inspector.wants?.({ ...header, size: 10 ** 6 }, 'text'), false);
  const read = (text: string) =>
    inspector.inspect(
      { ...header, kind: 'text', sha256: '', windowOffset: 0, overlap: 0, lastWindow: true },
      Buffer.from(text),
      {},
    )?.facts;
  assert.deepEqual(read('NAME=x\nID=debian\nID=ubuntu\nID_LIKE="debian x"\n'), ['ubuntu', 'debian', 'x']);
  assert.deepEqual(read("ID='alpine'\r\n"), ['alpine']);
  assert.equal(read('VERSION_ID=1\n'), undefined);
});

test('every product can be held, has a safer reference, and no two share a name', () => {
  assert.ok(products.length >= 50);
  const names = products.flatMap(({ names: own, officialNames }) => [...own, ...officialNames]);
  assert.equal(new Set(names).size, names.length);
  for (const { id, programs, ids, original } of products) {
    assert.ok(programs.length > 0 !== ids.size > 0, id);
    assert.match(original, /^docker\.io\/[a-z0-9-]+\/[a-z0-9-]+$/, id);
  }
});
