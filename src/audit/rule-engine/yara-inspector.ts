/** The inspector of the yara analyzer: a runner's hits and stops in one file → facts and gaps. */
import type { InspectedFile, Inspection, Inspector } from '../../core/analyzer.ts';
import { fileKinds, isProgram, type FileKind } from '../../core/file-kind.ts';
import type { Gap } from '../../core/gap.ts';
import type { ExternalName, Externals } from './engine-interface.ts';
import { toExternals, toScope } from './externals.ts';
import { toRuleFacts } from './rule-facts.ts';
import { rulesOfGroup, withNeeds, type RulePack } from './rule-pack.ts';
import type { RuleRunner, RunResult } from './rule-runner.ts';
import { WindowedFile } from './windowed-file.ts';

const rulesOfKind = (pack: RulePack, kind: FileKind): readonly number[] =>
  pack.groupsOf[kind].flatMap((index) => rulesOfGroup(pack.groups[index]));

const nameRules = (pack: RulePack, positions: readonly number[], maximum = 5): string => {
  const names = positions.map((position) => pack.rules[position]?.id ?? '');
  const more = names.length - maximum;
  return names.slice(0, maximum).join(', ') + (more > 0 ? ` and ${more} more` : '');
};

const runawayGaps = (pack: RulePack, file: InspectedFile, result: RunResult): readonly Gap[] => {
  const executable = isProgram(file.kind);
  const gap = (rules: readonly number[], reason: string): readonly Gap[] =>
    rules.length === 0
      ? []
      : [{ where: file.path, code: 'RULE_TIMED_OUT', reason, bytes: file.size, ...(executable ? { executable } : {}) }];
  return [
    ...result.runaways.flatMap((rule) =>
      gap([rule], `the rule ${nameRules(pack, [rule])} took too long and was stopped; all others were evaluated`),
    ),
    ...gap(
      result.unevaluated,
      `rules took too long, and these were not evaluated: ${nameRules(pack, result.unevaluated, 20)}`,
    ),
  ];
};

/** Told with every file that the rule is missing from, in equal words, so that no report and no memory takes such a file for examined. */
const droppedGaps = (runner: RuleRunner, file: InspectedFile): readonly Gap[] =>
  runner.dropped
    .filter((rule) => rulesOfKind(runner.pack, file.kind).includes(rule))
    .map((rule) => ({
      where: `rule ${nameRules(runner.pack, [rule])}`,
      code: 'RULE_DROPPED',
      reason: `took too long on ${runner.limits.runaways} files and was not evaluated on some of the others`,
      bytes: 0,
      ...(isProgram(file.kind) ? { executable: true } : {}),
    }));

/** Counts, positions and modules of strangers' rules cannot be judged from windows. Ours use none. */
const windowGaps = (pack: RulePack, file: InspectedFile, isWhole: boolean): readonly Gap[] => {
  const undecided = rulesOfKind(pack, file.kind).filter((position) => {
    const rule = pack.rules[position];
    return rule?.isPositional === true && (rule.sizeBound === undefined || file.size < rule.sizeBound);
  });
  const gap = { where: file.path, code: 'FILE_SCANNED_IN_WINDOWS', bytes: file.size };
  return [
    ...(isWhole
      ? []
      : [{ ...gap, reason: 'windows of the file were left out or out of order', executable: isProgram(file.kind) }]),
    ...(undecided.length === 0
      ? []
      : [{ ...gap, reason: `too large for one view, which these rules need: ${nameRules(pack, undecided)}` }]),
  ];
};

export class YaraInspector implements Inspector {
  readonly #runner: RuleRunner;
  readonly #pack: RulePack;
  /** By file kind, the externals that some rule for it reads. */
  readonly #read: Readonly<Record<string, readonly ExternalName[]>>;
  #windowed: WindowedFile | undefined;

  constructor(runner: RuleRunner) {
    this.#runner = runner;
    this.#pack = runner.pack;
    this.#read = Object.fromEntries(
      fileKinds.map((kind) => {
        const rules = withNeeds(this.#pack.rules, rulesOfKind(this.#pack, kind));
        return [kind, [...new Set(rules.flatMap((rule) => this.#pack.rules[rule]?.externals ?? []))].sort()];
      }),
    );
  }

  scope: Inspector['scope'] = (header, kind) => toScope(header, kind, this.#read[kind] ?? []);

  wants: NonNullable<Inspector['wants']> = (_, kind) => this.#pack.groupsOf[kind].length > 0;

  inspect: Inspector['inspect'] = (file, content) => {
    const externals = toExternals(file, file.kind);
    if (file.windowOffset !== 0 || !file.lastWindow) return this.#inspectWindow(file, content, externals);
    const result = this.#runner.run(file.kind, content, externals);
    return this.#conclude(file, result, content, (offset) => offset, []);
  };

  #inspectWindow(file: InspectedFile, content: Uint8Array, externals: Externals): Inspection | undefined {
    // The digest is only known with the last window.
    if (file.windowOffset === 0 || this.#windowed?.path !== file.path)
      this.#windowed = new WindowedFile(this.#runner, file, externals);
    const windowed = this.#windowed;
    windowed.add(file, content);
    if (!file.lastWindow) return undefined;
    this.#windowed = undefined;
    const judged = windowed.judge();
    const gaps = windowGaps(this.#pack, file, windowed.isWhole);
    return this.#conclude(file, judged, judged.content, (offset) => judged.toFileOffset(offset), gaps);
  }

  #conclude(
    file: InspectedFile,
    result: RunResult,
    content: Uint8Array,
    toFileOffset: (offset: number) => number,
    more: readonly Gap[],
  ): Inspection | undefined {
    const gaps = [...more, ...runawayGaps(this.#pack, file, result), ...droppedGaps(this.#runner, file)];
    if (result.hits.length === 0 && gaps.length === 0) return undefined;
    const facts = toRuleFacts(result.hits, this.#pack.rules, content, toFileOffset);
    return { ...(facts.length === 0 ? {} : { facts }), ...(gaps.length === 0 ? {} : { gaps }) };
  }

  close(): void {
    this.#runner.close();
  }
}
