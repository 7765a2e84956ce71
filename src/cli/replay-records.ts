/** Records → lines on standard output, and the exit status of `replay`. */
import { openReplay } from '../app/follow/open-replay.ts';
import { replayRecords, type ReplayLine, type ReplaySource, type ReplaySummary } from '../app/follow/replay.ts';
import type { Settings } from '../app/settings.ts';
import { toPlainText } from '../core/plain-text.ts';
import { toFindingLine, toGapLine, toIncidentLine } from '../report/follow-lines.ts';
import { findingText, gapText, incidentText } from '../report/incident-text.ts';
import { openCommandContext } from './command-context.ts';
import { paint, type Terminal } from './terminal.ts';

export interface ReplayChoice {
  readonly failOn: 'never' | 'finding' | 'incident';
  /** Remember events and incidents. */
  readonly keep: boolean;
}

const toJson = (line: ReplayLine): string => {
  switch (line.type) {
    case 'finding':
      return JSON.stringify(toFindingLine(line.finding.detection, line.finding.place));
    case 'incident':
      return JSON.stringify(toIncidentLine(line.incident));
    case 'gap':
      return JSON.stringify(toGapLine(line.gap));
    default:
      return JSON.stringify({ type: 'summary', ...line.summary });
  }
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const summaryText = ({ records, events, findings, incidents, gaps, rules, dropped = {} }: ReplaySummary): string => {
  const forgotten = Object.entries(dropped).map(([name, count]) => `${count} ${name}`);
  const counts = [
    plural(records, 'record'),
    plural(events, 'event'),
    plural(findings, 'finding'),
    plural(incidents, 'incident'),
    plural(gaps, 'gap'),
  ].join(', ');
  const refused = rules.refused === 0 ? '' : `, ${rules.refused} not used`;
  return [
    `${counts}; ${plural(rules.used, 'rule')}${refused}`,
    ...(forgotten.length === 0 ? [] : [`dropped to stay within bounds: ${forgotten.join(', ')}`]),
    '',
  ].join('\n');
};

const toText = (line: ReplayLine, terminal: Terminal): string => {
  const emphasise = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string): string => paint(terminal, style, text);
  switch (line.type) {
    case 'finding':
      return findingText(line.finding.detection, line.finding.place, emphasise);
    case 'incident':
      return incidentText(line.incident, emphasise);
    case 'gap':
      return gapText(line.gap, emphasise);
    default:
      return summaryText(line.summary);
  }
};

const bufferedCharacters = 65_536;

/** Gives the exit status. @throws {Fault} misuse */
export const replayToTerminal = async (
  sources: readonly ReplaySource[],
  settings: Settings,
  terminal: Terminal,
  { failOn, keep }: ReplayChoice,
): Promise<number> => {
  await using context = await openCommandContext(settings, terminal);
  using replay = await openReplay(settings, context, keep);
  for (const { file, line, reason } of [...replay.follower.rules.refused, ...replay.follower.rules.unreadable])
    if (!settings.quiet)
      terminal.complain(`not used: ${toPlainText(`${file}:${line}`, 400)}: ${toPlainText(reason, 400)}`);
  let text = '';
  const counts = { finding: 0, incident: 0, gap: 0, summary: 0 };
  let silent = true;
  for await (const line of replayRecords(sources, replay.follower, { signal: context.signal })) {
    context.signal.throwIfAborted();
    if (line.type !== 'incident' || line.incident.state === 'open') counts[line.type]++;
    if (line.type === 'summary' && line.summary.records + counts.gap === 0 && !settings.quiet)
      terminal.complain('warning: there was no record to read: did the command that was to write them work?');
    if (settings.format === 'json') text += `${toJson(line)}\n`;
    else text += `${line.type === 'summary' && !silent ? '\n' : ''}${toText(line, terminal)}`;
    silent = false;
    if (text.length < bufferedCharacters) continue;
    await terminal.print(text);
    text = '';
  }
  if (text !== '') await terminal.print(text);
  if ((failOn === 'finding' && counts.finding > 0) || (failOn !== 'never' && counts.incident > 0)) return 1;
  return counts.gap > 0 ? 3 : 0;
};
