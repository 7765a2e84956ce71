/** What other scanners say of the same images, where they are installed: clamscan with our rules' own texts, yara with our rules. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertRules } from '../baselines.ts';
import { isInstalled, run, runShell } from '../command.ts';
import { toTable } from '../table.ts';
import type { BenchImage } from './images.ts';
import { clamavDatabase } from './software.ts';

/** A layer above the base: what makes the image different. Its blob as a file. */
const ownLayers = (image: BenchImage): readonly string[] => {
  const layout = image.reference.split(':')[1] ?? '';
  const read = (digest: string): string => join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  const { layers } = JSON.parse(readFileSync(read(manifests[0]?.digest ?? ''), 'utf8')) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  return layers.map(({ digest }) => read(digest)).slice(layers.length > 1 ? 1 : 0);
};

/** True where at least one file of the tree is named in the output. */
type Scanner = (tree: string) => Promise<boolean>;

const openClamscan = (folder: string): Scanner => {
  const database = join(folder, 'rules.ndb');
  writeFileSync(database, clamavDatabase());
  return async (tree) =>
    (
      await run('clamscan', ['--recursive', '--infected', '--no-summary', `--database=${database}`, tree], {
        accept: [0, 1],
      })
    ).status === 1;
};

const externals = ['filename', 'filepath', 'extension', 'filetype', 'owner'].flatMap((name) => ['-d', `${name}=`]);

const openYara = async (folder: string): Promise<Scanner> => {
  const rules = await convertRules(join(import.meta.dirname, '..', '..', 'rules', 'yara'), folder);
  const compiled = join(folder, 'rules.yarc');
  await run('yarac', [...externals, rules.file, compiled]);
  return async (tree) => {
    const { stdout } = await run('yara', ['-C', '-N', '-r', '-w', ...externals, compiled, tree], { accept: [0, 1] });
    return stdout.trim() !== '';
  };
};

/** Flagged images of each kind, a row for each scanner. Unpacks one image at a time. */
export const otherScanners = async (
  images: readonly BenchImage[],
  folder: string,
  say: (text: string) => void,
): Promise<string> => {
  const scratch = join(folder, 'others');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const scanners = new Map<string, Scanner>();
  if (isInstalled('clamscan')) scanners.set('clamscan, our texts', openClamscan(scratch));
  if (isInstalled('yara') && isInstalled('yarac')) scanners.set('yara, our rules', await openYara(scratch));
  const flagged = new Map<string, string[]>();
  for (const [position, image] of images.entries()) {
    const tree = join(scratch, 'tree');
    mkdirSync(tree);
    for (const layer of ownLayers(image))
      await runShell('tar --extract --gzip --file "$LAYER" --directory "$TREE"', {
        environment: { LAYER: layer, TREE: tree },
        accept: [0, 1, 2],
      });
    for (const [name, scan] of scanners)
      if (await scan(tree)) flagged.set(name, [...(flagged.get(name) ?? []), image.id]);
    rmSync(tree, { recursive: true });
    if (position % 20 === 19) say(`${position + 1} of ${images.length} shown to other scanners`);
  }
  rmSync(scratch, { recursive: true });
  const kinds = ['hostile', 'twin', 'packages', 'unowned'] as const;
  const kindOf = new Map(images.map(({ id, kind }) => [id, kind]));
  const rows = [...scanners.keys()].map((name) => [
    name,
    ...kinds.map((kind) => {
      const all = images.filter((image) => image.kind === kind).length;
      return `${(flagged.get(name) ?? []).filter((id) => kindOf.get(id) === kind).length} of ${all}`;
    }),
  ]);
  return toTable(['flagged by', ...kinds], rows);
};
