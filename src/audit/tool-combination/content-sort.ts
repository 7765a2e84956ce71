/** An ELF program's content → the sort of tool that it is, where its build information or what it links with says so, whatever its name. */
import { isFault } from '../../core/fault.ts';
import { parseElf } from '../../formats/records/elf.ts';
import { parseGoBuild } from '../../formats/records/elf-traits.ts';
import { glanceAt, readLoaderTables, readSections, type Glance } from '../executable/glance.ts';
import type { ProgramNames } from './program-names.ts';

export interface ContentSort {
  readonly [name: string]: string;
  readonly sort: string;
  /** What says so, for a person. */
  readonly by: string;
}

const largestLibrary = 512 * 1024;

const holds = (names: Buffer, name: string): boolean => names.includes(`\0${name}\0`, 0, 'latin1');
const names = (table: Buffer, library: string): boolean => table.includes(`\0${library}.so`, 0, 'latin1');

/** What hydra and medusa try passwords on: no other program speaks to so many at once. */
const loginLibraries = [
  'libssh',
  'libpq',
  'libmysqlclient',
  'libmariadb',
  'libsvn_client-1',
  'libmemcached',
  'libmongoc-1.0',
  'libfreerdp2',
  'libfbclient',
];

const sortOfProgram = (table: Buffer): ContentSort | undefined => {
  if (names(table, 'libpcap') && names(table, 'libgmp') && names(table, 'libunistring'))
    return { sort: 'mass-scanner', by: 'links with libpcap, libgmp and libunistring, as zmap does' };
  const logins = names(table, 'libssh') ? loginLibraries.filter((library) => names(table, library)) : [];
  return logins.length >= 4 ? { sort: 'brute-forcer', by: `links with ${logins.join(', ')}` } : undefined;
};

/** Preloaded libraries that lead connections elsewhere, or leave names out of listings. */
const sortOfLibrary = (table: Buffer, bytes: Uint8Array): ContentSort | undefined => {
  if (bytes.length > largestLibrary || !holds(table, 'dlsym')) return undefined;
  const leads = holds(table, 'connect') && (holds(table, 'getaddrinfo') || holds(table, 'gethostbyname'));
  const lists = holds(table, 'readdir') || holds(table, 'readdir64');
  if (!leads && !lists) return undefined;
  const { exports, imports } = parseElf(bytes);
  if (!imports.includes('dlsym')) return undefined;
  if (exports.includes('connect') && exports.some((name) => name === 'getaddrinfo' || name === 'gethostbyname'))
    return { sort: 'anonymiser', by: 'a library that puts itself before connect and the look-up of names' };
  return exports.some((name) => name === 'readdir' || name === 'readdir64')
    ? { sort: 'hider', by: 'a library that puts itself before the listing of folders' }
    : undefined;
};

/** Go's own linker writes the section table first; with C in it, names of the bridge between both are left. */
const mayBeGo = (glance: Glance, table: Buffer): boolean =>
  !glance.hasDynamic || glance.behindSections > 0 || table.includes('_cgo_', 0, 'latin1');

/** `bytes`: the file or its first window. */
export const sortOfContent = (bytes: Uint8Array, fileSize: number, known: ProgramNames): ContentSort | undefined => {
  let glance: Glance;
  try {
    glance = glanceAt(bytes, fileSize);
  } catch (thrown) {
    if (isFault(thrown) && thrown.kind === 'malformed') return undefined;
    throw thrown;
  }
  if (!glance.isLoadable) return undefined;
  const { names: table } = readLoaderTables(glance);
  if (mayBeGo(glance, table)) {
    const path = parseGoBuild(glance.view, glance.segments, readSections(glance))?.path;
    const sort = path === undefined ? undefined : known.get(`go:${path.toLowerCase()}`);
    return path === undefined || sort === undefined ? undefined : { sort, by: `built from ${path}` };
  }
  if (glance.hasInterpreter) return sortOfProgram(table);
  return glance.header.type === 3 ? sortOfLibrary(table, bytes) : undefined;
};
