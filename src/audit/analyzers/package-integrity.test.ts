import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import {
  concludePackages,
  deadProgram,
  debianLayer,
  debianRelease,
  debFiles,
  debInfo,
  debStatus,
  fillers,
  rulesOf,
  type DebPackage,
} from '../../../test/builders/package-image.ts';
import { berkeleyOf, ndbOf, sealedBlobOf, type RpmValues } from '../../../test/builders/rpmdb.ts';
import type { TarEntrySpec } from '../../formats/tar-writer.ts';

const coreutils: DebPackage = {
  name: 'coreutils',
  version: '9.1-1',
  files: { 'bin/ls': deadProgram('list'), 'usr/bin/tr': deadProgram('translate') },
};
const tool: DebPackage = {
  name: 'tool',
  files: { 'usr/bin/tool': deadProgram('a tool'), 'usr/bin/wrap': '#!/bin/sh\ntool\n', 'usr/share/tool/data': 'data' },
  links: ['usr/bin/alias'],
  conffiles: { 'etc/tool.conf': 'a=1\n' },
};
const packages = [coreutils, tool, ...fillers()];
const base = debianLayer(packages);

const program = (path: string, text = 'other', mode = 0o755): TarEntrySpec => ({
  path,
  content: deadProgram(text),
  mode,
});
const script = (path: string, mode = 0o755): TarEntrySpec => ({ path, content: '#!/bin/sh\nexit 0\n', mode });

test('a system as its packages delivered it is quiet, and every file has an owner', async () => {
  const concluded = await concludePackages(base);
  assert.deepEqual([rulesOf(concluded), concluded.inspectionGaps], [[], []]);
  const state = (path: string) => concluded.ownership?.get(path);
  assert.deepEqual(state('usr/bin/ls'), { package: 'coreutils', ecosystem: 'deb', state: 'matching' });
  assert.deepEqual(state('usr/bin/tool'), { package: 'tool', ecosystem: 'deb', state: 'matching' });
  assert.deepEqual(state('etc/tool.conf'), { package: 'tool', ecosystem: 'deb', state: 'unchecked' });
  assert.deepEqual(state('usr/share/tool/data'), { package: 'tool', ecosystem: 'deb', state: 'unchecked' });
  assert.deepEqual(state('var/lib/dpkg/status'), { package: '', state: 'expected' });
});

test('what is installed is told, with the distribution', async () => {
  const { packages: found = [] } = await concludePackages(base);
  assert.equal(found.length, packages.length);
  assert.equal(
    found.find(({ name }) => name === 'coreutils')?.purl,
    'pkg:deb/debian/coreutils@9.1-1?arch=amd64&distro=debian-12',
  );
  assert.equal(found[0]?.recordedIn, 'var/lib/dpkg/status');
  assert.ok(found.every(({ files = [] }) => files.length > 0));
});

test('another ls is found, whichever of its two paths the layer names', async () => {
  for (const path of ['usr/bin/ls', 'bin/ls']) {
    const concluded = await concludePackages(base, [program(path)]);
    assert.deepEqual(rulesOf(concluded), ['high changed-program'], path);
    assert.equal(concluded.findings[0]?.confidence, 'high');
    assert.equal(concluded.ownership?.get(path)?.state, 'changed');
  }
});

test('another program is found too, with less certainty; the same bytes again are none', async () => {
  const changed = await concludePackages(base, [program('usr/bin/tool')]);
  assert.deepEqual(rulesOf(changed), ['high changed-program']);
  assert.equal(changed.findings[0]?.confidence, 'medium');
  assert.deepEqual(rulesOf(await concludePackages(base, [program('usr/bin/tool', 'a tool')])), []);
});

test('a changed script weighs little, changed configuration nothing', async () => {
  const changed = [script('usr/bin/wrap'), { path: 'etc/tool.conf', content: 'a=2\n' }];
  assert.deepEqual(rulesOf(await concludePackages(base, changed)), ['low changed-program']);
});

