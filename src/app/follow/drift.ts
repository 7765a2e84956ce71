/** What runs in a container of a scanned image → whether the image held that program there: the inventory that `scan` keeps says. */
import type { Digest } from '../../core/digest.ts';
import type { Event } from '../../core/event.ts';
import {
  resolveInImage,
  type InventoryFile,
  type ProgramInventories,
  type ProgramInventory,
} from '../../core/program-inventory.ts';
import { enginePrograms, placeOfProgram } from './drift-path.ts';

/**
 * - `same`: the image holds that content there; told only where the sensor gives a digest
 * - `absent`: the image holds no file there; `moved`: it holds that content elsewhere
 * - `changed`: it holds another content there
 * - `not-executable`: there it holds what nobody could run: data without the right
 */
export type Drift = 'same' | 'absent' | 'moved' | 'changed' | 'not-executable';

/** What rules may ask of a process beside what the sensor said: `tidewaiter.process.drift` and so on. */
export interface DriftFacts {
  readonly drift?: Drift;
  /**
   * `memory`: it ran from no file; `mount`: in a folder that was mounted into the container; `volume`: in one that the image declares as
   * a volume; `engine`: where an engine puts its own.
   */
  readonly drift_where?: 'memory' | 'mount' | 'volume' | 'engine';
  /** The layer that the file is of, and the build step that made it. */
  readonly layer?: Digest;
  readonly layer_step?: string;
  /** By what it was judged: the image, and the day of the scan. */
  readonly drift_image?: string;
  readonly drift_scanned?: string;
}

const digestsOf = ({ image }: Event): readonly Digest[] =>
  image?.kind !== 'container'
    ? []
    : [...new Set([image.resolved, image.digest, image.id])].filter((digest) => digest !== undefined);

export const isInContainer = ({ place }: Event): boolean => place.containerId !== undefined || place.pod !== undefined;

export const inventoryOf = (event: Event, inventories: ProgramInventories): ProgramInventory | undefined => {
  const digests = digestsOf(event);
  return digests.length === 0 ? undefined : inventories.of(digests);
};

const isBelow = (path: string, folder: string): boolean => {
  const root = folder.replaceAll(/^\/+|\/+$/g, '');
  return root !== '' && (path === root || path.startsWith(`${root}/`));
};

const layerOf = ({ layers }: ProgramInventory, { layerIndex }: InventoryFile): DriftFacts => {
  const layer = layers[layerIndex];
  const digest = layer?.digest ?? layer?.diffId;
  return {
    ...(digest === undefined ? {} : { layer: digest }),
    ...(layer?.createdBy === undefined ? {} : { layer_step: layer.createdBy }),
  };
};

const hexOf = (hash: string | undefined): string | undefined => {
  const found = /^sha256:([\da-f]{64})$/i.exec(hash ?? '');
  return found?.[1]?.toLowerCase();
};

const ofPresent = (file: InventoryFile, hash: string | undefined, deleted: boolean): Drift | undefined => {
  if (hash !== undefined && file.sha256 !== undefined) return hash === file.sha256 ? 'same' : 'changed';
  // What ran before its file was replaced is what the image held, for all that anybody knows.
  return !deleted && !file.executable && !file.program ? 'not-executable' : undefined;
};

const whereOf = (
  path: string,
  inventory: ProgramInventory,
  mounts: readonly string[],
): Pick<DriftFacts, 'drift_where'> =>
  enginePrograms.has(path)
    ? { drift_where: 'engine' }
    : mounts.some((folder) => isBelow(path, folder))
      ? { drift_where: 'mount' }
      : inventory.volumes.some((folder) => isBelow(path, folder))
        ? { drift_where: 'volume' }
        : {};

/**
 * {} where it cannot be told: no inventory, or one that lacks files; no absolute path; a command that did not run. `mounts`: folders that
 * are known to be mounted into the container.
 */
export const driftOf = (event: Event, inventory: ProgramInventory, mounts: readonly string[] = []): DriftFacts => {
  const { process, outcome } = event;
  if (inventory.incomplete !== undefined || outcome === 'failure' || outcome === 'denied') return {};
  const place = process?.executable === undefined ? undefined : placeOfProgram(process.executable);
  if (place === undefined) return {};
  const by = { drift_image: inventory.reference, drift_scanned: inventory.at };
  if (place.kind === 'memory') return { drift: 'absent', drift_where: 'memory', ...by };
  const path = resolveInImage(inventory, place.path);
  if (path === undefined) return {};
  const file = inventory.file(path);
  const hash = hexOf(process?.hash);
  const where = whereOf(path, inventory, mounts);
  if (file !== undefined) {
    const drift = ofPresent(file, hash, place.deleted);
    if (where.drift_where !== 'mount')
      return { ...(drift === undefined ? {} : { drift, ...by }), ...layerOf(inventory, file) };
    // What is mounted hides what the image has there: another content is no wonder, and the right to run it is not the image's.
    return drift === 'changed' ? { drift, ...where, ...by } : {};
  }
  const elsewhere = hash === undefined ? undefined : inventory.holding(hash);
  return {
    drift: elsewhere === undefined ? 'absent' : 'moved',
    ...where,
    ...(elsewhere === undefined ? {} : layerOf(inventory, elsewhere)),
    ...by,
  };
};
