/** Runs the programs that the benchmark builds with and measures, and says how long they took. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Exit statuses that are no failure; default: 0 only. */
  readonly accept?: readonly number[];
  /** False: stdout is thrown away, as by `>/dev/null`. */
  readonly keepOutput?: boolean;
  /** Called once the process runs. */
  readonly onStart?: (pid: number) => void;
}

/** @throws {Error} with the end of stderr when the status is none of `accept` */
export const run = async (command: string, words: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const started = process.hrtime.bigint();
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', options.keepOutput === false ? 'ignore' : 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 255 : 128)));
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const text = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  if (!(options.accept ?? [0]).includes(status))
    throw new Error(`${command} ${words.join(' ').slice(0, 300)}: status ${status}\n${text.stderr.slice(-2000)}`);
  return { status, seconds, ...text };
};

/** A shell line; variables come in by `environment`, never by pasting them into the line. */
export const runShell = (line: string, options: RunOptions = {}): Promise<Ran> => run('sh', ['-c', line], options);

/** Regular files below a folder, sorted. By find(1): readdir's own recursion walks into links to folders, also in circles. */
export const findFiles = async (folder: string, ...tests: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await run('find', [folder, '-type', 'f', ...tests, '-print0']);
  return stdout.split('\0').slice(0, -1).sort();
};

export const isInstalled = (command: string): boolean =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};
