/** The actions of the launch path → the programs and hosts that somebody who watches the image must expect. */
import { baseName } from '../../core/path.ts';
import { inventoryLimits, type Announced } from '../../core/program-inventory.ts';
import { builtins } from '../../formats/records/shell-values.builtins.ts';
import { fileCommands } from '../../formats/records/shell-values.files.ts';
import { filters } from '../../formats/records/shell-values.filters.ts';
import type { LaunchPart } from './launch-part.ts';

const longestName = 255;

/** `https://user@host:1/x`, `host:1`, `[2001:db8::1]:1`, `host`: the host. '' for what names none, or one that could not be known. */
const hostOf = (text: string): string => {
  const [, rest = text] = /^[a-z][a-z\d+.-]{0,40}:\/\/(.*)$/is.exec(text) ?? [];
  const authority = rest.slice(0, 512).replace(/[/?#].*$/s, '');
  const place = authority.slice(authority.lastIndexOf('@') + 1);
  const host = place.startsWith('[') ? place.slice(1).replace(/\].*$/s, '') : place.replace(/:\d*$/, '');
  return /^[\w.:-]{1,255}$/.test(host) ? host.toLowerCase().replace(/\.$/, '') : '';
};

const bounded = (texts: Iterable<string>): readonly string[] =>
  [...new Set(texts)].filter((text) => text !== '' && text.length <= longestName).slice(0, inventoryLimits.names);

/** A story tells what a script does, and not by which shell, nor every program that only turns texts and files over. */
const ofEveryScript: readonly string[] = [
  'sh',
  'bash',
  'dash',
  'ash',
  'busybox',
  ...[builtins, fileCommands, filters].flatMap((commands) => Object.keys(commands)),
];

/** Builds on top of the image are other images' business. */
export const whatIsAnnounced = (parts: readonly LaunchPart[]): Announced => {
  const actions = parts.filter(({ trigger }) => trigger !== 'build-on-top').flatMap((part) => part.actions);
  const isScripted = actions.some(({ script, nesting }) => script !== '' || nesting > 0);
  return {
    programs: bounded([
      ...actions.flatMap(({ kind, what, through }) =>
        [...(kind === 'run' || kind === 'download' || kind === 'connect' ? [what] : []), ...through]
          .map(baseName)
          .filter((name) => !name.includes('‹')),
      ),
      ...(isScripted ? ofEveryScript : []),
    ]),
    hosts: bounded(
      actions.flatMap(({ kind, from = '', to = '' }) =>
        kind === 'download' ? [hostOf(from)] : kind === 'upload' || kind === 'connect' ? [hostOf(to)] : [],
      ),
    ),
  };
};
