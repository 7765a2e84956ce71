/** A command's settings and terminal → the Context of everything that it does. */
import { openContext } from '../app/context.ts';
import type { Settings } from '../app/settings.ts';
import type { Context } from '../core/context.ts';
import { openLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** Dispose of it when the command ends. @throws {Fault} misuse `SETTING_INVALID` */
export const openCommandContext = (
  settings: Settings,
  terminal: Terminal,
  progress: Context['progress'] = () => undefined,
): ReturnType<typeof openContext> =>
  openContext(settings, {
    environment: terminal.environment,
    log: openLog(terminal, settings),
    progress,
    signal: terminal.signal,
  });
