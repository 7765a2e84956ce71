/** Which packages are compared with the archive first: those whose files run, then those with programs that everybody runs. Pure. */
import type { AuditResult } from '../audit/audit-result.ts';
import { isOnPath, isWatched } from '../audit/package-integrity/system-names.ts';
import type { WantedPackage } from '../archive/distribution.ts';
import type { InstalledPackage } from '../core/dossier.ts';

/** What an image says it is, and what it says is installed of that. */
export interface ClaimedPackages {
  /** `ID` of os-release(5), as the package URLs have it. */
  readonly distribution: string;
  readonly release: string;
  readonly packages: readonly WantedPackage[];
}

const debPattern = /^pkg:deb\/(?:([^/@?]+)\/)?[^/@?]+(?:@[^?]*)?(?:\?(.*))?$/;

const claimOf = ({ name, version, purl }: InstalledPackage) => {
  const [, distribution = '', qualifiers = ''] = debPattern.exec(purl) ?? [];
  const all = new URLSearchParams(qualifiers);
  const distro = all.get('distro') ?? '';
  const release = distro.startsWith(`${distribution}-`) ? distro.slice(distribution.length + 1) : '';
  return { distribution, release, wanted: { name, version, architecture: all.get('arch') ?? '' } };
};

/** dpkg's packages by the distribution that they claim. One image has one; a second is an oddity that is told too. */
export const claimedPackages = (packages: readonly InstalledPackage[]): readonly ClaimedPackages[] => {
  const groups = new Map<
    string,
    { readonly distribution: string; readonly release: string; readonly packages: WantedPackage[] }
  >();
  for (const installed of packages) {
    if (installed.ecosystem !== 'deb') continue;
    const { distribution, release, wanted } = claimOf(installed);
    const key = `${distribution} ${release}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { distribution, release, packages: [wanted] });
    else group.packages.push(wanted);
  }
  return [...groups.values()];
};

/** 3: a file of it runs at start or differs by the image's own database · 2: tools that rootkits replace · 1: other programs · 0: the rest */
const weightsOf = ({ launched, ownership }: AuditResult['context']): ReadonlyMap<string, number> => {
  const weights = new Map<string, number>();
  for (const [path, { package: name, state }] of ownership ?? []) {
    const weight = launched.has(path) || state === 'changed' ? 3 : isWatched(path) ? 2 : isOnPath(path) ? 1 : 0;
    if (weight > (weights.get(name) ?? -1)) weights.set(name, weight);
  }
  return weights;
};

/** Most important first; total, so that equal images are compared in equal order. */
export const inOrder = (
  packages: readonly WantedPackage[],
  context: AuditResult['context'],
): readonly WantedPackage[] => {
  const weights = weightsOf(context);
  const weight = ({ name }: WantedPackage): number => weights.get(name) ?? 0;
  return packages.toSorted(
    (one, other) => weight(other) - weight(one) || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0),
  );
};
