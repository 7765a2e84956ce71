/** References → a report on standard output or in a file, and the exit status. */
import { exitStatus, openInspector, type Inspector } from '../app/inspect.ts';
import { noInventoryKeeper, openInventoryKeeper } from '../app/inventory.ts';
import { unaskedByScans } from '../app/rule-locations.ts';
import type { ScanProcesses } from '../app/scan-processes.ts';
import type { Settings } from '../app/settings.ts';
import type { Context } from '../core/context.ts';
import { isFault, misuse } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Verdict } from '../core/verdict.ts';
import { renderers } from '../report/renderers/index.ts';
import type { Renderer } from '../report/renderer.ts';
import type { Attester } from './attest-verdicts.ts';
import { complaintOf } from './complaint.ts';
import { openCommandContext } from './command-context.ts';
import { openProgress } from './progress.ts';
import { referenceHint, requireReferences } from './reference-hint.ts';
import { reportOptions } from './report-options.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

const exitMisuse = 2;
/** The worst first. */
const exitOrder = [exitMisuse, 1, 3, 0] as const;

export const rendererOf = (format: Settings['format']): Renderer => {
  const found = renderers.find((renderer) => renderer.id === format);
  if (found === undefined) throw misuse('SETTING_INVALID', `--format: "${format}" is no format`);
  return found;
};

/** Rules that were not accepted are told once, before any report: the others still run. */
export const complainOfRejectedRules = (inspector: Inspector, settings: Settings, terminal: Terminal): void => {
  if (settings.quiet) return;
  const rejected = [...unaskedByScans(settings), ...inspector.auditor.rejected];
  for (const { file, line, reason } of rejected.slice(0, 10))
    terminal.complain(`warning: rule not used: ${toPlainText(`${file}:${line}: ${reason}`, 400)}`);
  if (rejected.length > 10)
    terminal.complain(
      `warning: ${rejected.length - 10} more rules not used; "tidewaiter rules check PATH" lists them all`,
    );
};

/** An image that is in no registry may be a file that lies here, or a scheme that was mistyped. */
const hintAt = (reference: string, judged: readonly Verdict[], terminal: Terminal): void => {
  if (judged.some(({ dossier }) => dossier.layers.length > 0 || !dossier.reference.startsWith('docker://'))) return;
  const hint = referenceHint(reference);
  if (hint !== undefined) terminal.complain(`tidewaiter: ${toPlainText(hint, 1000)}`);
};

/** Loaded only where it is asked for: most starts are quicker without. */
const openSigning = async (
  references: readonly string[],
  settings: Settings,
  terminal: Terminal,
  context: Context,
): Promise<Attester | undefined> => {
  if (settings.attest === undefined && settings.attestOutput === undefined && !settings.attestPush) return undefined;
  const { openAttester } = await import('./attest-verdicts.ts');
  return openAttester(references, settings, terminal, context);
};

/** Loaded when there is something to keep: most of a start is quicker without. */
const keepVerdicts = async (verdicts: readonly Verdict[], context: Context): Promise<void> => {
  const { keepJudged } = await import('../app/follow/event-memory.ts');
  keepJudged(verdicts, context);
};

export const scanReferences = async (
  references: readonly string[],
  settings: Settings,
  terminal: Terminal,
  processes?: ScanProcesses,
): Promise<number> => {
  requireReferences(references);
  const renderer = rendererOf(settings.format);
  const single = references.length === 1 && !settings.allPlatforms;
  const report = async (judged: readonly Verdict[]): Promise<string> =>
    renderer.render(judged, await reportOptions(settings, terminal, judged, single));
  const progress = openProgress(terminal, settings.quiet);
  await using context = await openCommandContext(settings, terminal, (step) => progress.update(step));
  const attester = await openSigning(references, settings, terminal, context);
  using inventories = settings.cache ? openInventoryKeeper(context) : noInventoryKeeper;
  await using inspector = await openInspector(settings, context, inventories, processes);
  complainOfRejectedRules(inspector, settings, terminal);
  const streams = settings.format === 'text' && settings.output === undefined;
  const verdicts: Verdict[] = [];
  let misused = false;
  for (const reference of references) {
    try {
      const judged = await inspector.inspect(reference);
      progress.clear();
      if (streams) await terminal.print(`${verdicts.length > 0 ? '\n\n' : ''}${await report(judged)}`);
      if (!settings.quiet) hintAt(reference, judged, terminal);
      verdicts.push(...judged);
    } catch (thrown) {
      progress.clear();
      if (terminal.signal.aborted || !isFault(thrown) || thrown.kind !== 'misuse' || references.length === 1)
        throw thrown;
      terminal.complain(complaintOf(thrown));
      misused = true;
    }
  }
  if (settings.output !== undefined) await writeWhole(settings.output, await report(verdicts));
  else if (!streams) await terminal.print(await report(verdicts));
  if (settings.cache) await keepVerdicts(verdicts, context);
  const signing = attester === undefined ? 0 : await attester.attest(verdicts);
  const statuses = [misused ? exitMisuse : 0, signing, exitStatus(verdicts, settings.failOn)];
  return exitOrder.find((status) => statuses.includes(status)) ?? 0;
};
