/** Modes, capabilities and kernel modules of the inventory → findings: programs that give their rights to whoever starts them. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { baseName, parentOf } from '../../core/path.ts';
import { isWhole, readCapabilities } from './capability.ts';
import type { ImageView } from './image-view.ts';
import { isOddProgramPlace } from './odd-place.ts';
import { excerptOf, fileOf, stateFinding } from './statement.ts';

const shellName =
  /^(?:r?bash|dash|sh|ash|zsh|ksh\w*|mksh|fish|tcsh|csh|busybox|toybox|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|php[\d.]*|lua[\d.]*|tclsh[\d.]*)$/;

/** Each of them can run a program, or write any file, for whoever may start it. */
const powerfulTool =
  /^(?:find|env|awk|gawk|mawk|sed|vi|vim(?:\.\w+)?|nano|ed|emacs|less|more|tar|zip|cp|mv|dd|tee|cat|install|rsync|nmap|nc|ncat|netcat|socat|gdb|strace|ltrace|docker|git|make|gcc|curl|wget|openssl|xargs|nice|timeout|setarch|taskset|flock|watch|chroot|unshare|nsenter)(?:[.-][\w.]+)?$/;

const packageFolder = /^(?:usr\/)?(?:s?bin|lib(?:32|64|exec)?|games)\//;

/** What busybox needs for `su` and `ping`, and Alpine keeps apart as `bbsuid`. */
const isUsualSetuid = (path: string): boolean => /^(?:usr\/)?s?bin\/busybox$/.test(path);

const judgeSetuid = (entry: InventoryEntry, shells: ReadonlyMap<string, string>): readonly Finding[] => {
  const { path, kind, mode, uid, sha256 = '' } = entry;
  const givesRoot = (mode & 0o4000) !== 0 && uid === 0;
  if (kind !== 'elf' || (mode & 0o111) === 0 || isUsualSetuid(path)) return [];
  const name = baseName(path);
  if (shellName.test(name) || shells.has(sha256))
    return givesRoot || (mode & 0o4000) !== 0 ? [stateFinding('setuid-shell', [fileOf(entry)])] : [];
  if (!givesRoot) return [];
  if (powerfulTool.test(name)) return [stateFinding('setuid-tool', [fileOf(entry)])];
  if (isOddProgramPlace(path)) return [stateFinding('setuid-in-odd-place', [fileOf(entry)])];
  return packageFolder.test(path) ? [] : [stateFinding('setuid-outside-packages', [fileOf(entry)])];
};

const usualCapable = /(?:^|\/)(?:newuidmap|newgidmap|suexec|systemd-detect-virt|fusermount3?)$/;

const judgeCapabilities = (entry: InventoryEntry): readonly Finding[] => {
  const given = entry.capabilities === undefined ? [] : readCapabilities(Buffer.from(entry.capabilities, 'hex'));
  const rights = given.filter(isWhole);
  if (rights.length === 0) return [];
  const { path, sha256 = '', layerIndex, hidden } = entry;
  const shown = rights.slice(0, 8).map((right) => `cap_${right}`);
  const proof = excerptOf({ path, sha256, layerIndex, hidden }, 0, shown.join(' '));
  const name = baseName(path);
  if (shellName.test(name) || powerfulTool.test(name)) return [stateFinding('capable-interpreter', [proof])];
  if (isOddProgramPlace(path)) return [stateFinding('capable-in-odd-place', [proof])];
  return usualCapable.test(name) ? [] : [stateFinding('capable-program', [proof])];
};

const moduleTree = /^((?:usr\/)?lib\/modules\/[^/]+)\/.+\.ko(?:\.(?:xz|gz|zst))?$/;
/** The smallest kernel has more. */
const fewModules = 10;

const judgeModules = (files: readonly InventoryEntry[]): readonly Finding[] => {
  const trees = new Map<string, InventoryEntry[]>();
  for (const entry of files) {
    const tree = moduleTree.exec(entry.path)?.[1];
    if (tree === undefined) continue;
    const known = trees.get(tree) ?? [];
    if (known.length < fewModules) known.push(entry);
    trees.set(tree, known);
  }
  return [...trees.values()].flatMap((modules) => {
    const [first] = modules;
    return first === undefined || modules.length >= fewModules
      ? []
      : [stateFinding('kernel-module-without-kernel', [fileOf(first), ...modules.slice(1).map(fileOf)])];
  });
};

/** Where distributions keep their shells and interpreters: what lies there under its own name is the original. */
const originals = (programs: readonly InventoryEntry[]): ReadonlyMap<string, string> => {
  const known = new Map<string, string>();
  for (const { path, kind, sha256 } of programs)
    if (
      kind === 'elf' &&
      sha256 !== undefined &&
      /^(?:usr\/)?s?bin$/.test(parentOf(path)) &&
      shellName.test(baseName(path))
    )
      known.set(sha256, path);
  return known;
};

export const concludeRights = (view: ImageView): readonly Finding[] => {
  const shells = originals(view.programs);
  return [
    ...view.programs.flatMap((entry) => ((entry.mode & 0o6000) === 0 ? [] : judgeSetuid(entry, shells))),
    ...view.capable.flatMap(judgeCapabilities),
    ...judgeModules(view.moduleFiles),
  ];
};
