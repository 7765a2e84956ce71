/** Names, folders and digests of the programs in an image → findings: copies under other names, hidden names, a search path that leads astray. */
import type { InventoryEntry, Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { baseName, parentOf } from '../../core/path.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { ImageView } from './image-view.ts';
import { readVariable } from './library-lists.ts';
import {
  hasOverlookedName,
  isHidden,
  isHiddenInHome,
  isMisplacedSystemProgram,
  isOddProgramPlace,
  isTemporary,
  toImagePath,
} from './odd-place.ts';
import { fileOf, stateFinding } from './statement.ts';

/** Tools that attackers copy or move under other names, so that rules about their names do not see them. */
const copied =
  /^(?:bash|dash|zsh|ksh\d*|mksh|busybox|toybox|curl|wget|nc|ncat|nc\.\w+|socat|ssh|python[\d.]*|perl[\d.]*|docker|nmap|masscan|chattr|base64|nsenter)$/;

/** Where distributions put programs. */
const programFolder = /^(?:usr\/)?(?:local\/)?s?bin$/;

/** The letters of a name: `python3.12` and `python` are one tool. */
const stemOf = (name: string): string => /^[a-z]+/i.exec(name)?.[0]?.toLowerCase() ?? name;

const shells = /^(?:r?bash|dash|sh|ash|zsh|ksh|mksh|static-sh|lksh|rzsh)/;

const isSameTool = (name: string, original: string): boolean => {
  const [one, other] = [name.toLowerCase(), stemOf(original)];
  return (
    one.includes(other) ||
    other.includes(stemOf(one)) ||
    (shells.test(original) && shells.test(name)) ||
    /^(?:busybox|toybox)$/.test(original)
  );
};

const judgeCopies = (programs: readonly InventoryEntry[]): readonly Finding[] => {
  const known = new Map<string, InventoryEntry>();
  for (const entry of programs) {
    if (entry.kind !== 'elf' || entry.sha256 === undefined) continue;
    if (programFolder.test(parentOf(entry.path)) && copied.test(baseName(entry.path)) && !known.has(entry.sha256))
      known.set(entry.sha256, entry);
  }
  return programs.flatMap((entry): readonly Finding[] => {
    if (entry.kind !== 'elf' || entry.sha256 === undefined) return [];
    const original = known.get(entry.sha256);
    if (original === undefined || original.path === entry.path) return [];
    // Unpacked into a temporary folder and moved from there: how builders install, and the copy is gone.
    if (entry.hidden || isSameTool(baseName(entry.path).replace(/^\.+/, ''), baseName(original.path))) return [];
    const odd = isOddProgramPlace(entry.path);
    return [stateFinding(odd ? 'renamed-shell-in-odd-place' : 'renamed-shell', [fileOf(entry), fileOf(original)])];
  });
};

const isLibrary = (name: string): boolean => /\.(?:so|node|o|a|ko|dylib|pyd|debug)(?:\.[\d.]+)?$|\.so\./.test(name);

const judgeName = (entry: InventoryEntry, view: ImageView): readonly Finding[] => {
  const { path, kind, mode } = entry;
  const isBinary = kind === 'elf' || kind === 'pe' || kind === 'macho';
  const isRunnable = isBinary || (kind === 'script' && (mode & 0o111) !== 0);
  if (!isRunnable) return [];
  if (hasOverlookedName(path)) return [stateFinding('overlooked-name', [fileOf(entry)])];
  if (isMisplacedSystemProgram(path, isBinary, view)) return [stateFinding('misplaced-system-name', [fileOf(entry)])];
  if (!isBinary || isLibrary(baseName(path))) return [];
  if (isHidden(path)) {
    const severity = isTemporary(path) ? 'high' : isHiddenInHome(path) ? 'low' : 'medium';
    return [stateFinding('hidden-binary', [fileOf(entry)], { severity })];
  }
  return isTemporary(path)
    ? [stateFinding('binary-in-temporary-folder', [fileOf(entry)], path.startsWith('dev/') ? { severity: 'high' } : {})]
    : [];
};

const systemFolders: readonly string[] = ['usr/bin', 'bin', 'usr/sbin', 'sbin'];

/** Tools that show what a machine does or who is on it, and those that take passwords. */
const telling: readonly string[] =
  'ls ps top netstat ss lsof id who w last pstree login su sudo passwd ssh ifconfig crontab du df dmesg lsmod find'.split(
    ' ',
  );

const isElsewhere = (folder: string): boolean =>
  !/^(?:usr\/local\/)?s?bin$|^opt\/|^usr\/(?:local|lib|share|games)\//.test(folder);

const judgeSearchPath = ({ config, inventory }: Subject, view: ImageView): readonly Finding[] => {
  const value = config?.environment.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  if (value === undefined) return [];
  const folders = value.split(':').map(toImagePath);
  const end = folders.findIndex((folder) => systemFolders.includes(folder));
  const before = [...new Set(end < 0 ? [] : folders.slice(0, end))].filter((folder) => folder !== '').slice(0, 50);
  const writable = new Set(
    inventory
      .filter(({ type, mode, hidden }) => type === 'directory' && !hidden && (mode & 0o002) !== 0)
      .map(({ path }) => path),
  );
  return before.flatMap((folder): readonly Finding[] => {
    const proof = { kind: 'config', field: 'Env', value: toPlainText(`PATH=${value}`, 300) } as const;
    const shadowing = telling.flatMap((name) => {
      const own = view.find(`/${folder}/${name}`);
      const system = systemFolders.some((system) => view.find(`/${system}/${name}`) !== undefined);
      return own !== undefined && system && !own.hidden ? [own] : [];
    });
    const odd = isOddProgramPlace(`${folder}/x`) || writable.has(folder);
    const [first] = shadowing;
    if (first !== undefined) {
      const isBad = odd || isElsewhere(folder);
      return [
        stateFinding(isBad ? 'path-shadows-tool' : 'local-shadows-tool', [
          fileOf(first),
          proof,
          ...shadowing.slice(1, 5).map(fileOf),
        ]),
      ];
    }
    return odd ? [stateFinding('path-odd-folder', [proof])] : [];
  });
};

const judgeVariables = ({ config }: Subject): readonly Finding[] =>
  (config?.environment ?? []).flatMap((variable) => {
    const equals = variable.indexOf('=');
    return readVariable(variable.slice(0, Math.max(0, equals)), variable.slice(equals + 1), 0).flatMap((fact) =>
      fact.is === 'injection'
        ? [
            stateFinding('variable-runs-code', [
              { kind: 'config', field: 'Env', value: toPlainText(`${fact.name}=…${fact.value}`, 300) },
            ]),
          ]
        : [],
    );
  });

export const concludeNames = (subject: Subject, view: ImageView): readonly Finding[] => [
  ...view.programs.flatMap((entry) => judgeName(entry, view)),
  ...judgeCopies(view.programs),
  ...judgeSearchPath(subject, view),
  ...judgeVariables(subject),
];
