/**
 * `npm run bench [-- options]`: what a scan costs next to what everybody has, measured in one run on this machine.
 * Prints figures and ratios; asserts nothing about time. Builds its image once (about two minutes, 3 GB of disk).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, homedir, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { convertRules, openClamd, timeGzip, timeYara } from './baselines.ts';
import { type BuiltImage, openImage } from './build-image.ts';
import { openLargeImage } from './build-large-image.ts';
import { isInstalled, median } from './command.ts';
import { looseRules } from './rules-pack.ts';
import { ScanBench } from './scan.ts';
import { toTable } from './table.ts';

const usage = `npm run bench -- [options]
  --runs N        each time is the median of N runs (3)
  --dir DIR       where the images are kept (the user's cache folder)
  --build-only    build the image and stop
  --rules-pack    also scan with a generated third-party pack of 1,000 loose rules
  --large         also a 12 GB image with one 6 GB layer, and 150,000 small files (8 GB of disk, minutes)`;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    dir: { type: 'string' },
    'build-only': { type: 'boolean', default: false },
    'rules-pack': { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const threads = availableParallelism();
const runs = Math.max(1, Number.parseInt(options.runs, 10) || 3);
const say = (text: string): void => console.error(`bench: ${text}`);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

interface Row {
  readonly what: string;
  readonly seconds: number;
  /** Unpacked bytes it worked through; undefined where a rate says nothing. */
  readonly bytes?: number;
}

const rulesOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const medianOf = async (measure: () => Promise<number>): Promise<number> => {
  const all: number[] = [];
  for (let round = 0; round < runs; round += 1) all.push(await measure());
  return median(all);
};

