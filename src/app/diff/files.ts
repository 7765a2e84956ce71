/** The final trees of two images → how many files came, went and changed, and which of them a reviewer should see. */
import type { FileOwner, InventoryEntry } from '../../core/analyzer.ts';
import type { FileChange, FileChanges, FileState } from '../../core/difference.ts';
import type { InstalledPackage } from '../../core/dossier.ts';
import { isProgram } from '../../core/file-kind.ts';
import { contentEntry, type FinalTree } from './final-tree.ts';

/** Notable changes that a comparison keeps. */
const keptChanges = 1000;

/** What a system reads and obeys without being asked. */
const startUpPath =
  /^(?:etc\/(?:cron|anacrontab|init\.d\/|rc|systemd\/|profile|bash|zsh|environment$|ld\.so\.(?:preload|conf)|sudoers|pam\.d\/|passwd$|shadow$|group$|ssh\/|udev\/|xinetd|inetd|s6|services\.d\/|supervisor|apt\/apt\.conf)|(?:usr\/)?lib\/(?:systemd\/|udev\/|security\/)|var\/spool\/cron|(?:root|home\/[^/]+)\/\.(?:bash|profile|zsh|ssh\/|config\/autostart))/;

const toState = ({ type, mode, uid, gid, size, sha256, kind, target }: InventoryEntry): FileState => ({
  type,
  mode,
  uid,
  gid,
  size,
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(kind === undefined ? {} : { kind }),
  ...(target === undefined ? {} : { target }),
});

/** Times are left out: they change with every build. */
const isSameEntry = (one: InventoryEntry, other: InventoryEntry): boolean =>
  one.type === other.type &&
  one.mode === other.mode &&
  one.uid === other.uid &&
  one.gid === other.gid &&
  one.size === other.size &&
  one.sha256 === other.sha256 &&
  one.target === other.target &&
  one.capabilities === other.capabilities;

const isSpecial = ({ type, mode }: InventoryEntry): boolean => type === 'file' && (mode & 0o6000) !== 0;

interface Side {
  readonly tree: FinalTree;
  readonly entry: InventoryEntry;
}

const reasonsOf = ({ tree, entry }: Side): FileChange['is'] => {
  const kind = entry.kind ?? 'data';
  const isRun = entry.type === 'file' && (isProgram(kind) || (entry.mode & 0o111) !== 0);
  return [
    ...(isSpecial(entry) ? (['setuid'] as const) : []),
    ...(entry.capabilities === undefined ? [] : (['capabilities'] as const)),
    ...(tree.launched.has(entry.path) ? (['started'] as const) : []),
    ...(startUpPath.test(entry.path) && entry.type !== 'directory' ? (['start-up'] as const) : []),
    ...(isRun && entry.size > 0 ? ([kind === 'script' ? 'script' : 'program'] as const) : []),
  ];
};

/** Names of packages of which both images hold exactly the same versions. */
const unchangedPackages = (old: readonly InstalledPackage[], now: readonly InstalledPackage[]): ReadonlySet<string> => {
  const versions = (packages: readonly InstalledPackage[]): ReadonlyMap<string, string> => {
    const byName = new Map<string, string[]>();
    for (const { name, ecosystem, version } of packages)
      byName.set(name, [...(byName.get(name) ?? []), `${ecosystem} ${version}`]);
    return new Map([...byName].map(([name, all]) => [name, all.sort().join('\n')]));
  };
  const [before, after] = [versions(old), versions(now)];
  return new Set([...after].filter(([name, all]) => before.get(name) === all).map(([name]) => name));
};

const isOwned = (owner: FileOwner | undefined): owner is FileOwner => owner !== undefined && owner.package !== '';

/** The order of a review: what gives rights or starts first, then what nobody vouches for, then the rest; added before changed before removed. */
const weightOf = ({ is, change, unowned, unexplained }: FileChange): number => {
  const direction = { added: 2, changed: 1, removed: -8 }[change];
  const reasons = { setuid: 12, capabilities: 12, started: 10, 'start-up': 6, script: 1, program: 2 };
  const reason = Math.max(0, ...is.map((word) => reasons[word]));
  return reason + direction + (unexplained === true ? 12 : 0) + (unowned === true ? 6 : 0);
};

export interface Compared {
  readonly tree: FinalTree;
  readonly packages: readonly InstalledPackage[];
}

export const compareFiles = (old: Compared, now: Compared): FileChanges => {
  const unchanged = unchangedPackages(old.packages, now.packages);
  const notable: FileChange[] = [];
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };

  const note = (
    change: FileChange['change'],
    was: InventoryEntry | undefined,
    is: InventoryEntry | undefined,
  ): void => {
    counts[change] += 1;
    const sides: readonly Side[] = [
      ...(is === undefined ? [] : [{ tree: now.tree, entry: is }]),
      ...(was === undefined ? [] : [{ tree: old.tree, entry: was }]),
    ];
    const [first] = sides;
    const words = [...new Set(sides.flatMap(reasonsOf))];
    if (first === undefined || words.length === 0) return;
    const { ownership } = first.tree;
    const owner = ownership?.get(first.entry.path);
    notable.push({
      path: first.entry.path,
      change,
      is: words,
      ...(isOwned(owner) ? { owner: owner.package } : {}),
      ...(ownership !== undefined && owner === undefined ? { unowned: true as const } : {}),
      ...(change === 'changed' && isOwned(owner) && owner.state !== 'expected' && unchanged.has(owner.package)
        ? { unexplained: true as const }
        : {}),
      ...(was === undefined ? {} : { old: toState(was) }),
      ...(is === undefined ? {} : { new: toState(is) }),
    });
  };

  for (const [path, raw] of now.tree.entries) {
    if (raw.type === 'directory' && old.tree.entries.get(path)?.type === 'directory') continue;
    const is = { ...contentEntry(now.tree, raw), path };
    const before = old.tree.entries.get(path);
    if (before === undefined) {
      if (is.type !== 'directory') note('added', undefined, is);
      continue;
    }
    const was = { ...contentEntry(old.tree, before), path };
    if (isSameEntry(was, is)) counts.same += 1;
    else note('changed', was, is);
  }
  for (const [path, raw] of old.tree.entries)
    if (!now.tree.entries.has(path) && raw.type !== 'directory')
      note('removed', { ...contentEntry(old.tree, raw), path }, undefined);

  const sorted = notable
    .map((change) => ({ change, weight: weightOf(change) }))
    .sort((one, other) => other.weight - one.weight || (one.change.path < other.change.path ? -1 : 1))
    .map(({ change }) => change);
  return { ...counts, notable: sorted.slice(0, keptChanges), more: Math.max(0, sorted.length - keptChanges) };
};
