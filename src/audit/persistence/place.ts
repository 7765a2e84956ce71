/** A path → which start arrangement a file there is, for everything that Linux reads by itself. A no costs a few comparisons. */
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';

export const places = [
  'system-crontab',
  'user-crontab',
  'anacrontab',
  'cron-script',
  'at-job',
  'unit',
  'generator',
  'start-script',
  'inittab',
  'profile',
  'environment',
  'udev',
  'apt-hook',
  'dpkg-hook',
  'package-hook',
  'pam',
  'preload',
  'linker-folders',
  'modprobe',
  'authorized-keys',
  'sshd-config',
  'ssh-script',
  'accounts',
  'shadow',
  'groups',
  'sudoers',
  'hosts',
  'git-hook',
  'git-config',
  'event-script',
  'logrotate',
  'binfmt',
] as const;
export type Place = (typeof places)[number];

/** In words, for a title: "a cron line", "a service". */
export const placeNames: Readonly<Record<Place, string>> = {
  'system-crontab': 'cron line',
  'user-crontab': 'cron line',
  anacrontab: 'cron line',
  'cron-script': 'script that cron runs',
  'at-job': 'job of at',
  unit: 'service',
  generator: 'generator of services',
  'start-script': 'boot script',
  inittab: 'line of inittab',
  profile: 'shell profile',
  environment: 'list of variables',
  udev: 'device rule',
  'apt-hook': 'hook of apt',
  'dpkg-hook': 'hook of dpkg',
  'package-hook': 'hook of a package manager',
  pam: 'rule of the login modules',
  preload: 'preload list',
  'linker-folders': 'list of library folders',
  modprobe: 'rule for kernel modules',
  'authorized-keys': 'list of keys that may log in',
  'sshd-config': 'setting of the SSH server',
  'ssh-script': 'script of the SSH server',
  accounts: 'list of accounts',
  shadow: 'list of passwords',
  groups: 'list of groups',
  sudoers: 'rule of sudo',
  hosts: 'list of hosts',
  'git-hook': 'hook of a repository',
  'git-config': 'setting of git',
  'event-script': 'script that the system runs at an event',
  logrotate: 'rule of logrotate',
  binfmt: 'rule for program formats',
};

type Rule = readonly [Place, RegExp];

const etcRules: readonly Rule[] = [
  ['system-crontab', /^(?:crontab|cron\.d\/[^/]+)$/],
  ['user-crontab', /^crontabs\/[^/]+$/],
  ['anacrontab', /^anacrontab$/],
  ['cron-script', /^(?:cron\.(?:hourly|daily|weekly|monthly|yearly)|periodic\/[^/]+)\/[^/]+$/],
  ['unit', /^systemd\/(?:system|user)\/(?:[^/]+\/)?[^/]+\.(?:service|socket|conf|path)$/],
  ['generator', /^systemd\/(?:system|user)-(?:generators|environment-generators|shutdown|sleep)\/[^/]+$/],
  ['inittab', /^inittab$/],
  [
    'start-script',
    /^(?:rc\.local|rc|(?:rc\.d\/)?(?:init\.d\/[^/]+|rc\.local|rc[0-6S]\.d\/[^/]+)|local\.d\/[^/]+\.(?:start|stop)|boot\.d\/[^/]+|cont-init\.d\/[^/]+|services\.d\/[^/]+\/(?:run|finish)|my_init\.d\/[^/]+|s6-overlay\/s6-rc\.d\/[^/]+\/(?:run|up))$/,
  ],
  [
    'profile',
    /^(?:profile|profile\.d\/[^/]+\.(?:sh|zsh|bash)|bash\.bashrc|bash\.bash_logout|bashrc|zsh\/[^/]+|zshrc|zshenv|zprofile|skel\/\.[^/]+)$/,
  ],
  ['environment', /^(?:environment|environment\.d\/[^/]+\.conf|security\/pam_env\.conf|default\/(?:locale|init))$/],
  ['udev', /^udev\/rules\.d\/[^/]+$/],
  ['apt-hook', /^apt\/(?:apt\.conf|apt\.conf\.d\/[^/]+)$/],
  ['dpkg-hook', /^dpkg\/(?:dpkg\.cfg|dpkg\.cfg\.d\/[^/]+)$/],
  [
    'package-hook',
    /^(?:apk\/commit_hooks\.d\/[^/]+|pacman\.d\/hooks\/[^/]+|dnf\/plugins\/post-transaction-actions\.d\/[^/]+)$/,
  ],
  ['pam', /^(?:pam\.conf|pam\.d\/[^/]+)$/],
  ['preload', /^ld\.so\.preload$/],
  ['linker-folders', /^(?:ld\.so\.conf|ld\.so\.conf\.d\/[^/]+|ld-musl-[^/]+\.path)$/],
  ['modprobe', /^modprobe\.d\/[^/]+$/],
  ['authorized-keys', /^(?:ssh\/authorized[_-]keys[^]*|dropbear\/authorized_keys)$/],
  ['sshd-config', /^ssh\/(?:sshd_config|sshd_config\.d\/[^/]+)$/],
  ['ssh-script', /^ssh\/sshrc$/],
  ['accounts', /^passwd$/],
  ['shadow', /^shadow$/],
  ['groups', /^group$/],
  ['sudoers', /^(?:sudoers|sudoers\.d\/[^/]+)$/],
  ['hosts', /^hosts$/],
  ['git-config', /^gitconfig$/],
  [
    'event-script',
    /^(?:update-motd\.d\/[^/]+|NetworkManager\/dispatcher\.d\/[^]+|networkd-dispatcher\/[^]+|network\/if-(?:up|down|pre-up|post-down)\.d\/[^/]+|dhcp\/dhclient-[^/]+-hooks(?:\.d\/[^/]+)?|ppp\/ip-(?:up|down)(?:\.d\/[^/]+)?|X11\/Xsession\.d\/[^/]+|acpi\/[^]+|pm\/[^]+|kernel\/[^]+)$/,
  ],
  ['logrotate', /^(?:logrotate\.conf|logrotate\.d\/[^/]+)$/],
  ['binfmt', /^binfmt\.d\/[^/]+\.conf$/],
];

