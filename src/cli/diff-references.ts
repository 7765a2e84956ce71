/** Two references → a report of what changed, on standard output or in a file, and the exit status. */
import { compareReferences, differenceStatus } from '../app/diff/diff.ts';
import { openInspector } from '../app/inspect.ts';
import type { Settings } from '../app/settings.ts';
import { toDifferenceDocument } from '../report/difference-document.ts';
import { differenceText } from '../report/difference-text.ts';
import { toJsonText } from '../report/json-text.ts';
import { openCommandContext } from './command-context.ts';
import { openProgress } from './progress.ts';
import { requireReferences } from './reference-hint.ts';
import { complainOfRejectedRules } from './scan-references.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

export const diffReferences = async (
  [old, now]: readonly [old: string, now: string],
  settings: Settings,
  terminal: Terminal,
): Promise<number> => {
  requireReferences([old, now]);
  const progress = openProgress(terminal, settings.quiet);
  await using context = await openCommandContext(settings, terminal, (step) => progress.update(step));
  await using inspector = await openInspector(settings, context);
  complainOfRejectedRules(inspector, settings, terminal);
  const difference = await compareReferences(old, now, inspector).finally(() => progress.clear());
  const text =
    settings.format === 'json'
      ? toJsonText(toDifferenceDocument(difference))
      : differenceText(difference, {
          colour: settings.output === undefined && terminal.colour,
          width: terminal.width,
          verbose: settings.verbose,
        });
  if (settings.output === undefined) await terminal.print(text);
  else await writeWhole(settings.output, text);
  return differenceStatus(difference, settings.failOn);
};
