/** `diff OLD NEW`: what an upgrade changes in risk. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const help = `
Both are references as scan takes them.

Examples:
  tidewaiter diff registry.example/team/app:1.4 registry.example/team/app:1.5
  tidewaiter diff --fail-on deny docker-daemon:app:old docker-daemon:app:new
  tidewaiter diff --format json nginx:1.26 nginx:1.27 | jq .risk

Exit status: 0; with --fail-on that of a scan of NEW; 2 misuse; 3 when an image could not be had.`;

const run = async (references: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  const [old, now, ...others] = references;
  if (old === undefined || now === undefined || others.length > 0)
    throw misuse('REFERENCE_MISSING', 'diff needs two references: tidewaiter diff OLD NEW');
  const settings = await readSettings(command, terminal, { failOn: 'never' });
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: diff writes text or json, not ${settings.format}`);
  if (settings.allPlatforms) throw misuse('SETTING_INVALID', 'diff compares one image with one: use --platform');
  const { diffReferences } = await import('../diff-references.ts');
  process.exitCode = await diffReferences([old, now], settings, terminal);
};

export const diff: CommandPart = {
  id: 'diff',
  about: 'what changed between two images: risk, rights, start-up, files, packages',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description('Judges two images and says what changed from OLD to NEW, for the review of an upgrade.')
      .argument('[OLD]', 'the image that is in use')
      .argument('[NEW]', 'the image that is to replace it');
    addSettings(command, 'all')
      .addHelpText('after', help)
      .action((old: string | undefined, now: string | undefined) =>
        run(
          [old, now].filter((reference) => reference !== undefined),
          command,
          terminal,
        ),
      );
  },
};
