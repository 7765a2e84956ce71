/** Debian package names → downloaded packages, with everything they depend on, from the machine's own package sources. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

/** An apt of our own: own lists, own cache, and no package counted as installed. Needs no root and changes nothing. */
export class PackageSource {
  readonly #folder: string;
  readonly #options: readonly string[];

  /** `architecture` as Debian names it; that of the machine when absent. */
  constructor(folder: string, architecture?: string) {
    this.#folder = folder;
    for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    const settings = {
      'Dir::State::lists': join(folder, 'lists'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': folder,
      'Dir::Cache::archives': join(folder, 'archives'),
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
      'APT::Sandbox::User': '',
      'Debug::NoLocking': '1',
      ...(architecture === undefined ? {} : { 'APT::Architecture': architecture, 'APT::Architectures': architecture }),
    };
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  }

  async update(): Promise<void> {
    await run('apt-get', [...this.#options, '-qq', 'update']);
  }

  #archives(): readonly string[] {
    return readdirSync(join(this.#folder, 'archives')).filter((name) => name.endsWith('.deb'));
  }

  /** Paths of the packages that were not downloaded before, sorted by name. */
  async fetchWithDependencies(names: readonly string[]): Promise<readonly string[]> {
    const before = new Set(this.#archives());
    const flags = ['-qq', '-y', '--no-install-recommends', '--download-only', 'install'];
    await run('apt-get', [...this.#options, ...flags, ...names]);
    return this.#archives()
      .filter((name) => !before.has(name))
      .sort()
      .map((name) => join(this.#folder, 'archives', name));
  }

  /**
   * Paths of every package that these need besides what the `status` file says is installed, downloaded earlier or now, in the
   * order in which they would be installed.
   */
  async fetchBeyond(names: readonly string[], status: string): Promise<readonly string[]> {
    const words = [
      ...this.#options,
      '-o',
      `Dir::State::status=${status}`,
      '-qq',
      '-y',
      '--no-install-recommends',
      'install',
    ];
    await run('apt-get', [...words, '--download-only', ...names]);
    const { stdout } = await run('apt-get', [...words, '--simulate', ...names]);
    return [...stdout.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+) .*\[(\w+)\]\)/gm)].map(
      ([, name = '', version = '', architecture = '']) =>
        join(this.#folder, 'archives', `${name.split(':')[0]}_${version.replaceAll(':', '%3a')}_${architecture}.deb`),
    );
  }

  /** The package itself and nothing else: what a metapackage such as `linux-image-amd64` depends on first. */
  async fetchFirstDependency(metapackage: string, into: string): Promise<string> {
    const { stdout } = await run('apt-cache', [...this.#options, 'depends', '--important', metapackage]);
    const name = /^\s*Depends: (\S+)/m.exec(stdout)?.[1];
    if (name === undefined) throw new Error(`${metapackage} depends on nothing`);
    await this.download(name, into);
    const file = readdirSync(into).find((candidate) => candidate.startsWith(name));
    if (file === undefined) throw new Error(`${name} was not downloaded`);
    return join(into, file);
  }

  /** The package itself, into a folder. */
  async download(name: string, into: string): Promise<void> {
    mkdirSync(into, { recursive: true });
    await run('apt-get', [...this.#options, '-qq', 'download', name], { cwd: into });
  }
}
