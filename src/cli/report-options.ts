/** Settings, terminal and Verdicts → what a renderer is told besides the Verdicts. */
import { readLessons } from '../app/lessons.ts';
import type { Settings } from '../app/settings.ts';
import type { Verdict } from '../core/verdict.ts';
import type { RenderOptions } from '../report/renderer.ts';
import { programVersion } from './program-version.ts';
import type { Terminal } from './terminal.ts';

/** `single`: one image was asked for. */
export const reportOptions = async (
  settings: Settings,
  terminal: Terminal,
  verdicts: readonly Verdict[],
  single: boolean,
): Promise<RenderOptions> => {
  const options: RenderOptions = {
    colour: settings.output === undefined && terminal.colour,
    width: terminal.width,
    toolVersion: programVersion(),
    single,
    verbose: settings.verbose,
    lessons: readLessons().all,
  };
  // A report on an image that may run and was wholly read is quicker without.
  if (verdicts.every(({ decision, dossier }) => decision === 'allow' && dossier.gaps.length === 0)) return options;
  const [{ codes }, { words }] = await Promise.all([
    import('../app/catalogue/codes.ts'),
    import('../app/catalogue/words.ts'),
  ]);
  const known = new Map([...Object.entries(codes), ...Object.entries(words)]);
  return { ...options, adviceOn: (id) => known.get(id)?.advice };
};
