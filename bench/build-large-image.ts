/**
 * The real image's files → an image of 12 GB with one layer of 6 GB, and a tree of 150,000 small files as its last layer.
 * Every copy of a file is salted, so that no two contents are equal and nothing is recalled or skipped.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { tarEnd, tarHeader, tarPadding } from '../src/formats/tar-writer.ts';
import { findFiles } from './command.ts';
import { type LayerFile, measureLayer, writeLayout } from './oci-layout.ts';

/** Raised when the recipe below changes. */
const recipe = 1;
const gigabyte = 1e9;
const layerBytes = [1.5, 6, 1.5, 1.5, 1.5].map((size) => size * gigabyte);
const smallFiles = 150_000;

export interface LargeImage {
  readonly recipe: number;
  readonly layout: string;
  /** OCI layout whose only layer is the small files. */
  readonly smallFilesLayout: string;
  readonly layers: readonly LayerFile[];
  readonly smallFilesLayer: LayerFile;
}

type Entry = { readonly path: string; readonly content: Uint8Array };

/** Files of the tree over and over, each with a salt at its end, until there are `bytes` of them. */
const saltedFiles = function* (files: readonly string[], tree: string, salt: string, bytes: number): Generator<Entry> {
  let written = 0;
  for (let round = 0; ; round += 1)
    for (const file of files) {
      if (written >= bytes) return;
      const content = Buffer.concat([readFileSync(file), Buffer.from(`\n${salt}-${round}-${written}\n`)]);
      written += content.length;
      yield { path: `${salt}/${round}/${relative(tree, file)}`, content };
    }
};

const manySmallFiles = function* (): Generator<Entry> {
  for (let index = 0; index < smallFiles; index += 1) {
    const line = `export const value${index} = ${index}; // the ${index}th of many small modules\n`;
    const path = `srv/modules/${index % 400}/${Math.floor(index / 400)}/index.js`;
    yield { path, content: Buffer.from(line.repeat(1 + (index % 40))) };
  }
};

const packEntries = async (entries: Iterable<Entry>, file: string, createdBy: string): Promise<LayerFile> => {
  const gzip = spawn('gzip', ['-1nc'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const written = finished(gzip.stdout.pipe(createWriteStream(file)));
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (!gzip.stdin.write(bytes)) await once(gzip.stdin, 'drain');
  };
  for (const { path, content } of entries) {
    await put(tarHeader({ path, mode: 0o644, size: content.length }));
    await put(content);
    const padding = tarPadding(content.length);
    if (padding > 0) await put(new Uint8Array(padding));
  }
  gzip.stdin.end(tarEnd);
  await written;
  return await measureLayer(file, createdBy);
};

/** The large image in `folder`, built from the tree of the real one when it is not there yet. Takes minutes and 8 GB. */
export const openLargeImage = async (
  folder: string,
  tree: string,
  say: (text: string) => void,
): Promise<LargeImage> => {
  const place = join(folder, 'large');
  const description = join(place, 'large.json');
  if (existsSync(description)) {
    const image = JSON.parse(readFileSync(description, 'utf8')) as LargeImage;
    if (image.recipe === recipe) return image;
  }
  const staging = join(folder, 'large.new');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const files = await findFiles(tree, '-size', '+0');
  const layers: LayerFile[] = [];
  for (const [index, bytes] of layerBytes.entries()) {
    say(`large image: layer ${index + 1} of ${layerBytes.length}, ${bytes / gigabyte} GB`);
    const entries = saltedFiles(files, tree, `copy-${index}`, bytes);
    layers.push(await packEntries(entries, join(staging, `layer-${index}.tar.gz`), `COPY copy-${index} /`));
  }
  say(`large image: ${smallFiles} small files`);
  const smallFilesLayer = await packEntries(
    manySmallFiles(),
    join(staging, 'small.tar.gz'),
    'COPY modules /srv/modules',
  );
  const layout = join(staging, 'oci');
  const smallFilesLayout = join(staging, 'oci-small-files');
  writeLayout(layout, [...layers, smallFilesLayer]);
  writeLayout(smallFilesLayout, [smallFilesLayer]);
  const image: LargeImage = { recipe, layout, smallFilesLayout, layers, smallFilesLayer };
  const moved = JSON.stringify(image, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(`${staging}/`) ? join(place, relative(staging, value)) : value,
  );
  writeFileSync(join(staging, 'large.json'), moved);
  rmSync(place, { recursive: true, force: true });
  renameSync(staging, place);
  return JSON.parse(moved) as LargeImage;
};
