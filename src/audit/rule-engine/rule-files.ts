/** Rule locations → the files of one sort in them, in a fixed order, and what was named but cannot be used. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault, malformed, misuse, unavailable } from '../../core/fault.ts';

export interface RuleFile {
  readonly path: string;
  /** Nothing outside this folder is read on this file's behalf. */
  readonly root: string;
  readonly isBuiltIn: boolean;
}

export const ruleExtensions: readonly string[] = ['.yar', '.yara'];
/** Rules over events: nothing in an image is asked of them. */
export const sigmaExtensions: readonly string[] = ['.yml', '.yaml'];
export const feedExtensions: readonly string[] = ['.txt', '.csv', '.hashes'];
/** Records of malicious packages: JSON of the Open Source Vulnerability format, zips of them, and what `rules add` makes of both. */
export const packageExtensions: readonly string[] = ['.json', '.zip', '.packages'];

const maximumFileBytes = 256 * 2 ** 20;

/**
 * Symbolic links are not followed: a folder of rules that somebody else made must neither lead out of itself nor in circles. (Node's
 * own recursive listing follows links to folders.)
 */
const filesBelow = (folder: string, extensions: readonly string[]): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, extensions);
      return entry.isFile() && extensions.includes(extname(entry.name).toLowerCase()) ? [path] : [];
    })
    .sort();

const filesAt = (path: string, extensions: readonly string[], isBuiltIn: boolean): readonly RuleFile[] => {
  const real = realpathSync(path);
  if (statSync(real).isDirectory())
    return filesBelow(real, extensions).map((file) => ({ path: file, root: real, isBuiltIn }));
  return extensions.includes(extname(path).toLowerCase()) ? [{ path: real, root: dirname(real), isBuiltIn }] : [];
};

/**
 * Files of the built-in folder (`shelf` below it) and of every added location, each once.
 * @throws {Fault} misuse `RULES_NOT_FOUND` for an added path that does not exist, unavailable `RULES_UNREADABLE`
 */
export const listRuleFiles = (
  locations: RuleLocations,
  shelf: string,
  extensions: readonly string[],
): readonly RuleFile[] => {
  const files = new Map<string, RuleFile>();
  const add = (path: string, isBuiltIn: boolean): void => {
    try {
      for (const file of filesAt(path, extensions, isBuiltIn)) if (!files.has(file.path)) files.set(file.path, file);
    } catch (error) {
      if (!isBuiltIn && isCode(error, 'ENOENT')) throw misuse('RULES_NOT_FOUND', `there is no file or folder ${path}`);
      throw unavailable('RULES_UNREADABLE', `cannot read the rules in ${path}: ${messageOf(error)}`, path, error);
    }
  };
  if (locations.builtIn !== undefined) add(join(locations.builtIn, shelf), true);
  for (const path of locations.added) add(path, false);
  return [...files.values()];
};

/** Files that were named one by one and are of no sort that we read. */
export const unknownRuleFiles = (locations: RuleLocations): readonly RejectedRule[] =>
  locations.added
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter(
      (path) =>
        ![...ruleExtensions, ...sigmaExtensions, ...feedExtensions, ...packageExtensions].includes(
          extname(path).toLowerCase(),
        ),
    )
    .map((file) => ({
      file,
      line: 1,
      reason: `YARA rules end in ${ruleExtensions.join(' or ')}, Sigma rules in ${sigmaExtensions.join(' or ')}, hash feeds in ${feedExtensions.join(', ')}, records of packages in ${packageExtensions.join(', ')}`,
    }));

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws {Fault} malformed `RULES_NOT_TEXT`, unavailable `RULES_UNREADABLE` */
export const readRuleFile = (path: string): string => {
  try {
    if (statSync(path).size > maximumFileBytes)
      throw malformed('RULES_NOT_TEXT', `larger than ${maximumFileBytes} bytes`, path);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (isFault(error)) throw error;
    if (error instanceof TypeError) throw malformed('RULES_NOT_TEXT', 'not UTF-8 text', path);
    throw unavailable('RULES_UNREADABLE', messageOf(error), path, error);
  }
};
