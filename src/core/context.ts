/** Everything ambient in one value, passed; no part reads a global. */
import type { Limits } from './budget.ts';

export interface LogFields {
  readonly [name: string]: string | number | boolean | undefined;
}

/** For a person who debugs: never secrets, never control characters from an image. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
}

/** One thing that takes time, for example a layer. `done` and `total` in bytes; total 0 when unknown. */
export interface ProgressStep {
  readonly id: string;
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly state: 'running' | 'done' | 'failed';
}

/** An HTTP exchange that keeps to the connection policy: pinned addresses, no credentials across hosts. Built in io/. */
export interface Network {
  readonly offline: boolean;
  /** Registry hosts that may be spoken to over plain HTTP although they are not loopback. */
  readonly insecureRegistries: readonly string[];
  /** PEM certificates trusted in addition to the system's. */
  readonly certificateAuthorities: readonly string[];
  /** Hosts to which redirects, token realms and descriptor `urls` may lead besides same-site ones. */
  readonly trustedHosts: readonly string[];
  readonly timeoutMs: number;
}

export interface Context {
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly network: Network;
  /** Environment variables, passed in: HOME, DOCKER_CONFIG, XDG_RUNTIME_DIR and the like. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A folder for temporary files that the caller removes. Created on first use. */
  temporaryFolder(): Promise<string>;
  now(): Date;
  readonly log: Log;
  progress(step: ProgressStep): void;
}
