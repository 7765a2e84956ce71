/** Rules → how quickly each goes through typical content, and why the slow ones are slow. */
import { createHash } from 'node:crypto';
import { openSync, readSync, closeSync } from 'node:fs';
import type { RuleLocations } from '../../core/analyzer.ts';
import { ScanTimedOut, type CompiledRules, type Externals, type RuleEngine } from './engine-interface.ts';
import { chooseEngine } from './rule-engine.ts';
import { loadPack, toUnits, withNeeds, type PackedRule } from './rule-pack.ts';

export interface RuleCost {
  readonly id: string;
  /** Seconds for a hundred megabytes on one core, beyond what any scan costs. */
  readonly seconds: number;
  /** Its part of what all rules cost one by one; from 0 to 1. */
  readonly share: number;
  readonly reasons: readonly string[];
}

export interface PackCost {
  /** All rules together on one core, without the file kinds and literals that spare a scan most of them. */
  readonly megabytesPerSecond: number;
  /** Rules that cost several times the median, worst first. */
  readonly slow: readonly RuleCost[];
}

const mebibyte = 2 ** 20;
const programBytes = 2 * mebibyte;
const patience = 5;
/** A rule is slow that costs so many times the median, and not less than this for a hundred megabytes. */
const timesMedian = 4;
const noticeableSeconds = 0.4;
const maximumSlow = 50;

const externals: Externals = {
  filename: 'sample',
  filepath: 'usr/share/sample',
  extension: '',
  filetype: 'data',
  owner: 'root',
  whole_file_size: 0,
};

/** The running program itself: real machine code, there on every machine. */
const readProgram = (): Uint8Array => {
  const bytes = Buffer.alloc(programBytes);
  const file = openSync(process.execPath, 'r');
  try {
    // Behind the headers, where the code is.
    return bytes.subarray(0, readSync(file, bytes, 0, programBytes, 16 * mebibyte));
  } finally {
    closeSync(file);
  }
};

const repeated = (text: string, size: number): Uint8Array => Buffer.alloc(size, text);

const noise = (size: number): Uint8Array => {
  const blocks: Uint8Array[] = [];
  for (let index = 0; index * 64 < size; index += 1)
    blocks.push(createHash('sha512').update(`noise ${index}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
};

const script = `#!/bin/sh
# Starts the service with what the environment says.
set -e
if [ -z "$APP_HOME" ]; then APP_HOME=/usr/local/share/app; fi
for file in "$APP_HOME"/conf.d/*.conf; do [ -r "$file" ] && . "$file"; done
exec "$APP_HOME/bin/server" --config "$APP_HOME/server.json" --log-level info "$@"
`;

const code = `import json, os
def read_settings(path, default=None):
    """Reads a mapping of settings; missing files give the default."""
    try:
        with open(path, encoding="utf-8") as source:
            return {key.lower(): value for key, value in json.load(source).items()}
    except FileNotFoundError:
        return default or {"host": "127.0.0.1", "port": 8080, "debug": False}
`;

/** What layers hold: machine code, scripts, source text, packed data. The same bytes on every run of the same Node. */
const corpus = (): readonly Uint8Array[] => [
  readProgram(),
  repeated(script, mebibyte),
  repeated(code, mebibyte),
  noise(mebibyte),
];

/** Seconds for the whole corpus; `patience` where the rules were stopped. */
const timeRules = (rules: CompiledRules, contents: readonly Uint8Array[]): number => {
  const began = performance.now();
  try {
    for (const content of contents) rules.scan(content, externals);
  } catch (thrown) {
    if (thrown instanceof ScanTimedOut) return patience;
    throw thrown;
  }
  return (performance.now() - began) / 1000;
};

const timePositions = (
  engine: RuleEngine,
  rules: readonly PackedRule[],
  positions: readonly number[],
  contents: readonly Uint8Array[],
): number => {
  const compiled = engine.compile(toUnits(rules, withNeeds(rules, positions)));
  try {
    compiled.setTimeLimit(patience);
    // The first pass warms code and memory.
    return Math.min(timeRules(compiled, contents), timeRules(compiled, contents));
  } finally {
    compiled.close();
  }
};

const reasonsOf = (engine: RuleEngine, rules: readonly PackedRule[], position: number): readonly string[] => {
  const rule = rules[position];
  if (rule === undefined) return [];
  const [unit] = toUnits(rules, withNeeds(rules, [position]));
  const told = engine
    .validate(unit?.source ?? '')
    .warnings.filter(({ code: word }) => word.includes('slow') || word.includes('potentially'));
  const reasons = told.map(({ reason }) => reason);
  if (/\/\.[*+]|\/\(\.[*+]/.test(rule.text))
    reasons.push('a regular expression begins with ".*" or ".+": it is tried at every byte');
  if (/\bfor\s+(?:all|any|\d+)\b[^:]*\(\s*[\w.]+\s*\.\.\s*(?:filesize|#|\d{4,})/.test(rule.text))
    reasons.push('the condition loops over many positions');
  if (/\b(?:hash\.(?:md5|sha1|sha256)|math\.\w+)\s*\(\s*0\s*,\s*filesize/.test(rule.text))
    reasons.push('the condition computes something over the whole file');
  if (!/"[^"]{5,}"|\{(?:\s*[0-9A-Fa-f]{2}){5,}/.test(rule.text) && /\/[^/\n]+\//.test(rule.text))
    reasons.push('no literal of five bytes or more narrows down where its patterns are tried');
  return reasons.length === 0 ? ['its patterns are common in ordinary content'] : reasons;
};

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** Takes about a second for twenty rules. @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const measureCost = async (locations: RuleLocations): Promise<PackCost> => {
  const { engine } = await chooseEngine();
  const { rules } = loadPack(locations, engine).pack;
  const contents = corpus();
  const megabytes = contents.reduce((sum, { length }) => sum + length, 0) / 1e6;
  const idle = engine.compile([{ namespace: 'idle', source: 'rule idle { condition: false }' }]);
  const floor = Math.min(timeRules(idle, contents), timeRules(idle, contents));
  idle.close();
  const reported = [...rules.keys()].filter((position) => rules[position]?.isPrivate === false);
  if (reported.length === 0) return { megabytesPerSecond: 0, slow: [] };
  const together = timePositions(engine, rules, reported, contents);
  const costs = reported.map((position) => ({
    position,
    extra: Math.max(0, timePositions(engine, rules, [position], contents) - floor),
  }));
  const sum = costs.reduce((total, { extra }) => total + extra, 0);
  const toSeconds = (extra: number): number => (extra / megabytes) * 100;
  const threshold = Math.max(noticeableSeconds, toSeconds(medianOf(costs.map(({ extra }) => extra))) * timesMedian);
  const slow = costs
    .filter(({ extra }) => toSeconds(extra) > threshold)
    .sort((one, other) => other.extra - one.extra)
    .slice(0, maximumSlow)
    .map(({ position, extra }) => ({
      id: rules[position]?.id ?? '',
      seconds: toSeconds(extra),
      share: sum === 0 ? 0 : extra / sum,
      reasons: reasonsOf(engine, rules, position),
    }));
  return { megabytesPerSecond: megabytes / together, slow };
};
