/** Rule locations → a RulePack: every accepted rule with what a report says about it, grouped and compiled for each file kind. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault } from '../../core/fault.ts';
import { fileKinds, type FileKind } from '../../core/file-kind.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { toMatchCheck, type MatchCheck } from '../secret/match-check.ts';
import { acceptRules, placedRules, type PlacedRule } from './accept-rules.ts';
import type { CompiledRules, EngineId, ExternalName, RuleEngine, SourceUnit } from './engine-interface.ts';
import { externalsRead, isPositional, kindsOf, neededRules, ruleText, sizeBound } from './rule-condition.ts';
import { frequencyOf, type Need } from './need.ts';
import { needOf } from './rule-need.ts';
import { listRuleFiles, ruleExtensions, unknownRuleFiles } from './rule-files.ts';
import { stateRule, type RuleStatement } from './rule-meta.ts';
import { toPatterns, type PatternForm, type RulePatterns } from './rule-patterns.ts';
import { readSourceFile, type SourceFile } from './rule-source-file.ts';

/** One rule as threads and reports need it. Structured-clone data. */
export interface PackedRule extends RuleStatement, RulePatterns {
  /** Public: `yara/FILE/RULE`. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly isBuiltIn: boolean;
  /** Names the rule among all of its namespace, which is its file. */
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  /** What a content must hold for the rule to be run at all; undefined: it is run over everything. */
  readonly need?: Need;
  /** The text with the whole file's size in the place of `filesize`. */
  readonly windowText: string;
  readonly imports: readonly string[];
  /** Positions in the pack of the rules without which it does not compile. */
  readonly needs: readonly number[];
  readonly isPrivate: boolean;
  readonly isPositional: boolean;
  readonly sizeBound?: number;
  readonly kinds?: readonly FileKind[];
  readonly externals: readonly ExternalName[];
  /** What a match must pass besides: built-in rules about secrets ask for it. */
  readonly check?: MatchCheck;
}

/** Rules that are compiled together: one pass over a content. */
export interface PackedSet {
  /** Positions of the rules that this set reports. */
  readonly rules: readonly number[];
  /**
   * The compiled form, where the engine can write one. At first absent when only built-in rules are in it: those are known to compile,
   * and a command that finds everything in memory never needs them. `withCompiledRules` adds it.
   */
  readonly serialized?: Uint8Array;
}

/** Rules that meet the same files. */
export interface PackedGroup {
  /** Rules that are run over every content, since nothing is known beforehand. */
  readonly always?: PackedSet;
  /** The others, a few in each set: a set is run where the need of one of its rules is met. */
  readonly parts: readonly PackedSet[];
}

export type RuleForm = 'text' | 'windowText' | PatternForm;

export interface PatternSet extends PackedSet {
  readonly form: PatternForm;
}

export interface RulePack {
  readonly engine: EngineId;
  readonly rules: readonly PackedRule[];
  readonly groups: readonly PackedGroup[];
  /** For each file kind the positions in `groups` through which such a file goes. */
  readonly groupsOf: Readonly<Record<FileKind, readonly number[]>>;
  /** What the windows of large files are searched for, compiled beforehand. */
  readonly patternSets?: readonly PatternSet[];
}

/** Positions of every rule that the group reports. */
export const rulesOfGroup = (group: PackedGroup | undefined): readonly number[] =>
  group === undefined ? [] : [...(group.always?.rules ?? []), ...group.parts.flatMap(({ rules }) => rules)];

export interface LoadedPack {
  readonly pack: RulePack;
  readonly rejected: readonly RejectedRule[];
  /** Over everything that decides what is found. */
  readonly digest: string;
}