const libraryRules: readonly Rule[] = [
  ['unit', /^systemd\/(?:system|user)\/(?:[^/]+\/)?[^/]+\.(?:service|socket|conf|path)$/],
  ['generator', /^systemd\/(?:system|user)-(?:generators|environment-generators|shutdown|sleep)\/[^/]+$/],
  ['udev', /^udev\/rules\.d\/[^/]+$/],
  ['modprobe', /^modprobe\.d\/[^/]+$/],
  ['binfmt', /^binfmt\.d\/[^/]+\.conf$/],
  ['environment', /^environment\.d\/[^/]+\.conf$/],
  ['event-script', /^(?:networkd-dispatcher|NetworkManager\/dispatcher\.d)\/[^]+$/],
];

const homeRules: readonly Rule[] = [
  ['authorized-keys', /^\.ssh\/authorized_keys2?$/],
  ['ssh-script', /^\.ssh\/rc$/],
  ['environment', /^(?:\.ssh\/environment|\.pam_environment|\.config\/environment\.d\/[^/]+\.conf)$/],
  [
    'profile',
    /^\.(?:profile|bash_profile|bash_login|bashrc|bash_aliases|bash_logout|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|mkshrc|shrc|xprofile|xinitrc|xsession|xsessionrc)$/,
  ],
  ['unit', /^\.config\/systemd\/user\/(?:[^/]+\/)?[^/]+\.(?:service|socket|conf|path)$/],
  ['git-config', /^(?:\.gitconfig|\.config\/git\/config)$/],
];

const spoolRules: readonly Rule[] = [
  ['user-crontab', /^cron\/(?:crontabs\/|tabs\/)?[^/]+$/],
  ['at-job', /^(?:at|cron\/atjobs|atjobs)\/[a-z=][0-9a-f]{8,20}$/i],
];

const findIn = (rules: readonly Rule[], rest: string): Place | undefined =>
  rules.find(([, pattern]) => pattern.test(rest))?.[0];

/** The folders that hold arrangements, in the shortest words that tell them; behind the slash stands what the rules read. */
const byRoot: readonly (readonly [string, readonly Rule[]])[] = [
  ['etc/', etcRules],
  ['usr/lib/', libraryRules],
  ['lib/', libraryRules],
  ['usr/local/lib/', libraryRules],
  ['run/', libraryRules],
  ['var/spool/', spoolRules],
  ['usr/etc/', etcRules],
];

/** Below these, a second letter tells apart what is worth looking at: programs and libraries are most of an image. */
const libraryStart = /^(?:systemd|udev|modprobe|binfmt|environment|networkd|NetworkManager)/;

const gitHook = /(?:^|\/)(?:\.git|git-core\/templates|[^/]+\.git)\/hooks\/[^/.]+$/;
const gitConfig = /(?:^|\/)\.git\/config$/;
/** The home of any account: services keep theirs in odd folders. */
const anyKeys = /\/\.ssh\/authorized_keys2?$/;

/** Members of archives take part in nothing. */
export const placeOf = (path: string): Place | undefined => {
  const first = path.charCodeAt(0);
  // e l r u v h, in the order of how often they begin a path that counts.
  if (first === 101 || first === 117 || first === 108 || first === 118 || first === 114)
    for (const [root, rules] of byRoot)
      if (path.startsWith(root)) {
        const rest = path.slice(root.length);
        if (rules === libraryRules && !libraryStart.test(rest)) break;
        const found = findIn(rules, rest);
        if (found !== undefined) return path.includes('!/') ? undefined : found;
        break;
      }
  if (first === 114 || first === 104) {
    const home = /^(?:root|home\/[^/]+)\//.exec(path);
    const found = home === null ? undefined : findIn(homeRules, path.slice(home[0].length));
    if (found !== undefined) return found;
  }
  // One search for a rare piece of text before the patterns.
  if (path.includes('/.ssh/') && anyKeys.test(path)) return path.includes('!/') ? undefined : 'authorized-keys';
  if (path.includes('git') && !path.includes('!/')) {
    if (gitHook.test(path)) return 'git-hook';
    if (gitConfig.test(path)) return 'git-config';
  }
  return undefined;
};

/** An arrangement is a text that a person could have written; larger ones are read to this length, and what is behind is a gap. */
export const placeBytes = 256 * 1024;

const textKinds: readonly FileKind[] = ['text', 'script', 'data', 'pem'];

export const placeOfFile = (header: FileHeader, kind: FileKind): Place | undefined =>
  textKinds.includes(kind) ? placeOf(header.path) : undefined;
