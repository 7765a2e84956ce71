/** Preload lists, variables, library folders, host names and program formats → what they point to: ld.so(8), environment(7), hosts(5), binfmt.d(5). */
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { linesOf } from './started-command.ts';

export type PreloadFact = {
  readonly is: 'preload';
  readonly library: string;
  readonly by: 'list' | 'variable';
  readonly offset: number;
};

export type InjectionFact = {
  readonly is: 'injection';
  readonly name: string;
  readonly value: string;
  readonly offset: number;
};
export type FolderFact = { readonly is: 'library-folder'; readonly folder: string; readonly offset: number };
export type HostFact = {
  readonly is: 'host';
  readonly address: string;
  readonly name: string;
  readonly nowhere: boolean;
  readonly offset: number;
};
export type FormatFact = { readonly is: 'format'; readonly interpreter: string; readonly offset: number };

const most = 40;

/** Libraries are separated by blanks, colons and line ends; a number sign begins a comment. */
export const readPreloadList = (text: string): readonly PreloadFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }) =>
      line
        .replace(/#.*$/, '')
        .split(/[\s:]+/)
        .filter((library) => library !== '')
        .map((library): PreloadFact => ({ is: 'preload', library: library.slice(0, 300), by: 'list', offset })),
    )
    .slice(0, most);

/** Variables that make a loader or an interpreter run code of somebody's choice before the program. */
const injecting =
  /^(?:BASH_ENV|ENV|PYTHONSTARTUP|PYTHONPATH|PERL5OPT|PERL5LIB|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_SSH_COMMAND|LD_LIBRARY_PATH|PROMPT_COMMAND)$/;

/** One `NAME=value`. Of the injecting ones only those that lead into an odd place. */
export const readVariable = (name: string, value: string, offset: number): readonly (PreloadFact | InjectionFact)[] => {
  if (/^LD_(?:PRELOAD|AUDIT)$/.test(name))
    return value
      .split(/[\s:]+/)
      .filter((library) => library !== '')
      .slice(0, most)
      .map((library) => ({ is: 'preload', library: library.slice(0, 300), by: 'variable', offset }));
  if (!injecting.test(name)) return [];
  const odd = value.split(/[\s:=,]+/).find((part) => part.startsWith('/') && isOddProgramPlace(toImagePath(part)));
  return odd === undefined ? [] : [{ is: 'injection', name, value: odd.slice(0, 300), offset }];
};

const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)(?:\s+DEFAULT)?=["']?([^"'\n]*)["']?/;

export const readVariables = (text: string): readonly (PreloadFact | InjectionFact)[] =>
  linesOf(text)
    .flatMap(({ text: line, offset }) => {
      const found = assignment.exec(line);
      return found === null ? [] : readVariable(found[1] ?? '', found[2] ?? '', offset);
    })
    .slice(0, most);

/** systemd.exec(5): several assignments on one line, each perhaps in quotes. */
export const readUnitVariables = (text: string): readonly (PreloadFact | InjectionFact)[] =>
  linesOf(text)
    .flatMap(({ text: line, offset }) => {
      const values = /^\s*Environment\s*=\s*(\S.*)$/.exec(line)?.[1];
      if (values === undefined) return [];
      return [...values.matchAll(/"([A-Za-z_]\w*)=([^"]*)"|'([A-Za-z_]\w*)=([^']*)'|([A-Za-z_]\w*)=(\S*)/g)].flatMap(
        (found) => readVariable(found[1] ?? found[3] ?? found[5] ?? '', found[2] ?? found[4] ?? found[6] ?? '', offset),
      );
    })
    .slice(0, most);

export const readLibraryFolders = (text: string): readonly FolderFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly FolderFact[] => {
      const folder = line.replace(/#.*$/, '').trim();
      return folder.startsWith('/') && isOddProgramPlace(`${toImagePath(folder)}/x`)
        ? [{ is: 'library-folder', folder: folder.slice(0, 300), offset }]
        : [];
    })
    .slice(0, most);

/** Where images, packages and their repairs come from, and where scanners report to. */
const guarded =
  /(?:^|\.)(?:docker\.io|docker\.com|quay\.io|ghcr\.io|gcr\.io|registry\.k8s\.io|public\.ecr\.aws|mcr\.microsoft\.com|debian\.org|ubuntu\.com|alpinelinux\.org|centos\.org|fedoraproject\.org|redhat\.com|rockylinux\.org|almalinux\.org|opensuse\.org|archlinux\.org|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|rubygems\.org|clamav\.net|aegis\.aliyun\.com|virustotal\.com|crowdstrike\.com|sentinelone\.net|sysdig\.com|aquasec\.com|datadoghq\.com|letsencrypt\.org|github\.com|githubusercontent\.com|gitlab\.com)$/i;

const nowhere = /^(?:0\.0\.0\.0|127\.\d+\.\d+\.\d+|::1?|255\.255\.255\.255)$/;

export const readHosts = (text: string): readonly HostFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly HostFact[] => {
      const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
      if (!/^[\d.:a-f]+$/i.test(address)) return [];
      return names
        .filter((name) => guarded.test(name))
        .map((name) => ({
          is: 'host',
          address: address.slice(0, 64),
          name: name.slice(0, 120),
          nowhere: nowhere.test(address),
          offset,
        }));
    })
    .slice(0, most);

/** `:name:type:offset:magic:mask:interpreter:flags`, with any character for the colon. */
export const readFormats = (text: string): readonly FormatFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly FormatFact[] => {
      const rule = line.trim();
      const separator = rule[0];
      if (separator === undefined || /[#;\s\w]/.test(separator)) return [];
      const interpreter = rule.split(separator)[6] ?? '';
      return interpreter.startsWith('/') && isOddProgramPlace(toImagePath(interpreter))
        ? [{ is: 'format', interpreter: interpreter.slice(0, 300), offset }]
        : [];
    })
    .slice(0, most);
