/** Codes of what the package managers of languages write: Cargo, Composer, RubyGems, Go, Maven, npm, pip. */
import type { Explanation } from './words.ts';

const install = 'Install the package again and build the image again, or accept the gap in your policy.';
const program = 'Get the program again from its publisher, or build it again; or accept the gap in your policy.';
const suspect =
  'Find out which of the two is true: compare the file with the one in the package as its publisher gives it out.';

export const languagePackages = {
  COMPOSER_PACKAGE_INVALID: {
    means: 'An entry of Composer’s list (installed.json) names no package, so one may be missing from the inventory.',
    advice: install,
  },
  CRATES_INVALID: {
    means:
      'A Rust program holds a list of its crates (cargo-auditable) which cannot be unpacked or read, or has entries without a name or a version.',
    advice: program,
  },
  GEM_SPEC_AMBIGUOUS: {
    means:
      'A gem’s specification states its name, version or the like twice, with different values: RubyGems goes by the comment at the top, other readers by what follows.',
    advice: suspect,
  },
  GEM_SPEC_INVALID: { means: 'Neither a gem’s specification nor the name of its file names a gem.', advice: install },
  GEM_SPEC_UNREADABLE: {
    means: 'A gem’s specification computes a value with Ruby code instead of stating it. Tidewaiter runs no such code.',
    advice: 'Read the specification yourself: RubyGems writes plain values at installation. Or install the gem again.',
  },
  GO_BUILD_INFO_INVALID: {
    means: 'A Go program’s build information leads out of the file, so its modules or its compiler are not known.',
    advice: program,
  },
  GO_MODULES_INVALID: {
    means: 'A Go program’s list of modules has lines that are neither a module nor a setting of the build.',
    advice: program,
  },
  JAR_MANIFEST_AMBIGUOUS: {
    means:
      'A jar’s manifest states an attribute twice, or has two sections for one entry; readers differ in which one counts.',
    advice: suspect,
  },
  JAR_MANIFEST_INVALID: {
    means: 'A jar’s manifest has lines that are no attribute, or a section that names no entry. They were left out.',
    advice: 'Get the jar again from its publisher and build the image again, or accept the gap in your policy.',
  },
  NPM_LOCK_INVALID: {
    means:
      'npm’s list of installed packages (package-lock.json) has no packages table, or entries without a name or a version.',
    advice: install,
  },
  POM_PROPERTIES_INVALID: {
    means: 'A jar’s pom.properties states no group or no name, so it is not known which Maven package this is.',
    advice: 'Get the jar again from its publisher and build the image again, or accept the gap in your policy.',
  },
  PYTHON_METADATA_AMBIGUOUS: {
    means:
      'A Python package states its name or its version several times, with different values. The first counted, as in Python.',
    advice: suspect,
  },
  PYTHON_METADATA_INVALID: { means: 'The metadata of a Python package do not name it.', advice: install },
  PYTHON_RECORD_INVALID: {
    means:
      'The list of a Python package’s files (RECORD) has lines without a path, or with an impossible digest or size. Those files could not be compared.',
    advice: install,
  },
  RECORD_AMBIGUOUS: {
    means:
      'A package manager’s JSON record names a member twice; readers differ in which one counts. The last one counted here, as in most.',
    advice: suspect,
  },
  RECORD_INVALID: {
    means: 'A package manager’s JSON record is no JSON, or not the object or list that it must be. It was not read.',
    advice: install,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
