/** Timetables → the commands in them: those that a cron of the launch path reads, and those that the launch path writes. */
import { baseName } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import type { LaunchFiles } from './launch-part.ts';

interface Scheduled {
  readonly trigger: 'schedule';
  readonly named: string;
  readonly command: string;
}

const maximumLines = 200;

const userTables = ['/var/spool/cron/crontabs', '/var/spool/cron', '/etc/crontabs'];

const cronPath = /^\/(?:etc\/(?:cron\.(?:d|hourly|daily|weekly|monthly)\/|crontab$|crontabs\/)|var\/spool\/cron\/)/;

const isSystemTable = (path: string): boolean => path === '/etc/crontab' || path.startsWith('/etc/cron.d/');

/** The command of a line: behind five fields or an `@word`, and in system tables behind the user. */
const commandsOf = (text: string, hasUser: boolean): readonly string[] =>
  text
    .split('\n')
    .slice(0, 2000)
    .flatMap((line) => {
      const found = /^\s*(?:@\w+|(?:[\d*][^\s]*\s+){4}[\d*a-zA-Z][^\s]*)\s+(\S.*)$/.exec(line.replace(/^.*›/, ''));
      const rest = found?.[1];
      if (rest === undefined) return [];
      // A percent sign ends the command; what follows is its input.
      const command = (hasUser ? rest.replace(/^\S+\s+/, '') : rest).split(/(?<!\\)%/, 1)[0] ?? '';
      return command.trim() === '' ? [] : [command];
    });

/** What `run-parts` starts: whole files, and not lines of a table. */
const isScriptFolder = (path: string): boolean => /^\/etc\/cron\.(?:hourly|daily|weekly|monthly)\//.test(path);

const toScheduled = (named: string, text: string): readonly Scheduled[] =>
  (isScriptFolder(named) ? [text] : commandsOf(text, isSystemTable(named))).map((command) => ({
    trigger: 'schedule',
    named,
    command,
  }));

const fromImage = (files: LaunchFiles): readonly Scheduled[] => {
  const paths = [
    '/etc/crontab',
    ...['/etc/cron.d', ...userTables].flatMap((folder) => files.listFolder(folder).map((name) => `${folder}/${name}`)),
  ];
  return paths.flatMap((path) => {
    const bytes = files.readFile(path);
    return bytes === undefined
      ? []
      : toScheduled(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  });
};

/** Tables of the image count only where something of the launch path starts a cron. */
export const findScheduled = (actions: readonly Action[], files: LaunchFiles): readonly Scheduled[] => {
  const startsCron = actions.some(
    ({ kind, what }) =>
      (kind === 'run' && /^(?:cron|crond|anacron|supercronic|busybox-cron)$/.test(baseName(what))) ||
      (kind === 'service' && /^crond?(?:\.service)?$/.test(what)),
  );
  const written = actions.flatMap((action) => {
    const { kind, what, text } = action;
    if (text === undefined) return [];
    if (kind === 'schedule') return toScheduled(what, text);
    return kind === 'write' && cronPath.test(what) ? toScheduled(what, text) : [];
  });
  return [...written, ...(startsCron ? fromImage(files) : [])].slice(0, maximumLines);
};
