/** A fake Context: no environment, nothing logged, short waits. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/core/budget.ts';
import type { Context, Network } from '../../src/core/context.ts';

export interface FakeContextOptions {
  readonly network?: Partial<Network>;
  readonly environment?: Context['environment'];
  readonly limits?: Partial<Context['limits']>;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  /** Gets every line with its fields. */
  readonly onLog?: (line: string) => void;
}

/** The temporary folder, once asked for, is the caller's to remove. */
export const fakeContext = (options: FakeContextOptions = {}): Context => {
  const { network, environment = {}, limits, signal, now, onLog = () => undefined } = options;
  const log = (message: string, fields?: object): void => onLog(`${message} ${JSON.stringify(fields ?? {})}`);
  return {
    signal: signal ?? new AbortController().signal,
    limits: { ...defaultLimits, ...limits },
    network: {
      offline: false,
      insecureRegistries: [],
      certificateAuthorities: [],
      trustedHosts: [],
      timeoutMs: 2000,
      ...network,
    },
    environment,
    temporaryFolder: () => mkdtemp(join(tmpdir(), 'tidewaiter-test-')),
    now: now ?? (() => new Date()),
    log: { debug: log, warn: log },
    progress: () => undefined,
  };
};
