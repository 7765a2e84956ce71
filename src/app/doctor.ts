/** What this machine can and cannot do for a scan, and how to mend what is missing. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { chooseEngine } from '../audit/rule-engine/rule-engine.ts';
import type { Context } from '../core/context.ts';
import { isFault } from '../core/fault.ts';
import { askEngine } from '../io/engine-client.ts';
import { engineEndpoints } from '../io/engine-endpoints.ts';
import { confinementOf } from '../io/confinement.ts';
import { openFactMemory } from '../store/backends/sqlite.ts';
import { cacheFolderOf } from './inspect.ts';
import type { Settings } from './settings.ts';

/** `ok`: works. `limited`: works, with a drawback. `missing`: something cannot be done here. */
export type CheckState = 'ok' | 'limited' | 'missing';

export interface Check {
  readonly subject: string;
  readonly state: CheckState;
  readonly says: string;
  /** What to do; absent when there is nothing to mend. */
  readonly mend?: string;
}

const gibibyte = 2 ** 30;
const neededMemory = gibibyte;
const neededSpace = 2 * gibibyte;

const inGibibytes = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

const checkNode = (): Check => ({
  subject: 'Node',
  state: 'ok',
  says: `${process.version} on ${process.platform} ${process.arch}`,
});

const checkMachine = (): Check => {
  const says = `${availableParallelism()} cores, ${inGibibytes(totalmem())} memory, ${inGibibytes(freemem())} of it free`;
  if (totalmem() >= neededMemory) return { subject: 'machine', state: 'ok', says };
  return {
    subject: 'machine',
    state: 'limited',
    says,
    mend: 'A scan wants up to 1 GiB; give this machine or container more memory.',
  };
};

const checkSpace = async (): Promise<Check> => {
  const { bavail, bsize } = await statfs(tmpdir());
  const says = `${inGibibytes(bavail * bsize)} free in ${tmpdir()}`;
  if (bavail * bsize >= neededSpace) return { subject: 'temporary space', state: 'ok', says };
  return {
    subject: 'temporary space',
    state: 'limited',
    says,
    mend: 'docker-daemon: and compressed archives are spooled there; set TMPDIR to a folder with more room.',
  };
};

const checkRuleEngine = async (): Promise<Check> => {
  const { engine, instead } = await chooseEngine();
  if (instead === undefined) return { subject: 'rule engine', state: 'ok', says: `YARA-X, ${engine.id}` };
  return {
    subject: 'rule engine',
    state: 'limited',
    says: `YARA-X as WebAssembly: many times slower on small files, and a rule cannot be stopped in the middle (${instead})`,
    mend: 'The native engine exists for Linux x64 with glibc; install without --omit=optional there.',
  };
};

const checkConfinement = (): Check => {
  const { noNetwork, noPrivileges, diesWithParent, nodePermissions, reason } = confinementOf(
    join(import.meta.dirname, 'inspect.ts'),
  );
  const has = [
    noNetwork ? 'no network' : undefined,
    noPrivileges ? 'no privileges' : undefined,
    diesWithParent ? 'die with their parent' : undefined,
    nodePermissions ? "limited by Node's permission model" : undefined,
  ].filter((part) => part !== undefined);
  const says = `scanning processes: ${has.length === 0 ? 'no confinement beyond an empty environment' : has.join(', ')}`;
  if (reason === '') return { subject: 'confinement', state: 'ok', says };
  return {
    subject: 'confinement',
    state: 'limited',
    says: `${says}; ${reason}`,
    mend: 'On Linux, install util-linux and allow user namespaces to take the network away from them.',
  };
};

const checkMemory = (settings: Settings, context: Context): Check => {
  const folder = cacheFolderOf(settings, context.environment);
  const warnings: string[] = [];
  openFactMemory(folder, {
    maximumBytes: 2 * gibibyte,
    log: { debug: () => undefined, warn: (message) => void warnings.push(message) },
  }).close();
  if (warnings.length === 0) return { subject: 'memory of past scans', state: 'ok', says: folder };
  return {
    subject: 'memory of past scans',
    state: 'limited',
    says: warnings.join('; '),
    mend: 'Every scan reads everything anew until this is mended; --cache-dir names another folder.',
  };
};

const checkEngines = async (context: Context): Promise<Check> => {
  const reached: string[] = [];
  const tried: string[] = [];
  try {
    for (const endpoint of await engineEndpoints(context)) {
      tried.push(endpoint.label);
      try {
        const { status, body } = await askEngine(endpoint, '/_ping', context);
        for await (const _ of body);
        if (status === 200) reached.push(endpoint.label);
      } catch (thrown) {
        if (!isFault(thrown)) throw thrown;
        context.log.debug(thrown.message);
      }
    }
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return {
      subject: 'container engines',
      state: 'limited',
      says: thrown.message,
      mend: 'docker-daemon: cannot be used until this is mended.',
    };
  }
  if (reached.length > 0) return { subject: 'container engines', state: 'ok', says: reached.join(', ') };
  return {
    subject: 'container engines',
    state: 'missing',
    says: `none answers (tried ${tried.join(', ')})`,
    mend: 'Only docker-daemon: references need one. Start Docker or "podman system service", or set DOCKER_HOST.',
  };
};

/** Every check, in the order in which a person should mend them. */
export const examineMachine = async (settings: Settings, context: Context): Promise<readonly Check[]> => [
  checkNode(),
  checkMachine(),
  await checkSpace(),
  await checkRuleEngine(),
  checkConfinement(),
  checkMemory(settings, context),
  await checkEngines(context),
];
