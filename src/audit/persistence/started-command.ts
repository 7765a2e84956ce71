/** The text of a start arrangement → the commands that it starts, each with its place in the file. */
import type { Place } from './place.ts';

export interface StartedCommand {
  /** A shell command, or a whole script. */
  readonly text: string;
  readonly offset: number;
  /** True for a whole file: what is shown of it is chosen by what it does. */
  readonly isScript: boolean;
}

/** Lines and commands looked at in one file: no honest arrangement has a tenth of them. */
const maximumLines = 5000;
export const maximumCommands = 400;
const maximumHooks = 200;

interface Line {
  readonly text: string;
  readonly offset: number;
}

/** A backslash at the end joins lines in every format here but crontabs, where it does no harm to do so. */
export const linesOf = (text: string, joins = true): readonly Line[] => {
  const lines: Line[] = [];
  let offset = 0;
  let held: Line | undefined;
  for (const raw of text.split('\n', maximumLines)) {
    const whole: Line =
      held === undefined ? { text: raw, offset } : { text: `${held.text} ${raw}`, offset: held.offset };
    offset += raw.length + 1;
    if (joins && /\\\r?$/.test(raw) && whole.text.length < 65_536)
      held = { ...whole, text: whole.text.replace(/\\\r?$/, '') };
    else {
      lines.push(whole);
      held = undefined;
    }
  }
  if (held !== undefined) lines.push(held);
  return lines;
};

const matched = (lines: readonly Line[], pattern: RegExp): readonly StartedCommand[] =>
  lines.flatMap(({ text, offset }) => {
    const found = pattern.exec(text)?.[1]?.trim();
    return found === undefined || found === ''
      ? []
      : [{ text: found, offset: offset + text.indexOf(found), isScript: false }];
  });

/** crontab(5): five fields or an @word, in system tables a user, then the command up to a percent sign that no backslash precedes. */
const cronLines = (text: string, hasUser: boolean): readonly StartedCommand[] =>
  matched(
    linesOf(text, false),
    hasUser
      ? /^\s*(?:@\w+|[\d*](?:\S*)(?:\s+[\d*a-zA-Z]\S*){4})\s+[\w.+-]+\s+(\S[^]*)$/
      : /^\s*(?:@\w+|[\d*](?:\S*)(?:\s+[\d*a-zA-Z]\S*){4})\s+(\S[^]*)$/,
  ).map((command) => ({ ...command, text: command.text.split(/(?<!\\)%/, 1)[0] ?? '' }));

/** systemd.service(5): `@`, `-`, `:`, `+` and `!` before the path change how it is run, not what. `$$` and `%%` stand for one. */
const unitLines = (text: string): readonly StartedCommand[] =>
  matched(
    linesOf(text),
    /^\s*Exec(?:Start|StartPre|StartPost|Condition|Reload|Stop|StopPost)\s*=\s*[-@:+!|]*\s*(\S[^]*)$/,
  ).map((command) => ({ ...command, text: command.text.replaceAll('$$', '$').replaceAll('%%', '%') }));

/** udev(7): RUN, PROGRAM and IMPORT{program}; values in double quotes with `e"…"` for escapes. */
const udevLines = (text: string): readonly StartedCommand[] =>
  linesOf(text).flatMap(({ text: line, offset }) =>
    line.trimStart().startsWith('#')
      ? []
      : [
          ...line.matchAll(
            /\b(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})\s*(?:\+|:)?={1,2}\s*e?"((?:[^"\\]|\\.){1,4000})"/g,
          ),
        ].map((found) => ({
          text: (found[1] ?? '').replaceAll('\\"', '"'),
          offset: offset + found.index,
          isScript: false,
        })),
  );

