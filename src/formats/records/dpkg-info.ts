/** The files under dpkg's `info/` and its lists beside it → paths, digests, diversions, triggers: deb-md5sums(5), deb-conffiles(5), deb-triggers(5), dpkg-divert(1), dpkg-statoverride(1). */
import type { Budget } from '../../core/budget.ts';
import { baseName } from '../../core/path.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { linesOf, parseRecordText, toTreePath, type ByPath } from './record-text.ts';

export interface DpkgInfoName {
  readonly name: string;
  /** Only in the names of packages that several architectures can share a machine with. */
  readonly architecture?: string;
  /** `list`, `md5sums`, `conffiles`, `triggers`, `postinst` and so on. */
  readonly kind: string;
}

/** `info/libc6:amd64.list` and `status.d/base-files.md5sums` → what they are about. */
export const parseDpkgInfoName = (path: string): DpkgInfoName | undefined => {
  const [, name, architecture, kind] = /^([^:]+?)(?::([^.:]+))?\.([a-z0-9]+)$/.exec(baseName(path)) ?? [];
  if (name === undefined || kind === undefined) return undefined;
  return { name, ...(architecture === undefined ? {} : { architecture }), kind };
};

const invalid = 'DPKG_LINE_INVALID';

/** `info/*.list`: everything that the package placed, folders included. The root is ''. */
export const parseDpkgList = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly string[] => {
  const complaints = new Complaints();
  const paths: string[] = [];
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    budget.spendEntry();
    if (line.startsWith('/')) paths.push(toTreePath(line));
    else complaints.addLine('gap', invalid, 'a line that is no absolute path', line);
  }
  complaints.report(remark);
  return paths;
};

const isHexDigit = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 102);

/** Images hold tens of thousands of these lines: told in place, without a pattern or a copy. */
const isMd5Line = (text: string, start: number, end: number): boolean => {
  if (end - start < 35 || text.charCodeAt(start + 32) !== 32) return false;
  const way = text.charCodeAt(start + 33);
  if (way !== 32 && way !== 42) return false;
  for (let at = start; at < start + 32; at += 1) if (!isHexDigit(text.charCodeAt(at))) return false;
  return true;
};

/** `info/*.md5sums` and `status.d/*.md5sums`: the path's MD5 in lower-case hex. The first of two lines for one path counts. */
export const parseDpkgMd5sums = (bytes: Uint8Array, budget: Budget, remark: OnRemark): ByPath<string> => {
  const complaints = new Complaints();
  const digests = new Map<string, string>();
  const text = parseRecordText(bytes, budget);
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    budget.spendEntry();
    end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    if (!isMd5Line(text, start, end)) {
      complaints.addLine('gap', invalid, 'a line that is no MD5 with a path', text.slice(start, end));
      continue;
    }
    const path = toTreePath(text.slice(start + 34, end));
    const digest = text.slice(start, start + 32);
    const known = digests.get(path);
    if (known === undefined) digests.set(path, digest);
    else if (known !== digest)
      complaints.addLine('ambiguity', 'DPKG_PATH_DUPLICATE', 'a path has two different digests', path);
  }
  complaints.report(remark);
  return digests;
};

/** `info/*.conffiles`: paths, without those that an upgrade shall remove. */
export const parseDpkgConffiles = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly string[] => {
  const complaints = new Complaints();
  const paths: string[] = [];
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    budget.spendEntry();
    const text = line.trim();
    if (text.startsWith('/')) paths.push(toTreePath(text));
    else if (text !== '' && !text.startsWith('remove-on-upgrade '))
      complaints.addLine('gap', invalid, 'a line that is no conffile', line);
  }
  complaints.report(remark);
  return paths;
};

export interface DpkgDiversion {
  readonly from: string;
  readonly to: string;
  /** The package whose own file stays at `from`; undefined for a diversion that an administrator made, which moves everybody's. */
  readonly by?: string;
}

/** `diversions`: three lines each. */
export const parseDpkgDiversions = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly DpkgDiversion[] => {
  const complaints = new Complaints();
  const lines = [...linesOf(parseRecordText(bytes, budget))];
  const diversions: DpkgDiversion[] = [];
  for (let at = 0; at < lines.length; at += 3) {
    budget.spendEntry();
    const [from = '', to = '', by = ''] = lines.slice(at, at + 3);
    if (!from.startsWith('/') || !to.startsWith('/') || by === '')
      complaints.addLine('gap', invalid, 'three lines that are no diversion', [from, to, by].join('\n'));
    else diversions.push({ from: toTreePath(from), to: toTreePath(to), ...(by === ':' ? {} : { by }) });
  }
  complaints.report(remark);
  return diversions;
};

export interface DpkgStatOverride {
  readonly path: string;
  /** A name, or `#` and a number. */
  readonly owner: string;
  readonly group: string;
  readonly mode: number;
}

/** `statoverride`: owner and permissions that an administrator or a maintainer script set for good. */
export const parseDpkgStatOverrides = (
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): readonly DpkgStatOverride[] => {
  const complaints = new Complaints();
  const overrides: DpkgStatOverride[] = [];
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    budget.spendEntry();
    const [, owner = '', group = '', mode = '', path = ''] = /^(\S+) (\S+) ([0-7]{1,6}) (\/.*)$/.exec(line) ?? [];
    if (path === '') complaints.addLine('gap', invalid, 'a line that is no override of permissions', line);
    else overrides.push({ path: toTreePath(path), owner, group, mode: Number.parseInt(mode, 8) & 0o7777 });
  }
  complaints.report(remark);
  return overrides;
};

export interface DpkgTrigger {
  /** What is waited for: a path for file triggers, otherwise a name. */
  readonly name: string;
  readonly kind: 'interest' | 'activate';
  readonly isAwaited: boolean;
}

/** `info/*.triggers`: on what changes the package's postinst runs again. */
export const parseDpkgTriggers = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly DpkgTrigger[] => {
  const complaints = new Complaints();
  const triggers: DpkgTrigger[] = [];
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    budget.spendEntry();
    const text = line.replace(/#.*$/, '').trim();
    if (text === '') continue;
    const [, kind, way, name] = /^(interest|activate)(-await|-noawait)?\s+(\S+)$/.exec(text) ?? [];
    if (kind === undefined || name === undefined) complaints.addLine('gap', invalid, 'a line that is no trigger', line);
    else triggers.push({ name, kind: kind === 'interest' ? 'interest' : 'activate', isAwaited: way !== '-noawait' });
  }
  complaints.report(remark);
  return triggers;
};

export interface DpkgTriggerHolder {
  readonly path: string;
  readonly package: string;
  readonly isAwaited: boolean;
}

/** `triggers/File`: every path that some package waits for, and who. */
export const parseDpkgFileTriggers = (
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): readonly DpkgTriggerHolder[] => {
  const complaints = new Complaints();
  const holders: DpkgTriggerHolder[] = [];
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    budget.spendEntry();
    const [, path, name, way] = /^(\/\S*) ([^\s/]+)(\/noawait)?$/.exec(line) ?? [];
    if (path === undefined || name === undefined)
      complaints.addLine('gap', invalid, 'a line that is no file trigger', line);
    else holders.push({ path: toTreePath(path), package: name, isAwaited: way === undefined });
  }
  complaints.report(remark);
  return holders;
};
