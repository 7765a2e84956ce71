/** A file of `alternatives/` → which links belong to the alternatives system and where they may lead: update-alternatives(1), and the order in which it writes its files. */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { parseRecordText, toTreePath } from './record-text.ts';

export interface DpkgAlternativeChoice {
  readonly path: string;
  readonly priority: number;
  /** Slave name → the path that its link leads to with this choice. Slaves that the choice lacks are left out. */
  readonly slaves: ReadonlyMap<string, string>;
}

export interface DpkgAlternative {
  /** The link `/etc/alternatives/NAME`. */
  readonly name: string;
  readonly isManual: boolean;
  /** The link that people use, which leads to `/etc/alternatives/NAME`. */
  readonly link: string;
  readonly slaves: readonly { readonly name: string; readonly link: string }[];
  readonly choices: readonly DpkgAlternativeChoice[];
}

/** `name`: the file's own. @throws {Fault} malformed `ALTERNATIVE_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY` */
export const parseDpkgAlternative = (name: string, bytes: Uint8Array, budget: Budget): DpkgAlternative => {
  const lines = parseRecordText(bytes, budget).split('\n');
  let at = 0;
  const next = (what: string): string => {
    const line = lines[at];
    if (line === undefined)
      throw malformed('ALTERNATIVE_INVALID', `the file ends where ${what} must stand`, budget.where);
    at += 1;
    return line;
  };
  const nextPath = (what: string): string => {
    const line = next(what);
    if (!line.startsWith('/')) throw malformed('ALTERNATIVE_INVALID', `line ${at} is not ${what}`, budget.where);
    return toTreePath(line);
  };

  const mode = next('the mode');
  if (mode !== 'auto' && mode !== 'manual')
    throw malformed('ALTERNATIVE_INVALID', 'neither "auto" nor "manual"', budget.where);
  const link = nextPath('the link');
  const slaves: { readonly name: string; readonly link: string }[] = [];
  for (let slave = next('a slave or an empty line'); slave !== ''; slave = next('a slave or an empty line')) {
    budget.spendEntry();
    slaves.push({ name: slave, link: nextPath('a slave’s link') });
  }
  const choices: DpkgAlternativeChoice[] = [];
  while (next('a choice or an empty line') !== '') {
    at -= 1;
    const path = nextPath('a choice');
    const priority = next('a priority');
    if (!/^-?[0-9]{1,10}$/.test(priority))
      throw malformed('ALTERNATIVE_INVALID', `line ${at} is no priority`, budget.where);
    const targets = new Map<string, string>();
    for (const slave of slaves) {
      budget.spendEntry();
      const target = next('a slave’s path');
      if (target !== '') targets.set(slave.name, toTreePath(target));
    }
    budget.spendEntry();
    choices.push({ path, priority: Number(priority), slaves: targets });
  }
  if (lines.slice(at).some((line) => line !== ''))
    throw malformed('ALTERNATIVE_INVALID', `something stands behind the end, in line ${at + 1}`, budget.where);
  return { name, isManual: mode === 'manual', link, slaves, choices };
};

/** Every link that the alternatives system owns → where it leads in one step, for each choice. */
export const alternativeLinks = (alternative: DpkgAlternative): ReadonlyMap<string, readonly string[]> => {
  const { name, link, slaves, choices } = alternative;
  const links = new Map<string, readonly string[]>([
    [link, [`etc/alternatives/${name}`]],
    [`etc/alternatives/${name}`, choices.map(({ path }) => path)],
  ]);
  for (const slave of slaves) {
    links.set(slave.link, [`etc/alternatives/${slave.name}`]);
    links.set(
      `etc/alternatives/${slave.name}`,
      choices.flatMap((choice) => choice.slaves.get(slave.name) ?? []),
    );
  }
  return links;
};