test('a later layer with a newer package and its files is honest', async () => {
  const newer: DebPackage = {
    ...coreutils,
    version: '9.1-2',
    files: { ...coreutils.files, 'bin/ls': deadProgram('newer list') },
  };
  const upgrade = [debStatus([newer, tool, ...fillers()]), ...debInfo([newer]), ...debFiles([newer])];
  assert.deepEqual(rulesOf(await concludePackages(base, upgrade)), []);
});

test('digests that were edited for the same version are found, and so is the file they were edited for', async () => {
  const trojan: DebPackage = { ...coreutils, files: { ...coreutils.files, 'bin/ls': deadProgram('other') } };
  const doctored = [program('usr/bin/ls'), ...debInfo([trojan]).filter(({ path }) => path.endsWith('.md5sums'))];
  const concluded = await concludePackages(base, doctored);
  assert.deepEqual(rulesOf(concluded), ['high database-contradicts-itself']);
  const [proof] = concluded.findings[0]?.evidence ?? [];
  assert.equal(proof?.kind === 'excerpt' ? proof.text : '', 'bin/ls');
  // Written again as they were.
  assert.deepEqual(rulesOf(await concludePackages(base, debInfo([coreutils]))), []);
});

test('a program that is listed and has no digest was added to the list; a link has none either', async () => {
  const listed = debInfo([{ ...tool, links: ['usr/bin/alias', 'usr/bin/extra'] }]).filter(({ path }) =>
    path.endsWith('.list'),
  );
  const alias: TarEntrySpec = { path: 'usr/bin/alias', type: 'symlink', target: 'tool' };
  assert.deepEqual(rulesOf(await concludePackages(base, [...listed, alias])), []);
  assert.deepEqual(rulesOf(await concludePackages(base, [...listed, program('usr/bin/extra')])), [
    'medium database-contradicts-itself',
  ]);
});

test('a package with a system tool whose digests are gone is told, any other one is not', async () => {
  const gone = (name: string): TarEntrySpec => ({ path: `var/lib/dpkg/info/${name}.md5sums`, type: 'deletion' });
  assert.deepEqual(rulesOf(await concludePackages(base, [gone('coreutils')])), ['medium database-contradicts-itself']);
  assert.deepEqual(rulesOf(await concludePackages(base, [gone('tool')])), []);
  // Slimmed of all digests.
  assert.deepEqual(
    rulesOf(
      await concludePackages(
        base,
        packages.map(({ name }) => gone(name)),
      ),
    ),
    [],
  );
});

test('a program too large to compare must fit into its package', async () => {
  const large = {
    path: 'usr/lib/app/engine',
    content: Buffer.concat([deadProgram('x'), Buffer.alloc(300 * 1024)]),
    mode: 0o755,
  };
  const app = (size: number): DebPackage => ({ name: 'app', size, files: { 'usr/lib/app/engine': 'another' } });
  const imageOf = (size: number) => [...debianLayer([...packages, app(size)]), large];
  assert.deepEqual(rulesOf(await concludePackages(imageOf(400))), []);
  assert.deepEqual(rulesOf(await concludePackages(imageOf(20))), ['high database-contradicts-itself']);
});

test('own programs on the path are noted in one line; those below /usr/local, /opt and /app are not', async () => {
  const own = ['usr/local/bin/app', 'opt/app/bin/server', 'app/main', 'usr/local/lib/libx.so'].map((path) =>
    program(path),
  );
  assert.deepEqual(rulesOf(await concludePackages(base, own)), []);
  const placed = await concludePackages(base, [
    program('usr/bin/app'),
    program('usr/bin/other', 'b'),
    script('usr/bin/entry.sh'),
  ]);
  assert.deepEqual(rulesOf(placed), ['low unowned-program']);
  assert.deepEqual(rulesOf(await concludePackages(base, [script('usr/bin/entry.sh')])), ['info unowned-program']);
});

