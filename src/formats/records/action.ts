/** What a script does, as plain data: one word for each kind of deed, whatever language it is written in. */

export const actionKinds = [
  'download',
  'upload',
  'write',
  'copy',
  'rename',
  'link',
  'make-executable',
  'unpack',
  'decode',
  'run',
  'connect',
  'listen',
  'delete',
  'install',
  'schedule',
  'service',
  'kill',
  'environment',
  'account',
  'mount',
  'enter-host',
  'load-module',
  'setting',
  'forget',
] as const;
export type ActionKind = (typeof actionKinds)[number];

/** Where something that runs came from. One program may have several: downloaded, then decoded. */
export interface ActionOrigin {
  readonly kind: 'download' | 'decode' | 'write' | 'unpack' | 'connection';
  /** A URL, an encoding, a path, an address. */
  readonly from: string;
}

/**
 * One deed. Texts hold what the script says as far as it could be known; what could not stands in angle quotes where it would be,
 * with its reason: `http://‹$HOST›/x`. Nothing unknown is left out.
 */
export interface Action {
  readonly kind: ActionKind;
  /**
   * The program that runs, or the thing acted on: a path, a package, a process, a variable. `decode`: the encoding. `download`: the
   * program that fetches. `connect` and `listen`: the program.
   */
  readonly what: string;
  /** A URL for `download`; for `copy`, `rename` and `link` the source. */
  readonly from?: string;
  /** A path, or `host:port` for `connect`. */
  readonly to?: string;
  readonly arguments: readonly string[];
  /** Programs that only start it: `sudo`, `nohup`, `torsocks`. Outermost first. */
  readonly through: readonly string[];
  readonly origins: readonly ActionOrigin[];
  /** The beginning of what is written, decoded or run, where it is known. */
  readonly text?: string;
  /** `connect` and `listen`: an interpreter takes its commands from there. */
  readonly givesShell?: boolean;
  /** The script's path, '' for the one that was asked about. */
  readonly script: string;
  /** Byte of the script where the command stands that in the end did this. */
  readonly offset: number;
  /** How many texts inside texts it was found in: `eval`, `sh -c`, a decoded script. */
  readonly nesting: number;
  /** Whether it happens hangs on something that cannot be known here. */
  readonly conditional: boolean;
  readonly background: boolean;
  /** In a loop without an end that could be known. */
  readonly repeats: boolean;
  /** How much of what it names is known. */
  readonly certainty: 'known' | 'partial' | 'unknown';
}
