/** Our reading of package managers' records against the package managers' own. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Database from 'better-sqlite3';

import { Budget } from '../../src/core/budget.ts';
import type { PackageRecord } from '../../src/core/package-record.ts';
import { parseDpkgAlternative } from '../../src/formats/records/dpkg-alternatives.ts';
import * as info from '../../src/formats/records/dpkg-info.ts';
import { parseDpkgStatus } from '../../src/formats/records/dpkg-status.ts';
import { joinDpkg } from '../../src/formats/records/dpkg.ts';
import { parseElf } from '../../src/formats/records/elf.ts';
import { parseGoBuildInfo } from '../../src/formats/records/go-build-info.ts';
import { parseRpmdb, remarkRpmdbJournal, type RpmdbContainer, detectRpmdb } from '../../src/formats/records/rpmdb.ts';
import type { OnRemark } from '../../src/formats/wrapper.ts';
import { packagesIn } from '../../src/audit/package-integrity/record-facts.ts';
import { readLinkedModules } from '../../src/audit/package-integrity/linked-modules.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { concludePackages, rulesOf } from '../builders/package-image.ts';
import { compareDebVersions, compareRpmVersions } from '../../src/core/version-order.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const run = (command: string, ...parameters: readonly string[]): string =>
  execFileSync(command, parameters, { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] });

const refuseRemarks: OnRemark = ({ code, reason }) => assert.fail(`${code}: ${reason}`);

const dpkg = '/var/lib/dpkg';

const readDpkg = (): readonly PackageRecord[] => {
  const budget = new Budget();
  const lists = new Map<string, readonly string[]>();
  const md5sums = new Map<string, ReadonlyMap<string, string>>();
  const conffiles = new Map<string, readonly string[]>();
  for (const file of readdirSync(`${dpkg}/info`)) {
    const about = info.parseDpkgInfoName(file);
    if (about === undefined) continue;
    const key = about.architecture === undefined ? about.name : `${about.name}:${about.architecture}`;
    const bytes = readFileSync(`${dpkg}/info/${file}`);
    if (about.kind === 'list') lists.set(key, info.parseDpkgList(bytes, budget, refuseRemarks));
    if (about.kind === 'md5sums') md5sums.set(key, info.parseDpkgMd5sums(bytes, budget, refuseRemarks));
    if (about.kind === 'conffiles') conffiles.set(key, info.parseDpkgConffiles(bytes, budget, refuseRemarks));
    if (about.kind === 'triggers') info.parseDpkgTriggers(bytes, budget, refuseRemarks);
  }
  const packages = parseDpkgStatus(readFileSync(`${dpkg}/status`), budget, refuseRemarks);
  const diversions = info.parseDpkgDiversions(readFileSync(`${dpkg}/diversions`), budget, refuseRemarks);
  return joinDpkg({ packages, lists, md5sums, conffiles, diversions }, refuseRemarks);
};

test('this machine’s packages are those of dpkg-query', options, () => {
  const format = '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Status}\n';
  const expected = run('dpkg-query', '-W', '-f', format).trim().split('\n').toSorted();
  const found = readDpkg().map(({ name, version, arch, source, status }) =>
    [name, version, arch, source?.name ?? name, source?.version ?? version, status].join('\t'),
  );
  assert.ok(expected.length > 50);
  assert.deepEqual(found.toSorted(), expected);
});

test('the files of a package are those of dpkg-query', options, () => {
  const records = readDpkg();
  for (const name of ['dpkg', 'bash', 'libc6', 'dash']) {
    const record = records.find((found) => found.name === name);
    const expected = run('dpkg-query', '-L', name)
      .split('\n')
      .filter((line) => line.startsWith('/') && line !== '/.');
    assert.deepEqual(
      record?.files
        ?.filter(({ path }) => path !== '')
        .map(({ path, divertedFrom }) => `/${divertedFrom ?? path}`)
        .toSorted(),
      expected.toSorted(),
      name,
    );
  }
});

test('every record beside the status is read without a remark', options, () => {
  const budget = new Budget();
  info.parseDpkgFileTriggers(readFileSync(`${dpkg}/triggers/File`), budget, refuseRemarks);
  if (existsSync(`${dpkg}/statoverride`))
    info.parseDpkgStatOverrides(readFileSync(`${dpkg}/statoverride`), budget, refuseRemarks);
  const names = readdirSync(`${dpkg}/alternatives`);
  assert.ok(names.length > 3);
  for (const name of names) {
    const { link, choices } = parseDpkgAlternative(name, readFileSync(`${dpkg}/alternatives/${name}`), budget);
    const query = run('update-alternatives', '--query', name);
    assert.equal(`/${link}`, /^Link: (.*)$/m.exec(query)?.[1]);
    assert.deepEqual(
      choices.map(({ path }) => `/${path}`),
      [...query.matchAll(/^Alternative: (.*)$/gm)].map((match) => match[1]),
    );
  }
});

const awkward = [
  '1.0',
  '1.0~rc1',
  '1.0~~',
  '1.0-1',
  '1.0-1.1',
  '1.0+b1',
  '1:0.1',
  '0:1.0',
  '1.0a',
  '1.0.1',
  '1.01',
  '1.10',
  '1.9',
  '2-1~bpo12+1',
];

test('versions are ordered as dpkg orders them', options, () => {
  for (const one of awkward)
    for (const other of awkward) {
      const is = (operator: string): boolean =>
        spawnSync('dpkg', ['--compare-versions', one, operator, other]).status === 0;
      const expected = is('lt') ? -1 : is('eq') ? 0 : 1;
      assert.equal(compareDebVersions(one, other), expected, `${one} and ${other}`);
    }
});

test('versions are ordered as rpm orders them', options, () => {
  const versions = [...awkward, '1.0^git1', '1.0^', '1.0^git1~pre', '1.0^git1-2', '1_0', 'a', '1.a', '10xyz'];
  const pairs = versions.flatMap((one) => versions.map((other) => [one, other] as const));
  const script = pairs.map(([one, other]) => `print(rpm.vercmp("${one}", "${other}"), " ")`).join(' ');
  const results = run('rpm', '--eval', `%{lua: ${script}}`).trim().split(/\s+/).map(Number);
  assert.deepEqual(
    pairs.map(([one, other], position) => `${one} ${other} ${results[position]}`),
    pairs.map(([one, other]) => `${one} ${other} ${compareRpmVersions(one, other)}`),
  );
});

let folder = '';
const packages = Array.from({ length: 25 }, (_, position) => `part-${position}`);

/** One package with every kind of file, and many others of which the larger need several pages. */
const spec = [
  '%define _build_id_links none',
  '%define __os_install_post %{nil}',
  'Name: alpha',
  'Version: 1.2~rc1',
  'Release: 3',
  'Epoch: 2',
  'Summary: x',
  'License: MIT',
  'Vendor: Example',
  'BuildArch: noarch',
  '%description',
  'x',
  ...packages.flatMap((name) => [`%package -n ${name}`, 'Summary: x', `%description -n ${name}`, 'x']),
  '%install',
  'mkdir -p %{buildroot}/etc %{buildroot}/usr/bin %{buildroot}/usr/share/doc/alpha %{buildroot}/var/lib',
  'echo conf > %{buildroot}/etc/alpha.conf',
  'echo tool > %{buildroot}/usr/bin/alpha',
  'ln -s alpha %{buildroot}/usr/bin/beta',
  'echo doc > %{buildroot}/usr/share/doc/alpha/README',
  'touch %{buildroot}/var/lib/alpha.state',
  ...packages.map(
    (name, position) =>
      `mkdir -p %{buildroot}/usr/lib/${name}; for n in $(seq 0 ${position * 20}); do echo $n > %{buildroot}/usr/lib/${name}/$n; done`,
  ),
  '%files',
  '%config(noreplace) /etc/alpha.conf',
  '%attr(4755,root,root) %caps(cap_net_raw=ep) /usr/bin/alpha',
  '/usr/bin/beta',
  '%doc /usr/share/doc/alpha/README',
  '%ghost /var/lib/alpha.state',
  ...packages.flatMap((name) => [`%files -n ${name}`, `/usr/lib/${name}`]),
  '',
].join('\n');