test('unowned programs that hide, take rights, log people in or have a tool’s name weigh more', async () => {
  const cases: readonly (readonly [TarEntrySpec, readonly string[]])[] = [
    [program('usr/bin/.x'), ['high hidden-program']],
    [program('usr/lib/.cache/x'), ['high hidden-program']],
    [program('usr/bin/x', 'x', 0o4755), ['medium unowned-setuid']],
    [program('lib/x86_64-linux-gnu/security/pam_x.so', 'x', 0o644), ['medium unowned-login-module']],
    [program('usr/bin/netstat'), ['medium unowned-system-tool']],
    // The nearest that weigh nothing of the kind.
    [{ path: 'usr/lib/.build-id/ab', type: 'symlink', target: '../../bin/tool' }, []],
    [program('usr/lib/python3/dist-packages/x/.libs/liby.so'), []],
    [program('usr/bin/netstat2'), ['low unowned-program']],
  ];
  for (const [entry, expected] of cases)
    assert.deepEqual(rulesOf(await concludePackages(base, [entry])), expected, entry.path);
});

test('one program under many names, such as busybox, is no system tool', async () => {
  const names = ['busybox', 'netstat', 'route'].map((name) => program(`usr/bin/${name}`, 'box'));
  assert.deepEqual(rulesOf(await concludePackages(base, names)), ['low unowned-program']);
});

test('a packaged program replaced by a link counts by where the link leads', async () => {
  const link = (target: string): TarEntrySpec => ({ path: 'usr/bin/tool', type: 'symlink', target });
  assert.deepEqual(rulesOf(await concludePackages(base, [link('ls')])), []);
  assert.deepEqual(rulesOf(await concludePackages(base, [program('opt/x'), link('/opt/x')])), [
    'medium changed-program',
  ]);
});

test('a hard link is what it leads to', async () => {
  const link = (path: string): TarEntrySpec => ({ path, type: 'hardlink', target: 'opt/x' });
  assert.deepEqual(rulesOf(await concludePackages(base, [program('opt/x'), link('usr/bin/ls')])), [
    'high changed-program',
  ]);
  assert.deepEqual(rulesOf(await concludePackages(base, [program('opt/x'), link('usr/bin/.x')])), [
    'high hidden-program',
  ]);
  const same = await concludePackages(base, [
    { ...program('usr/bin/ls2', 'list') },
    { ...link('usr/bin/ls'), target: 'usr/bin/ls2' },
  ]);
  assert.deepEqual([rulesOf(same), same.ownership?.get('usr/bin/ls')?.state], [['low unowned-program'], 'matching']);
  // The other name is gone, the content is not.
  const gone: TarEntrySpec = { path: 'opt/x', type: 'deletion' };
  assert.deepEqual(rulesOf(await concludePackages(base, [program('opt/x'), link('usr/bin/ls')], [gone])), [
    'high changed-program',
  ]);
});

test('a package that is stated twice makes a database of two readings, blanks in a stanza weigh little', async () => {
  const status = String(debStatus(packages).content);
  const imageOf = (content: string) => [...base, { path: 'var/lib/dpkg/status', content }];
  const twice = `${status}Package: coreutils\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9.1-9\n\n`;
  assert.deepEqual(rulesOf(await concludePackages(imageOf(twice))), ['medium database-contradicts-itself']);
  const blank = status.replace('Architecture: amd64\n', 'Architecture: amd64\n \n');
  assert.deepEqual(rulesOf(await concludePackages(imageOf(blank))), ['low database-contradicts-itself']);
});

test('many packages upgraded in a later layer cost no more than once each', { timeout: 10_000 }, async () => {
  const many = (version: string): readonly DebPackage[] =>
    Array.from({ length: 1500 }, (_, at) => ({ name: `p${at}`, version, files: { [`usr/share/p${at}`]: version } }));
  const upgrade = [debStatus(many('2')), ...debInfo(many('2')), ...debFiles(many('2'))];
  assert.deepEqual(rulesOf(await concludePackages(debianLayer(many('1')), upgrade)), []);
});

