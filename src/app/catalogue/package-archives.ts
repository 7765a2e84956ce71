/** Codes and findings of `--verify-packages`: packages compared with the distribution's signed archive. */
import type { Explanation } from './words.ts';

const again = 'Scan again; if it stays so, name another mirror in the file of --package-archives.';

export const packageArchives = {
  ARCHIVE_FILE_DIFFERS: {
    means:
      'What a server sent (a package, an index, a file of a feed of rules) is not what the signed list says. It was not read.',
    advice: `Somebody or something between here and the server changes what is sent, or the mirror is being updated. ${again}`,
  },
  ARCHIVE_INDEX_INVALID: {
    means:
      'The archive’s signed list of packages says of a package no file, size or SHA-256, or a file outside the archive.',
    advice: again,
  },
  ARCHIVE_KEYS_MISSING: {
    means: 'The keyring with the distribution’s keys is not on this machine, or cannot be read.',
    advice:
      'Install the package debian-archive-keyring; elsewhere than on Debian, copy its file from a place that you trust and name it in the file of --package-archives.',
  },
  ARCHIVE_NOT_FRESH: {
    means:
      'What the archive shows is signed, but too old, from days to come, or older than what it showed before: somebody may hold back newer packages.',
    advice:
      'Check this machine’s clock and the mirror. For a snapshot of the past say frozen: true beside its address in the file of --package-archives.',
  },
  ARCHIVE_REFUSES: {
    means: 'The archive’s server does not give a file; the message has its answer.',
    advice: again,
  },
  ARCHIVE_RELEASE_INVALID: {
    means: 'The archive’s signed Release file is that of another suite, has no date, or names no index by SHA-256.',
    advice: 'Check address and suite in the file of --package-archives.',
  },
  ARCHIVE_SIGNATURE_INVALID: {
    means:
      'The archive’s Release file has no valid signature by a key of the configured keyrings. Nothing of it was believed.',
    advice:
      'Update the package with the keyring if the message names a key that it lacks. Otherwise the address leads to something that is not the archive.',
  },
  ARCHIVE_SIGNATURE_UNCHECKED: {
    means: 'The program gpgv did not say in time whether the archive’s signature is valid.',
    advice: 'Scan again when the machine has less to do.',
  },
  ARCHIVE_STORE_UNUSABLE: {
    means: 'What was fetched from the archive cannot be kept in the cache folder, or is gone from there.',
    advice: 'Make room, or name another folder with --cache-dir.',
  },
  DEBIAN_PACKAGE_INVALID: {
    means: 'A package of the archive has no data, or packs it in a way that cannot be read.',
    advice: 'Report it: the archive has such a package only when its format has changed.',
  },
  PACKAGES_NOT_VERIFIED: {
    means:
      'Packages could not be compared with the archive: a part of it could not be had, or the bounds for one image (768 MiB fetched, 15 minutes) were reached. Packages whose files run come first.',
    advice: 'Scan again: what was fetched is kept. Another gap says why a part of the archive could not be had.',
  },
  PACKAGE_ARCHIVES_INVALID: {
    means: 'The file of --package-archives cannot be used; the message says which line and why.',
    advice: 'Write it like rules/archives/debian.yaml.',
  },
  PACKAGE_ARCHIVE_UNKNOWN: {
    means: 'The image says that it is of a distribution or release for which no archive is configured.',
    advice: 'Add its archive to a copy of rules/archives/debian.yaml and name that with --package-archives.',
  },
  PACKAGE_ARCHIVE_UNSUPPORTED: {
    means: 'The image has packages of rpm or apk: their archives cannot be asked yet, so nothing of them was compared.',
    advice: 'Compare with rpm -V or apk audit on a machine that you trust, or accept the gap in a policy.',
  },
  PACKAGE_VERSION_NOT_IN_ARCHIVE: {
    means:
      'Packages that the image claims are not in the archive in this very version: replaced by newer ones, from elsewhere, or made up so that nothing can be compared.',
    advice:
      'Build from a base that is up to date. For an old image add a snapshot of its time (snapshot.debian.org, with frozen: true) to the file of --package-archives.',
  },
  SIGNATURE_PROGRAM_MISSING: {
    means: 'The program gpgv, which checks the archive’s signature, is not installed.',
    advice: 'Install the package gpgv (gnupg on others than Debian).',
  },
  'package-integrity/archive-file-differs': {
    means:
      'Files of a package are not those that the distribution’s signed archive delivers in this very version. The evidence has both digests.',
    advice: 'Find the build step that replaced them. Install the package again if nobody can say why.',
  },
  'package-integrity/archive-lacks-file': {
    means:
      'The image’s package database counts a program to a package that, in the distribution’s signed archive, does not hold it: somebody wrote it into the list so that it seems owned.',
    advice: 'Do not run the image. Build again from a base that you trust.',
  },
  'package-integrity/database-doctored': {
    means:
      'A file is not the one that the distribution’s signed archive delivers, and the image’s own package database says that all is well: somebody changed both.',
    advice: 'Do not run the image. Build again from a base that you trust, and find out who could write to this one.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
