/** Times and memory of `./tidewaiter scan` with a cache folder of its own, and what the report says about its coverage. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { median, run } from './command.ts';
import { MemorySampler } from './memory.ts';

const launcher = join(import.meta.dirname, '..', 'tidewaiter');

/** The members of `scan --format json` that show that the work was done. */
interface Report {
  readonly assessment: string;
  readonly findings: readonly unknown[];
  readonly gaps: readonly { readonly code: string }[];
  readonly coverage: {
    readonly files: { readonly seen: number; readonly unreadable: number };
    readonly bytes: { readonly seen: number };
    readonly nested: { readonly files: { readonly seen: number }; readonly bytes: { readonly seen: number } };
  };
  readonly rules: { readonly counts: Readonly<Record<string, number>> };
}

export interface Scanned {
  readonly seconds: number;
  readonly report: Report;
}

/** Every measurement has an empty or a prepared cache folder below `folder`, never the user's. */
export class ScanBench {
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = mkdtempSync(join(folder, 'caches-'));
  }

  /** Where compiled code stays warm between runs: that is how the second start of every user is. */
  get #compileCache(): string {
    return join(this.#folder, 'compile');
  }

  async #scan(
    layout: string,
    words: readonly string[],
    cache: string,
    onStart?: (pid: number) => void,
  ): Promise<Scanned> {
    const { stdout, seconds } = await run(
      launcher,
      ['scan', `oci:${layout}`, '--format', 'json', '--quiet', ...words],
      {
        // A verdict is a verdict: warn, deny and incomplete are no failure of the benchmark.
        accept: [0, 1, 3],
        environment: { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: this.#compileCache },
        ...(onStart === undefined ? {} : { onStart }),
      },
    );
    return { seconds, report: JSON.parse(stdout) as Report };
  }

  /** The run with the median time of `runs`, nothing remembered. */
  async cold(layout: string, runs: number, words: readonly string[] = []): Promise<Scanned> {
    const all: Scanned[] = [];
    for (let round = 0; round < runs; round += 1)
      all.push(await this.#scan(layout, ['--no-cache', ...words], join(this.#folder, 'none')));
    const last = all.at(-1);
    if (last === undefined) throw new Error('at least one run is needed');
    return { seconds: median(all.map(({ seconds }) => seconds)), report: last.report };
  }

  async memory(layout: string): Promise<{ readonly bytes: number; readonly processes: number }> {
    let sampler: MemorySampler | undefined;
    await this.#scan(layout, ['--no-cache'], join(this.#folder, 'none'), (pid) => {
      sampler = new MemorySampler(pid);
    });
    if (sampler === undefined) throw new Error('the scan did not start');
    return sampler.stop();
  }

  /** Seconds of a scan whose layers are all remembered. */
  async warm(layout: string, runs: number): Promise<number> {
    const cache = join(this.#folder, 'warm');
    await this.#scan(layout, [], cache);
    const all: number[] = [];
    for (let round = 0; round < runs; round += 1) all.push((await this.#scan(layout, [], cache)).seconds);
    return median(all);
  }

  /** Seconds of scanning `next` when all layers of `base` are remembered and its last one is new. Needs `warm(base)` first. */
  async newLayer(next: string, runs: number): Promise<number> {
    const all: number[] = [];
    for (let round = 0; round < runs; round += 1) {
      const cache = join(this.#folder, `next-${round}`);
      cpSync(join(this.#folder, 'warm'), cache, { recursive: true });
      all.push((await this.#scan(next, [], cache)).seconds);
      rmSync(cache, { recursive: true });
    }
    return median(all);
  }

  /** Seconds of `--version`, and of a Node that does nothing. */
  async startUp(runs: number): Promise<{ readonly launcher: number; readonly node: number }> {
    const environment = { XDG_CACHE_HOME: join(this.#folder, 'none'), NODE_COMPILE_CACHE: this.#compileCache };
    const measure = async (command: string, words: readonly string[]): Promise<number> => {
      const all: number[] = [];
      for (let round = 0; round <= runs; round += 1) all.push((await run(command, words, { environment })).seconds);
      return median(all.slice(1));
    };
    return { launcher: await measure(launcher, ['--version']), node: await measure(process.execPath, ['-e', '0']) };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
