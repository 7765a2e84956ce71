/** Findings of the analyzers `package-integrity` and `known-packages`. */
import type { Explanation } from './words.ts';

const compare =
  'Compare the file with the one in the distribution’s package, and find the build step that put it there. If nobody can say why, build again from the base.';
const ownPlace = 'Programs of your own belong below /usr/local or /opt. Find the build step that put this one there.';

export const packageFindings = {
  'known-packages/malicious-image': {
    means:
      'The image’s name and tag, or the machine image’s id, is one under which malicious content was published. The evidence says who found it and when.',
    advice:
      'Compare the digest with the one that the publisher states now. Where the bad one ran, treat the secrets that it could see as stolen.',
  },
  'known-packages/malicious-version': {
    means:
      'A package of this very version was published to do harm: a backdoor, a thief of credentials, a miner. The evidence says who found it and when.',
    advice:
      'Do not run the image. Take a version from before or after, and treat secrets as stolen wherever this one ran.',
  },
  'package-integrity/added-setuid': {
    means:
      'A packaged program runs with its owner’s rights (setuid or setgid), although the package delivers it without: whoever starts it may become root.',
    advice: 'Find the build step that changed the rights, and take them back if nothing needs them.',
  },
  'package-integrity/changed-file': {
    means:
      'Files of a package (modules, units, hooks) are not those that it delivered. Patches made while the image was built look so too.',
    advice: compare,
  },
  'package-integrity/changed-program': {
    means:
      'A program or library of a package is not the one that it delivered, by the package’s own digest. Replacing ls, ps, sshd or a login library is how intruders stay unseen.',
    advice: compare,
  },
  'package-integrity/database-contradicts-itself': {
    means:
      'The package database says two things that cannot both be true: digests edited for the same version, a header that does not fit its digest, a program that was added to a list.',
    advice: 'Trust none of the image’s own records; compare its files with the packages of the distribution.',
  },
  'package-integrity/database-removed': {
    means:
      'A lower layer has a package database, a later one deletes it, and the packages’ files are still there. Some images are made smaller so; nobody can check them any more.',
    advice: 'Keep the database, or build from a base that has none.',
  },
  'package-integrity/hidden-program': {
    means:
      'A program whose name, or whose folder’s name, begins with a dot lies in a system folder and belongs to no package.',
    advice: 'Find out what it is before anything runs this image. Honest software does not hide there.',
  },
  'package-integrity/many-changed': {
    means:
      'Most of the packaged programs differ from what was delivered: something went over all of them, such as a tool that strips or packs programs.',
    advice: 'If the image was not made with such a tool, build it again from its base.',
  },
  'package-integrity/record-incomplete': {
    means:
      'Some records of installed packages cannot be read in full, or were slimmed away. The evidence names the code of each.',
    advice: 'Nothing to do for test data inside packages and for images that were slimmed on purpose.',
  },
  'package-integrity/unowned-login-module': {
    means: 'A login module (PAM) belongs to no package. Modules see every password, and may let anybody in.',
    advice: 'Find out where it is from and which file below /etc/pam.d uses it.',
  },
  'package-integrity/unowned-program': {
    means: 'Programs lie in the system’s own folders and belong to no package. Many builds put theirs there.',
    advice:
      'Nothing urgent. Programs of your own belong below /usr/local or /opt, where nobody takes them for the system’s.',
  },
  'package-integrity/unowned-setuid': {
    means: 'A program in a system folder runs with its owner’s rights (setuid or setgid) and belongs to no package.',
    advice: ownPlace,
  },
  'package-integrity/unowned-system-tool': {
    means:
      'A program is called like a tool that people look at a system with, or log in with, and belongs to no package.',
    advice: ownPlace,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
