/** The first flow, forward only: a reference → Verdicts. The place where sources, audit and policy are introduced to each other. */
import { readFile } from 'node:fs/promises';
import { analyzers } from '../audit/analyzers/index.ts';
import type { AuditConclusions, AuditResult } from '../audit/audit-result.ts';
import { openAuditor, type Auditor } from '../audit/auditor.ts';
import type { Context, ProgressStep } from '../core/context.ts';
import { isFault, misuse, type Fault } from '../core/fault.ts';
import type { Image } from '../core/image.ts';
import { noMemory, type FactMemory } from '../core/memory.ts';
import { parsePlatform, formatPlatform, type PlatformChoice } from '../core/platform.ts';
import { formatReference, parseReference, type Reference } from '../core/reference.ts';
import type { Verdict } from '../core/verdict.ts';
import { asksHistory } from '../policy/asks-history.ts';
import { defaultPolicy } from '../policy/default-policy.ts';
import { judge } from '../policy/judge.ts';
import type { Policy } from '../policy/policy.ts';
import { openFactMemory } from '../store/backends/sqlite.ts';
import { toDossier, toEmptyDossier } from './dossier.ts';
import { fileProblem } from './file-problem.ts';
import { platformChoice, sourceOf } from './image-sources.ts';
import { installedFeeds, withFeedAges } from './installed-feeds.ts';
import { noInventoryKeeper, type InventoryKeeper } from './inventory.ts';
import { nameLessons, readLessons } from './lessons.ts';
import { locateRules } from './rule-locations.ts';
import { coresOf, scanProcessesOf, type ScanProcesses } from './scan-processes.ts';
import { demandsTrust, type Settings } from './settings.ts';
import { requireTemporaryFolder } from './temporary-folder.ts';
import { cacheFolderOf } from './user-folders.ts';
import type { TrustDesk } from './verify/trust-desk.ts';
import type { TrustExamined } from './verify/trust-examined.ts';

export { exitStatus } from '../policy/exit-status.ts';

/** Facts of earlier scans may take this much of the user's disk. */
const memoryBytes = 2 * 2 ** 30;

/** @throws {Fault} misuse `SETTING_INVALID` */
export const judgementTime = (
  settings: Pick<Settings, 'at'>,
  context: Pick<Context, 'environment' | 'now'>,
): string => {
  const epoch = context.environment['SOURCE_DATE_EPOCH'];
  if (settings.at === undefined && epoch === undefined) return context.now().toISOString();
  const time = settings.at === undefined ? new Date(Number(epoch) * 1000) : new Date(settings.at);
  if (Number.isNaN(time.getTime()))
    throw misuse(
      'SETTING_INVALID',
      settings.at === undefined
        ? `SOURCE_DATE_EPOCH: "${epoch}" is no number of seconds`
        : `--at: "${settings.at}" is no ISO 8601 time`,
    );
  return time.toISOString();
};

const readPolicy = async (file: string | undefined): Promise<Policy> => {
  if (file === undefined) return defaultPolicy;
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw misuse('POLICY_INVALID', `--policy: cannot read ${file}: ${fileProblem(thrown)}`);
  });
  // Only a policy of one's own needs YAML, CEL and the rest: most starts are quicker without.
  const { parsePolicy } = await import('../policy/policy-file.ts');
  return parsePolicy(text, file);
};

/** Loaded only where it is asked for: most starts are quicker without. */
const openVerifier = async (settings: Settings, folder: string, context: Context) => {
  if (!settings.verifyPackages) return undefined;
  const { readPackageArchives } = await import('./package-archives.ts');
  const { openPackageVerifier } = await import('./verify-packages.ts');
  return openPackageVerifier(
    await readPackageArchives(settings.packageArchives),
    settings.cache ? folder : undefined,
    context,
  );
};

/** Loaded only where signatures are demanded, or the policy asks what was seen before. */
const openDesk = async (settings: Settings, policy: Policy, context: Context): Promise<TrustDesk | undefined> => {
  if (!demandsTrust(settings) && !asksHistory(policy)) return undefined;
  const { openConfiguredDesk } = await import('./verify/configured-desk.ts');
  return (await openConfiguredDesk(settings, context)).desk;
};

const nothingAsked: TrustExamined = { attestations: [] };

/** Waits for both, so that nothing goes on with an image that is closed; what the first threw is thrown. */
const bothOf = async <One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> => {
  await Promise.allSettled([one, other]);
  return [await one, await other];
};

/** For one image: in what it differs from what the whole command was told. */
export interface InspectOptions {
  /** Variables beside the process's own, by which a source finds its engine. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** Stands before what is said of its progress, where two images are read at once. */
  readonly name?: string;
}

/** `audit`: absent for an image that could not be had. */
export interface Examined {
  readonly verdict: Verdict;
  readonly audit?: AuditResult;
}

/** Judges images one after the other with the same rules, policy and scanning processes. */
export interface Inspector extends AsyncDisposable {
  readonly auditor: Auditor;
  /**
   * One Verdict, or one for each platform with `--all-platforms`. An image that cannot be had or read is `incomplete`, never an exception.
   * @throws {Fault} misuse only
   */
  inspect(asked: string, options?: InspectOptions): Promise<readonly Verdict[]>;
  /** The same, with what the audit saw. Two images may be examined at once: layers that both have are read once. */
  examine(asked: string, options?: InspectOptions): Promise<readonly Examined[]>;
  /** The Verdict on what could not even be opened. */
  judgeUnread(asked: string, reference: string, fault: Fault): Verdict;
}

