/** What `watch` finds → lines on standard output while it goes on. */
import type { Followed } from '../app/follow/follower.ts';
import type { Settings } from '../app/settings.ts';
import { runWatch } from '../app/watching/run-watch.ts';
import { toPlainText } from '../core/plain-text.ts';
import { toFindingLine, toGapLine, toIncidentLine } from '../report/follow-lines.ts';
import { findingText, gapText, incidentText } from '../report/incident-text.ts';
import { openCommandContext } from './command-context.ts';
import { paint, type Terminal } from './terminal.ts';

type Paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string;

const jsonLines = ({ gaps, detections, incidents }: Followed): string =>
  [
    ...gaps.map(toGapLine),
    ...detections.map(({ detection, place }) => toFindingLine(detection, place)),
    ...incidents.map(toIncidentLine),
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');

const textLines = ({ gaps, detections, incidents }: Followed, emphasise: Paint): string =>
  [
    ...gaps.map((gap) => gapText(gap, emphasise)),
    ...detections.map(({ detection, place }) => findingText(detection, place, emphasise)),
    ...incidents.map((incident) => incidentText(incident, emphasise)),
  ].join('');

/** Ends at an interrupt, with everything kept. @throws {Fault} */
export const watchFromTerminal = async (settings: Settings, terminal: Terminal, listen?: string): Promise<void> => {
  await using opened = await openCommandContext(settings, terminal);
  const json = settings.format === 'json';
  const emphasise: Paint = (style, text) => paint(terminal, style, text);
  await runWatch(settings, {
    // It is to go on: `--timeout` is for commands that end.
    context: { ...opened, signal: terminal.signal },
    standardInput: process.stdin,
    ...(listen === undefined ? {} : { listen }),
    print: (text) => terminal.print(text),
    // Not among the lines that programs read.
    ready: (about) => terminal.complain(toPlainText(about, 4000)),
    show: async (followed) => {
      const text = json ? jsonLines(followed) : textLines(followed, emphasise);
      if (text !== '') await terminal.print(text);
    },
  });
  // An interrupt is how it ends.
  process.exitCode = 0;
  process.stdin.destroy();
};
