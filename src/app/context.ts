/** Settings and the process's surroundings → the Context that every part is handed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../core/budget.ts';
import type { Context, Log, ProgressStep } from '../core/context.ts';
import { misuse, overLimit } from '../core/fault.ts';
import { fileProblem } from './file-problem.ts';
import type { Settings } from './settings.ts';
import { requireTemporaryFolder } from './temporary-folder.ts';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  progress(step: ProgressStep): void;
  /** Aborted when the person gives up. */
  readonly signal: AbortSignal;
}

/** How long one answer may take; the whole command has `--timeout`. */
const answerTimeoutMs = 30_000;

const readAuthority = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw misuse('SETTING_INVALID', `--ca-file: cannot read ${file}: ${fileProblem(thrown)}`);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw misuse('SETTING_INVALID', `--ca-file: ${file} holds no PEM certificate`);
  return text;
};

/**
 * Dispose of it when the command ends: removes the temporary folder.
 * @throws {Fault} misuse `SETTING_INVALID`
 */
export const openContext = async (
  settings: Settings,
  surroundings: Surroundings,
): Promise<Context & AsyncDisposable> => {
  const certificateAuthorities = await Promise.all(settings.certificateAuthorities.map(readAuthority));
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(
      overLimit('SCAN_TIMED_OUT', `not finished within the ${settings.timeoutSeconds} seconds of --timeout`),
    );
  }, settings.timeoutSeconds * 1000);
  timer.unref();
  let folder: Promise<string> | undefined;
  return {
    signal: AbortSignal.any([surroundings.signal, deadline.signal]),
    limits: defaultLimits,
    network: {
      offline: settings.offline,
      insecureRegistries: settings.insecureRegistries,
      certificateAuthorities,
      trustedHosts: settings.trustedHosts,
      timeoutMs: answerTimeoutMs,
    },
    environment: surroundings.environment,
    temporaryFolder: () => (folder ??= requireTemporaryFolder().then(() => mkdtemp(join(tmpdir(), 'tidewaiter-')))),
    now: () => new Date(),
    log: surroundings.log,
    progress: (step) => surroundings.progress(step),
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      // One that could not be made was told to whoever asked for it.
      const made = await folder?.catch(() => undefined);
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
};