test('diversions and alternatives are understood', async () => {
  const moved = { path: 'var/lib/dpkg/diversions', content: '/usr/bin/tool\n/usr/bin/tool.real\n:\n' };
  const diverted = [
    moved,
    program('usr/bin/tool.real', 'a tool'),
    program('usr/local/bin/tool'),
    script('usr/bin/tool'),
  ];
  assert.deepEqual(rulesOf(await concludePackages(base, diverted)), ['info unowned-program']);
  const alternative = { path: 'var/lib/dpkg/alternatives/tool', content: 'auto\n/usr/bin/tool\n\n/opt/x\n10\n\n' };
  const links: readonly TarEntrySpec[] = [
    { path: 'usr/bin/tool', type: 'symlink', target: '/etc/alternatives/tool' },
    { path: 'etc/alternatives/tool', type: 'symlink', target: '/opt/x' },
  ];
  assert.deepEqual(rulesOf(await concludePackages(base, [alternative, program('opt/x'), ...links])), []);
});

test('one step over all programs is one finding', async () => {
  const many: DebPackage = {
    name: 'many',
    files: Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`usr/bin/m${at}`, deadProgram(`${at}`)])),
  };
  const stripped = Object.keys(many.files ?? {}).map((path) => program(path, 'stripped'));
  assert.deepEqual(rulesOf(await concludePackages(debianLayer([...packages, many]), stripped)), [
    'medium many-changed',
  ]);
});

test('documentation that was deleted is no matter, a deleted database is told', async () => {
  const gone: readonly TarEntrySpec[] = [{ path: 'usr/share/doc/filler-1/copyright', type: 'deletion' }];
  assert.deepEqual(rulesOf(await concludePackages(base, gone)), []);
  const database: readonly TarEntrySpec[] = [{ path: 'var/lib/dpkg', type: 'deletion' }];
  const concluded = await concludePackages(base, database);
  assert.deepEqual(rulesOf(concluded), ['low database-removed']);
  assert.equal(concluded.ownership, undefined);
});

test('where the lists of files were slimmed away nobody is called unowned', async () => {
  const slim = [debianRelease, debStatus(packages), ...debFiles(packages)];
  const concluded = await concludePackages(slim);
  assert.deepEqual([rulesOf(concluded), concluded.ownership], [['info record-incomplete'], undefined]);
});

test('distroless: packages in files of their own, with or without digests', async () => {
  const one = (name: string, file: string, content: string | Uint8Array): readonly TarEntrySpec[] => [
    { path: `var/lib/dpkg/status.d/${name}`, content: `Package: ${name}\nVersion: 1\nArchitecture: amd64\n` },
    { path: `var/lib/dpkg/status.d/${name}.md5sums`, content: `${hash('md5', content)}  ${file}\n` },
    { path: file, content, mode: 0o755 },
  ];
  const image = [
    ...one('libc6', 'lib/x86_64-linux-gnu/libc.so.6', deadProgram('c')),
    ...one('tzdata', 'usr/share/tz', 'x'),
  ];
  const quiet = await concludePackages([...image, program('busybox/sh'), program('bin/sh')]);
  assert.deepEqual(rulesOf(quiet), ['low unowned-program']);
  assert.equal(quiet.ownership?.get('lib/x86_64-linux-gnu/libc.so.6')?.package, 'libc6');
  const changed = await concludePackages(image, [program('lib/x86_64-linux-gnu/libc.so.6', 'other', 0o644)]);
  assert.deepEqual(rulesOf(changed), ['high changed-program']);
  const plain = image.filter(({ path }) => !path.endsWith('.md5sums'));
  assert.equal((await concludePackages(plain)).ownership, undefined);
});

