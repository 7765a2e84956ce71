/** A header → which package manager's record the file is, by its place alone. */
import { baseName } from '../../core/path.ts';

export type RecordKind =
  | 'os-release'
  | 'dpkg-status'
  | 'dpkg-list'
  | 'dpkg-md5sums'
  | 'dpkg-diversions'
  | 'dpkg-alternative'
  | 'rpmdb'
  | 'rpmdb-journal'
  | 'apk'
  | 'python-metadata'
  | 'python-record'
  | 'npm'
  | 'gem'
  | 'composer'
  | 'maven'
  | 'jar-manifest';

/** Where package managers keep what is installed; the final tree may reach these through links, so both spellings count. */
const rpmFolders: ReadonlySet<string> = new Set(['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm']);
const rpmNames: ReadonlySet<string> = new Set(['Packages', 'Packages.db', 'rpmdb.sqlite']);
const rpmJournals: ReadonlySet<string> = new Set(['rpmdb.sqlite-wal', 'rpmdb.sqlite-journal']);

const systemKind = (path: string, folder: string, name: string): RecordKind | undefined => {
  if (folder === 'var/lib/dpkg/info') {
    if (name.endsWith('.list')) return 'dpkg-list';
    return name.endsWith('.md5sums') ? 'dpkg-md5sums' : undefined;
  }
  if (folder === 'var/lib/dpkg/status.d') return name.endsWith('.md5sums') ? 'dpkg-md5sums' : 'dpkg-status';
  if (folder === 'var/lib/dpkg/alternatives') return 'dpkg-alternative';
  if (path === 'var/lib/dpkg/status') return 'dpkg-status';
  if (path === 'var/lib/dpkg/diversions') return 'dpkg-diversions';
  if (name === 'installed' && (folder === 'lib/apk/db' || folder === 'usr/lib/apk/db')) return 'apk';
  if (rpmFolders.has(folder)) {
    if (rpmNames.has(name)) return 'rpmdb';
    return rpmJournals.has(name) ? 'rpmdb-journal' : undefined;
  }
  return path === 'etc/os-release' || path === 'usr/lib/os-release' ? 'os-release' : undefined;
};

const npmPlace = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;

/** Language packages lie anywhere, also in archives. */
const languageKind = (path: string, folder: string, name: string): RecordKind | undefined => {
  switch (name) {
    case 'METADATA':
      return folder.endsWith('.dist-info') ? 'python-metadata' : undefined;
    case 'PKG-INFO':
      return folder.endsWith('.egg-info') || folder.endsWith('/EGG-INFO') ? 'python-metadata' : undefined;
    case 'RECORD':
      return folder.endsWith('.dist-info') && !path.includes('!/') ? 'python-record' : undefined;
    case 'package.json':
      return npmPlace.test(path) ? 'npm' : undefined;
    case 'installed.json':
      return folder.endsWith('vendor/composer') ? 'composer' : undefined;
    case 'pom.properties':
      return folder.includes('META-INF/maven/') ? 'maven' : undefined;
    case 'MANIFEST.MF':
      return folder.endsWith('!/META-INF') ? 'jar-manifest' : undefined;
    default:
      if (name.endsWith('.gemspec')) return /\/specifications(?:\/default)?$/.test(folder) ? 'gem' : undefined;
      return name.endsWith('.egg-info') ? 'python-metadata' : undefined;
  }
};

const systemStart =
  /^(?:var\/lib\/(?:dpkg|rpm)\/|(?:usr\/)?lib\/(?:apk\/db|sysimage\/rpm)\/|usr\/share\/rpm\/|etc\/os-|usr\/lib\/os-)/;

/** Called for every file of an image: nearly always undefined after a look at the name. */
export const recordKindOf = (path: string): RecordKind | undefined => {
  const name = baseName(path);
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  return systemStart.test(path) ? systemKind(path, folder, name) : languageKind(path, folder, name);
};
