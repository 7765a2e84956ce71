/** Codes of the databases of dpkg and apk, and of the alternatives system. */
import type { Explanation } from './words.ts';

const compare = 'Compare it with the package’s own, or install the package again and build the image again.';

export const packageDatabases = {
  ALTERNATIVE_INVALID: {
    means: 'A file of the alternatives system (which program /usr/bin/editor and the like stand for) is damaged.',
    advice: compare,
  },
  APK_FIELD_DUPLICATE: {
    means: 'apk’s database states a field of a package twice; readers differ in which one counts.',
    advice: compare,
  },
  APK_LINE_INVALID: {
    means:
      'A line of apk’s database cannot be read; or it is a single byte, at which apk ends the package’s entry and other readers go on.',
    advice: compare,
  },
  APK_PACKAGE_DUPLICATE: {
    means: 'apk’s database has two entries for one installed package; readers differ in which one counts.',
    advice: compare,
  },
  APK_STANZA_INVALID: { means: 'apk’s database has an entry without a package’s name or version.', advice: compare },
  APK_STANZA_UNFINISHED: {
    means:
      'The last entry of apk’s database has no empty line behind it: apk forgets the package, other readers list it.',
    advice: compare,
  },
  DPKG_FIELD_DUPLICATE: {
    means: 'dpkg’s database states a field of a package twice; readers differ in which one counts.',
    advice: compare,
  },
  DPKG_LINE_BLANK: {
    means: 'dpkg’s database has a line of blanks inside a package’s entry; some readers end the entry there.',
    advice: compare,
  },
  DPKG_LINE_INVALID: {
    means: 'A line in dpkg’s records (status, lists of files, checksums) cannot be read.',
    advice: compare,
  },
  DPKG_LIST_MISSING: {
    means:
      'Packages are installed of which dpkg lists no file, so their files could not be compared. Images that were slimmed look so too.',
    advice: 'If nobody slimmed the image on purpose, build it again from its base.',
  },
  DPKG_LIST_ORPHANED: {
    means:
      'There are lists of files or checksums for packages that dpkg’s status does not know; dpkg never leaves such behind.',
    advice: compare,
  },
  DPKG_NAME_INVALID: { means: 'dpkg’s database has a package with a name that dpkg does not allow.', advice: compare },
  DPKG_PACKAGE_DUPLICATE: {
    means: 'dpkg’s database has two entries for one package; readers differ in which one counts.',
    advice: compare,
  },
  DPKG_PATH_DUPLICATE: { means: 'A package’s checksums name one file twice, with different values.', advice: compare },
  DPKG_STANZA_INVALID: { means: 'dpkg’s database has an entry without a package’s name or version.', advice: compare },
} as const satisfies Readonly<Record<string, Explanation>>;
