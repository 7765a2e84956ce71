/** Codes of RPM databases: their three containers (SQLite, ndb, Berkeley DB) and the headers of packages inside. */
import type { Explanation } from './words.ts';

const rebuild =
  'If "rpm -qa" lists all packages there, let "rpm --rebuilddb" be the last use of rpm in the build, and build again. Otherwise build it anew from its base.';
const suspect =
  'Compare what "rpm -qa" lists with what the build installs: an entry may have been hidden or put in by hand. Build the image again.';

export const rpmDatabases = {
  BERKELEY_DB_INVALID: {
    means: 'An RPM database (Packages, Berkeley DB) is damaged. The packages in its damaged part are not known.',
    advice: rebuild,
  },
  BERKELEY_DB_PAGE_UNREACHED: {
    means:
      'Pages of an RPM database (Packages, Berkeley DB) hold entries and belong to nothing: rpm does not see them, tools that search the raw file do.',
    advice: suspect,
  },
  BERKELEY_DB_TRUNCATED: {
    means: 'An RPM database (Packages, Berkeley DB) is shorter than it says; the packages at its end are not known.',
    advice: rebuild,
  },
  BERKELEY_DB_UNSUPPORTED: {
    means:
      'An RPM database (Packages, Berkeley DB) is of another version, encrypted, has checksums, or holds items as rpm never writes them.',
    advice: rebuild,
  },
  NDB_DATA_UNREFERENCED: {
    means:
      'Bytes lie between the packages of an RPM database (Packages.db) where nothing leads to them. rpm puts zeros over what it removes.',
    advice: suspect,
  },
  NDB_INVALID: {
    means:
      'An RPM database (Packages.db) is damaged at its header or list of packages, or of an unknown version; rpm refuses it as a whole too.',
    advice: rebuild,
  },
  NDB_PACKAGES_OVERLAP: {
    means:
      'Two packages of an RPM database (Packages.db) lie in the same bytes. Only the first was read; rpm may show both.',
    advice: suspect,
  },
  NDB_PACKAGE_INVALID: {
    means: 'A package in an RPM database (Packages.db) is damaged or has a wrong checksum. It was not read.',
    advice: rebuild,
  },
  RPMDB_INVALID: {
    means: 'The file stands where an RPM database does and is none: neither SQLite, nor ndb, nor Berkeley DB.',
    advice: rebuild,
  },
  RPMDB_JOURNAL_UNREAD: {
    means:
      'The file beside an RPM database (rpmdb.sqlite-wal or -journal) changes it, or cannot be read. Packages may be missing or others than were seen.',
    advice:
      'Let "rpm --rebuilddb" be the last use of rpm in the build, which writes those changes into the database, and build the image again.',
  },
  RPMDB_NUMBER_DUPLICATE: {
    means:
      'Two packages in an RPM database have one number, by which rpm finds them: tools differ in which one they show.',
    advice: suspect,
  },
  RPM_FILES_DISAGREE: {
    means:
      'A package in an RPM database lists some files, and another number of their sizes, modes or digests. Those tables were left out, so the files could not be compared with them.',
    advice: 'Install the package again and build the image again, or accept the gap in your policy.',
  },
  RPM_HEADER_ALTERED: {
    means:
      'A package’s header in an RPM database is not the one that the digest beside it is of: what it says, such as the digests of its files, was changed after installation, or is damaged.',
    advice:
      'Do not trust what rpm says of this package. Find out which build step wrote the database, install the package again and build the image again.',
  },
  SQLITE_INVALID: {
    means: 'An SQLite database, such as rpmdb.sqlite, is damaged. The rows in its damaged part are not known.',
    advice: rebuild,
  },
  SQLITE_TABLE_DUPLICATE: {
    means: 'An SQLite database has two tables of one name. SQLite refuses such a database; both were read.',
    advice: suspect,
  },
  SQLITE_TABLE_UNREADABLE: {
    means:
      'The table of packages in an SQLite database is a view, has no storage of its own, or is stored without row ids, as rpm never makes it.',
    advice: suspect,
  },
  SQLITE_TRUNCATED: {
    means: 'An SQLite database, such as rpmdb.sqlite, is shorter than it says; the rows at its end are not known.',
    advice: rebuild,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