const apkOf = (files: Readonly<Record<string, Uint8Array>>, name = 'musl-utils'): TarEntrySpec => ({
  path: 'lib/apk/db/installed',
  content: [
    `P:${name}`,
    'V:1.2.4-r2',
    'A:x86_64',
    ...Object.entries(files).flatMap(([path, content]) => [
      `F:${path.slice(0, path.lastIndexOf('/'))}`,
      `R:${path.slice(path.lastIndexOf('/') + 1)}`,
      'a:0:0:755',
      `Z:Q1${Buffer.from(hash('sha1', content), 'hex').toString('base64')}`,
    ]),
    '',
    '',
  ].join('\n'),
});

test('Alpine: SHA-1 of programs, rights that were added, and links that its busybox makes', async () => {
  const [sh, ps] = [deadProgram('busy', '/lib/ld-musl-x86_64.so.1'), deadProgram('ps', '/lib/ld-musl-x86_64.so.1')];
  const image: readonly TarEntrySpec[] = [
    { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.19.1\n' },
    apkOf({ 'bin/busybox': sh, 'bin/ps': ps }),
    { path: 'bin/busybox', content: sh, mode: 0o755 },
    { path: 'bin/ps', content: ps, mode: 0o755 },
    { path: 'bin/ls', type: 'symlink', target: '/bin/busybox' },
  ];
  const concluded = await concludePackages(image);
  assert.deepEqual(rulesOf(concluded), []);
  assert.deepEqual(
    concluded.packages?.map(({ purl }) => purl),
    ['pkg:apk/alpine/musl-utils@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1'],
  );
  const other = { path: 'bin/ps', content: deadProgram('x', '/lib/ld-musl-x86_64.so.1'), mode: 0o755 };
  assert.deepEqual(rulesOf(await concludePackages(image, [other])), ['high changed-program']);
  assert.deepEqual(rulesOf(await concludePackages(image, [{ path: 'bin/ps', content: ps, mode: 0o4755 }])), [
    'medium added-setuid',
  ]);
});

const rpmValues = (content: Uint8Array, size = content.length): RpmValues => ({
  1000: 'procps-ng',
  1001: '3.3.17',
  1002: '13.el9',
  1022: 'x86_64',
  1028: [size],
  1030: [0o100755],
  1035: [hash('sha256', content)],
  1116: [0],
  1117: ['ps'],
  1118: ['/usr/bin/'],
  5011: [8],
});

test('RPM databases: SHA-256, and sizes that must fit the digest', async () => {
  const ps = deadProgram('ps');
  for (const [name, bytes] of [
    ['var/lib/rpm/Packages', berkeleyOf([sealedBlobOf(rpmValues(ps))])],
    ['usr/lib/sysimage/rpm/Packages.db', ndbOf([sealedBlobOf(rpmValues(ps))])],
  ] as const) {
    const image = [
      { path: name, content: bytes },
      { path: 'usr/bin/ps', content: ps, mode: 0o755 },
    ];
    const concluded = await concludePackages(image);
    assert.deepEqual([rulesOf(concluded), concluded.inspectionGaps], [[], []], name);
    assert.equal(concluded.ownership?.get('usr/bin/ps')?.state, 'matching');
    assert.deepEqual(rulesOf(await concludePackages(image, [program('usr/bin/ps')])), ['high changed-program']);
  }
  const torn = [
    { path: 'var/lib/rpm/Packages', content: berkeleyOf([sealedBlobOf(rpmValues(ps, 5))]) },
    { path: 'usr/bin/ps', content: ps, mode: 0o755 },
  ];
  assert.deepEqual(rulesOf(await concludePackages(torn)), ['high changed-program']);
});

test('an edited header in an RPM database is told by its own digest', async () => {
  const ps = deadProgram('ps');
  const blob = Buffer.from(sealedBlobOf(rpmValues(ps)));
  blob.write(hash('sha256', deadProgram('xx')), blob.indexOf(hash('sha256', ps)), 'latin1');
  const image = [{ path: 'var/lib/rpm/Packages', content: berkeleyOf([blob]) }, program('usr/bin/ps', 'xx')];
  assert.deepEqual(rulesOf(await concludePackages(image)), ['high database-contradicts-itself']);
});

test('a database that cannot be read is a gap; a language’s record is a note', async () => {
  const broken = await concludePackages([{ path: 'var/lib/rpm/rpmdb.sqlite', content: 'SQLite format 3\0' }]);
  assert.deepEqual(
    broken.inspectionGaps.map(({ code }) => code),
    ['SQLITE_INVALID'],
  );
  const journal = await concludePackages([{ path: 'var/lib/rpm/rpmdb.sqlite-wal', content: 'rubbish' }]);
  assert.deepEqual(
    journal.inspectionGaps.map(({ code }) => code),
    ['RPMDB_JOURNAL_UNREAD'],
  );
  const npm = await concludePackages([{ path: 'app/node_modules/x/package.json', content: '{' }]);
  assert.deepEqual([npm.inspectionGaps, rulesOf(npm)], [[], ['info record-incomplete']]);
});

test('packages of programming languages are told, wherever they lie', async () => {
  const { packages: found = [], findings } = await concludePackages([
    { path: 'app/node_modules/@a/b/package.json', content: '{"name":"@a/b","version":"1.2.3"}' },
    { path: 'app/node_modules/@a/b/test/package.json', content: '{"name":"inner","version":"9"}' },
    { path: 'usr/local/lib/python3.11/site-packages/x-1.0.dist-info/METADATA', content: 'Name: x\nVersion: 1.0\n\n' },
    { path: 'srv/vendor/composer/installed.json', content: '{"packages":[{"name":"a/b","version":"2.0"}]}' },
    { path: 'srv/app.jar!/META-INF/maven/g/a/pom.properties', content: 'groupId=g\nartifactId=a\nversion=3\n' },
  ]);
  assert.deepEqual(found.map(({ purl }) => purl).sort(), [
    'pkg:composer/a/b@2.0',
    'pkg:maven/g/a@3',
    'pkg:npm/%40a/b@1.2.3',
    'pkg:pypi/x@1.0',
  ]);
  assert.deepEqual(findings, []);
});

test('what pip installed over a system folder is its own', async () => {
  const folder = 'usr/lib/python3.12/site-packages';
  const content = '#!/usr/bin/python3\n';
  const sha256 = Buffer.from(hash('sha256', content), 'hex').toString('base64url');
  const pip: readonly TarEntrySpec[] = [
    { path: `${folder}/x-1.0.dist-info/METADATA`, content: 'Name: x\nVersion: 1.0\n\n' },
    { path: `${folder}/x-1.0.dist-info/RECORD`, content: `../../../bin/x,sha256=${sha256},${content.length}\n` },
    { path: 'usr/bin/x', content, mode: 0o755 },
  ];
  const concluded = await concludePackages(base, pip);
  assert.deepEqual(
    [rulesOf(concluded), concluded.ownership?.get('usr/bin/x')],
    [[], { package: 'x', ecosystem: 'pypi', state: 'matching' }],
  );
});

test('facts of another shape than ours are passed over', async () => {
  const { packageIntegrity } = await import('./package-integrity.ts');
  const subject = { reference: 'x', kind: 'container', identity: { diffIds: [] }, layers: [], inventory: [] } as const;
  const facts = [
    null,
    7,
    'rubbish',
    [],
    { is: 'dpkg-status', stanzas: 7 },
    { is: 'apk', packages: [{ name: 1 }, 'x'] },
  ];
  const odd = [...facts, { is: 'dpkg-list', packed: { paths: 1 } }, { release: [1] }, { links: [[1]], remarks: ['x'] }];
  const seen = { path: 'var/lib/dpkg/status', sha256: '', size: 0, layerIndex: 0, hidden: false };
  const said = packageIntegrity.conclude(
    subject,
    odd.map((fact) => ({ ...seen, facts: fact })),
    undefined,
  );
  assert.deepEqual('findings' in said ? said.findings : said, []);
});