/** apt.conf(5): hooks are options whose values are shell commands, alone or in braces; comments are `//`, `#` and `/* *\/`. */
const aptLines = (text: string): readonly StartedCommand[] => {
  const plain = text.replaceAll(/^[ \t]*(?:\/\/|#(?!clear|include)).*$/gm, (comment) => ' '.repeat(comment.length));
  const hook =
    /\b(?:Post-Invoke-Success|Post-Invoke|Pre-Invoke|Pre-Install-Pkgs|ExecFilter|ProxyAutoDetect|Proxy-Auto-Detect)\b/gi;
  const commands: StartedCommand[] = [];
  for (let hooks = 0, found = hook.exec(plain); found !== null && hooks < maximumHooks; hooks += 1) {
    const start = hook.lastIndex;
    const rest = plain.slice(start, start + 8192);
    const body =
      /^(?:::)?\s*\{(?:[^"{}]|"(?:[^"\\]|\\.)*"){0,2000}\}/.exec(rest)?.[0] ??
      /^[\s:]*"(?:[^"\\]|\\.)*"/.exec(rest)?.[0] ??
      '';
    for (const quoted of body.matchAll(/"((?:[^"\\]|\\.)+)"/g))
      commands.push({ text: (quoted[1] ?? '').replaceAll('\\"', '"'), offset: start + quoted.index, isScript: false });
    hook.lastIndex = start + Math.max(1, body.length);
    found = hook.exec(plain);
  }
  return commands;
};

/** logrotate(8): the lines between such a word and `endscript` are a shell script. */
const logrotateScripts = (text: string): readonly StartedCommand[] => {
  const scripts: StartedCommand[] = [];
  let open: { readonly offset: number; readonly lines: string[] } | undefined;
  for (const { text: line, offset } of linesOf(text, false)) {
    if (/^\s*endscript\b/.test(line)) {
      if (open !== undefined) scripts.push({ text: open.lines.join('\n'), offset: open.offset, isScript: true });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (/^\s*(?:pre|post|first|last)(?:rotate|action|remove)\b/.test(line))
      open = { offset: offset + line.length + 1, lines: [] };
  }
  return scripts;
};

/** modprobe.d(5): what `install` and `remove` name runs instead of loading the module. */
const modprobeLines = (text: string): readonly StartedCommand[] =>
  matched(linesOf(text), /^\s*(?:install|remove)\s+\S+\s+(\S[^]*)$/);

/** git-config(1): settings whose values are commands, most of them with a shell. */
const gitSettings = (text: string): readonly StartedCommand[] =>
  matched(
    linesOf(text),
    /^\s*(?:sshCommand|fsmonitor|pager|editor|smudge|clean|process|textconv|helper|askPass|hooksPath|uploadpack|receivepack|program)\s*=\s*"?!?(\S[^]*?)"?\s*$/i,
  );

/** Values that a shell runs each time it shows its prompt, or starts. */
const promptCommands = (text: string): readonly StartedCommand[] =>
  matched(linesOf(text), /^\s*(?:export\s+)?PROMPT_COMMAND=["'](\S[^]*?)["']\s*$/);

const whole = (text: string): readonly StartedCommand[] => [{ text, offset: 0, isScript: true }];

const readers: Readonly<Partial<Record<Place, (text: string) => readonly StartedCommand[]>>> = {
  'system-crontab': (text) => cronLines(text, true),
  'user-crontab': (text) => cronLines(text, false),
  // anacrontab(5): period, delay, a name, the command.
  anacrontab: (text) => matched(linesOf(text), /^\s*(?:\d+|@\w+)\s+\d+\s+\S+\s+(\S[^]*)$/),
  'cron-script': whole,
  'at-job': whole,
  unit: unitLines,
  generator: whole,
  'start-script': whole,
  // inittab(5): id:runlevels:action:process.
  inittab: (text) => matched(linesOf(text), /^[^#:\n]*:[^:\n]*:[^:\n]*:[+@]?(\S[^]*)$/),
  profile: (text) => [...whole(text), ...promptCommands(text)],
  udev: udevLines,
  'apt-hook': aptLines,
  'dpkg-hook': (text) => matched(linesOf(text), /^\s*(?:pre|post)-invoke\s*[= ]\s*["']?(\S[^]*?)["']?\s*$/),
  'package-hook': (text) =>
    /^[ \t]*Exec[ \t]*=/m.test(text) ? matched(linesOf(text), /^\s*Exec\s*=\s*(\S[^]*)$/) : whole(text),
  modprobe: modprobeLines,
  'ssh-script': whole,
  // sshd(8), AUTHORIZED_KEYS FILE FORMAT: runs with every login that uses the key.
  'authorized-keys': (text) => matched(linesOf(text, false), /^[^#]*\bcommand="((?:[^"\\]|\\.)+)"/),
  'sshd-config': (text) =>
    matched(linesOf(text), /^\s*(?:ForceCommand|AuthorizedKeysCommand|AuthorizedPrincipalsCommand)\s+(\S[^]*)$/i),
  'git-hook': whole,
  'git-config': gitSettings,
  'event-script': whole,
  logrotate: logrotateScripts,
};

/** Text is read as Latin-1: positions are bytes. */
export const readStartedCommands = (place: Place, text: string): readonly StartedCommand[] =>
  (readers[place]?.(text) ?? []).slice(0, maximumCommands);