/** Writes a Berkeley DB as rpm did before it had other containers. */
const writer = `use strict; use DB_File;
my ($out, $order, @files) = @ARGV;
my $about = DB_File::HASHINFO->new; $about->{lorder} = $order; $about->{bsize} = 4096;
tie my %h, 'DB_File', $out, 2|64, 0644, $about or die "$!";
my $form = $order == 4321 ? 'N' : 'V'; my $n = 1;
for my $file (@files) { open my $in, '<:raw', $file or die; local $/; $h{pack($form, $n++)} = <$in>; }
$h{pack($form, 0)} = pack($form, $n);
untie %h;`;

const databases: Partial<Record<'sqlite' | 'little' | 'big', string>> = {};

before(() => {
  if (!required) return;
  folder = mkdtempSync(join(tmpdir(), 'tidewaiter-packages-'));
  writeFileSync(join(folder, 'alpha.spec'), spec);
  run('rpmbuild', '-bb', '--quiet', '--define', `_topdir ${folder}/build`, join(folder, 'alpha.spec'));
  const built = readdirSync(join(folder, 'build/RPMS/noarch')).map((name) => join(folder, 'build/RPMS/noarch', name));
  const sqlite = join(folder, 'sqlite');
  run('rpm', '--dbpath', sqlite, '--initdb');
  run('rpm', '--dbpath', sqlite, '-i', '--justdb', '--nodeps', '--excludedocs', ...built);
  databases.sqlite = sqlite;

  const database = new Database(join(sqlite, 'rpmdb.sqlite'), { readonly: true });
  const rows = database.prepare<[], { readonly blob: Uint8Array }>('SELECT blob FROM Packages ORDER BY hnum').all();
  database.close();
  const blobs = rows.map(({ blob }, position) => {
    const file = join(folder, `blob-${position}`);
    writeFileSync(file, blob);
    return file;
  });
  writeFileSync(join(folder, 'write.pl'), writer);
  for (const [name, order] of [
    ['little', '1234'],
    ['big', '4321'],
  ] as const) {
    const path = join(folder, name);
    mkdirSync(path);
    run('perl', join(folder, 'write.pl'), join(path, 'Packages'), order, ...blobs);
    databases[name] = path;
  }
});
after(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

const head = '%{NAME}|%{EPOCH}|%{VERSION}|%{RELEASE}|%{ARCH}|%{SOURCERPM}|%{VENDOR}|%{LICENSE}|%{INSTALLTIME}\\n';
const line =
  '[F|%{FILENAMES}|%{FILEMODES:octal}|%{FILEDIGESTS}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILELINKTOS}|%{FILEFLAGS:fflags}|%{FILESTATES}\\n]';

const describe = (record: ReturnType<typeof parseRpmdb>[number]): string => {
  const { name, epoch, upstreamVersion, release, arch, sourceRpm, vendor, license, installed, files = [] } = record;
  const types = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
  return [
    [name, epoch ?? '(none)', upstreamVersion, release, arch, sourceRpm, vendor, license, installed].join('|'),
    ...files.map((file) => {
      const type = file.type === 'file' || file.type === 'directory' || file.type === 'symlink' ? types[file.type] : 0;
      const flags = `${file.documentation === true ? 'd' : ''}${file.conffile === true ? 'c' : ''}${file.ghost === true ? 'g' : ''}`;
      return [
        'F',
        `/${file.path}`,
        (type | (file.mode ?? 0)).toString(8),
        file.digests.sha256 ?? '',
        file.owner,
        file.group,
        file.target ?? '',
        flags,
        file.state === undefined ? 0 : file.state === 'not-installed' ? 2 : file.state,
      ].join('|');
    }),
  ].join('\n');
};

for (const [name, container, backend] of [
  ['sqlite', 'sqlite', 'sqlite'],
  ['little', 'berkeley-db', 'bdb_ro'],
  ['big', 'berkeley-db', 'bdb_ro'],
] as const)
  test(`packages of a ${container} database (${name}) are those of rpm`, options, () => {
    const path = databases[name] ?? '';
    const bytes = readFileSync(join(path, name === 'sqlite' ? 'rpmdb.sqlite' : 'Packages'));
    assert.equal(detectRpmdb(bytes), container satisfies RpmdbContainer);
    const found = parseRpmdb(bytes, new Budget(), refuseRemarks);
    assert.equal(found.length, packages.length + 1);
    assert.ok(found.every(({ headerDigest }) => headerDigest === 'matches'));
    const all = run('rpm', '--define', `_db_backend ${backend}`, '--dbpath', path, '-qa', '--qf', `@${head}${line}`);
    // Of the flags only those that are kept: `n` is for noreplace, for example.
    const expected = all.replaceAll(/^(F\|.*\|)([a-z]*)(\|\d)$/gm, (_, start: string, flags: string, end: string) =>
      [start, flags.replaceAll(/[^dcg]/g, ''), end].join(''),
    );
    assert.deepEqual(
      found.map(describe).toSorted(),
      expected
        .split('@')
        .slice(1)
        .map((text) => text.trimEnd())
        .toSorted(),
    );
    if (name === 'sqlite') remarkRpmdbJournal(readFileSync(join(path, 'rpmdb.sqlite-wal')), refuseRemarks);
  });

test('a real Go program says what it was built from', options, () => {
  const bytes = readFileSync('/usr/bin/skopeo');
  const found = parseGoBuildInfo(bytes, parseElf(bytes), new Budget(), refuseRemarks);
  assert.match(found?.version ?? '', /^go1\.\d+/);
  assert.equal(found?.path, 'github.com/containers/skopeo/cmd/skopeo');
  assert.equal(found.settings.get('GOOS'), 'linux');
});

test('its compiler is among the packages of an image that holds it', options, () => {
  const packages = packagesIn(
    readLinkedModules('usr/bin/skopeo', readFileSync('/usr/bin/skopeo')) ?? null,
    'usr/bin/skopeo',
  );
  assert.ok(packages.some(({ name, version }) => name === 'stdlib' && /^1\.\d+/.test(version)));
});

test('this machine’s programs are those that their packages delivered', options, async () => {
  const entries: TarEntrySpec[] = ['bin', 'sbin', 'lib', 'lib64'].map((path) => ({
    path,
    type: 'symlink',
    target: `usr/${path}`,
  }));
  const names = ['coreutils', 'dash', 'bash', 'util-linux'];
  for (const file of ['status', 'diversions'])
    entries.push({ path: `var/lib/dpkg/${file}`, content: readFileSync(`${dpkg}/${file}`) });
  // Packages without a list are no matter as long as they are few: the lists of all, the files of some.
  for (const file of readdirSync(`${dpkg}/info`))
    if (/\.(?:list|md5sums)$/.test(file))
      entries.push({ path: `var/lib/dpkg/info/${file}`, content: readFileSync(`${dpkg}/info/${file}`) });
  const programs = readDpkg()
    .filter(({ name }) => names.includes(name))
    .flatMap(({ files = [] }) =>
      files.filter(({ path, digests }) => digests.md5 !== undefined && /^(?:usr\/)?s?bin\//.test(path)),
    );
  for (const { path } of programs)
    entries.push({ path: path.replace(/^(s?bin)\//, 'usr/$1/'), content: readFileSync(`/${path}`), mode: 0o755 });
  assert.ok(programs.length > 100);
  const quiet = await concludePackages(entries);
  assert.deepEqual(rulesOf(quiet), []);
  const trojan = { path: 'usr/bin/ls', content: readFileSync('/usr/bin/tr'), mode: 0o755 };
  assert.deepEqual(rulesOf(await concludePackages(entries, [trojan])), ['high changed-program']);
});
