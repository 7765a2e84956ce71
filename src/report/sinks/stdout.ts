/** Records → lines of JSON on standard output. */
import type { Sink } from '../../core/sink.ts';
import { formatSetting, toLines } from '../delivery/record-text.ts';

export const stdout: Sink = {
  id: 'stdout',
  about: 'lines of JSON on standard output',
  settings: [formatSetting],
  open: async (settings, context) => ({
    async send(batch) {
      await context.print(toLines(batch, settings.text('format')));
      return { state: 'taken', refused: [] };
    },
    close: async () => undefined,
  }),
};
