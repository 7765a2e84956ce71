/** Folders and entries → gzipped layers, kept once in one folder however many images share them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarOf, type TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { runShell } from '../command.ts';
import { type LayerFile, measureLayer } from '../oci-layout.ts';

const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export class LayerStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  addEntries(entries: readonly TarEntrySpec[], createdBy: string): LayerFile {
    const tar = tarOf(entries);
    const packed = gzipSync(tar, { level: 1 });
    const path = join(this.#folder, `${digest(packed).slice(7)}.tar.gz`);
    writeFileSync(path, packed);
    return { path, digest: digest(packed), diffId: digest(tar), size: packed.length, unpacked: tar.length, createdBy };
  }

  async addFolder(root: string, createdBy: string): Promise<LayerFile> {
    const flags = '--sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --format=gnu';
    const partial = `${root}.tar.gz`;
    await runShell(`tar ${flags} -C "$ROOT" -cf - . | gzip -1n >"$FILE"`, {
      environment: { ROOT: root, FILE: partial },
    });
    const measured = await measureLayer(partial, createdBy);
    const path = join(this.#folder, `${measured.digest.slice(7)}.tar.gz`);
    renameSync(partial, path);
    return { ...measured, path, size: statSync(path).size };
  }

  /** Removes layers that no image links to any more. */
  forgetUnused(): void {
    for (const name of readdirSync(this.#folder)) {
      const file = join(this.#folder, name);
      if (statSync(file).nlink === 1) rmSync(file);
    }
  }
}
