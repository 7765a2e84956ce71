/** Codes of records inside images: start scripts, the databases of package managers. */
import type { Explanation } from './words.ts';

const compare = 'Compare it with the package’s own, or install the package again and build the image again.';
const readIt = 'Read the script yourself, or accept the gap in your policy.';

export const records = {
  ALTERNATIVE_INVALID: {
    means: 'A file of the alternatives system (which program /usr/bin/editor and the like stand for) is damaged.',
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
    means: 'There are lists of files for packages that dpkg does not know as installed.',
    advice: compare,
  },
  DPKG_NAME_INVALID: { means: 'dpkg’s database has a package with a name that dpkg does not allow.', advice: compare },
  DPKG_PACKAGE_DUPLICATE: {
    means: 'dpkg’s database has two entries for one package; readers differ in which one counts.',
    advice: compare,
  },
  DPKG_PATH_DUPLICATE: { means: 'A package’s checksums name one file twice, with different values.', advice: compare },
  DPKG_STANZA_INVALID: { means: 'dpkg’s database has an entry without a package’s name or version.', advice: compare },
  SHELL_SYNTAX: {
    means:
      'A shell refuses the script at this place. What comes before it has run by then; what follows was read as well as can be.',
    advice: readIt,
  },
  SHELL_SYNTAX_LATER: {
    means: 'The script has a mistake that a shell notices only when it gets there, or warns of and goes on.',
    advice: readIt,
  },
  SHELL_TOO_COSTLY: {
    means: 'The script is written so that reading it costs far more than its size; the rest was not followed.',
    advice: readIt,
  },
  SHELL_TOO_DEEP: {
    means: 'Commands lie in each other deeper than in any honest script; that part was not followed.',
    advice: readIt,
  },
  SHELL_TOO_LARGE: { means: 'The script is too large; only its beginning was followed.', advice: readIt },
} as const satisfies Readonly<Record<string, Explanation>>;
