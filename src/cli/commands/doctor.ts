/** `doctor`: what this machine can and cannot do, and how to fix it. */
import type { Command } from 'commander';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import { paint, paragraph, type Terminal } from '../terminal.ts';

const help = `
Exit status: 0 when a scan can run here, even with drawbacks.`;

const marks = { ok: '✓', limited: '!', missing: '–' } as const;
const styles = { ok: 'green', limited: 'yellow', missing: 'gray' } as const;

const run = async (command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { openCommandContext } = await import('../command-context.ts');
  const { examineMachine } = await import('../../app/doctor.ts');
  const { toPlainText } = await import('../../core/plain-text.ts');
  await using context = await openCommandContext(settings, terminal);
  const checks = await examineMachine(settings, context);
  if (settings.format === 'json') {
    await terminal.print(`${JSON.stringify({ schema: 'tidewaiter/doctor/v1', checks }, undefined, 2)}\n`);
    return;
  }
  for (const { subject, state, says, mend } of checks) {
    const head = `${marks[state]} ${subject}: `;
    const text = paragraph(terminal, `${head}${toPlainText(says)}`, '', '    ').slice(head.length);
    await terminal.print(
      `${paint(terminal, styles[state], marks[state])} ${paint(terminal, 'bold', subject)}: ${text}`,
    );
    if (mend !== undefined) await terminal.print(paragraph(terminal, mend, '    '));
  }
};

export const doctor: CommandPart = {
  id: 'doctor',
  about: 'what this machine can and cannot do, and how to fix it',
  define(program, terminal) {
    const command = program.command(this.id).summary(this.about).description(this.about);
    addSettings(command, ['format', 'verbose', 'quiet', 'cacheFolder', 'offline', 'cores', 'timeoutSeconds'])
      .addHelpText('after', help)
      .action(() => run(command, terminal));
  },
};
