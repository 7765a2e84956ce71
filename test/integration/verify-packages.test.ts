/** `--verify-packages` against Debian's real archive: the mirror is the one that this machine's apt uses. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { openContext } from '../../src/app/context.ts';
import { openInspector } from '../../src/app/inspect.ts';
import { resolveSettings } from '../../src/app/settings.ts';
import { isFault } from '../../src/core/fault.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { readSignedText } from '../../src/archive/signed-text.ts';
import { aptWith, keyring, readMirror } from './debian-root.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 300_000 };
const run = promisify(execFile);

const packages = ['coreutils', 'dash', 'base-files', 'login'] as const;
let folder = '';
let mirror = '';
let honest = '';
const release = { id: '', suite: '' };

/** What dpkg would have written when it unpacked the package; no package's script is run. */
const register = async (deb: string, root: string): Promise<void> => {
  const control = await mkdtemp(join(folder, 'control-'));
  await run('dpkg-deb', ['--control', deb, control]);
  const fields = (await run('dpkg-deb', ['--field', deb])).stdout.trimEnd();
  const name = /^Package: (.*)$/m.exec(fields)?.[1] ?? '';
  const list = (await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -t', 'sh', deb])).stdout;
  const info = join(root, 'var/lib/dpkg/info', name);
  await writeFile(`${info}.list`, list.replace(/^\.(.*?)\/?$/gm, '$1').replace(/^$/m, '/.'));
  await cp(join(control, 'md5sums'), `${info}.md5sums`);
  const conffiles = await readFile(join(control, 'conffiles'), 'utf8').catch(() => '');
  const digests: string[] = [];
  for (const path of conffiles.split('\n').filter((line) => line.startsWith('/')))
    digests.push(` ${path} ${hash('md5', await readFile(join(root, path)))}`);
  const marked = digests.length === 0 ? '' : `\nConffiles:\n${digests.join('\n')}`;
  await appendFile(join(root, 'var/lib/dpkg/status'), `${fields}\nStatus: install ok installed${marked}\n\n`);
};

before(async () => {
  if (!required) return;
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-verify-'));
  mirror = (await readMirror()).replace(/\/+$/, '');
  const system = await readFile('/etc/os-release', 'utf8');
  release.id = /^VERSION_ID="?(\w+)"?$/m.exec(system)?.[1] ?? '';
  release.suite = /^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1] ?? '';
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${release.suite} main\n`);
  const apt = aptWith(folder);
  await apt('update');
  const debs = join(folder, 'debs');
  await mkdir(debs);
  const settings = ['lists', 'cache', 'sources.list'].map((name) => join(folder, name));
  await run(
    'apt-get',
    [
      '-o',
      `Dir::State::lists=${settings[0]}`,
      '-o',
      `Dir::Cache=${settings[1]}`,
      '-o',
      `Dir::Etc::sourcelist=${settings[2]}`,
      '-o',
      'Dir::Etc::sourceparts=-',
      '-o',
      'APT::Sandbox::User=root',
      '-qq',
      'download',
      ...packages,
    ],
    { cwd: debs },
  );
  honest = join(folder, 'honest');
  await mkdir(join(honest, 'usr'), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(honest, 'usr', name));
    await symlink(`usr/${name}`, join(honest, name));
  }
  await mkdir(join(honest, 'var/lib/dpkg/info'), { recursive: true });
  for (const name of await readdir(debs)) {
    await run('dpkg-deb', ['--extract', join(debs, name), honest]);
    await register(join(debs, name), honest);
  }
  // The administrator's own setting: a conffile may differ.
  await appendFile(join(honest, 'etc/login.defs'), '# local\n');
});
after(() => (folder === '' ? undefined : rm(folder, { recursive: true, force: true })));

const writeArchives = async (name: string, keys: string): Promise<string> => {
  const file = join(folder, name);
  const source = { url: mirror, suite: release.suite };
  await writeFile(
    file,
    JSON.stringify({
      distributions: [{ id: 'debian', keyrings: [keys], components: ['main'], releases: { [release.id]: [source] } }],
    }),
  );
  return file;
};

const judge = async (root: string, verify: boolean, keys = keyring): Promise<Verdict> => {
  const { host, protocol } = new URL(mirror);
  const settings = resolveSettings({
    flags: {
      verifyPackages: verify,
      packageArchives: await writeArchives(`archives-${hash('sha256', keys).slice(0, 8)}.yaml`, keys),
      cacheFolder: join(folder, 'kept'),
      trustedHosts: [host],
      ...(protocol === 'http:' ? { insecureRegistries: [host] } : {}),
      cores: 1,
    },
    environment: {},
    file: {},
    fileName: '',
  });
  await using context = await openContext(settings, {
    environment: process.env,
    log: { debug: () => undefined, warn: () => undefined },
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  await using inspector = await openInspector(settings, context);
  const [verdict] = await inspector.inspect(`rootfs:${root}`);
  assert.ok(verdict !== undefined);
  return verdict;
};

const integrity = ({ dossier }: Verdict): readonly string[] =>
  dossier.findings
    .filter(({ rule, severity }) => rule.startsWith('package-integrity/') && !['info', 'low'].includes(severity))
    .map(({ rule }) => rule);
const gapCodes = ({ dossier }: Verdict): readonly string[] => dossier.gaps.map(({ code }) => code);

/** An inert change: nothing behind the program's last section is ever run. */
const trojan = async (name: string, doctored: boolean): Promise<string> => {
  const root = join(folder, name);
  await cp(honest, root, { recursive: true, verbatimSymlinks: true });
  const original = await readFile(join(root, 'bin/ls'));
  await appendFile(join(root, 'bin/ls'), 'inert mark of a test');
  if (!doctored) return root;
  const md5sums = join(root, 'var/lib/dpkg/info/coreutils.md5sums');
  const text = await readFile(md5sums, 'utf8');
  const edited = text.replace(hash('md5', original), hash('md5', await readFile(join(root, 'bin/ls'))));
  assert.notEqual(edited, text);
  await writeFile(md5sums, edited);
  return root;
};

test('an honest system is what the archive delivers, changed conffiles and all', options, async () => {
  const verdict = await judge(honest, true);
  assert.deepEqual(integrity(verdict), []);
  assert.deepEqual(gapCodes(verdict), []);
  assert.equal(verdict.dossier.packages.length, packages.length);
});

test('a trojaned /bin/ls is found by the image’s own database', options, async () => {
  const verdict = await judge(await trojan('trojaned', false), false);
  assert.ok(integrity(verdict).includes('package-integrity/changed-program'));
});

test('with a doctored database only the signed archive finds it, and the image is denied', options, async () => {
  const root = await trojan('doctored', true);
  const blind = await judge(root, false);
  assert.deepEqual(integrity(blind), []);
  const seeing = await judge(root, true);
  const found = seeing.dossier.findings.find(({ rule }) => rule === 'package-integrity/database-doctored');
  const [file, signed] = found?.evidence ?? [];
  assert.ok(file?.kind === 'file' && signed?.kind === 'signature');
  assert.match(file.path, /bin\/ls$/);
  assert.equal(file.sha256, hash('sha256', await readFile(join(root, 'bin/ls'))));
  assert.equal(signed.value, `sha256:${hash('sha256', await readFile(join(honest, 'bin/ls')))}`);
  assert.equal(seeing.assessment, 'malicious');
  assert.equal(seeing.decision, 'deny');
});

test(
  'a version that the archive does not have cannot hide a change: the package is told as not compared',
  options,
  async () => {
    const root = await trojan('unknown-version', true);
    const status = join(root, 'var/lib/dpkg/status');
    const text = await readFile(status, 'utf8');
    await writeFile(status, text.replace(/(Package: coreutils\n[^]*?Version: )\S+/, '$10.1-1'));
    const verdict = await judge(root, true);
    assert.ok(gapCodes(verdict).includes('PACKAGE_VERSION_NOT_IN_ARCHIVE'));
    assert.match(
      verdict.dossier.gaps.find(({ code }) => code === 'PACKAGE_VERSION_NOT_IN_ARCHIVE')?.reason ?? '',
      /coreutils 0\.1-1/,
    );
    assert.equal(verdict.decision, 'deny');
  },
);

test('a program that was written into the list of a package is not in the archive', options, async () => {
  const root = join(folder, 'listed');
  await cp(honest, root, { recursive: true, verbatimSymlinks: true });
  await cp(join(root, 'bin/cat'), join(root, 'usr/bin/watcher'));
  await appendFile(join(root, 'usr/bin/watcher'), 'inert mark of a test');
  const info = join(root, 'var/lib/dpkg/info/coreutils');
  await appendFile(`${info}.list`, '/usr/bin/watcher\n');
  await appendFile(
    `${info}.md5sums`,
    `${hash('md5', await readFile(join(root, 'usr/bin/watcher')))}  usr/bin/watcher\n`,
  );
  assert.deepEqual(integrity(await judge(root, false)), []);
  const verdict = await judge(root, true);
  assert.deepEqual(integrity(verdict), ['package-integrity/archive-lacks-file']);
  assert.equal(verdict.decision, 'deny');
});

test('an archive whose keys are not the configured ones is not believed', options, async () => {
  const verdict = await judge(honest, true, '/usr/share/keyrings/debian-archive-removed-keys.gpg');
  assert.ok(gapCodes(verdict).includes('ARCHIVE_SIGNATURE_INVALID'));
  assert.ok(gapCodes(verdict).includes('PACKAGES_NOT_VERIFIED'));
});

test('only what gpgv finds signed is read of a real Release, and nothing of a changed one', options, async () => {
  const lists = join(folder, 'lists');
  const name = (await readdir(lists)).find((file) => file.endsWith('InRelease')) ?? '';
  const signed = await readFile(join(lists, name), 'utf8');
  const context = { environment: process.env, signal: new AbortController().signal };
  const read = (text: string) => readSignedText(Buffer.from(text), { keyrings: [keyring], folder, where: '', context });
  const text = await read(signed);
  assert.match(text, new RegExp(`^Codename: ${release.suite}$`, 'm'));
  const around = await read(`Codename: before\n${signed}Codename: behind\n`);
  assert.equal(around, text);
  const unsigned = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nCodename: second\n';
  assert.equal(await read(`${signed}${unsigned}${signed.slice(signed.indexOf('-----BEGIN PGP SIGNATURE'))}`), text);
  for (const changed of [signed.replace('Codename: ', 'Codename: x'), unsigned + signed, text])
    await assert.rejects(read(changed), (thrown) => isFault(thrown) && thrown.code === 'ARCHIVE_SIGNATURE_INVALID');
});

test('a keyring that is missing is said before anything is scanned', options, async () => {
  await assert.rejects(
    judge(honest, true, join(folder, 'none.gpg')),
    (thrown) =>
      isFault(thrown) && thrown.code === 'ARCHIVE_KEYS_MISSING' && /debian-archive-keyring/.test(thrown.message),
  );
});
