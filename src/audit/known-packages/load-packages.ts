/** Rule locations → all known-bad packages in them: our own records, OSV records one by one, in folders and in zips, and what `rules add` made of them. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { Budget } from '../../core/budget.ts';
import { bytesOf } from '../../core/bytes.ts';
import { collect } from '../../core/collect.ts';
import { isFault, unavailable } from '../../core/fault.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import { walkZip } from '../../formats/trees/zip.ts';
import { listRuleFiles, packageExtensions } from '../rule-engine/rule-files.ts';
import { parseAdvisory, type Advisory } from './advisory.ts';
import { parseLinesFile, toLines } from './advisory-lines.ts';

/** Structured-clone data. */
export interface KnownPackages {
  /** Each sorted, see `findAdvisories`. */
  readonly parts: readonly (readonly string[])[];
}

export interface LoadedPackages {
  readonly known: KnownPackages;
  /** Statements about a package. */
  readonly count: number;
  /** Records that state no malice, and were passed over. */
  readonly others: number;
  /** Day of the newest statement, '' where none has one. */
  readonly newest: string;
  readonly rejected: readonly RejectedRule[];
  readonly digest: string;
}

/** The largest archive of one ecosystem has half of this. */
const maximumFile = 512 * 2 ** 20;
const maximumRecord = 16 * 2 ** 20;
/** So many bad records of one archive are told one by one. */
const maximumRejected = 100;

class Gathered {
  readonly advisories: Advisory[] = [];
  readonly parts: (readonly string[])[] = [];
  readonly rejected: RejectedRule[] = [];
  others = 0;
  newest = '';
  readonly #counts = new Map<string, number>();

  date(day: unknown): void {
    if (typeof day === 'string' && /^\d{4}-\d\d-\d\d$/.test(day) && day > this.newest) this.newest = day;
  }

  reject(file: string, reason: string): void {
    const count = (this.#counts.get(file) ?? 0) + 1;
    this.#counts.set(file, count);
    if (count <= maximumRejected) this.rejected.push({ file, line: 0, reason });
    else if (count === maximumRejected + 1)
      this.rejected.push({ file, line: 0, reason: 'more of its records were not accepted' });
  }

  /** A record, a list of records, or our own file of them. */
  addJson(file: string, member: string, bytes: Uint8Array): void {
    const where = member === '' ? '' : `${member}: `;
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError || thrown instanceof TypeError)) throw thrown;
      this.reject(file, `${where}not JSON`);
      return;
    }
    const list = isJsonObject(value) && value['format'] === 'tidewaiter/known-packages/v1' ? value : undefined;
    const own = list?.['records'];
    this.date(list?.['updated']);
    const records: readonly unknown[] = Array.isArray(own) ? own : Array.isArray(value) ? value : [value];
    for (const record of records) {
      const parsed = parseAdvisory(record, own !== undefined);
      if (parsed === undefined) this.reject(file, `${where}no record of the Open Source Vulnerability format`);
      else if (parsed.length === 0) this.others += 1;
      else
        for (const advisory of parsed) {
          this.advisories.push(advisory);
          this.date(advisory.date);
        }
    }
  }

  addLines(file: string, bytes: Uint8Array): void {
    const found = parseLinesFile(Buffer.from(bytes).toString());
    if (found === undefined) this.reject(file, 'no list of known packages that "tidewaiter rules add" wrote');
    else {
      this.parts.push(found.lines);
      this.date(found.newest);
    }
  }

  async addZip(file: string, bytes: Uint8Array): Promise<void> {
    const budget = new Budget();
    for await (const entry of walkZip(bytesOf(bytes), budget, ({ reason }) => this.reject(file, reason)))
      if (entry.type === 'file' && extname(entry.path).toLowerCase() === '.json')
        this.addJson(file, entry.path, await collect(entry.content(), maximumRecord, entry.path));
  }
}

const readFile = (path: string): Uint8Array => {
  const { size } = statSync(path);
  if (size > maximumFile) throw unavailable('RULES_UNREADABLE', `larger than ${maximumFile} bytes`, path);
  return readFileSync(path);
};

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` for a whole location */
export const loadPackages = async (locations: RuleLocations): Promise<LoadedPackages> => {
  const gathered = new Gathered();
  for (const { path } of listRuleFiles(locations, 'known', packageExtensions)) {
    try {
      const bytes = readFile(path);
      const extension = extname(path).toLowerCase();
      if (extension === '.zip') await gathered.addZip(path, bytes);
      else if (extension === '.json') gathered.addJson(path, '', bytes);
      else gathered.addLines(path, bytes);
    } catch (thrown) {
      if (isFault(thrown)) gathered.reject(path, thrown.message);
      else if (thrown instanceof Error && 'code' in thrown) gathered.reject(path, thrown.message);
      else throw thrown;
    }
  }
  const own = toLines(gathered.advisories);
  const parts = [own, ...gathered.parts].filter((lines) => lines.length > 0);
  const digest = createHash('sha256');
  for (const lines of parts) for (const line of lines) digest.update(line).update('\n');
  return {
    known: { parts },
    count: parts.reduce((sum, lines) => sum + lines.length, 0),
    others: gathered.others,
    newest: gathered.newest,
    rejected: gathered.rejected,
    digest: digest.digest('hex'),
  };
};
