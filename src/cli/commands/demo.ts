/** `demo`: five inert images, built and judged on the spot. */
import type { Command } from 'commander';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import { programName } from '../program-name.ts';
import { paint, paragraph, type Terminal } from '../terminal.ts';

const help = `
Builds five inert images in a temporary folder (nothing in them does anything), judges them and says
whether each verdict is the announced one. Needs no network and no container engine.

Exit status: 0 when every verdict is as announced, 1 when one is not.`;

const marks = { malicious: '✗', suspicious: '!', incomplete: '?', clean: '✓' } as const;
const styles = { malicious: 'red', suspicious: 'yellow', incomplete: 'magenta', clean: 'green' } as const;

const run = async (command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { openCommandContext } = await import('../command-context.ts');
  const { runDemo } = await import('../../app/demo/run-demo.ts');
  const { toPlainText } = await import('../../core/plain-text.ts');
  const { exitStatus } = await import('../../app/inspect.ts');
  await using context = await openCommandContext(settings, terminal);
  if (settings.format === 'json') {
    const results = [];
    for await (const { image, verdict, asAnnounced } of runDemo(settings, context))
      results.push({
        name: image.name,
        about: image.about,
        announced: image.announced,
        assessment: verdict.assessment,
        decision: verdict.decision,
        asAnnounced,
        because: verdict.because,
      });
    await terminal.print(`${JSON.stringify({ schema: 'tidewaiter/demo/v1', results }, undefined, 2)}\n`);
    process.exitCode = results.every((result) => result.asAnnounced) ? 0 : 1;
    return;
  }
  let count = 0;
  let right = 0;
  for await (const { image, verdict, asAnnounced } of runDemo(settings, context)) {
    count += 1;
    if (asAnnounced) right += 1;
    const { assessment, decision } = verdict;
    const head = `${marks[assessment]} ${assessment.padEnd(10)} ${decision.padEnd(5)} exit ${exitStatus([verdict], 'deny')}`;
    await terminal.print(
      `${paint(terminal, styles[assessment], head)}  ${paint(terminal, 'bold', image.name)}: ${image.about}\n`,
    );
    for (const reason of verdict.because.slice(0, 3))
      await terminal.print(paragraph(terminal, toPlainText(reason, 400), '    '));
    if (!asAnnounced) await terminal.print(`    ${paint(terminal, 'red', `announced was: ${image.announced}`)}\n`);
  }
  await terminal.print(
    `\n${right} of ${count} verdicts as announced.${right === count ? `\nNext: ${programName()} scan IMAGE, or ${programName()} scan --help for the places an image can be.` : ''}\n`,
  );
  process.exitCode = right === count ? 0 : 1;
};

export const demo: CommandPart = {
  id: 'demo',
  about: 'build five inert images and judge them',
  define(program, terminal) {
    const command = program.command(this.id).summary(this.about).description(this.about);
    addSettings(command, ['format', 'verbose', 'quiet', 'timeoutSeconds', 'cores'])
      .addHelpText('after', help)
      .action(() => run(command, terminal));
  },
};
