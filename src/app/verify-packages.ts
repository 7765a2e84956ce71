/** `--verify-packages`: the packages that an image says it has, compared with the distribution's signed archive; what was not compared is a Gap. */
import { join } from 'node:path';
import type { AuditResult } from '../audit/audit-result.ts';
import { sortAndCap } from '../audit/conclude.ts';
import { folderProblem } from '../store/private-folder.ts';
import { openDebianArchive, type DebianArchive, type FoundPackage } from '../archive/debian-archive.ts';
import { keyOf, type DeliveredPackage, type Distribution, type WantedPackage } from '../archive/distribution.ts';
import { requireKeyrings, requireSignatureProgram } from '../archive/signed-text.ts';
import type { Context } from '../core/context.ts';
import { isFault, type Fault } from '../core/fault.ts';
import type { Gap } from '../core/gap.ts';
import { toPlainText } from '../core/plain-text.ts';
import { claimedPackages, inOrder, type ClaimedPackages } from './verify-packages-order.ts';
import { compareWithArchive } from './verify-packages-compare.ts';

export interface VerifierLimits {
  /** What may be fetched for one image, and read of packages kept from before. */
  readonly fetchedBytes: number;
  readonly readBytes: number;
  readonly timeMs: number;
}

const usualLimits: VerifierLimits = { fetchedBytes: 768 * 2 ** 20, readBytes: 3 * 2 ** 30, timeMs: 15 * 60_000 };

export interface PackageVerifier {
  /** The audit with findings and gaps of the comparison. @throws whatever the context was aborted with */
  verify(audit: AuditResult): Promise<AuditResult>;
}

const shown = 10;

const listed = (packages: readonly WantedPackage[]): string =>
  toPlainText(
    `${packages
      .slice(0, shown)
      .map(({ name, version }) => `${name} ${version}`)
      .join(', ')}${packages.length > shown ? ` and ${packages.length - shown} more` : ''}`,
    2000,
  );

const unsupported = (audit: AuditResult): readonly Gap[] =>
  (['rpm', 'apk'] as const).flatMap((ecosystem) => {
    const count = audit.packages.filter((found) => found.ecosystem === ecosystem).length;
    return count === 0
      ? []
      : [
          {
            where: 'packages',
            code: 'PACKAGE_ARCHIVE_UNSUPPORTED',
            reason: `${count} packages were not compared with an archive: archives of ${ecosystem} packages cannot be asked yet`,
            bytes: 0,
          },
        ];
  });

const toGap = ({ code, message, where, kind }: Fault): Gap => ({
  where: where === '' ? 'package archive' : where,
  code,
  reason: message,
  bytes: 0,
  ...(kind === 'misuse' ? {} : { kind }),
});

const gapOf = (code: string, packages: readonly WantedPackage[], reason: string): readonly Gap[] =>
  packages.length === 0
    ? []
    : [
        {
          where: 'packages',
          code,
          reason: `${packages.length} packages ${reason}: ${listed(packages)}`,
          bytes: 0,
          kind: 'unavailable',
        },
      ];

const mostArchitectures = 3;

/** dpkg's indexes are by architecture, and those of all architectures are in each: asked with the commonest one. */
const byArchitecture = (packages: readonly WantedPackage[]): ReadonlyMap<string, readonly WantedPackage[]> => {
  const groups = new Map<string, WantedPackage[]>();
  const forAll: WantedPackage[] = [];
  for (const wanted of packages) {
    const { architecture } = wanted;
    const group = architecture === 'all' ? forAll : groups.get(architecture);
    if (group !== undefined) group.push(wanted);
    else if (/^[a-z0-9-]{1,40}$/.test(architecture)) groups.set(architecture, [wanted]);
  }
  const [first, ...others] = [...groups].sort(([, one], [, other]) => other.length - one.length);
  const [architecture, most] = first ?? ['amd64', []];
  return new Map([[architecture, [...most, ...forAll]], ...others.slice(0, mostArchitectures - 1)]);
};

interface Read {
  readonly delivered: readonly DeliveredPackage[];
  readonly gaps: readonly Gap[];
}