const toPacked = (
  file: SourceFile,
  placed: readonly PlacedRule[],
  namespace: string,
  position: number,
): PackedRule[] => {
  const needs = neededRules(placed.map(({ rule }) => rule));
  const imports = [...new Set(file.parts.flatMap((part) => part.imports))];
  return placed.map(({ rule, path, text }, index) => {
    const bound = sizeBound(rule);
    const need = needOf(rule);
    const kinds = kindsOf(rule);
    const check = file.isBuiltIn ? toMatchCheck(rule.meta.get('check')) : undefined;
    const positional = isPositional(rule, imports);
    return {
      ...stateRule(rule),
      id: `yara/${toPlainText(basename(path, extname(path)), 200)}/${rule.name}`,
      file: path,
      line: rule.line,
      isBuiltIn: file.isBuiltIn,
      name: rule.name,
      namespace,
      text: ruleText(rule, text, false),
      windowText: ruleText(rule, text, true),
      ...(need === undefined ? {} : { need }),
      ...toPatterns(rule, text, positional),
      imports,
      needs: (needs[index] ?? []).map((needed) => position + needed),
      isPrivate: rule.isPrivate,
      isPositional: positional,
      ...(bound === undefined ? {} : { sizeBound: bound }),
      ...(kinds === undefined ? {} : { kinds: [...kinds] }),
      externals: externalsRead(rule),
      ...(check === undefined ? {} : { check }),
    };
  });
};

/** The rules at these positions with all that they need, in the order of their files. */
export const withNeeds = (rules: readonly PackedRule[], wanted: readonly number[]): readonly number[] => {
  const all = new Set<number>();
  const open = [...wanted];
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    if (all.has(position)) continue;
    all.add(position);
    open.push(...(rules[position]?.needs ?? []));
  }
  return [...all].sort((one, other) => one - other);
};

/** One unit a namespace: its imports and the rules wanted of it. */
export const toUnits = (
  rules: readonly PackedRule[],
  positions: readonly number[],
  form: RuleForm = 'text',
): readonly SourceUnit[] => {
  const units = new Map<string, string[]>();
  for (const position of positions) {
    const rule = rules[position];
    const text = rule?.[form];
    if (rule === undefined || text === undefined) continue;
    let lines = units.get(rule.namespace);
    if (lines === undefined) {
      lines = rule.imports.map((name) => `import ${JSON.stringify(name)}`);
      units.set(rule.namespace, lines);
    }
    lines.push(text);
  }
  return [...units].map(([namespace, lines]) => ({ namespace, source: lines.join('\n') }));
};

/** More matches of one pattern than this are not looked for; conditions that count or look at positions get more. */
const usualMatchLimit = 64;
const positionalMatchLimit = 20_000;

export const limitMatches = (
  compiled: CompiledRules,
  rules: readonly PackedRule[],
  positions: readonly number[],
): void =>
  compiled.setMatchLimit(
    positions.some((position) => rules[position]?.isPositional) ? positionalMatchLimit : usualMatchLimit,
  );

/** The rules without a gate make one group that every file meets; each kind has one more with the rules gated to it. */
const groupByKind = (
  rules: readonly PackedRule[],
): { readonly groups: readonly (readonly number[])[]; readonly groupsOf: RulePack['groupsOf'] } => {
  const reported = [...rules.keys()].filter((position) => rules[position]?.isPrivate === false);
  const ungated = reported.filter((position) => rules[position]?.kinds === undefined);
  const groups: (readonly number[])[] = ungated.length === 0 ? [] : [ungated];
  const known = new Map<string, number>();
  const groupsOf = Object.fromEntries(
    fileKinds.map((kind): [FileKind, readonly number[]] => {
      const common = ungated.length === 0 ? [] : [0];
      const gated = reported.filter((position) => rules[position]?.kinds?.includes(kind));
      if (gated.length === 0) return [kind, common];
      const key = gated.join(',');
      const index = known.get(key) ?? groups.push(gated) - 1;
      known.set(key, index);
      return [kind, [...common, index]];
    }),
  ) as Record<FileKind, readonly number[]>;
  return { groups, groupsOf };
};

export const inParts = (positions: readonly number[], size: number): (readonly number[])[] =>
  positions.length <= size
    ? positions.length === 0
      ? []
      : [positions]
    : Array.from({ length: Math.ceil(positions.length / size) }, (_, part) =>
        positions.slice(part * size, (part + 1) * size),
      );

/** A need that may be expected to be met more often than this, in the measure of `frequencyOf`. */
const oftenMet = 4 ** -5;
const partSize = 6;

/** A rule whose need is often met is run alone, so that it brings no others along; of the others several make one set. */
const toParts = (positions: readonly number[], rules: readonly PackedRule[]): readonly (readonly number[])[] => {
  const isOften = (position: number): boolean => {
    const need = rules[position]?.need;
    return need !== undefined && frequencyOf(need) > oftenMet;
  };
  return [
    ...inParts(positions.filter(isOften), 1),
    ...inParts(
      positions.filter((position) => !isOften(position)),
      partSize,
    ),
  ];
};

