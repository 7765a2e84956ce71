/** The numbers of RPM headers that say what is installed: rpm's list of tags, file attributes and file states. */
import type { PackageFileState, RecordedDigest } from '../../core/package-record.ts';
import { tags } from '../trees/rpm.layout.ts';

export const rpmTags = {
  ...tags,
  headerImmutable: 63,
  sha1Header: 269,
  sha256Header: 273,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  installTime: 1008,
  vendor: 1011,
  license: 1014,
  architecture: 1022,
  /** Packages made before rpm 4 name whole paths. */
  oldFileNames: 1027,
  fileStates: 1029,
  fileDigests: 1035,
  fileFlags: 1037,
  fileUserNames: 1039,
  fileGroupNames: 1040,
  sourceRpm: 1044,
  fileCapabilities: 5010,
  fileDigestAlgorithm: 5011,
} as const;

export const rpmFileFlags = { config: 1, documentation: 2, ghost: 64 } as const;

/** By the numbers of RFC 9580, 9.5. */
export const rpmDigestNames: Readonly<Record<number, RecordedDigest>> = {
  1: 'md5',
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
};

/** 0, the usual state, means that the file was installed as packaged. */
export const rpmFileStates: Readonly<Record<number, PackageFileState>> = {
  1: 'replaced',
  2: 'not-installed',
  3: 'net-shared',
  4: 'wrong-colour',
};
