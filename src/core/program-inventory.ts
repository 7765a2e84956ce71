/** What a scanned image holds, kept for whoever sees later what runs in its containers. */
import type { Digest } from './digest.ts';
import { parentOf } from './path.ts';

/** What the start-up story says that the image will do. Texts come from the image: hostile, bounded. */
export interface Announced {
  /** Names of programs, without folders. */
  readonly programs: readonly string[];
  /** Host names and addresses, in lower case, without ports. */
  readonly hosts: readonly string[];
}

export interface InventoryLayer {
  readonly digest?: Digest;
  readonly diffId?: Digest;
  readonly createdBy?: string;
}

/** One file or symbolic link of the final tree. Hard links are files. */
export interface InventoryFile {
  /** Without a slash at its beginning. */
  readonly path: string;
  readonly layerIndex: number;
  /** Where a symbolic link leads, as stored. */
  readonly target?: string;
  /** Any of the bits for execution. */
  readonly executable: boolean;
  /** By its content something that a kernel or an interpreter runs. */
  readonly program: boolean;
  /** Lower-case hex of the content, of what is executable or a program. Absent also where the content could not be read. */
  readonly sha256?: string;
}

export interface InventoryHead {
  readonly reference: string;
  /** When it was scanned. ISO 8601, UTC. */
  readonly at: string;
  /** Names of this image alone: manifest and config. */
  readonly own: readonly Digest[];
  /** Digest of the index, which images of other platforms share. */
  readonly shared?: Digest;
  readonly layers: readonly InventoryLayer[];
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[];
  /** Paths as in the tree: what runs when the image starts. */
  readonly launched: readonly string[];
  readonly announced: Announced;
  /** Why files may be missing. Absent: every file is in it, so that what is not in it is not in the image. */
  readonly incomplete?: string;
}

/** Bits of what is known of one file. */
export const fileFlags = { executable: 1, program: 2, link: 4, hash: 8 } as const;

/** Files as columns: tens of thousands of them are made and packed while somebody waits. */
export interface InventoryColumns {
  /** Without NUL. */
  readonly paths: readonly string[];
  /** For each path its bits, and its layer. */
  readonly flags: Uint8Array;
  readonly layers: Uint16Array;
  /** Of the links, in order. Without NUL. */
  readonly targets: readonly string[];
  /** Of what has one, in order: 64 digits each. */
  readonly hashes: readonly string[];
}

/** As it is made, to be kept. */
export interface ScannedInventory extends InventoryHead {
  readonly files: InventoryColumns;
}

/** As it is asked. */
export interface ProgramInventory extends InventoryHead {
  file(path: string): InventoryFile | undefined;
  /** A file of that content. Lower-case hex. */
  holding(sha256: string): InventoryFile | undefined;
}

export interface ProgramInventories {
  /** Of the image that bears one of the digests; undefined where none does, or several do. Never throws: what cannot be read is told and left out. */
  of(digests: readonly Digest[]): ProgramInventory | undefined;
}

export const noInventories: ProgramInventories = { of: () => undefined };

/** What is kept of one image: more is not kept, and that is said in `incomplete`. */
export const inventoryLimits = { files: 400_000, pathBytes: 64 * 2 ** 20, launched: 2000, names: 500 } as const;

/** Linux, path_resolution(7): more links than this in one path are an error. */
const maximumLinks = 40;
/** Linux, PATH_MAX. */
const longestPath = 4096;

/**
 * Where a path leads in the image, links in every part of it followed inside it; undefined for a path that no kernel would take. What is
 * there, if anything, says `file`.
 */
export const resolveInImage = (inventory: Pick<ProgramInventory, 'file'>, path: string): string | undefined => {
  let parts = path.split('/');
  let here = '';
  let links = 0;
  if (path.length > longestPath) return undefined;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      here = parentOf(here);
      continue;
    }
    const next = here === '' ? part : `${here}/${part}`;
    const target = inventory.file(next)?.target;
    if (target === undefined) {
      here = next;
      continue;
    }
    links += 1;
    const rest = parts.slice(index + 1);
    if (links > maximumLinks || target.length > longestPath) return undefined;
    if (target.startsWith('/')) here = '';
    parts = [...target.split('/'), ...rest];
    if (parts.length > longestPath) return undefined;
    index = -1;
  }
  return here;
};
