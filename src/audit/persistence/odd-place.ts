/** A path inside an image → whether it is a place where nobody who means well keeps a program. Paths without the leading slash. */
import { baseName, parentOf } from '../../core/path.ts';

export const toImagePath = (absolute: string): string => absolute.replace(/^\/+/, '').replaceAll(/\/{2,}/g, '/');

/** Folders that are emptied at a start, or that everybody may write to. */
export const isTemporary = (path: string): boolean => /^(?:tmp|var\/tmp|dev|run\/shm|var\/run\/shm)\//.test(path);

/** Homes hold hidden folders of many honest tools; what is known there is not worth a word. */
const homeFolder = /^(?:root|home\/[^/]+)\//;

/** Folders with a leading dot that builders and language tools make anywhere. */
const toolFolder =
  /^\.(?:libs?|dylibs|bin|build-id|venv|virtualenvs?|env|pnpm(?:-store)?|npm(?:-global)?|yarn|cache|debug|cargo|rustup|git|github|gitlab|husky|svn|hg|next|nuxt|nuget|dotnet|config|local|nvm|rbenv|pyenv|nodenv|jenv|volta|fnm|asdf|sdkman|deno|bun|rvm|gems?|bundle|composer|poetry|uv|mise|acme\.sh|opam|ghcup|stack|cabal|juliaup|julia|wasmtime|wasmer|foundry|krew|pulumi|terraform(?:\.d)?|vscode(?:-server|-remote)?|cursor-server|linuxbrew|oh-my-(?:zsh|bash)|jupyter|ipython|conda|mamba|julia|sbt|ivy2|m2|gradle|tox|nox|eggs|bazel|heroku|profile\.d|well-known|hidden_deps|deps|output|store|pkg|docker|kube|fly|meteor|spack|nix-(?:profile|defexpr)|guix-profile|X11-unix|ICE-unix|snapshots?)$/i;

/** `...`, blanks alone, a trailing blank, control characters: names made to be overlooked. */
const isOverlooked = (part: string): boolean =>
  // oxlint-disable-next-line no-control-regex
  /^\.{3,}$|^\s+$|^\.\s|\s$|[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u.test(part);

export const hasOverlookedName = (path: string): boolean => path.split('/').some(isOverlooked);

/** In a home a folder that starts with a dot is most likely some tool's, and of a short name nobody's. */
export const isHiddenInHome = (path: string): boolean =>
  homeFolder.test(path) && !/\/\.(?:[a-z0-9]{1,3}|ssh)\//i.test(path);

/** A name with a leading dot, its own or that of a folder, where tools do not make such. */
export const isHidden = (path: string): boolean => {
  const rest = path.replace(homeFolder, '');
  const inHome = rest.length !== path.length;
  const parts = rest.split('/');
  return parts.some((part, place) => {
    if (isOverlooked(part)) return true;
    if (!part.startsWith('.') || part.length < 2) return false;
    const isLast = place === parts.length - 1;
    return isLast ? !(inHome && place === 0) || /^\.[a-z0-9]{1,3}$/i.test(part) : !toolFolder.test(part);
  });
};

/** Where a start arrangement has no business to fetch its program from. */
export const isOddProgramPlace = (path: string): boolean => isTemporary(path) || isHidden(path);

/** Names that the kernel gives to its own threads, which have no file. */
const threadName =
  /^\[?(?:kworker|kthreadd|ksoftirqd|kswapd|kdevtmpfs|kauditd|khugepaged|kcompactd|kintegrityd|kblockd|khungtaskd|kdmflush|kthrotld|migration|rcu_(?:sched|bh|preempt|gp|par_gp)|watchdogd|ksmd|oom_reaper|jbd2|bioset|scsi_eh)(?:[/_]?[\d:]+\w*)*\]?$/;
/** One letter more than the kernel writes is read over just as easily. */
const nearThreadName =
  /^(?:kworker|kthreadd|ksoftirqd|kswapd|kdevtmpfs|kauditd|khugepaged|kcompactd|kintegrityd|kblockd)s?[a-z\d]{1,2}$/;

export const isKernelThreadName = (name: string): boolean =>
  threadName.test(name) || nearThreadName.test(name) || /^\[[\w:/ -]{2,30}\]$/.test(name);

const systemNames: ReadonlySet<string> = new Set(
  'sh bash dash zsh systemd systemd-logind systemd-journald systemd-udevd systemd-resolved systemd-networkd systemd-timesyncd init cron crond atd sshd ssh nginx apache2 httpd mysqld redis-server dockerd containerd containerd-shim kubelet kube-proxy dbus-daemon rsyslogd agetty getty login ps top ls netstat ss lsof kill su sudo passwd mount ping curl wget'.split(
    ' ',
  ),
);

/** Those of them that people build and install for themselves. */
const serverNames: ReadonlySet<string> = new Set(
  'nginx apache2 httpd mysqld redis-server dockerd containerd containerd-shim kubelet kube-proxy curl wget ssh sshd'.split(
    ' ',
  ),
);

/** Where what a person built, and whole programs with all that they need, may lie. */
const buildFolder = /^(?:usr\/src|srv|mnt|media|var\/(?:lib|www|opt|cache|task))\//;

/** Programs that everybody takes for a part of the system. */
export const isSystemName = (name: string): boolean => systemNames.has(name);

/** Folders that hold no programs of the system, whatever they are called below. `etc` holds scripts, and no binaries. */
const foreignFolder = /^(?:tmp|var|dev|run|media|mnt|srv|lost\+found|usr\/(?:share|include|src|games|etc|var|tmp))\//;

/** Engines and system builders keep whole root folders there. */
const rootFolders = /^(?:var\/(?:lib|cache|opt|www|task)|srv|run|mnt|media)\//;

export interface FolderView {
  /** Whether the image has the folder. */
  has(path: string): boolean;
}

/**
 * True for a program that is called like one of the system and lies where the system keeps none. A root folder inside the image
 * (its own `etc` and `usr` beside the programs) is one: what lies there is another system's.
 */
export const isMisplacedSystemProgram = (path: string, isBinary: boolean, folders: FolderView): boolean => {
  const name = baseName(path);
  if (!isSystemName(name) && !isKernelThreadName(name)) return false;
  if (isKernelThreadName(name)) return true;
  if (serverNames.has(name) && buildFolder.test(path)) return false;
  const odd = foreignFolder.test(path) || (isBinary && path.startsWith('etc/')) || isTemporary(path);
  if (!odd || (rootFolders.test(path) && !isTemporary(path) && hasRootAbove(path, folders))) return false;
  return !/(?:^|\/)(?:doc|examples?|bash-completion|completions?|tests?|init\.d|rc\d?\.d|cron(?:tabs|\.\w+)?)\//.test(
    path,
  );
};

const hasRootAbove = (path: string, folders: FolderView): boolean => {
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder))
    if (folders.has(`${folder}/etc`) && (folders.has(`${folder}/usr`) || folders.has(`${folder}/lib`))) return true;
  return false;
};
