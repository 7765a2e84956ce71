/** Programs that are not in the image as what they are: fetched and run, decoded and run, hidden under another name. */
import { baseName, parentOf } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { isKnown } from '../../formats/records/shell-values.value.ts';
import { confidenceOf, type LaunchTrait } from './launch-trait.ts';

const isKnownAddress = (from: string): boolean => isKnown(from) || /^[a-z]+:\/\/[^‹/]+\//i.test(from);

/** The machine itself: a health endpoint, a mock in a test. */
const isLocal = (from: string): boolean => /^[a-z]+:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(from);

/** Nobody vouches for the address, or for what comes over the way: bare numbers, plain text, hidden services, places where anybody pastes. */
const isDoubtful = (from: string): boolean =>
  /^[a-z+]+:\/\/(?:[^/@]*@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\d{8,10}|0x[0-9a-f]+|\[[0-9a-f:]+\])(?:[:/]|$)/i.test(from) ||
  /^(?:http|ftp|tftp|scp|rsync|dict|gopher)(?:\+\w+)?:/i.test(from) ||
  /^[a-z]+:\/\/[^/]*(?:\.onion|\.i2p|pastebin\.|paste\w*\.|transfer\.sh|ngrok|trycloudflare|duckdns|discordapp|ix\.io|0x0\.st)/i.test(
    from,
  ) ||
  !/^[a-z][a-z0-9+.-]*:/i.test(from);

/** Where nothing honest is put to run, or kept from whoever looks. */
const isHiding = ({ what, through }: Action): boolean =>
  /^\/(?:tmp|var\/tmp|dev\/shm|dev|run)\//.test(what) ||
  isHiddenPath(what) ||
  through.some((program) => /^tor|^proxychains|^usewithtor/.test(program));

/** Whoever stands in between may have put anything in its place. */
const isUnproven = (from: string, all: readonly Action[]): boolean =>
  all.some(
    (action) =>
      action.kind === 'download' &&
      action.from === from &&
      action.arguments.some((word) =>
        /^-[a-zA-Z]{0,8}k[a-zA-Z]{0,8}$|^--(?:insecure|no-check-certificate)$/.test(word),
      ),
  );

