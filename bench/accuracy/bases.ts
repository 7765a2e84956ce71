/** The bases that images stand on: Debian, an Alpine of busybox, a root without a package manager, nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { run } from '../command.ts';
import { PackageSource } from '../debian.ts';
import type { LayerFile } from '../oci-layout.ts';
import { alpineEntries, alpinePackages, type ApkPackage } from './apk-root.ts';
import { installDistroless, installPackages } from './debian-root.ts';
import type { Machine } from './elf-tables.ts';
import type { LayerStore } from './layers.ts';
import { apkRecords, debianRecords, distrolessRecords, type StatedPackage } from './package-records.ts';
import type { BaseName } from './specification.ts';

const debianPackages = [
  'apt',
  'base-files',
  'base-passwd',
  'bash',
  'ca-certificates',
  'coreutils',
  'curl',
  'dash',
  'debianutils',
  'diffutils',
  'dpkg',
  'findutils',
  'gawk',
  'grep',
  'gzip',
  'hostname',
  'init-system-helpers',
  'libc-bin',
  'login',
  'mount',
  'ncurses-bin',
  'passwd',
  'perl-base',
  'procps',
  'sed',
  'sysvinit-utils',
  'tar',
  'tzdata',
  'util-linux',
  'wget',
];
const distrolessPackages = ['base-files', 'ca-certificates', 'libc6', 'libssl3', 'netbase', 'tzdata'];

const users =
  'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const shadow = users.replaceAll(/^(\w+):.*$/gm, '$1:*:19700:0:99999:7:::');

/** What the scripts of base-passwd and libc would have made. */
const writeAccounts = (root: string): void => {
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), users);
  writeFileSync(join(root, 'etc/shadow'), shadow, { mode: 0o640 });
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nwww-data:x:33:\nnogroup:x:65534:\n');
};

interface KeptBases {
  readonly recipe: number;
  readonly layers: Readonly<Record<string, LayerFile>>;
  /** The binary that the small base is made of, for each machine, as a file. */
  readonly busybox: Readonly<Record<string, string>>;
}

export class Bases {
  readonly #folder: string;
  readonly #store: LayerStore;
  readonly #layers = new Map<string, LayerFile>();
  readonly #busybox = new Map<Machine, string>();
  #source: Promise<PackageSource> | undefined;

  constructor(folder: string, store: LayerStore) {
    this.#folder = folder;
    this.#store = store;
    mkdirSync(folder, { recursive: true });
  }

  get debianStatus(): string {
    return readFileSync(this.debianStatusFile, 'utf8');
  }

  get debianStatusFile(): string {
    return join(this.#folder, 'debian-status');
  }

  /** Debian packages for amd64, whatever the machine that builds; the lists are read when first asked for. */
  source(): Promise<PackageSource> {
    this.#source ??= (async () => {
      const source = new PackageSource(join(this.#folder, 'apt'), 'amd64');
      await source.update();
      return source;
    })();
    return this.#source;
  }

  /** Builds what is not kept from an earlier run of the same recipe. */
  async open(recipe: number): Promise<void> {
    const file = join(this.#folder, 'bases.json');
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptBases) : undefined;
    if (
      kept?.recipe === recipe &&
      [...Object.values(kept.layers).map(({ path }) => path), ...Object.values(kept.busybox)].every((path) =>
        existsSync(path),
      )
    ) {
      for (const [name, layer] of Object.entries(kept.layers)) this.#layers.set(name, layer);
      for (const [machine, path] of Object.entries(kept.busybox)) this.#busybox.set(machine as Machine, path);
      return;
    }
    await this.#build();
    const made: KeptBases = {
      recipe,
      layers: Object.fromEntries(this.#layers),
      busybox: Object.fromEntries(this.#busybox),
    };
    writeFileSync(file, JSON.stringify(made));
  }

  /** Downloads are not needed once everything is built. */
  close(): void {
    for (const name of ['apt', 'apt-arm64']) rmSync(join(this.#folder, name), { recursive: true, force: true });
  }

  async #build(): Promise<void> {
    const source = await this.source();
    const nothing = join(this.#folder, 'apt', 'status');
    await this.#buildFolder('debian', async (root) => {
      await installPackages(await source.fetchBeyond(debianPackages, nothing), root, '');
      writeAccounts(root);
      writeFileSync(this.debianStatusFile, readFileSync(join(root, 'var/lib/dpkg/status')));
    });
    await this.#buildFolder('distroless', async (root) => {
      const wanted = new RegExp(`/(?:${distrolessPackages.join('|')})_`);
      const archives = await source.fetchBeyond(distrolessPackages, nothing);
      await installDistroless(
        archives.filter((archive) => wanted.test(archive)),
        root,
      );
      writeAccounts(root);
    });
    await this.#buildAlpine('amd64', source);
    const foreign = new PackageSource(join(this.#folder, 'apt-arm64'), 'arm64');
    await foreign.update();
    await this.#buildAlpine('arm64', foreign);
  }

  async #buildFolder(name: BaseName, fill: (root: string) => Promise<void>): Promise<void> {
    const root = join(this.#folder, name);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    await fill(root);
    this.#layers.set(`${name}/amd64`, await this.#store.addFolder(root, `ADD ${name}.tar.xz / # base`));
    rmSync(root, { recursive: true });
  }

  async #buildAlpine(machine: Machine, source: PackageSource): Promise<void> {
    const folder = join(this.#folder, `busybox-${machine}`);
    rmSync(folder, { recursive: true, force: true });
    await source.download('busybox-static', folder);
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', join(folder, archive), join(folder, 'root')]);
    this.#busybox.set(machine, join(folder, 'root', 'bin', 'busybox'));
    const entries = alpineEntries(this.#apkPackages(machine), machine);
    this.#layers.set(`alpine/${machine}`, this.#store.addEntries(entries, 'ADD alpine.tar.gz / # base'));
  }

  #apkPackages(machine: Machine): readonly ApkPackage[] {
    const busybox = this.#busybox.get(machine);
    if (busybox === undefined) throw new Error(`no busybox for ${machine}`);
    return alpinePackages(readFileSync(busybox), machine);
  }

  /** None for `scratch`. @throws {Error} for a machine that the base is not built for */
  layersOf(name: BaseName, machine: Machine): readonly LayerFile[] {
    if (name === 'scratch') return [];
    const layer = this.#layers.get(`${name}/${machine}`);
    if (layer === undefined) throw new Error(`no base ${name} for ${machine}`);
    return [layer];
  }

  /** The base's package database with these packages in it. `entries`: all that the image adds to the base. */
  databaseEntries(
    name: BaseName,
    machine: Machine,
    packages: readonly StatedPackage[],
    entries: readonly TarEntrySpec[],
  ): readonly TarEntrySpec[] {
    if (packages.length === 0) return [];
    switch (name) {
      case 'debian':
        return debianRecords(packages, entries, machine, this.debianStatus);
      case 'distroless':
        return distrolessRecords(packages, entries, machine);
      case 'alpine':
        return apkRecords(packages, entries, machine, this.#apkPackages(machine));
      default:
        return [];
    }
  }
}