const compileSet = (rules: readonly PackedRule[], positions: readonly number[], engine: RuleEngine): PackedSet => {
  if (positions.every((position) => rules[position]?.isBuiltIn)) return { rules: positions };
  const compiled = engine.compile(toUnits(rules, withNeeds(rules, positions)));
  const serialized = compiled.serialize();
  compiled.close();
  return { rules: positions, ...(serialized === undefined ? {} : { serialized: Uint8Array.from(serialized) }) };
};

/** `known`: sets of the groups before, by their rules: groups that have a set in common share it. */
const compileGroup = (
  rules: readonly PackedRule[],
  group: readonly number[],
  engine: RuleEngine,
  known: Map<string, PackedSet>,
): PackedGroup => {
  const compile = (positions: readonly number[]): PackedSet => {
    const key = positions.join(',');
    const set = known.get(key) ?? compileSet(rules, positions, engine);
    known.set(key, set);
    return set;
  };
  const always = group.filter((position) => rules[position]?.need === undefined);
  const others = group.filter((position) => rules[position]?.need !== undefined);
  return {
    ...(always.length === 0 ? {} : { always: compile(always) }),
    parts: toParts(others, rules).map(compile),
  };
};

const compileGroups = (rules: readonly PackedRule[], engine: RuleEngine): Pick<RulePack, 'groups' | 'groupsOf'> => {
  const { groups, groupsOf } = groupByKind(rules);
  const known = new Map<string, PackedSet>();
  return { groupsOf, groups: groups.map((group) => compileGroup(rules, group, engine, known)) };
};

/** A file included by another file of the pack is not reported a second time there: it only lends its rules. */
const packFiles = (
  files: readonly SourceFile[],
  accept: (file: SourceFile) => readonly PlacedRule[],
): readonly PackedRule[] => {
  const own = new Set(files.map(({ path }) => path));
  const rules: PackedRule[] = [];
  for (const [index, file] of files.entries()) {
    const packed = toPacked(file, accept(file), `f${index}`, rules.length);
    for (const rule of packed)
      rules.push(rule.file !== file.path && own.has(rule.file) ? { ...rule, isPrivate: true } : rule);
  }
  return rules;
};

const digestOf = (rules: readonly PackedRule[], engine: RuleEngine): string => {
  const hash = createHash('sha256').update(engine.version);
  for (const { namespace, id, text, kinds, intent, check = '' } of rules)
    hash.update(JSON.stringify([namespace, id, text, kinds ?? [], intent, check]));
  return hash.digest('hex');
};

const readFiles = (
  locations: RuleLocations,
): { readonly files: readonly SourceFile[]; readonly rejected: readonly RejectedRule[] } => {
  const files: SourceFile[] = [];
  const rejected: RejectedRule[] = [...unknownRuleFiles(locations)];
  for (const file of listRuleFiles(locations, 'yara', ruleExtensions))
    try {
      files.push(readSourceFile(file));
    } catch (error) {
      if (!isFault(error)) throw error;
      const place = /^(.*):(\d+)$/s.exec(error.where);
      rejected.push({ file: place?.[1] ?? file.path, line: Number(place?.[2] ?? 1), reason: error.message });
    }
  return { files, rejected };
};

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const loadPack = (locations: RuleLocations, engine: RuleEngine): LoadedPack => {
  const { files, rejected: unread } = readFiles(locations);
  const finish = (rules: readonly PackedRule[], rejected: readonly RejectedRule[]): LoadedPack => ({
    pack: { engine: engine.id, rules, ...compileGroups(rules, engine) },
    rejected,
    digest: digestOf(rules, engine),
  });
  try {
    // The common case, and several times quicker than looking at each file alone.
    return finish(packFiles(files, placedRules), unread);
  } catch {
    const rejected: RejectedRule[] = [...unread];
    const rules = packFiles(files, (file) => {
      if (file.isBuiltIn) return placedRules(file);
      const acceptance = acceptRules(file, engine);
      rejected.push(...acceptance.rejected);
      return acceptance.accepted;
    });
    return finish(rules, rejected);
  }
};
