/** The words of a distribution's package archive: where it is, what it signs with, and what of it is asked. */

/** One suite on one server. */
export interface ArchiveSource {
  /** Absolute, without a slash at its end: what stands before `/dists/`. */
  readonly url: string;
  readonly suite: string;
  /** A snapshot of the past: neither its age nor its `Valid-Until` counts. */
  readonly frozen: boolean;
}

export interface Distribution {
  /** `ID` of os-release(5), as package URLs have it. */
  readonly id: string;
  /** Keyrings with the archive's keys, on this machine. */
  readonly keyrings: readonly string[];
  readonly components: readonly string[];
  /** By `VERSION_ID` of os-release(5). */
  readonly releases: Readonly<Record<string, readonly ArchiveSource[]>>;
}

/** A package as an image says that it has it. */
export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export const keyOf = ({ name, version, architecture }: WantedPackage): string => `${name} ${version} ${architecture}`;

/** What a signed index says of one package. */
export interface ArchivedPackage extends WantedPackage {
  /** Relative to the archive's URL. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface DeliveredFile {
  /** As `FileHeader.path`. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Meant to be changed by administrators. */
  readonly conffile: boolean;
}

/** A path that a package fills with something else than a regular file. */
export interface DeliveredLink {
  readonly path: string;
  /** As stored. */
  readonly target: string;
}

/** Everything in one package but its folders, by a digest that the archive's signature vouches for. */
export interface DeliveredPackage extends WantedPackage {
  readonly files: readonly DeliveredFile[];
  readonly links: readonly DeliveredLink[];
  /** For people: `bookworm-updates of 2026-03-29`. */
  readonly source: string;
}
