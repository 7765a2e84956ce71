/** A rule file with everything it includes → one list of rules, each with the place it came from. */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { isFault, malformed } from '../../core/fault.ts';
import { readRuleFile, type RuleFile } from './rule-files.ts';
import { parseYaraSource, type SourceRule, type YaraSource } from './yara-source.ts';

/** One file's share of a SourceFile; the includer itself comes last, behind what it includes. */
export interface SourcePart {
  readonly path: string;
  /** As stored, but with `include` lines blanked out: line numbers stay. */
  readonly text: string;
  readonly imports: readonly string[];
  readonly rules: readonly SourceRule[];
}

export interface SourceFile extends RuleFile {
  readonly parts: readonly SourcePart[];
}

const maximumIncludes = 1000;
const maximumDepth = 16;

/**
 * An include may only lead to a file inside the folder that was added: a downloaded pack must not show its author, by way of an
 * error message or a match, what else is on this machine.
 */
const resolveInclude = (target: string, from: string, root: string, line: number): string => {
  const refuse = (why: string): never => {
    throw malformed('RULE_INCLUDE_REFUSED', `include "${target.slice(0, 200)}": ${why}`, String(line));
  };
  if (isAbsolute(target) || /^[A-Za-z]:[\\/]/.test(target)) return refuse('the path must be relative');
  let real: string;
  try {
    real = realpathSync(resolve(dirname(from), target.replaceAll('\\', '/')));
  } catch (error) {
    return refuse(`not found (${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'})`);
  }
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return refuse('it leads out of the added folder');
  return real;
};

const blankIncludes = (text: string, source: YaraSource): string => {
  let blanked = text;
  for (const { start } of source.includes) {
    const end = blanked.indexOf('"', blanked.indexOf('"', start) + 1) + 1;
    blanked = blanked.slice(0, start) + blanked.slice(start, end).replaceAll(/[^\n]/g, ' ') + blanked.slice(end);
  }
  return blanked;
};

/** @throws {Fault} malformed `YARA_SOURCE_UNREADABLE`, `RULE_INCLUDE_REFUSED`, `RULES_NOT_TEXT`; `where` is `file:line` */
export const readSourceFile = (file: RuleFile): SourceFile => {
  const parts: SourcePart[] = [];
  const done = new Set<string>();
  const read = (path: string, depth: number): void => {
    if (done.has(path)) return;
    done.add(path);
    try {
      if (depth > maximumDepth || done.size > maximumIncludes)
        throw malformed('RULE_INCLUDE_REFUSED', 'too many files include one another', '1');
      const text = readRuleFile(path);
      const source = parseYaraSource(text);
      for (const { path: target, line } of source.includes)
        read(resolveInclude(target, path, file.root, line), depth + 1);
      parts.push({ path, text: blankIncludes(text, source), imports: source.imports, rules: source.rules });
    } catch (error) {
      if (!isFault(error) || !/^\d*$/.test(error.where)) throw error;
      throw malformed(error.code, error.message, `${path}:${error.where === '' ? 1 : error.where}`);
    }
  };
  read(file.path, 0);
  return { ...file, parts };
};
