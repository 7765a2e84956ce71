/** Progress by layer and bytes, redrawn in place on a terminal's standard error; nothing anywhere else. */
import { stripVTControlCharacters } from 'node:util';
import type { ProgressStep } from '../core/context.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Terminal } from './terminal.ts';

export interface ProgressView {
  update(step: ProgressStep): void;
  /** Wipes the lines, so that a report can be printed in their place. */
  clear(): void;
}

/** Nothing is drawn for what takes less than this. */
const patienceMs = 400;
const redrawMs = 100;
const maximumLines = 8;

const formatBytes = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
};

const bar = (done: number, total: number): string => {
  const cells = 20;
  const full = total > 0 ? Math.min(cells, Math.round((done / total) * cells)) : 0;
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
};

const lineOf = (step: ProgressStep, width: number): string => {
  const known = step.done > 0 ? formatBytes(step.done) : '';
  const amount =
    step.total > 0 ? `${bar(step.done, step.total)} ${formatBytes(step.done)} of ${formatBytes(step.total)}` : known;
  const mark = step.state === 'done' ? '✓' : step.state === 'failed' ? '✗' : '·';
  return stripVTControlCharacters(`${mark} ${toPlainText(step.label, 60).padEnd(34)} ${amount}`).slice(0, width - 1);
};

const silent: ProgressView = { update: () => undefined, clear: () => undefined };

export const openProgress = (terminal: Terminal, quiet: boolean): ProgressView => {
  if (quiet || !terminal.showsProgress) return silent;
  const steps = new Map<string, ProgressStep>();
  const stream = terminal.errorStream;
  const begun = performance.now();
  let drawn = 0;
  let lastDraw = 0;

  const wipe = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };

  const draw = (): void => {
    const all = [...steps.values()];
    const running = all.filter((step) => step.state === 'running').slice(0, maximumLines);
    const finished = all.length - all.filter((step) => step.state === 'running').length;
    const lines = running.map((step) => lineOf(step, stream.columns));
    if (finished > 0) lines.unshift(`✓ ${finished} of ${all.length} done`);
    wipe();
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };

  return {
    update(step) {
      steps.set(step.id, step);
      const now = performance.now();
      if (now - begun < patienceMs || now - lastDraw < redrawMs) return;
      lastDraw = now;
      draw();
    },
    clear() {
      wipe();
      steps.clear();
    },
  };
};
