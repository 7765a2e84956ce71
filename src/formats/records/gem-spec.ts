/**
 * specifications/NAME-VERSION.gemspec → a Ruby gem. A gemspec is a Ruby program; what RubyGems writes at installation is a list of plain assignments,
 * and only those are read: literals of strings, arrays of them, and versions. Nothing is run.
 */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import { baseName } from '../../core/path.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { linesOf, parseRecordText } from './record-text.ts';

export interface GemPackage extends PackageRecord {
  /** `ruby` for gems without native code. */
  readonly platform: string;
  /** Programs that compile native code at installation, as listed: they ran on the machine that built the image. */
  readonly extensions: readonly string[];
  /** Files that the specification lists, relative to the gem's folder. Installed specifications mostly list none. */
  readonly listed: readonly string[];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', e: '\u001b', s: ' ', '0': '\0' };

/** Reads literals at a position; `undefined` for any other Ruby. */
class Literals {
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  /** The text between marks, escapes as written; `undefined` without an end, or when `isRefused` finds Ruby code in it. */
  #quoted(mark: string, isRefused: (at: number) => boolean): string | undefined {
    if (this.#text[this.#at] !== mark) return undefined;
    const start = this.#at + 1;
    for (let at = start; at < this.#text.length; at += this.#text[at] === '\\' ? 2 : 1) {
      if (this.#text[at] === mark) {
        this.#at = at + 1;
        this.#match(/\.freeze\b/y);
        return this.#text.slice(start, at);
      }
      if (isRefused(at)) return undefined;
    }
    return undefined;
  }

  string(): string | undefined {
    this.#match(/\s*/y);
    // `#{…}`, `#@x` and `#$x` put the value of something into the text.
    const isInterpolation = (at: number): boolean => this.#text[at] === '#' && /[{$@]/.test(this.#text[at + 1] ?? '');
    const double = this.#quoted('"', isInterpolation);
    if (double !== undefined)
      return double.replace(
        /\\(?:u\{?([0-9a-fA-F]{1,6})\}?|x([0-9a-fA-F]{1,2})|([^]))/g,
        (_, point?: string, byte?: string, character?: string) => {
          const code = Number.parseInt(point ?? byte ?? '', 16);
          if (character !== undefined) return escapes[character] ?? character;
          return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
        },
      );
    return this.#quoted("'", () => false)?.replace(/\\([\\'])/g, '$1');
  }

