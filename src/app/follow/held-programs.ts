/** The programs of scanned images, asked for by their content: which image holds this file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../core/context.ts';
import { isDigest } from '../../core/digest.ts';
import { inventoryFile, openInventoryStore, type InventoryStore } from '../../store/backends/inventory.ts';
import { stateFolderOf } from '../../store/state-file.ts';
import type { HeldPrograms } from './feed-hunt.ts';
import { withHome } from '../user-folders.ts';

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Images one after the other, the latest first: some milliseconds each. Nothing is made where there is none yet. */
export const openHeldPrograms = ({
  environment,
  log,
  now,
}: Pick<Context, 'environment' | 'log' | 'now'>): HeldPrograms & Disposable => {
  const folder = stateFolderOf(withHome(environment), '/');
  let store: InventoryStore | undefined;
  return {
    async *holding(hashes) {
      if (hashes.size === 0 || !existsSync(join(folder, inventoryFile))) return;
      store ??= openInventoryStore(folder, { log, now });
      for (const image of store.images()) {
        if (!isDigest(image)) continue;
        for (const sha256 of store.hashesIn(image, hashes)) yield { sha256, digests: [image] };
        await breathe();
      }
    },
    [Symbol.dispose]: () => store?.close(),
  };
};
