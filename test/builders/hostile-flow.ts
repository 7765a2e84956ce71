/** The whole inspect flow, opened once for many hostile images: a rule of its own, no memory, a folder of its own, and proof that it leaves nothing behind. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContext } from '../../src/app/context.ts';
import { openInspector } from '../../src/app/inspect.ts';
import { resolveSettings, type Settings } from '../../src/app/settings.ts';
import type { Limits } from '../../src/core/budget.ts';
import type { Network } from '../../src/core/context.ts';
import type { CoverageCounts } from '../../src/core/gap.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { writeOciLayout, type Built } from '../../src/image/oci-layout-writer.ts';

/** `INERT-MARKER-0a1b`: what the rule finds; four hexadecimal digits tell one planted file from another. */
export const markerOf = (number: number): string => `INERT-MARKER-${number.toString(16).padStart(4, '0')}`;

/** The severity decides what a marker does to the assessment: `info` leaves an image clean, `high` makes it malicious. */
const ruleText = (severity: string): string => `
rule planted : marker {
  meta:
    description = "an inert marker"
    severity = "${severity}"
    confidence = "high"
    intent = "implant"
  strings:
    $ = /INERT-MARKER-[0-9a-f]{4}/
  condition:
    any of them
}
`;

export interface FlowOptions {
  readonly severity?: 'info' | 'high';
  readonly settings?: Partial<Settings>;
  readonly network?: Partial<Network>;
  /** What parsers in the main process may spend. */
  readonly limits?: Partial<Limits>;
  /** Further rules, in the same file. */
  readonly rules?: string;
}

export interface HostileFlow extends AsyncDisposable {
  /** For what the cases write. */
  readonly folder: string;
  readonly rules: string;
  /** How long an answer may take from now on. */
  readonly network: { timeoutMs: number };
  /** The only verdict about this reference. Checked: the ledger adds up, and a gap that denies is told. */
  inspect(reference: string): Promise<Verdict>;
  inspectAll(reference: string): Promise<readonly Verdict[]>;
  /** Writes the image as a layout and judges it. */
  judge(image: Built): Promise<Verdict>;
  /** A name that was not given before, in the folder. */
  path(): string;
}

const descriptors = (): readonly string[] =>
  readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The one of the listing itself.
      return [];
    }
  });

const children = (): readonly string[] =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
  );

const hasProc = process.platform === 'linux';

const assertAddsUp = ({ seen, examined, skipped, unreadable }: CoverageCounts): void => {
  for (const count of [seen, examined, skipped, unreadable]) assert.ok(Number.isSafeInteger(count) && count >= 0);
  assert.equal(seen, examined + skipped + unreadable);
};

/** What holds for a verdict about anything. */
export const assertSound = ({ assessment, decision, because, dossier }: Verdict): void => {
  const { coverage, gaps } = dossier;
  for (const counts of [coverage.files, coverage.bytes, coverage.nested.files, coverage.nested.bytes])
    assertAddsUp(counts);
  assert.ok(because.length > 0);
  for (const { code, reason } of gaps) {
    assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/);
    assert.notEqual(code, 'PARSER_FAILED', `a parser broke: ${reason}`);
    assert.notEqual(code, 'ANALYZER_FAILED', `an analyzer broke: ${reason}`);
    assert.notEqual(reason, '');
  }
  const unread = [coverage.files, coverage.bytes, coverage.nested.files, coverage.nested.bytes].some(
    ({ unreadable, skipped }) => unreadable + skipped > 0,
  );
  if (unread) assert.ok(gaps.length > 0, 'what was not read is a gap');
  if (gaps.length > 0) assert.notEqual(assessment, 'clean');
  if (assessment !== 'clean') return;
  assert.equal(decision, 'allow');
  assert.ok(!unread, 'clean only if everything was examined');
};

