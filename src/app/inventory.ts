/** What an audit saw → what is kept of the image's files, for whoever compares later what runs with what was in it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditResult } from '../audit/audit-result.ts';
import type { InventoryEntry } from '../core/analyzer.ts';
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { isProgram } from '../core/file-kind.ts';
import type { Identity } from '../core/identity.ts';
import type { Image } from '../core/image.ts';
import {
  fileFlags,
  inventoryLimits,
  type InventoryColumns,
  type ProgramInventories,
  type ScannedInventory,
} from '../core/program-inventory.ts';
import { inventoryFile, openInventoryStore, type InventoryStore } from '../store/backends/inventory.ts';
import { stateFolderOf } from '../store/state-file.ts';
import { withHome } from './user-folders.ts';

const ownDigests = ({ manifest, config }: Identity): readonly Digest[] =>
  [manifest, config].filter((digest) => digest !== undefined);

const noAnnouncement = { programs: [], hosts: [] };

/** By path, the entry that a hard link of this or a later layer leads to: the last one before it. */
const linkedEntry = (
  inventory: readonly InventoryEntry[],
  byPath: Map<string, InventoryEntry>,
  read: { until: number },
  position: number,
  target: string,
): InventoryEntry | undefined => {
  for (; read.until < position; read.until += 1) {
    const entry = inventory[read.until];
    if (entry?.type === 'file') byPath.set(entry.path, entry);
    else if (entry?.type === 'hardlink') {
      const linked = byPath.get(pathOfTarget(entry.target ?? ''));
      if (linked !== undefined) byPath.set(entry.path, linked);
    }
  }
  return byPath.get(pathOfTarget(target));
};

const pathOfTarget = (target: string): string =>
  target
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

const noFiles: InventoryColumns = {
  paths: [],
  flags: new Uint8Array(),
  layers: new Uint16Array(),
  targets: [],
  hashes: [],
};

const columnsOf = (inventory: readonly InventoryEntry[]): InventoryColumns => {
  const paths: string[] = [];
  const targets: string[] = [];
  const hashes: string[] = [];
  const flags = new Uint8Array(inventory.length);
  const layers = new Uint16Array(inventory.length);
  const byPath = new Map<string, InventoryEntry>();
  const read = { until: 0 };
  for (let position = 0; position < inventory.length; position += 1) {
    const entry = inventory[position];
    if (entry === undefined || entry.hidden) continue;
    const { path, type, target = '' } = entry;
    if (type !== 'file' && type !== 'symlink' && type !== 'hardlink') continue;
    // A name that no file system takes is no file of a container.
    if (path === '' || path.includes('\0')) continue;
    const index = paths.length;
    layers[index] = Math.min(entry.layerIndex, 0xffff);
    paths.push(path);
    if (type === 'symlink') {
      flags[index] = fileFlags.link;
      targets.push(target.replace(/\0.*$/s, ''));
      continue;
    }
    const content = type === 'file' ? entry : linkedEntry(inventory, byPath, read, position, target);
    const executable = (entry.mode & 0o111) !== 0;
    const program = content?.kind !== undefined && isProgram(content.kind);
    const hash = executable || program ? content?.sha256 : undefined;
    const isWhole = hash !== undefined && hash.length === 64;
    if (isWhole) hashes.push(hash);
    flags[index] =
      (executable ? fileFlags.executable : 0) | (program ? fileFlags.program : 0) | (isWhole ? fileFlags.hash : 0);
  }
  return { paths, targets, hashes, flags: flags.subarray(0, paths.length), layers: layers.subarray(0, paths.length) };
};

const incompleteOf = ({ paths, targets }: InventoryColumns, partial: boolean): string | undefined => {
  if (partial) return 'a layer was not read to its end';
  if (paths.length > inventoryLimits.files)
    return `it has ${paths.length} files, and ${inventoryLimits.files} are kept`;
  let characters = 0;
  for (const path of paths) characters += path.length;
  for (const target of targets) characters += target.length;
  return characters > inventoryLimits.pathBytes ? 'the names of its files are longer than what is kept' : undefined;
};

/** undefined for what has no digest of its own, such as a folder. */
export const toInventory = (
  { reference, config }: Pick<Image, 'reference' | 'config'>,
  { identity, layers, inventory, context }: Pick<AuditResult, 'identity' | 'layers' | 'inventory' | 'context'>,
  at: string,
): ScannedInventory | undefined => {
  const own = ownDigests(identity);
  if (own.length === 0) return undefined;
  const files = columnsOf(inventory);
  const incomplete = incompleteOf(files, context.partial === true);
  return {
    reference,
    at,
    own,
    ...(identity.index === undefined ? {} : { shared: identity.index }),
    layers: layers.map(({ digest, diffId, createdBy }) => ({
      ...(digest === undefined ? {} : { digest }),
      ...(diffId === undefined ? {} : { diffId }),
      ...(createdBy === undefined ? {} : { createdBy: createdBy.slice(0, 300) }),
    })),
    volumes: (config?.volumes ?? []).slice(0, inventoryLimits.names),
    launched: [...context.launched].slice(0, inventoryLimits.launched),
    announced: context.announced ?? noAnnouncement,
    ...(incomplete === undefined ? {} : { incomplete }),
    files: incomplete === undefined ? files : noFiles,
  };
};

/** What scans kept, also those that come later. Nothing is made where there is none. */
export const openInventories = ({
  environment,
  log,
  now,
}: Pick<Context, 'environment' | 'log' | 'now'>): ProgramInventories & Disposable => {
  const folder = stateFolderOf(withHome(environment), '/');
  let store: InventoryStore | undefined;
  return {
    of: (digests) => {
      if (store === undefined && existsSync(join(folder, inventoryFile)))
        store = openInventoryStore(folder, { log, now });
      return store?.of(digests);
    },
    [Symbol.dispose]: () => store?.close(),
  };
};

export interface InventoryKeeper extends Disposable {
  /** Asked before an image is read. undefined: nothing is missing, so that nothing has to be read for it. */
  wanted(image: Image): ((seen: AuditResult) => void) | undefined;
}

export const noInventoryKeeper: InventoryKeeper = { wanted: () => undefined, [Symbol.dispose]: () => undefined };

/**
 * Keeps each image's inventory once: what a digest names does not change. Written when the next one comes or at the end, so that no
 * report waits for it; `atOnce`: as soon as it is seen, for a process that has no end. Never fails a scan.
 */
export const openInventoryKeeper = (
  { environment, log, now }: Pick<Context, 'environment' | 'log' | 'now'>,
  atOnce = false,
): InventoryKeeper => {
  let store: InventoryStore | undefined;
  let waiting: (() => void) | undefined;
  const opened = (): InventoryStore =>
    (store ??= openInventoryStore(stateFolderOf(withHome(environment), '/'), { log, now }));
  const write = (): void => {
    waiting?.();
    waiting = undefined;
  };
  return {
    wanted: (image) => {
      const own = ownDigests(image.identity);
      if (own.length === 0 || opened().has(own, image.identity.index)) return undefined;
      return (seen) => {
        write();
        waiting = () => {
          const inventory = toInventory(image, seen, now().toISOString());
          // What could not be read today may be read tomorrow: the gap says so, and nothing is settled.
          if (inventory === undefined || seen.context.partial === true) return;
          if (inventory.incomplete !== undefined)
            log.warn(`what runs of ${image.reference} cannot be compared with its files: ${inventory.incomplete}`);
          opened().keep(inventory);
        };
        if (atOnce) write();
      };
    },
    [Symbol.dispose]: () => {
      write();
      store?.close();
    },
  };
};
