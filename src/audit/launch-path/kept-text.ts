/** Which files' texts are kept as facts: those that may start a container, be run by what does, or say what is run. */
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { extensionOf } from '../../core/path.ts';

/** What is known of a file that the launch path may lead to: its text, one character for each byte, or that a shell's script is too large. */
export type KeptText =
  | { readonly [name: string]: string; readonly text: string }
  | { readonly [name: string]: true; readonly large: true };

/** Start scripts have a few kilobytes, a few of them a hundred; the largest known that is written by hand has six hundred. */
export const maximumKept = 1024 * 1024;
/** Of other languages only what a glance can judge is of use. */
const maximumCode = 32 * 1024;

const shellExtensions = new Set(['.sh', '.bash', '.ash', '.ksh', '.envsh', '.env', '.rc', '.profile', '.inc', '.subr']);
const codeExtensions = new Set(['.py', '.js', '.mjs', '.cjs', '.php', '.pl', '.rb']);
const settingExtensions = new Set([
  '.conf',
  '.ini',
  '.service',
  '.timer',
  '.socket',
  '.path',
  '.target',
  '.cron',
  '.d',
]);

/** Folders that hold code of libraries, documents and data by the thousand: nothing there is started by its path. */
const libraries =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|doc|man|locale|licenses|common-licenses|bash-completion|javascript|include|zoneinfo|terminfo|fonts|icons|help|examples|testdata|tests?)\/|^usr\/(?:lib(?:32|64)?|share)\/(?:python\d\.\d+|perl|nodejs|ruby|php|gcc|go|jvm|mime|X11|vim|emacs|i18n|aclocal|autoconf|automake|bison|cmake)|^var\/lib\/dpkg\/|^(?:proc|sys|usr\/src)\//;

/** Where settings of programs that start others lie, and what shells and timers read by themselves. */
const starters =
  /^(?:etc|run|service|var\/spool\/cron|usr\/local\/etc|usr\/lib\/systemd\/system|lib\/systemd\/system|var\/lib\/cloud|docker-entrypoint[^/]*)\/|^(?:root|home\/[^/]+)\/\.|supervis|crontab/;

type Place = 'shell' | 'code' | 'setting' | 'manifest' | undefined;

/** Says what `npm start` and its like start. */
const manifest = /(?:^|\/)package\.json$/;
const tellingManifest = /"scripts"\s*:/;

/** By its name alone. */
const placeOf = (path: string): Place => {
  if (path.includes('!/') || libraries.test(path)) return undefined;
  const extension = extensionOf(path);
  if (shellExtensions.has(extension)) return 'shell';
  if (codeExtensions.has(extension)) return 'code';
  if (manifest.test(path)) return 'manifest';
  if (settingExtensions.has(extension)) return starters.test(path) ? 'setting' : undefined;
  // `entrypoint`, `run`, `.bashrc`, `10-app`: a name without an extension may be anything, and so may any name in some folders.
  return extension === '' || /^\.\d+$/.test(extension) || starters.test(path) ? 'shell' : undefined;
};

/** A no costs nothing: decided before any content is read. Texts without a `#!` count by their name, scripts everywhere. */
export const mayKeep = (header: FileHeader, kind: FileKind): boolean => {
  if (header.size === 0 || header.path.includes('!/')) return false;
  if (kind === 'script') return true;
  if (kind !== 'text') return false;
  const place = placeOf(header.path);
  return place === 'shell' || (place !== undefined && header.size <= maximumCode);
};

/** What programs of other languages begin with: they may do nothing but load what does something. */
const beginning =
  /(?:^|\/)(?:app|main|index|server|wsgi|asgi|manage|run|start|worker|bot|__main__|__init__|config|boot\w*|init|ecosystem\.config)\.(?:py|js|mjs|cjs|php|pl|rb)$/;

/** Two files of one content and one scope have the same facts. */
export const keptScope = ({ path }: FileHeader, kind: FileKind): string =>
  kind === 'script'
    ? ''
    : `${placeOf(path) ?? ''}${beginning.test(path) ? ' beginning' : /(?:^|\/)cloud\//.test(path) ? ' cloud' : ''}`;

const shellLine =
  /^#![^\n]*(?:\/|\s)(?:ba|da|a|z|k|mk|pdk)?sh\b|^#![^\n]*\b(?:busybox|with-contenv|execlineb|openrc-run|runscript|tini|dumb-init)\b/;

/** Code that fetches, decodes, connects or starts something; all other code has no part in the story. */
const tellingCode =
  /\b(?:exec|eval|system|popen|Popen|spawn\w*|child_process|subprocess|passthru|shell_exec|proc_open|urlopen|urlretrieve|requests|b64decode|atob|base64\w*|gzinflate|fromhex|unhexlify|socket|fsockopen|pack|execve?|Function|runIn\w*Context|createConnection|recv|urllib|LWP|curl_exec|containers\/create|credentials|environ|environment)\b/;

/** An assignment, a function, a command that scripts begin with: what makes a text without a first line a script of a shell. */
const tellingShell =
  /^[ \t]*(?:(?:export|readonly|local|declare)[ \t]|[A-Za-z_]\w*=|[A-Za-z_][\w-]*[ \t]*\(\)|(?:if|while)[ \t].*(?:\]|;)[ \t]*(?:then|do)?[ \t]*$|for[ \t]+\w+[ \t]+in[ \t]|case[ \t].*[ \t]in[ \t]*$|(?:set[ \t]+[-+]|exec|eval|source|curl|wget|nohup|chmod|nc|ncat|socat|base64|kill|pkill|rm|mv|cp|ln|echo|printf|crontab|nsenter|chroot|mount|docker|insmod|apk|apt-get|python\d?|perl|php|node|sh|bash|\.)[ \t]|@reboot|[\d*]\S*[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]|\/\S+)/m;
/** Settings that hold commands for when a machine starts first. */
const tellingCloud = /^#cloud-config|^#include|^[ \t]*(?:runcmd|bootcmd|write_files):|^Content-Type: multipart/m;
const tellingSetting = /^[ \t]*(?:command|Exec\w+|On\w+)[ \t]*=|^[ \t]*(?:@\w+|[\d*]\S*)[ \t]+\S/im;

const isTelling = (path: string, text: string, place: Place): boolean =>
  place === 'code'
    ? tellingCode.test(text) || beginning.test(path)
    : place === 'manifest'
      ? tellingManifest.test(text)
      : tellingShell.test(text) ||
        (/(?:^|\/)cloud\//.test(path) && tellingCloud.test(text)) ||
        (place === 'setting' && tellingSetting.test(text));

/** `content` is the whole file, or the beginning of one that is larger than what is looked at in one piece. */
export const keepText = (path: string, size: number, kind: FileKind, content: Uint8Array): KeptText | undefined => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, maximumKept));
  const place =
    kind === 'script' ? (shellLine.test(bytes.toString('latin1', 0, 256)) ? 'script' : 'code') : placeOf(path);
  if (place === undefined) return undefined;
  if (place === 'code' && size > maximumCode) return undefined;
  if (size > maximumKept) return place === 'script' || place === 'shell' ? { large: true } : undefined;
  const text = bytes.toString('latin1');
  return place === 'script' || isTelling(path, text, place) ? { text } : undefined;
};
