/** What this machine can and cannot do for a scan, and how to mend what is missing. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { chooseEngine } from '../audit/rule-engine/rule-engine.ts';
import { requireKeyrings, requireSignatureProgram } from '../archive/signed-text.ts';
import type { Context } from '../core/context.ts';
import { isFault } from '../core/fault.ts';
import { confinementOf } from '../io/confinement.ts';
import { locateSignatureProgram } from '../io/signature-program.ts';
import { openSignatureHistory } from '../store/backends/signature-history.ts';
import { openFactMemory } from '../store/backends/sqlite.ts';
import { openTrustMemory } from '../store/backends/trust-memory.ts';
import { stateFolderOf } from '../store/state-file.ts';
import { readPackageArchives } from './package-archives.ts';
import { surveyMachine } from './running.ts';
import type { Settings } from './settings.ts';
import { requireTemporaryFolder } from './temporary-folder.ts';
import { cacheFolderOf, withHome } from './user-folders.ts';

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
  try {
    await requireTemporaryFolder();
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const mend = 'Nothing can be scanned before; in a container mount one, such as --tmpfs /tmp.';
    return { subject: 'temporary space', state: 'missing', says: thrown.message, mend };
  }
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
    mend: 'The next scan reads everything anew. If this is told again, --cache-dir names another folder.',
  };
};

/** What `verify`, `--trust` and conditions about the past need. The folder is not made by looking. */
const checkState = (context: Context): Check => {
  const subject = 'history of signatures';
  const folder = stateFolderOf(withHome(context.environment), '/');
  if (!existsSync(folder)) return { subject, state: 'ok', says: `${folder} (nothing is kept yet)` };
  const memory = openTrustMemory(folder);
  const history = openSignatureHistory(folder);
  try {
    memory.check();
    history.check();
    return { subject, state: 'ok', says: folder };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const mend =
      'Signatures of Docker Content Trust stay inconclusive, and conditions about the past deny, until this is mended.';
    return { subject, state: 'limited', says: thrown.message, mend };
  } finally {
    memory.close();
    history.close();
  }
};

/** What `scan --running` would ask; `docker-daemon:` and `containerd:` find their engines at the same places. */
const checkEngines = async (context: Context): Promise<Check> => {
  const { answered, absent, problems } = await surveyMachine({ root: '/' }, context);
  const subject = 'container engines';
  if (problems.length > 0)
    return {
      subject,
      state: 'limited',
      says: [...answered, ...problems.map(({ fault }) => fault.message)].join('; '),
      mend: 'What those engines hold cannot be judged until this is mended.',
    };
  if (answered.length > 0) return { subject, state: 'ok', says: answered.join(', ') };
  return {
    subject,
    state: 'missing',
    says: `none answers (looked for ${[...new Set(absent.map((where) => where.split(' ', 1)[0]))].join(', ')})`,
    mend: 'Only docker-daemon:, containerd: and scan --running need one. Start Docker, containerd or "podman system service", or set DOCKER_HOST.',
  };
};

/** All other homes of signatures are checked by ourselves. */
const checkSignatureProgram = (context: Context): Check => {
  const subject = 'image signatures';
  const program = locateSignatureProgram(context);
  if (program !== undefined)
    return { subject, state: 'ok', says: `all homes of signatures; simple signing by ${program}` };
  return {
    subject,
    state: 'limited',
    says: 'all homes of signatures but simple signing (gpg), which stays inconclusive: there is no gpgv on PATH',
    mend: 'Install gpgv (Debian and Ubuntu: gpgv; elsewhere: gnupg), if a trust file asks for gpg.',
  };
};

/** What `--verify-packages` needs besides the network. */
const checkPackageArchives = async (settings: Settings, context: Context): Promise<Check> => {
  const subject = 'package archives';
  try {
    const distributions = await readPackageArchives(settings.packageArchives);
    requireSignatureProgram(context);
    for (const { keyrings } of distributions) requireKeyrings(keyrings);
    return { subject, state: 'ok', says: `gpgv and the keys of ${distributions.map(({ id }) => id).join(', ')}` };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return { subject, state: 'missing', says: thrown.message, mend: 'Only --verify-packages needs them.' };
  }
};

/** Every check, in the order in which a person should mend them. */
export const examineMachine = async (settings: Settings, context: Context): Promise<readonly Check[]> => [
  checkNode(),
  checkMachine(),
  await checkSpace(),
  await checkRuleEngine(),
  checkConfinement(),
  checkMemory(settings, context),
  checkState(context),
  checkSignatureProgram(context),
  await checkEngines(context),
  await checkPackageArchives(settings, context),
];
