/**
 * `npm run bench:accuracy [-- options]`: builds the images of the specifications once, judges each as `tidewaiter scan` does, and
 * prints the confusion tables with every miss and false alarm by name. It asserts nothing: the figures are what they are.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openContext } from '../../src/app/context.ts';
import { openInspector } from '../../src/app/inspect.ts';
import { resolveSettings } from '../../src/app/settings.ts';
import { alarmLines, classTable, columnTable, figureLines, missLines } from './confusion.ts';
import { type BenchImage, openImages } from './images.ts';
import { type Outcome, toOutcome } from './outcome.ts';
import { otherScanners } from './others.ts';
import { accuracySection, formatResults, replaceSection, type Results } from './readme.ts';

const usage = `npm run bench:accuracy -- [options]
  --dir DIR        where the images are kept (the user's cache folder)
  --build-only     build the images and stop
  --only TEXT      only images whose id holds this
  --no-cache       forget what earlier runs saw of the layers
  --write-readme   keep the results, and publish them in README.md
  --others         what clamscan and yara say of the same images, with our rules`;

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    'build-only': { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'no-cache': { type: 'boolean', default: false },
    'write-readme': { type: 'boolean', default: false },
    others: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => console.error(`bench:accuracy: ${text}`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

const judgeAll = async (images: readonly BenchImage[], folder: string): Promise<readonly Outcome[]> => {
  const flags = { offline: true, quiet: true, cache: !options['no-cache'], cacheFolder: join(folder, 'facts') };
  const settings = resolveSettings({ flags, environment: {}, file: {}, fileName: '' });
  await using context = await openContext(settings, {
    environment: process.env,
    log: { debug: () => undefined, warn: (text: string) => say(text) },
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  await using inspector = await openInspector(settings, context);
  const outcomes: Outcome[] = [];
  for (const image of images) {
    const [verdict] = await inspector.inspect(image.reference);
    if (verdict === undefined) throw new Error(`${image.id} gave no verdict`);
    outcomes.push(toOutcome(image, verdict));
    if (outcomes.length % 20 === 0) say(`${outcomes.length} of ${images.length} judged`);
  }
  return outcomes;
};

const printList = (title: string, lines: readonly string[]): void =>
  console.log(`\n${title}: ${lines.length}\n${lines.map((line) => `  ${line}`).join('\n')}`);

const publish = (outcomes: readonly Outcome[]): void => {
  const results: Results = { date: new Date().toISOString().slice(0, 10), outcomes };
  writeFileSync(join(import.meta.dirname, 'results.jsonl'), formatResults(results));
  const readme = join(import.meta.dirname, '..', '..', 'README.md');
  writeFileSync(readme, replaceSection(readFileSync(readme, 'utf8'), accuracySection(results)));
};

const main = async (): Promise<void> => {
  if (options.help) return console.log(usage);
  const folder = options.dir ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidewaiter-bench');
  mkdirSync(folder, { recursive: true });
  const building = performance.now();
  const all = await openImages(folder, say);
  say(`${all.length} images (${seconds(building)})`);
  if (options['build-only']) return;
  const images = all.filter(({ id }) => id.includes(options.only));
  const judging = performance.now();
  const outcomes = await judgeAll(images, folder);
  say(`judged (${seconds(judging)})`);
  console.log(`\n${classTable(outcomes)}\n\n${columnTable(outcomes)}\n\n${figureLines(outcomes).join('\n')}`);
  printList('misses', missLines(outcomes));
  printList('honest images that are not clean', alarmLines(outcomes));
  if (options.others) console.log(`\n${await otherScanners(images, folder, say)}`);
  if (options['write-readme']) {
    if (options.only !== '') throw new Error('--write-readme publishes all images or none');
    publish(outcomes);
  }
};

await main();
