/** dpkg's `status` file and the stanzas of `status.d/` (distroless images) → packages, following deb822(5) and dpkg's parsing of its own database. */
import type { Budget } from '../../core/budget.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { linesOf, parseRecordText, toTreePath } from './record-text.ts';

export interface DpkgConffile {
  readonly path: string;
  /** Absent for a file that dpkg has not placed yet (`newconffile`). */
  readonly md5?: string;
  /** `obsolete`, `remove-on-upgrade`. */
  readonly marks: readonly string[];
}

export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** `Multi-Arch: same`: then its files under `info/` carry the architecture in their names. */
  readonly multiArch?: string;
  /** Three words, as written. Absent in `status.d/`, where everything is installed. */
  readonly status?: string;
  readonly source?: { readonly name: string; readonly version?: string };
  readonly maintainer?: string;
  /** What all of its files take, in KiB, as the package's builder counted. */
  readonly installedSize?: number;
  readonly isEssential: boolean;
  readonly conffiles: readonly DpkgConffile[];
}

/** Files of a package are on the disk from unpacking until it is removed; `config-files` and `not-installed` are the states without. */
export const isDpkgUnpacked = ({ status }: { readonly status?: string | undefined }): boolean =>
  status === undefined || !/\s(?:not-installed|config-files)\s*$/.test(status);

const md5Pattern = /^[0-9a-f]{32}$/;

/** `/etc/x 0123… [marks]`: the path may hold blanks, so it is read from its end. */
const parseConffile = (line: string): DpkgConffile | undefined => {
  const words = line.trim().split(' ');
  const marks: string[] = [];
  while (words.length > 2 && !md5Pattern.test(words.at(-1) ?? '') && words.at(-1) !== 'newconffile')
    marks.push(words.pop() ?? '');
  const md5 = words.pop() ?? '';
  const path = words.join(' ');
  if (!path.startsWith('/') || !(md5Pattern.test(md5) || md5 === 'newconffile')) return undefined;
  return { path: toTreePath(path), ...(md5 === 'newconffile' ? {} : { md5 }), marks: marks.toReversed() };
};

const parseSource = (value: string): NonNullable<DpkgPackage['source']> => {
  const [, name = value, version] = /^(\S+)\s+\((.*)\)$/.exec(value) ?? [];
  return { name, ...(version === undefined ? {} : { version }) };
};

/** Field names are compared without case, as dpkg does. */
type Fields = ReadonlyMap<string, string>;

const toPackage = (fields: Fields, budget: Budget, complaints: Complaints): DpkgPackage | undefined => {
  const name = fields.get('package') ?? '';
  if (name === '') return undefined;
  const conffiles: DpkgConffile[] = [];
  for (const line of linesOf(fields.get('conffiles') ?? '')) {
    if (line.trim() === '') continue;
    budget.spendEntry();
    const conffile = parseConffile(line);
    if (conffile === undefined)
      complaints.addLine(
        'gap',
        'DPKG_LINE_INVALID',
        `package ${name} names a conffile in a way that cannot be read`,
        line,
      );
    else conffiles.push(conffile);
  }
  const [multiArch, status, source, maintainer] = ['multi-arch', 'status', 'source', 'maintainer'].map((field) =>
    fields.get(field),
  );
  const size = fields.get('installed-size') ?? '';
  return {
    name,
    version: fields.get('version') ?? '',
    architecture: fields.get('architecture') ?? '',
    ...(multiArch === undefined ? {} : { multiArch }),
    ...(status === undefined ? {} : { status: status.split(/\s+/).join(' ') }),
    ...(source === undefined ? {} : { source: parseSource(source) }),
    ...(maintainer === undefined ? {} : { maintainer }),
    ...(/^[0-9]{1,12}$/.test(size) ? { installedSize: Number(size) } : {}),
    isEssential: fields.get('essential')?.toLowerCase() === 'yes',
    conffiles,
  };
};

/** dpkg's rules for names; what breaks them is kept and remarked on, since a file name is made from it. */
const namePattern = /^[a-z0-9][a-z0-9+.-]*$/i;

/** Reads stanzas line by line; nothing that stands in the file is lost in silence. */
class StatusReader {
  readonly packages: DpkgPackage[] = [];
  readonly #seen = new Set<string>();
  readonly #complaints = new Complaints();
  readonly #budget: Budget;
  #fields = new Map<string, string>();
  /** Lines of the stanza under way. */
  #stanza: string[] = [];
  #current = '';
  #value: string[] = [];
  #isRefused = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  line(line: string): void {
    if (line === '' || line === '\r') {
      this.#endStanza();
      return;
    }
    this.#stanza.push(line);
    const first = line.charCodeAt(0);
    if (first === 32 || first === 9) {
      // Some readers take a line of blanks for the end of a stanza, dpkg does not allow it.
      if (line.trim() === '')
        this.#complaints.addLine('ambiguity', 'DPKG_LINE_BLANK', 'a line of blanks inside a stanza', line);
      if (this.#current === '')
        this.#complaints.addLine('gap', 'DPKG_LINE_INVALID', 'a continuation without a field', line);
      else this.#value.push(line.trim());
      return;
    }
    this.#endField();
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (colon < 1 || !/^[!-9;-~]+$/.test(name)) {
      this.#complaints.addLine('gap', 'DPKG_LINE_INVALID', 'a line that is no field', line);
      return;
    }
    this.#current = name;
    this.#isRefused = this.#fields.has(name);
    if (this.#isRefused)
      this.#complaints.addLine('ambiguity', 'DPKG_FIELD_DUPLICATE', `the field ${name} occurs twice in a stanza`, line);
    this.#value = [line.slice(colon + 1).trim()];
  }

  finish(remark: OnRemark): void {
    this.#endStanza();
    this.#complaints.report(remark);
  }

  #endField(): void {
    if (this.#current !== '' && !this.#isRefused) this.#fields.set(this.#current, this.#value.join('\n').trim());
    this.#current = '';
  }

  #endStanza(): void {
    this.#endField();
    if (this.#stanza.length > 0) {
      this.#budget.spendEntry();
      this.#add(toPackage(this.#fields, this.#budget, this.#complaints));
    }
    this.#fields = new Map();
    this.#stanza = [];
  }

  #add(found: DpkgPackage | undefined): void {
    if (found === undefined) {
      const text = this.#stanza.join('\n');
      this.#complaints.addLine('gap', 'DPKG_STANZA_INVALID', 'a stanza that names no package', text);
      return;
    }
    const id = `${found.name}:${found.architecture}`;
    if (this.#seen.has(id))
      this.#complaints.addLine('ambiguity', 'DPKG_PACKAGE_DUPLICATE', 'a package has two stanzas', id);
    this.#seen.add(id);
    if (!namePattern.test(found.name))
      this.#complaints.addLine('ambiguity', 'DPKG_NAME_INVALID', 'a package name that dpkg does not allow', found.name);
    if (found.version === '' && isDpkgUnpacked(found))
      this.#complaints.addLine('gap', 'DPKG_STANZA_INVALID', 'an installed package without a version', found.name);
    this.packages.push(found);
  }
}

/**
 * Every stanza that names a package, in the order of the file. What is wrong with the others is remarked on.
 * @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseDpkgStatus = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly DpkgPackage[] => {
  const reader = new StatusReader(budget);
  for (const line of linesOf(parseRecordText(bytes, budget))) reader.line(line);
  reader.finish(remark);
  return reader.packages;
};