  strings(): readonly string[] | undefined {
    if (this.#match(/\s*\[\s*/y) === undefined) return undefined;
    const values: string[] = [];
    while (this.#match(/\s*\]/y) === undefined) {
      const value = this.string();
      if (value === undefined) return undefined;
      values.push(value);
      if (this.#match(/\s*,/y) === undefined && this.#match(/\s*(?=\])/y) === undefined) return undefined;
    }
    return values;
  }

  version(): string | undefined {
    this.#match(/\s*/y);
    if (this.#match(/Gem::Version\.new[( ]/y) === undefined) return this.string();
    return this.string();
  }

  platform(): string | undefined {
    this.#match(/\s*/y);
    return this.#match(/Gem::Platform::RUBY\b/y) === undefined ? this.string() : 'ruby';
  }

  /** True when nothing but a condition of RubyGems itself stands behind the value on its line. */
  endsHere(): boolean {
    return this.#match(/\)?[ \t]*(?:if s\.respond_to\? :\w+=?[ \t]*)?(?:;|#[^\n]*)?(?=\r?\n|$)/y) !== undefined;
  }
}

interface Assignments {
  readonly texts: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

const textFields = ['name', 'license', 'homepage'] as const;
const listFields = ['licenses', 'files', 'extensions', 'authors'] as const;
const fields: ReadonlySet<string> = new Set<string>([...textFields, ...listFields, 'author', 'version', 'platform']);

const invalid = 'GEM_SPEC_UNREADABLE';

const readAssignments = (text: string, complaints: Complaints): Assignments => {
  const texts = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const pattern = /^[ \t]*\w+\.(\w+)[ \t]*=(?![=~>])/gm;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const field = match[1] ?? '';
    if (!fields.has(field)) continue;
    const literals = new Literals(text, pattern.lastIndex);
    const value =
      field === 'version'
        ? literals.version()
        : field === 'platform'
          ? literals.platform()
          : (listFields as readonly string[]).includes(field)
            ? literals.strings()
            : literals.string();
    if (value === undefined || !literals.endsHere())
      complaints.addLine(
        'gap',
        invalid,
        `the ${field} is computed by Ruby`,
        text.slice(match.index, match.index + 200),
      );
    else if (typeof value !== 'string') lists.set(field, value);
    else if (texts.has(field) && texts.get(field) !== value)
      complaints.addLine('ambiguity', 'GEM_SPEC_AMBIGUOUS', `the ${field} is set twice`, value);
    else texts.set(field, value);
  }
  return { texts, lists };
};

interface Stub {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly extensions: readonly string[];
}

/** `# stub: name version platform require_paths`, and a second such line with extensions: RubyGems reads these instead of running the specification. */
const readStub = (text: string): Stub | undefined => {
  const [head = ''] = /^(?:#[^\n]*\n){0,5}/.exec(text) ?? [];
  const [first, second] = [...linesOf(head)].filter((line) => line.startsWith('# stub: ')).map((line) => line.slice(8));
  const [name, version, platform] = (first ?? '').split(' ');
  if (name === undefined || version === undefined || platform === undefined) return undefined;
  return { name, version, platform, extensions: second?.split('\0').map((path) => path.trim()) ?? [] };
};

/**
 * `path`: the specification's own, whose name is `NAME-VERSION[-PLATFORM].gemspec`. The stub line counts, then the assignments, then the
 * file's name, since that is the order in which RubyGems finds a gem. Remarks: gap `GEM_SPEC_UNREADABLE` for values that Ruby would compute; ambiguity
 * `GEM_SPEC_AMBIGUOUS` when stub and assignments, or two assignments, disagree.
 * @throws {Fault} malformed `GEM_SPEC_INVALID` when nothing names the gem; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseGemSpec = (path: string, bytes: Uint8Array, budget: Budget, remark: OnRemark): GemPackage => {
  const text = parseRecordText(bytes, budget);
  const complaints = new Complaints();
  const { texts, lists } = readAssignments(text, complaints);
  const stub = readStub(text);
  const file = baseName(path);
  const [, fileName, fileVersion] =
    (file.endsWith('.gemspec') ? /^(.+?)-([0-9].*)$/.exec(file.slice(0, -8)) : null) ?? [];
  const agree = (field: string, stated: string | undefined): string | undefined => {
    const set = texts.get(field);
    if (stated !== undefined && set !== undefined && stated !== set)
      complaints.addLine(
        'ambiguity',
        'GEM_SPEC_AMBIGUOUS',
        `the stub line and the ${field} disagree`,
        `${stated} ${set}`,
      );
    return stated ?? set;
  };
  const name = agree('name', stub?.name) ?? fileName;
  const version = agree('version', stub?.version) ?? fileVersion?.replace(/-.*$/, '');
  const platform = agree('platform', stub?.platform) ?? 'ruby';
  complaints.report(remark);
  if (name === undefined || name === '' || version === undefined)
    throw malformed('GEM_SPEC_INVALID', 'neither the specification nor its file name names a gem', budget.where);
  const listed = lists.get('files') ?? [];
  for (const _ of listed) budget.spendEntry();
  const licenses = lists.get('licenses')?.join(' OR ') ?? texts.get('license');
  const vendor = lists.get('authors')?.join(', ') ?? texts.get('author');
  return {
    ecosystem: 'gem',
    name,
    version,
    purl: toPackageUrl('gem', { name, version, qualifiers: { platform: platform === 'ruby' ? undefined : platform } }),
    ...(vendor === undefined || vendor === '' ? {} : { vendor }),
    ...(licenses === undefined || licenses === '' ? {} : { license: licenses }),
    platform,
    extensions: [...new Set([...(stub?.extensions ?? []), ...(lists.get('extensions') ?? [])])],
    listed,
  };
};
