/** `explain ID`: what a rule, analyzer, gap code or decision means and what to do. */
import type { Command } from 'commander';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import { paint, type Terminal } from '../terminal.ts';

const help = `
Examples:
  tidewaiter explain incomplete
  tidewaiter explain DATA_AFTER_END
  tidewaiter explain yara
  tidewaiter explain                      list everything that can be explained`;

const run = async (id: string | undefined, command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { explain, explainable } = await import('../../app/explain.ts');
  if (id === undefined) {
    for (const [group, ids] of Object.entries(await explainable(settings, terminal.environment)))
      await terminal.print(`${paint(terminal, 'bold', group)}\n  ${ids.join('\n  ')}\n\n`);
    return;
  }
  const { subject, kind, means, advice, details } = await explain(id, settings, terminal.environment);
  if (settings.format === 'json') {
    await terminal.print(`${JSON.stringify({ subject, kind, means, advice, details }, undefined, 2)}\n`);
    return;
  }
  await terminal.print(
    `${paint(terminal, 'bold', subject)} (${kind})\n\n${means}\n\n${paint(terminal, 'bold', 'What to do:')} ${advice}\n`,
  );
  for (const detail of details) await terminal.print(`${detail}\n`);
};

export const explain: CommandPart = {
  id: 'explain',
  about: 'what a rule, analyzer, gap code or decision means and what to do',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description(this.about)
      .argument('[ID]', 'as a report shows it');
    addSettings(command, ['format', 'rules', 'defaultRules'])
      .addHelpText('after', help)
      .action((id: string | undefined) => run(id, command, terminal));
  },
};
