/** Settings → scanning processes, started before the rest of the program is loaded where all that they wait for is the machine. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { ScanProcesses } from '../audit/scan-processes.ts';
import { factFileIn } from '../store/fact-file.ts';
import type { Settings } from './settings.ts';
import { requireTemporaryFolder } from './temporary-folder.ts';
import { cacheFolderOf } from './user-folders.ts';

export type { ScanProcesses } from '../audit/scan-processes.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const coresOf = ({ cores }: Settings): number => (cores === 0 ? availableParallelism() : cores);

/** None runs yet: one is started when it is needed. The caller disposes of them. */
export const scanProcessesOf = (settings: Settings, environment: Environment): ScanProcesses =>
  new ScanProcesses({
    workerEntry: join(import.meta.dirname, `scan-worker${extname(import.meta.filename)}`),
    ...(settings.cache ? { memoryFolder: cacheFolderOf(settings, environment) } : {}),
  });

/** One core loads the program meanwhile. More than two have nothing to do in most scans. */
const startedAhead = (settings: Settings): number => Math.max(1, Math.min(2, coresOf(settings) - 1));

/**
 * Called before anything else is loaded, so this module stays small. Processes run already where nothing can be remembered: in a scan
 * of something known there is no work for them. The caller disposes of them.
 * @throws {Fault} misuse `TEMPORARY_FOLDER_UNUSABLE`
 */
export const startScanning = async (settings: Settings, environment: Environment): Promise<ScanProcesses> => {
  const processes = scanProcessesOf(settings, environment);
  if (settings.cache && existsSync(factFileIn(cacheFolderOf(settings, environment)))) return processes;
  await requireTemporaryFolder();
  processes.startAhead(startedAhead(settings));
  return processes;
};
