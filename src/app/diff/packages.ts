/** The packages of two images → which came, which went, and which changed to a newer or an older version. */
import type { PackageChange, PackageChanges } from '../../core/difference.ts';
import type { InstalledPackage } from '../../core/dossier.ts';
import { compareVersions } from '../../core/package-version.ts';

const grouped = (packages: readonly InstalledPackage[]): ReadonlyMap<string, readonly InstalledPackage[]> => {
  const groups = new Map<string, InstalledPackage[]>();
  for (const one of packages) {
    const key = `${one.ecosystem}\n${one.name}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [one]);
    else if (known.every(({ version }) => version !== one.version)) known.push(one);
  }
  return groups;
};

/** Versions that only one of the two has, oldest first: the first of each belong together. */
const onlyIn = (one: readonly InstalledPackage[], other: readonly InstalledPackage[]): readonly InstalledPackage[] =>
  one
    .filter(({ version }) => other.every((candidate) => candidate.version !== version))
    .toSorted((a, b) => compareVersions(a.ecosystem, a.version, b.version));

const toChange = (was: InstalledPackage | undefined, is: InstalledPackage | undefined): readonly PackageChange[] => {
  const known = is ?? was;
  if (known === undefined) return [];
  const { ecosystem, name, purl } = known;
  return [{ ecosystem, name, old: was?.version ?? '', new: is?.version ?? '', purl }];
};

/** Written otherwise, but neither newer nor older, counts as an upgrade: it is another build. */
const isDowngrade = ({ ecosystem, old, new: now }: PackageChange): boolean => compareVersions(ecosystem, old, now) > 0;

export const comparePackages = (old: readonly InstalledPackage[], now: readonly InstalledPackage[]): PackageChanges => {
  const [before, after] = [grouped(old), grouped(now)];
  const changes: PackageChange[] = [];
  let same = 0;
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [was, is] = [before.get(key) ?? [], after.get(key) ?? []];
    const [gone, come] = [onlyIn(was, is), onlyIn(is, was)];
    same += is.length - come.length;
    for (let index = 0; index < Math.max(gone.length, come.length); index += 1)
      changes.push(...toChange(gone[index], come[index]));
  }
  const both = changes.filter((change) => change.old !== '' && change.new !== '');
  return {
    added: changes.filter((change) => change.old === ''),
    removed: changes.filter((change) => change.new === ''),
    upgraded: both.filter((change) => !isDowngrade(change)),
    downgraded: both.filter(isDowngrade),
    same,
  };
};
