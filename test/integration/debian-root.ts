/** Packages of a Debian suite newer than this machine's → an unpacked root to run their programs from, by chroot; kept for a week. */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const weekMs = 7 * 86_400_000;
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where this machine gets its own release from, as apt reads its sources. */
export const readMirror = async (): Promise<string> => {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const main = ['Created-By: Packages', 'Component: main', `Release: ${release}`];
  const ask = async (words: readonly string[]): Promise<string> =>
    (await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...words])).stdout.split('\n')[0] ?? '';
  // apt knows the origin once it has fetched the lists.
  const found = (await ask([...main, 'Origin: Debian'])) || (await ask(main));
  if (found === '') throw new Error(`apt has no source of Debian ${release} main`);
  return found;
};

/** apt with lists, cache and sources of its own: what is installed here and how apt is set up counts for nothing. */
export const aptWith = (folder: string) => {
  const settings: Readonly<Record<string, string>> = {
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::Retries': '3',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': 'true',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (...words: readonly string[]) => run('apt-get', [...options, '-qq', '-y', ...words], { timeout: 240_000 });
};

const unpack = async (archives: string, root: string): Promise<void> => {
  await mkdir(join(root, 'usr'), { recursive: true });
  // Packages hold the files below /usr only; that /bin is /usr/bin says base-files, which nothing depends on.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name));
    await symlink(`usr/${name}`, join(root, name));
  }
  for (const name of await readdir(archives))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(archives, name), root]);
  for (const place of ['dev', 'proc', 'run', 'sys', 'tmp']) await mkdir(join(root, place), { recursive: true });
};

/** No package's scripts are run. */
const makeRoot = async (suite: string, packages: readonly string[], folder: string): Promise<string> => {
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const signed = existsSync(keyring) ? ` [signed-by=${keyring}]` : '';
  await writeFile(join(folder, 'sources.list'), `deb${signed} ${await readMirror()} ${suite} main\n`);
  const apt = aptWith(folder);
  await apt('update');
  await apt('--download-only', 'install', ...packages);
  const root = join(folder, 'root');
  await unpack(join(folder, 'cache', 'archives'), root);
  return root;
};

/** Weeks pass while an engine still runs from the last one: that one stays. */
const forgetOld = async (store: string, week: number): Promise<void> => {
  for (const name of await readdir(store)) {
    const made = Number(/^root-(\d+)-/.exec(name)?.[1] ?? week);
    if (made < week - 1) await rm(join(store, name), { recursive: true, force: true });
  }
};

/** The packages with all that they depend on, from the first suite that has them. Needs root for what is then done with it, not for making it. */
export const readDebianRoot = async (suites: readonly string[], packages: readonly string[]): Promise<string> => {
  const store = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidewaiter-tests');
  await mkdir(store, { recursive: true, mode: 0o700 });
  const week = Math.floor(Date.now() / weekMs);
  const root = join(store, `root-${week}-${hash('sha256', JSON.stringify([suites, packages])).slice(0, 16)}`);
  if (existsSync(root)) return root;
  await forgetOld(store, week);
  const complaints: string[] = [];
  for (const suite of suites) {
    const folder = await mkdtemp(join(store, 'making-'));
    try {
      const made = await makeRoot(suite, packages, folder);
      await rename(made, root).catch((thrown: unknown) => {
        // Another process was quicker.
        if (!existsSync(root)) throw thrown;
      });
      return root;
    } catch (thrown) {
      complaints.push(`${suite}: ${(thrown as Error).message}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(`cannot have ${packages.join(', ')} from any of ${suites.join(', ')}:\n${complaints.join('\n')}`);
};
