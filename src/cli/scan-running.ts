/** Every image in the engines of this machine → one report, and the exit status. */
import { keepJudged } from '../app/follow/event-memory.ts';
import { exitStatus, openInspector } from '../app/inspect.ts';
import { noInventoryKeeper, openInventoryKeeper } from '../app/inventory.ts';
import { judgeRunning, openRunningMemory, surveyMachine, type Survey } from '../app/running.ts';
import type { Settings } from '../app/settings.ts';
import { cacheFolderOf } from '../app/user-folders.ts';
import { misuse } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Verdict } from '../core/verdict.ts';
import { openCommandContext } from './command-context.ts';
import { openProgress } from './progress.ts';
import { reportOptions } from './report-options.ts';
import { complainOfRejectedRules, rendererOf } from './scan-references.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

const exitUndecided = 3;

const engineOf = (where: string): string => where.split(' ', 1)[0] ?? where;

/** One line for each kind of engine: where it answered, or that there is none. */
const tellOfEngines = ({ answered, absent, problems }: Survey, terminal: Terminal): void => {
  for (const where of answered) terminal.complain(`asked ${toPlainText(where, 300)}`);
  const present = new Set([...answered, ...problems.map(({ where }) => where)].map(engineOf));
  for (const [engine, places] of Map.groupBy(absent, engineOf))
    if (!present.has(engine))
      terminal.complain(
        `no ${engine} here: ${toPlainText(places.map((place) => place.replace(/^\w+ (?:at )?/, '')).join(', '), 1000)}`,
      );
};

const summaryOf = (verdicts: readonly Verdict[]): string => {
  const judged = verdicts.filter(({ uses }) => uses !== undefined);
  const turned = judged.filter(({ turnedFrom }) => turnedFrom !== undefined).length;
  const running = judged.filter(({ uses = [] }) => uses.some(({ state }) => state === 'running')).length;
  const decided = (['deny', 'warn', 'allow'] as const)
    .map((decision) => [decision, judged.filter((verdict) => verdict.decision === decision).length] as const)
    .filter(([, count]) => count > 0)
    .map(([decision, count]) => `${count} ${decision}`);
  const unasked = verdicts.length - judged.length;
  return [
    `${judged.length} ${judged.length === 1 ? 'image' : 'images'}, ${running} of them running`,
    ...decided,
    ...(turned > 0 ? [`${turned} turned bad`] : []),
    ...(unasked > 0 ? [`${unasked} ${unasked === 1 ? 'engine' : 'engines'} not asked`] : []),
  ].join('; ');
};

/** @throws {Fault} misuse `SETTING_INVALID` */
const refusePlatform = (settings: Settings): void => {
  if (settings.allPlatforms || settings.platform !== undefined)
    throw misuse(
      'SETTING_INVALID',
      '--running judges each image that is there, whatever its platform: leave --platform and --all-platforms out',
    );
};

export const scanRunning = async (settings: Settings, terminal: Terminal): Promise<number> => {
  refusePlatform(settings);
  const renderer = rendererOf(settings.format);
  const progress = openProgress(terminal, settings.quiet);
  await using context = await openCommandContext(settings, terminal, (step) => progress.update(step));
  using inventories = settings.cache ? openInventoryKeeper(context) : noInventoryKeeper;
  await using inspector = await openInspector(settings, context, inventories);
  complainOfRejectedRules(inspector, settings, terminal);
  progress.update({ id: 'engines', label: 'asking the engines', done: 0, total: 0, state: 'running' });
  const survey = await surveyMachine({ root: '/' }, context);
  progress.clear();
  if (!settings.quiet) tellOfEngines(survey, terminal);
  if (survey.answered.length + survey.problems.length === 0)
    terminal.complain('tidewaiter: no container engine answers on this machine: nothing was judged');
  using memory = openRunningMemory(settings.cache ? cacheFolderOf(settings, context.environment) : undefined, context);
  const verdicts = await judgeRunning(survey, inspector, {
    context,
    memory,
    onImage: (position, total, name) => {
      progress.clear();
      const label = `image ${position} of ${total}: ${name}`;
      progress.update({ id: 'image', label, done: 0, total: 0, state: 'running' });
    },
  });
  progress.clear();
  if (settings.cache) keepJudged(verdicts, context);
  if (!settings.quiet) terminal.complain(summaryOf(verdicts));
  const report = renderer.render(verdicts, await reportOptions(settings, terminal, verdicts, false));
  if (settings.output === undefined) await terminal.print(report);
  else await writeWhole(settings.output, report);
  if (survey.answered.length > 0 && verdicts.length === 0) return 0;
  return verdicts.length === 0 ? exitUndecided : exitStatus(verdicts, settings.failOn);
};