/**
 * `inventories`: shown every image whose files are not kept yet. `processes`: those of `startScanning`, where they were started before.
 * The caller disposes of both, after the inspector.
 * @throws {Fault} misuse: a policy, rule path or time that cannot be used
 */
export const openInspector = async (
  settings: Settings,
  context: Context,
  inventories: InventoryKeeper = noInventoryKeeper,
  processes: ScanProcesses = scanProcessesOf(settings, context.environment),
): Promise<Inspector> => {
  const policy = await readPolicy(settings.policy);
  await requireTemporaryFolder();
  const at = judgementTime(settings, context);
  const lessons = readLessons();
  const usualChoice = platformChoice(settings);
  const folder = cacheFolderOf(settings, context.environment);
  const feeds = settings.defaultRules ? await installedFeeds(context.environment, context.now()) : [];
  const verifier = await openVerifier(settings, folder, context);
  const desk = await openDesk(settings, policy, context);
  const memory: FactMemory = settings.cache
    ? openFactMemory(folder, { maximumBytes: memoryBytes, log: context.log })
    : noMemory;
  const auditor = await openAuditor({
    analyzers,
    locations: locateRules(settings, context.environment),
    memory,
    processes,
    cores: coresOf(settings),
  }).catch((thrown: unknown) => {
    memory.close();
    desk?.close();
    throw thrown;
  });

  const audit = async (image: Image, surroundings: Context): Promise<AuditResult> => {
    const audited = await auditor.audit(image, surroundings);
    inventories.wanted(image)?.(audited);
    return verifier === undefined ? audited : verifier.verify(audited);
  };

  /** What is inside and who signed it, both at once. */
  const examineImage = async <Seen extends AuditConclusions>(
    asked: string,
    reference: Reference,
    image: Image,
    name: string,
    look: (image: Image, surroundings: Context) => Promise<Seen>,
  ): Promise<{ readonly verdict: Verdict; readonly audit: Seen }> => {
    const named = (step: ProgressStep): ProgressStep => ({
      ...step,
      id: `${name} ${step.id}`,
      label: `${name}: ${step.label}`,
    });
    const surroundings =
      name === '' ? context : { ...context, progress: (step: ProgressStep) => context.progress(named(step)) };
    const [seen, signatures] = await bothOf(
      look(image, surroundings),
      desk?.examine(image, reference, surroundings) ?? Promise.resolve(nothingAsked),
    );
    const aged = { ...seen, rules: withFeedAges(seen.rules, feeds) };
    return { verdict: judge(policy, nameLessons(toDossier(asked, image, aged, signatures), lessons), at), audit: aged };
  };

  const judgeEmpty = (asked: string, reference: string, platform: string, fault: Fault): Verdict =>
    judge(policy, toEmptyDossier(asked, reference, platform, fault, auditor.rules), at);

  const examineEach = async <Seen extends AuditConclusions>(
    asked: string,
    { environment, platform, name = '' }: InspectOptions,
    look: (image: Image, surroundings: Context) => Promise<Seen>,
  ): Promise<readonly { readonly verdict: Verdict; readonly audit?: Seen }[]> => {
    const reference = parseReference(asked);
    const choice: PlatformChoice =
      platform === undefined ? usualChoice : { all: false, platform: parsePlatform(platform), asked: true };
    const surroundings: Context =
      environment === undefined ? context : { ...context, environment: { ...context.environment, ...environment } };
    let images: readonly Image[] = [];
    try {
      const source = await sourceOf(reference);
      images = await source.resolve(reference, choice, surroundings);
      const examined = [];
      for (const image of images) examined.push(await examineImage(asked, reference, image, name, look));
      return examined;
    } catch (thrown) {
      const fault = faultOf(thrown, context.signal);
      if (fault === undefined || fault.kind === 'misuse') throw thrown;
      const platform = choice.all ? '' : formatPlatform(choice.platform);
      return [{ verdict: judgeEmpty(asked, formatReference(reference), platform, fault) }];
    } finally {
      for (const image of images) await image[Symbol.asyncDispose]();
    }
  };

  return {
    auditor,
    judgeUnread: (asked, reference, fault) => judgeEmpty(asked, reference, '', fault),
    inspect: async (asked, options = {}) => {
      const conclude = (image: Image, surroundings: Context): Promise<AuditConclusions> =>
        verifier === undefined
          ? auditor.conclude(image, surroundings, inventories.wanted(image))
          : audit(image, surroundings);
      return (await examineEach(asked, options, conclude)).map(({ verdict }) => verdict);
    },
    examine: (asked, options = {}) => examineEach(asked, options, audit),
    async [Symbol.asyncDispose]() {
      await auditor[Symbol.asyncDispose]();
      memory.close();
      desk?.close();
    },
  };
};

/** A part that was stopped throws whatever it was waiting for; the reason for the stop says more. */
const faultOf = (thrown: unknown, signal: AbortSignal): Fault | undefined => {
  if (signal.aborted && isFault(signal.reason)) return signal.reason;
  return isFault(thrown) ? thrown : undefined;
};