/** A program that only reads what it was given, such as `source` of a file of settings, runs it just as well. */
export const fetchAndRun: LaunchTrait = {
  id: 'fetch-and-run',
  title: 'At its start the image downloads a program and runs it',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1204.003', 'T1105', 'T1059.004'],
  advice:
    'What runs is not in the image and can change at any time. Ask the publisher for an image that carries its programs, and block the address.',
  match: (action, all) => {
    // Packages run scripts of their own when they are installed.
    if (action.kind === 'install') {
      const addresses = [...action.arguments, ...action.origins.map(({ from }) => from)]
        .map((word) => word.replace(/^(?:git\+|[\w.-]+ ?@ ?)(?=[a-z]+:\/\/)/, ''))
        .filter((word) => /^[a-z]+:\/\//.test(word) && isKnownAddress(word) && !isLocal(word));
      return addresses.some(isDoubtful) ? confidenceOf(action) : undefined;
    }
    if (action.kind !== 'run') return undefined;
    const downloads = action.origins.filter(({ kind, from }) => kind === 'download' && !isLocal(from));
    if (downloads.length === 0) return undefined;
    // An address that only the one who starts it knows is his own choice: a plugin, a backup.
    const known = downloads.filter(({ from }) => isKnownAddress(from));
    if (known.length === 0) return { confidence: 'low', severity: 'low' };
    const isWhole = known.some(({ from }) => isKnown(from));
    const confidence = isWhole ? confidenceOf(action) : 'medium';
    if (known.some(({ from }) => isDoubtful(from) || isUnproven(from, all)) || isHiding(action)) return confidence;
    // A named host that proves who it is: careless, and sometimes how a publisher ships what he may not pass on.
    return { confidence, severity: confidence === 'high' ? 'medium' : 'low' };
  },
};

/** Encodings that hide; `sed` and `cut` have honest uses by the thousand. */
const hiding =
  /^(?:base64|base32|hex|a hex dump|rot13|uuencode|an openssl cipher|zlib|brotli|reversed text|escaped characters|numbers|a computation)$/;
const packing = /^(?:gzip|xz|bzip2|zstd|exchanged characters)$/;

export const decodeAndRun: LaunchTrait = {
  id: 'decode-and-run',
  title: 'At its start the image decodes a hidden program and runs it',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1204.003', 'T1027', 'T1140'],
  advice: 'Decode it (do not run it) and read what it does. Honest images do not hide what they start.',
  match: (action) => {
    if (action.kind !== 'run') return undefined;
    const encodings = action.origins.filter(({ kind }) => kind === 'decode').map(({ from }) => from);
    const hidden = encodings.some((encoding) => hiding.test(encoding));
    if (!hidden && !encodings.some((encoding) => packing.test(encoding))) return undefined;
    // What is decoded comes from outside: settings given in the environment.
    if (action.text !== undefined && /^‹[^›]*decoded from \S*<?\$/.test(action.text))
      return { confidence: 'low', severity: 'low' };
    return hidden ? confidenceOf(action) : { confidence: 'medium', severity: 'medium' };
  },
};

const kernelThread =
  /^\[?(?:kworker|kthreadd|ksoftirqd|kswapd|kdevtmpfs|kauditd|khugepaged|kcompactd|kintegrityd|kblockd|migration|rcu_(?:sched|bh|preempt|gp)|watchdogd?|ksmd|oom_reaper|jbd2|bioset|netns|crypto)(?:[/\d:]*|\b.*)\]?$/;

/** Names that only the system's own programs have. */
const systemTool =
  /^(?:ba|da|z|k)?sh$|^(?:systemd(?:-\w+)?|cron|crond|sshd|dockerd?|containerd(?:-shim)?|kubelet|dbus-daemon|rsyslogd|udevd|agetty|login|ps|top|ls|netstat|ss|ld-linux.*)$/;
/** Software that people unpack wherever they like, but not where everybody may write. */
const server = /^(?:init|nginx|apache2|httpd|mysqld|redis-server|java|python[\d.]*|perl|node)$/;
const temporary = /^\/(?:tmp|var\/tmp|dev|dev\/shm)\//;

/** Folders from which system tools are not run. Where software installs itself is none of them. */
const oddFolder =
  /^\/(?:tmp|var\/tmp|dev|dev\/shm|run(?!\/s6)|var\/(?!lib\/|www\/|opt\/|cache\/|task\/)[^/]+|etc\/(?!init\.d$|rc\.?\w*|cont-init\.d|s6|services\.d|service|my_init\.d|runit|cron)|media|mnt|srv|sys|proc|lost\+found)(?:\/|$)/;

const isHiddenPath = (path: string): boolean =>
  path.split('/').some((part) => /^\.{1,3}[^./]/.test(part) || /^\.\.\.+$/.test(part) || /^\s+$/.test(part));

export const hiddenProgram: LaunchTrait = {
  id: 'hidden-program',
  title: 'The image starts a program under a name that hides what it is',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1036.005', 'T1564.001'],
  advice:
    'Look at the program itself, not at its name: kernel threads have no file, and system tools do not lie in such folders.',
  match: (action) => {
    if (action.kind !== 'run' || !isKnown(action.what)) return undefined;
    const name = baseName(action.what);
    if (kernelThread.test(name)) return 'high';
    if (!action.what.startsWith('/') || action.what.startsWith('/dev/fd/')) return undefined;
    const folder = parentOf(action.what);
    const isHidden = isHiddenPath(folder);
    if (systemTool.test(name) && (oddFolder.test(`${folder}/`) || isHidden)) return 'high';
    if (server.test(name) && temporary.test(action.what)) return 'high';
    if (/^\/(?:tmp|var\/tmp|dev\/shm)\//.test(action.what) && isHiddenPath(action.what))
      return { confidence: 'medium', severity: 'medium' };
    return undefined;
  },
};

/** Renamed on the way: what it came as is not what it runs as. */
export const renamedProgram: LaunchTrait = {
  id: 'renamed-program',
  title: 'The image fetches or hides a program and gives it the name of a system tool',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1036.003', 'T1036.005'],
  advice: 'Compare the file with the tool it is named after; it is another program.',
  match: (action: Action) => {
    if ((action.kind !== 'rename' && action.kind !== 'copy') || action.to === undefined) return undefined;
    if (!action.origins.some(({ kind }) => kind === 'download' || kind === 'decode')) return undefined;
    const name = baseName(action.to);
    return kernelThread.test(name) || systemTool.test(name) || server.test(name) ? confidenceOf(action) : undefined;
  },
};