/** Ratio columns: a scan that takes half of the baseline's time has 0.50. */
const print = (rows: readonly Row[], baseline: number): void => {
  const cells = rows.map(({ what, seconds, bytes }) => [
    what,
    seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`,
    bytes === undefined ? '' : (bytes / 1e6 / seconds).toFixed(0),
    (seconds / baseline).toFixed(2),
  ]);
  console.log(`\n${toTable(['', 'time', 'MB/s', 'times gzip + sha256sum'], cells)}`);
};

const measureOthers = async (image: BuiltImage, temporary: string, ruleCount: number): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  if (isInstalled('yara') && isInstalled('yarac')) {
    const rules = await convertRules(join(import.meta.dirname, '..', 'rules', 'yara'), temporary);
    say(`yara with ${rules.accepted} of ${rules.all} rules (the others are not understood by this yara)`);
    const seconds = await medianOf(() => timeYara(rules, image.tree, threads));
    rows.push({ what: `yara -p ${threads}, ${rules.accepted} rules, unpacked tree`, seconds, bytes: image.bytes });
  } else say('yara is not installed: left out');
  if (isInstalled('clamd') && isInstalled('clamdscan')) {
    say(`clamdscan with ${ruleCount} signatures`);
    await using clamd = await openClamd(ruleCount, threads);
    const seconds = await medianOf(() => clamd.timeScan(image.tree));
    rows.push({ what: `clamdscan --multiscan, ${ruleCount} signatures, unpacked tree`, seconds, bytes: image.bytes });
  } else say('clamd or clamdscan is not installed: left out');
  return rows;
};

const measureLarge = async (bench: ScanBench, image: BuiltImage, folder: string): Promise<void> => {
  const large = await openLargeImage(folder, image.tree, say);
  const unpacked = [...large.layers, large.smallFilesLayer].reduce((sum, layer) => sum + layer.unpacked, 0);
  say('large image: gzip -dc | sha256sum');
  const baseline = await timeGzip([...large.layers, large.smallFilesLayer].map((layer) => layer.path));
  say('large image: cold scan');
  const whole = await bench.cold(large.layout, 1);
  const used = await bench.memory(large.layout);
  print(
    [
      { what: `${megabytes(unpacked)} image: gzip -dc into sha256sum`, seconds: baseline, bytes: unpacked },
      { what: `${megabytes(unpacked)} image: cold scan`, seconds: whole.seconds, bytes: unpacked },
    ],
    baseline,
  );
  console.log(
    `memory: ${megabytes(used.bytes)} in ${used.processes} processes; files seen: ${whole.report.coverage.files.seen}`,
  );
  const small = large.smallFilesLayer;
  const smallBaseline = await medianOf(() => timeGzip([small.path]));
  const { seconds, report } = await bench.cold(large.smallFilesLayout, runs);
  print(
    [
      {
        what: `${report.coverage.files.seen} small files: gzip -dc into sha256sum`,
        seconds: smallBaseline,
        bytes: small.unpacked,
      },
      { what: `${report.coverage.files.seen} small files: cold scan`, seconds, bytes: small.unpacked },
    ],
    smallBaseline,
  );
};

const main = async (): Promise<void> => {
  if (options.help) return console.log(usage);
  const folder = options.dir ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidewaiter-bench');
  mkdirSync(folder, { recursive: true });
  const image = await openImage(folder, say);
  const unpacked = image.layers.reduce((sum, layer) => sum + layer.unpacked, 0);
  const packed = image.layers.reduce((sum, layer) => sum + layer.size, 0);
  console.log(
    `image: ${image.layers.length} gzip layers, ${megabytes(packed)} packed, ${megabytes(unpacked)} unpacked, ${image.files} files`,
  );
  if (options['build-only']) return;
  console.log(
    `machine: ${threads} cores (${cpus()[0]?.model ?? 'unknown'}), ${megabytes(totalmem())}, Node ${process.version}, median of ${runs}`,
  );
  const temporary = mkdtempSync(join(tmpdir(), 'tidewaiter-bench-'));
  const bench = new ScanBench(temporary);
  try {
    say('start-up');
    const start = await bench.startUp(9);
    say('cold scan');
    const cold = await bench.cold(image.layout, runs);
    say('gzip -dc | sha256sum');
    const baseline = await medianOf(() => timeGzip(image.layers.map((layer) => layer.path)));
    const { coverage, gaps, findings, assessment, rules } = cold.report;
    const ruleCount = rulesOf(rules.counts);
    const others = await measureOthers(image, temporary, ruleCount);
    say('memory');
    const used = await bench.memory(image.layout);
    say('warm scan, and one new layer');
    const warm = await bench.warm(image.layout, runs);
    const next = await bench.newLayer(image.nextLayout, runs);
    const rows: Row[] = [
      { what: 'gzip -dc into sha256sum, layers in turn', seconds: baseline, bytes: unpacked },
      { what: `cold scan, ${ruleCount} rules`, seconds: cold.seconds, bytes: unpacked },
      ...others,
      { what: 'warm scan, every layer remembered', seconds: warm },
      { what: `one new layer of ${megabytes(image.newLayer.unpacked)}, the others remembered`, seconds: next },
    ];
    if (options['rules-pack']) {
      say('cold scan with a third-party pack of 1,000 rules');
      const pack = join(temporary, 'loose.yar');
      writeFileSync(pack, looseRules(1000));
      const { seconds, report } = await bench.cold(image.layout, 1, ['--rules', pack]);
      const accepted = rulesOf(report.rules.counts) - ruleCount;
      rows.push({ what: `cold scan, and ${accepted} loose rules of a third party`, seconds, bytes: unpacked });
    }
    print(rows, baseline);
    const nested = coverage.nested;
    console.log(`
start-up: ${(start.launcher * 1000).toFixed(0)} ms for ./tidewaiter --version, ${(start.node * 1000).toFixed(0)} ms for node -e 0
memory: ${megabytes(used.bytes)} (summed PSS of ${used.processes} processes)
seen: ${coverage.files.seen} of ${image.files} files (${megabytes(coverage.bytes.seen)} of ${megabytes(image.bytes)}), and ${nested.files.seen} in archives (${megabytes(nested.bytes.seen)}); ${coverage.files.unreadable} unreadable
verdict: ${assessment}, ${findings.length} findings, ${gaps.length} gaps`);
    if (options.large) await measureLarge(bench, image, folder);
  } finally {
    bench.dispose();
    rmSync(temporary, { recursive: true, force: true });
  }
};

await main();