/** Opens the flow, warm. Disposing of it fails when a process, a temporary file or a descriptor is left. */
export const openHostileFlow = async (options: FlowOptions = {}): Promise<HostileFlow> => {
  const { severity = 'high', network, limits, rules: more = '' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'hostile-flow-'));
  const temporary = join(folder, 'temporary');
  const rules = join(folder, 'marker.yar');
  await writeFile(rules, `${more}\n${ruleText(severity)}`);
  const before = process.env['TMPDIR'];
  await mkdir(temporary);
  process.env['TMPDIR'] = temporary;
  const open = hasProc ? descriptors() : [];
  const processes = hasProc ? children() : [];
  const settings: Settings = {
    ...resolveSettings({ flags: {}, environment: {}, file: {}, fileName: '' }),
    rules: [rules],
    defaultRules: false,
    cache: false,
    platform: 'linux/amd64',
    at: '2026-01-01T00:00:00Z',
    cores: 1,
    ...options.settings,
  };
  const log = { debug: () => undefined, warn: () => undefined };
  const signal = new AbortController().signal;
  const context = await openContext(settings, { environment: {}, log, progress: () => undefined, signal });
  const patience = { ...context.network, ...network };
  const inspector = await openInspector(settings, {
    ...context,
    network: patience,
    limits: { ...context.limits, ...limits },
  });
  assert.deepEqual(inspector.auditor.rejected, []);
  let names = 0;
  const path = (): string => join(folder, `case-${(names += 1)}`);

  const inspectAll = async (reference: string): Promise<readonly Verdict[]> => {
    const verdicts = await inspector.inspect(reference);
    for (const verdict of verdicts) assertSound(verdict);
    return verdicts;
  };
  const inspect = async (reference: string): Promise<Verdict> => {
    const [verdict, ...others] = await inspectAll(reference);
    assert.ok(verdict !== undefined && others.length === 0, 'one verdict');
    return verdict;
  };

  return {
    folder,
    rules,
    network: patience,
    inspect,
    inspectAll,
    path,
    async judge(image) {
      const layout = path();
      await writeOciLayout(layout, image);
      const verdict = await inspect(`oci:${layout}`);
      await rm(layout, { recursive: true });
      return verdict;
    },
    async [Symbol.asyncDispose]() {
      await inspector[Symbol.asyncDispose]();
      await context[Symbol.asyncDispose]();
      const left = await readdir(temporary);
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await rm(folder, { recursive: true });
      assert.deepEqual(left, [], 'temporary files are left');
      if (!hasProc) return;
      assert.deepEqual(
        children().filter((child) => !processes.includes(child)),
        [],
        'child processes are left',
      );
      assert.deepEqual(
        descriptors().filter((target) => !open.includes(target) && !target.startsWith('anon_inode:')),
        [],
        'file descriptors are left',
      );
    },
  };
};

/** Numbers of the markers that the verdict's findings name, members of archives included. */
export const markersFound = ({ dossier }: Verdict): ReadonlySet<number> =>
  new Set(
    dossier.findings
      .filter(({ rule }) => rule === 'yara/marker/planted')
      .flatMap(({ evidence }) => evidence)
      .flatMap((proof) => (proof.kind === 'excerpt' ? [...proof.text.matchAll(/INERT-MARKER-([0-9a-f]{4})/g)] : []))
      .map(([, digits = '']) => Number.parseInt(digits, 16)),
  );

export const gapCodes = ({ dossier }: Verdict): readonly string[] => [...new Set(dossier.gaps.map(({ code }) => code))];

export const findingRules = ({ dossier }: Verdict): readonly string[] => [
  ...new Set(dossier.findings.map(({ rule }) => rule)),
];

/** For the message of an assertion: what the verdict says, shortly. */
export const inShort = (verdict: Verdict): string =>
  `${verdict.assessment}: ${[...gapCodes(verdict), ...findingRules(verdict)].join(', ')}`;

export interface ExpectedVerdict {
  /** Code of a gap. With one the assessment is `incomplete` unless another is given; without, `clean`. */
  readonly gap?: string;
  readonly rule?: string;
  readonly assessment?: Verdict['assessment'];
  /** Markers that must be found. */
  readonly found?: readonly number[];
}

export const assertVerdict = (verdict: Verdict, expected: ExpectedVerdict): void => {
  const { gap, rule, assessment = gap === undefined ? 'clean' : 'incomplete', found = [] } = expected;
  const told = inShort(verdict);
  assert.equal(verdict.assessment, assessment, told);
  if (gap !== undefined) assert.ok(gapCodes(verdict).includes(gap), told);
  if (rule !== undefined) assert.ok(findingRules(verdict).includes(rule), told);
  for (const number of found) assert.ok(markersFound(verdict).has(number), `marker ${number} is missed: ${told}`);
};
