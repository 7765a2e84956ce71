/** Debian packages → an unpacked root with the package database that dpkg would have written. No package's scripts are run. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run, runShell } from '../command.ts';

const merged = ['bin', 'sbin', 'lib', 'lib64'] as const;

/** `/bin` is `/usr/bin` since Debian 12: packages that still say `/bin` follow the link. */
const mergeUsr = (root: string): void => {
  for (const name of merged) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
  }
};

/** The links are the base's: a layer above it holds only what lies behind them. */
export const dropMergedLinks = (root: string): void => {
  for (const name of merged) rmSync(join(root, name), { force: true });
};

interface UnpackedPackage {
  readonly control: string;
  /** As dpkg lists them: absolute, without trailing slashes. */
  readonly paths: readonly string[];
  /** Name → content of what the package brings for dpkg itself. */
  readonly notes: ReadonlyMap<string, Uint8Array>;
}

const unpack = async (archive: string, root: string, scratch: string): Promise<UnpackedPackage> => {
  rmSync(scratch, { recursive: true, force: true });
  await run('dpkg-deb', ['--control', archive, scratch]);
  const line = 'dpkg-deb --fsys-tarfile "$DEB" | tar --extract --verbose --keep-directory-symlink --directory "$ROOT"';
  const { stdout } = await runShell(line, { environment: { DEB: archive, ROOT: root } });
  const paths = stdout
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => name.replace(/^\./, '').replace(/\/$/, '') || '/.');
  const names = readdirSync(scratch).filter((name) => name !== 'control');
  const notes = new Map(names.map((name) => [name, readFileSync(join(scratch, name))]));
  return { control: readFileSync(join(scratch, 'control'), 'utf8').trimEnd(), paths, notes };
};

const fieldOf = (control: string, name: string): string => new RegExp(`^${name}: *(.*)$`, 'm').exec(control)?.[1] ?? '';

/** One paragraph of `status`: the package's own, its state, and the digests of its configuration files. */
const stanzaOf = ({ control, notes }: UnpackedPackage, root: string): string => {
  const lines = (notes.get('conffiles')?.toString() ?? '').split('\n').filter((path) => path.startsWith('/'));
  const digests = lines
    .filter((path) => existsSync(join(root, path)))
    .map(
      (path) =>
        ` ${path} ${createHash('md5')
          .update(readFileSync(join(root, path)))
          .digest('hex')}`,
    );
  const state = control.replace(/^Package: .*$/m, '$&\nStatus: install ok installed');
  return `${state}${digests.length > 0 ? `\nConffiles:\n${digests.join('\n')}` : ''}\n\n`;
};

/** Packages of several architectures can be installed side by side: their records carry the architecture. */
const recordName = (control: string): string => {
  const name = fieldOf(control, 'Package');
  return fieldOf(control, 'Multi-Arch') === 'same' ? `${name}:${fieldOf(control, 'Architecture')}` : name;
};

/** Unpacks into `root`, and writes `status` and `info/` of dpkg there, after what `status` says already. */
export const installPackages = async (archives: readonly string[], root: string, status: string): Promise<void> => {
  const database = join(root, 'var/lib/dpkg');
  mkdirSync(join(database, 'info'), { recursive: true });
  mergeUsr(root);
  writeFileSync(join(database, 'status'), status);
  for (const archive of archives) {
    const unpacked = await unpack(archive, root, `${root}.control`);
    const name = recordName(unpacked.control);
    writeFileSync(join(database, 'info', `${name}.list`), `${unpacked.paths.join('\n')}\n`);
    for (const [note, content] of unpacked.notes) writeFileSync(join(database, 'info', `${name}.${note}`), content);
    appendFileSync(join(database, 'status'), stanzaOf(unpacked, root));
  }
  rmSync(`${root}.control`, { recursive: true, force: true });
};

/** As images without a package manager record them: one file for each package, and its digests beside it. */
export const installDistroless = async (archives: readonly string[], root: string): Promise<void> => {
  const database = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(database, { recursive: true });
  mergeUsr(root);
  for (const archive of archives) {
    const { control, notes } = await unpack(archive, root, `${root}.control`);
    const name = fieldOf(control, 'Package');
    writeFileSync(join(database, name), `${control}\n`);
    writeFileSync(join(database, `${name}.md5sums`), notes.get('md5sums') ?? '');
  }
  rmSync(`${root}.control`, { recursive: true, force: true });
};