const readAll = async (
  archive: DebianArchive,
  found: readonly FoundPackage[],
  limits: VerifierLimits,
  context: Context,
): Promise<Read> => {
  const delivered: DeliveredPackage[] = [];
  const gaps: Gap[] = [];
  const left: WantedPackage[] = [];
  const until = context.now().getTime() + limits.timeMs;
  let [fetched, read] = [0, 0];
  const step = (state: 'running' | 'done', done: number): void =>
    context.progress({
      id: 'verify-packages',
      label: 'comparing packages with the archive',
      done,
      total: found.reduce((sum, { size }) => sum + size, 0),
      state,
    });
  for (const one of found) {
    context.signal.throwIfAborted();
    const cost = (await archive.isKept(one)) ? 0 : one.size;
    if (fetched + cost > limits.fetchedBytes || read + one.size > limits.readBytes || context.now().getTime() > until) {
      left.push(one);
      continue;
    }
    step('running', read);
    try {
      delivered.push(await archive.read(one));
    } catch (thrown) {
      context.signal.throwIfAborted();
      if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
      gaps.push(toGap(thrown));
    }
    fetched += cost;
    read += one.size;
  }
  step('done', read);
  return {
    delivered,
    gaps: [
      ...gaps,
      ...gapOf('PACKAGES_NOT_VERIFIED', left, 'were not compared with the archive within the bounds for one image'),
    ],
  };
};

/** The user's own folder where nobody else can write into it; else one for this run. */
const keepingFolder = async (cacheFolder: string | undefined, context: Context): Promise<string> => {
  const folder = cacheFolder === undefined ? undefined : join(cacheFolder, 'archives');
  let problem = 'nothing is to be kept';
  try {
    if (folder !== undefined) problem = folderProblem(folder, true) ?? '';
  } catch (thrown) {
    problem = (thrown as Error).message;
  }
  if (folder !== undefined && problem === '') return folder;
  context.log.debug('what the archive gives is not kept', { reason: problem });
  return join(await context.temporaryFolder(), 'archives');
};

/** `cacheFolder`: undefined to keep nothing. @throws {Fault} misuse `SIGNATURE_PROGRAM_MISSING`, `ARCHIVE_KEYS_MISSING`: at once, before anything is scanned */
export const openPackageVerifier = async (
  distributions: readonly Distribution[],
  cacheFolder: string | undefined,
  context: Context,
  limits: VerifierLimits = usualLimits,
): Promise<PackageVerifier> => {
  requireSignatureProgram(context);
  for (const { keyrings } of distributions) requireKeyrings(keyrings);

  const verifyClaimed = async (claimed: ClaimedPackages, audit: AuditResult): Promise<Read> => {
    const distribution = distributions.find(({ id }) => id === claimed.distribution);
    const sources =
      distribution === undefined || !Object.hasOwn(distribution.releases, claimed.release)
        ? undefined
        : distribution.releases[claimed.release];
    if (distribution === undefined || sources === undefined) {
      const called = toPlainText(`${claimed.distribution} ${claimed.release}`.trim(), 100);
      const reason = `of ${called === '' ? 'a distribution that the image does not name' : called} were not compared: no archive is configured for it`;
      return { delivered: [], gaps: gapOf('PACKAGE_ARCHIVE_UNKNOWN', claimed.packages, reason) };
    }
    await using archive = await openDebianArchive(distribution, context, await keepingFolder(cacheFolder, context));
    const wanted = inOrder(claimed.packages, audit.context);
    const found = new Map<string, FoundPackage>();
    const faults: Fault[] = [];
    for (const [architecture, group] of byArchitecture(wanted)) {
      const searched = await archive.search(sources, group, architecture);
      for (const [key, one] of searched.found) found.set(key, one);
      faults.push(...searched.faults);
    }
    const read = await readAll(
      archive,
      wanted.flatMap((one) => found.get(keyOf(one)) ?? []),
      limits,
      context,
    );
    const absent = wanted.filter((one) => !found.has(keyOf(one)));
    const isWhole = faults.length === 0;
    return {
      delivered: read.delivered,
      gaps: [
        ...faults.map(toGap),
        ...read.gaps,
        ...gapOf(
          isWhole ? 'PACKAGE_VERSION_NOT_IN_ARCHIVE' : 'PACKAGES_NOT_VERIFIED',
          absent,
          isWhole
            ? 'are not in the archive in the version that the image claims'
            : 'could not be looked up in all of the archive',
        ),
      ],
    };
  };

  return {
    async verify(audit) {
      const gaps: Gap[] = [...unsupported(audit)];
      const delivered: DeliveredPackage[] = [];
      for (const claimed of claimedPackages(audit.packages)) {
        const read = await verifyClaimed(claimed, audit);
        gaps.push(...read.gaps);
        delivered.push(...read.delivered);
      }
      return {
        ...audit,
        findings: sortAndCap([...audit.findings, ...compareWithArchive(audit, delivered)]),
        gaps: [...audit.gaps, ...gaps],
      };
    },
  };
};
