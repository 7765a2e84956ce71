/** `hunt WHAT`: who pulled, built on or started it, where and when. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import { paint, type Terminal } from '../terminal.ts';

const help = `
WHAT is a digest of an image, a layer or a file, an AMI, PACKAGE@VERSION, a reference, a file of a feed, or the name of an
installed feed.
Remembered is what was watched, replayed with --keep, and scanned. Nobody is contacted.

Examples:
  tidewaiter hunt sha256:5f2c…                  an image or a layer, by digest
  tidewaiter hunt ami-0123456789abcdef0
  tidewaiter hunt xz-utils@5.6.1-1              images that were scanned and have the package
  tidewaiter hunt bad-hashes.csv                everything in a feed
  tidewaiter hunt team                          everything in the installed feed "team"

Exit status: 0, whatever was found; 2 misuse; 3 when what is remembered cannot be read.`;

const run = async (what: string | undefined, command: Command, terminal: Terminal): Promise<void> => {
  if (what === undefined)
    throw misuse('HUNT_UNKNOWN', 'hunt needs to know after what: a digest, an AMI, PACKAGE@VERSION');
  const settings = await readSettings(command, terminal);
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: hunt writes text or json, not ${settings.format}`);
  const { hunt: search } = await import('../../app/follow/hunt.ts');
  const { openEventMemory } = await import('../../app/follow/event-memory.ts');
  const { openHeldPrograms } = await import('../../app/follow/held-programs.ts');
  const { installedFeedFolder } = await import('../../app/installed-feeds.ts');
  const { openLog } = await import('../log.ts');
  const { huntText, toHuntDocument } = await import('../../report/hunt-document.ts');
  const { environment } = terminal;
  const memory = openEventMemory(environment);
  using programs = openHeldPrograms({ environment, log: openLog(terminal, settings), now: () => new Date() });
  try {
    const found = await search(what, {
      memory,
      programs,
      feedFolderOf: (name) => installedFeedFolder(environment, name),
    });
    await terminal.print(
      settings.format === 'json'
        ? `${JSON.stringify(toHuntDocument(what, found.target.kind, found), undefined, 2)}\n`
        : huntText(what, found, (style, text) => paint(terminal, style, text)),
    );
  } finally {
    memory.close();
  }
};

export const hunt: CommandPart = {
  id: 'hunt',
  about: 'who pulled, built on or started an image, where and when',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description('Searches what is remembered of events and of scanned images.')
      .argument('[WHAT]', 'DIGEST, HASH, AMI, PACKAGE@VERSION, REFERENCE, a feed or a file of one');
    addSettings(command, ['format'])
      .addHelpText('after', help)
      .action((what: string | undefined) => run(what, command, terminal));
  },
};
