/**
 * Builds the benchmark's image once: real Debian packages in several gzip layers, with jars, wheels, node_modules and xz
 * kernel modules; and the same image with one layer more. Kept in a cache folder, rebuilt when the recipe changes.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { findFiles, isInstalled, run, runShell } from './command.ts';
import { PackageSource } from './debian.ts';
import { type LayerFile, measureLayer, writeLayout } from './oci-layout.ts';

/** Raised when the recipe below changes. */
const recipe = 3;

export interface BuiltImage {
  readonly recipe: number;
  /** OCI layout with one image. */
  readonly layout: string;
  /** The same with one layer more. */
  readonly nextLayout: string;
  /** The layers unpacked one over the other, for scanners that read files. */
  readonly tree: string;
  readonly layers: readonly LayerFile[];
  readonly newLayer: LayerFile;
  /** Regular files and their bytes over all layers, as tar lists them. */
  readonly files: number;
  readonly bytes: number;
}

interface Step {
  readonly createdBy: string;
  readonly packages: readonly string[];
  /** What is added besides the packages. */
  readonly more?: (root: string, source: PackageSource, folder: string) => Promise<void>;
}

const addNodeModules = async (root: string): Promise<void> => {
  const own = join(import.meta.dirname, '..', 'node_modules');
  mkdirSync(join(root, 'app'), { recursive: true });
  cpSync(own, join(root, 'app', 'node_modules'), { recursive: true, verbatimSymlinks: true });
};

/** A hundred modules of Debian's kernel, each compressed as Fedora and Arch ship them: a container image has few or none. */
const addKernelModules = async (root: string, source: PackageSource, folder: string): Promise<void> => {
  const machine = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const archive = await source.fetchFirstDependency(`linux-image-${machine}`, join(folder, 'kernel'));
  const unpacked = join(folder, 'kernel-unpacked');
  await run('dpkg-deb', ['-x', archive, unpacked]);
  const modules = (await findFiles(unpacked, '-name', '*.ko')).slice(0, 100);
  for (const file of modules) {
    const target = join(root, 'usr', relative(unpacked, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
  await runShell('find "$ROOT" -name "*.ko" -print0 | xargs -0 -n 20 -P 2 xz --check=crc32', {
    environment: { ROOT: root },
  });
  rmSync(unpacked, { recursive: true });
};

const steps: readonly Step[] = [
  {
    createdBy: 'ADD rootfs.tar / # base system',
    packages: [
      'bash',
      'coreutils',
      'dpkg',
      'apt',
      'perl',
      'tar',
      'gzip',
      'findutils',
      'util-linux',
      'ca-certificates',
      'openssl',
      'locales',
    ],
  },
  {
    createdBy: 'RUN apt-get install python3 git python3-scipy',
    packages: [
      'python3',
      'python3-pip-whl',
      'python3-setuptools-whl',
      'python3-wheel-whl',
      'python3-numpy',
      'python3-scipy',
      'git',
      'libpython3-stdlib',
    ],
  },
  {
    createdBy: 'RUN apt-get install openjdk-17-jre-headless maven',
    packages: ['openjdk-17-jre-headless', 'libtomcat9-java', 'libspring-core-java', 'maven'],
  },
  { createdBy: 'RUN apt-get install nodejs npm && npm ci', packages: ['nodejs', 'npm'], more: addNodeModules },
  { createdBy: 'COPY modules /usr/lib/modules', packages: [], more: addKernelModules },
  { createdBy: 'RUN apt-get install chromium', packages: ['chromium'] },
];

const newStep: Step = { createdBy: 'COPY app /app', packages: ['sqlite3', 'jq', 'curl', 'less', 'vim-tiny'] };

const packLayer = async (root: string, file: string, createdBy: string): Promise<LayerFile> => {
  const flags = '--sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --format=pax';
  const once = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime';
  await runShell(`tar ${flags} ${once} -C "$ROOT" -cf - . | gzip -6n >"$FILE"`, {
    environment: { ROOT: root, FILE: file },
  });
  return await measureLayer(file, createdBy);
};

/** As tar(1) lists them: hard links are entries, and no files. */
const countFiles = async (archives: readonly string[]): Promise<{ files: number; bytes: number }> => {
  let files = 0;
  let bytes = 0;
  for (const archive of archives) {
    const line =
      'tar --list --verbose --numeric-owner --file "$FILE" | awk \'/^-/ { n += 1; s += $3 } END { print n, s }\'';
    const { stdout } = await runShell(line, { environment: { FILE: archive } });
    const [count = 0, sum = 0] = stdout.trim().split(' ').map(Number);
    files += count;
    bytes += sum;
  }
  return { files, bytes };
};

const build = async (folder: string, say: (text: string) => void): Promise<BuiltImage> => {
  const needed = ['apt-get', 'apt-cache', 'dpkg-deb', 'tar', 'gzip', 'xz', 'find', 'xargs', 'cp'];
  const missing = needed.filter((command) => !isInstalled(command));
  if (missing.length > 0)
    throw new Error(`the image is built from Debian packages; not installed: ${missing.join(' ')}`);
  const source = new PackageSource(join(folder, 'apt'));
  say('reading the package lists');
  await source.update();
  const layers: LayerFile[] = [];
  const roots: string[] = [];
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  let newLayer: LayerFile | undefined;
  for (const step of [...steps, newStep]) {
    const root = join(folder, `layer-${roots.length}`);
    mkdirSync(root);
    say(`${step.createdBy}: downloading`);
    const archives = step.packages.length === 0 ? [] : await source.fetchWithDependencies(step.packages);
    for (const archive of archives) await run('dpkg-deb', ['-x', archive, root]);
    await step.more?.(root, source, folder);
    say(`${step.createdBy}: packing ${archives.length} packages`);
    const layer = await packLayer(root, join(folder, `layer-${roots.length}.tar.gz`), step.createdBy);
    if (step === newStep) {
      newLayer = layer;
      rmSync(root, { recursive: true });
    } else {
      layers.push(layer);
      roots.push(root);
      await run('cp', ['-al', '--remove-destination', `${root}/.`, tree]);
    }
  }
  if (newLayer === undefined) throw new Error('no new layer');
  const counts = await countFiles(layers.map((layer) => layer.path));
  for (const root of roots) rmSync(root, { recursive: true });
  rmSync(join(folder, 'apt'), { recursive: true });
  rmSync(join(folder, 'kernel'), { recursive: true });
  const layout = join(folder, 'oci');
  const nextLayout = join(folder, 'oci-next');
  writeLayout(layout, layers);
  writeLayout(nextLayout, [...layers, newLayer]);
  return { recipe, layout, nextLayout, tree, layers, newLayer, ...counts };
};

/** The image in `folder`, built when it is not there yet. An interrupted build is started anew. */
export const openImage = async (folder: string, say: (text: string) => void): Promise<BuiltImage> => {
  const place = join(folder, 'image');
  const description = join(place, 'image.json');
  if (existsSync(description)) {
    const image = JSON.parse(readFileSync(description, 'utf8')) as BuiltImage;
    if (image.recipe === recipe) return image;
  }
  const staging = join(folder, 'image.new');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const image = await build(staging, say);
  const moved = JSON.stringify(image, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(`${staging}/`) ? join(place, relative(staging, value)) : value,
  );
  writeFileSync(join(staging, 'image.json'), moved);
  rmSync(place, { recursive: true, force: true });
  renameSync(staging, place);
  return JSON.parse(moved) as BuiltImage;
};
