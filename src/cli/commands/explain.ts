/** `explain ID`: what a rule, analyzer, gap code, decision or lesson means and what to do. */
import type { Command } from 'commander';
import type { Lesson } from '../../core/lesson.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import { paint, paragraph, type Terminal } from '../terminal.ts';

const help = `
Examples:
  tidewaiter explain incomplete
  tidewaiter explain DATA_AFTER_END
  tidewaiter explain yara
  tidewaiter explain reverse-shell        a lesson: how it works, how to recognise it, what to do instead
  tidewaiter explain                      list everything that can be explained`;

const readingWidth = 100;

/** No wider than is read with ease. */
const write = (terminal: Terminal, text: string): string =>
  paragraph({ width: Math.min(terminal.width, readingWidth) }, text, '', text.startsWith('- ') ? '  ' : '');

/** The lesson as a page of a terminal. */
const lessonPage = ({ id, title, sections }: Lesson, terminal: Terminal): string => {
  const body = sections.map(
    ({ heading, paragraphs }) =>
      `${paint(terminal, 'bold', heading)}\n${paragraphs.map((text) => write(terminal, text)).join(paragraphs[0]?.startsWith('- ') === true ? '' : '\n')}`,
  );
  return `${paint(terminal, 'bold', `Lesson ${id}: ${title}`)}\n\n${body.join('\n')}`;
};

const run = async (id: string | undefined, command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { explain, explainable } = await import('../../app/explain.ts');
  if (id === undefined) {
    for (const [group, ids] of Object.entries(await explainable(settings, terminal.environment)))
      await terminal.print(`${paint(terminal, 'bold', group)}\n  ${ids.join('\n  ')}\n\n`);
    return;
  }
  const { subject, kind, means, advice, details, lesson } = await explain(id, settings, terminal.environment);
  if (settings.format === 'json') {
    await terminal.print(`${JSON.stringify({ subject, kind, means, advice, details, lesson }, undefined, 2)}\n`);
    return;
  }
  if (kind === 'lesson' && lesson !== undefined) {
    await terminal.print(lessonPage(lesson, terminal));
    return;
  }
  const label = 'What to do:';
  const mend = write(terminal, `${label} ${advice}`).slice(label.length);
  await terminal.print(
    `${paint(terminal, 'bold', subject)} (${kind})\n\n${write(terminal, means)}\n${paint(terminal, 'bold', label)}${mend}`,
  );
  for (const detail of details) await terminal.print(write(terminal, detail));
  if (lesson !== undefined) await terminal.print(`\n${lessonPage(lesson, terminal)}`);
};

export const explain: CommandPart = {
  id: 'explain',
  about: 'what a rule, analyzer, gap code, decision or lesson means and what to do',
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
