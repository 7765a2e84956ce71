/** Codes of archives inside layers in general, and of ar, deb, cpio and rpm. */
import type { Explanation } from './words.ts';

const suspect = 'Compare the file with the one its publisher gives out; if it is yours, make it again.';
const fetchAgain = 'Get the file again from its publisher and build the image again, or accept the gap in your policy.';

export const packages = {
  ARCHIVE_TOO_LARGE: {
    means:
      'An archive, or one inside another, is too large to be read member by member. Its bytes were examined, its members were not.',
    advice:
      'Unpack it and scan the folder with rootfs:, give the temporary folder (TMPDIR) more room, or accept the gap in your policy.',
  },
  ARCHIVE_UNSUPPORTED: {
    means:
      'An archive of a kind that Tidewaiter cannot unpack (RAR, 7z). Its bytes were examined, its members were not.',
    advice: 'Unpack it and scan the folder with rootfs:, or accept the gap in your policy.',
  },
  AR_HEADER_INVALID: {
    means: 'An ar archive (deb package, static library) is damaged at a member’s header.',
    advice: fetchAgain,
  },
  AR_NAME_DUPLICATE: {
    means: 'A deb package holds two archives of one name; tools differ in which one they install.',
    advice: suspect,
  },
  AR_NAME_INVALID: { means: 'A member’s name in an ar archive leads nowhere.', advice: fetchAgain },
  AR_PADDING_INVALID: {
    means:
      'A byte between two members of an ar archive is no padding; readers may differ in where the next one begins.',
    advice: suspect,
  },
  AR_TRUNCATED: { means: 'An ar archive (deb package, static library) ends too early.', advice: fetchAgain },
  CPIO_ARCHIVES_SEVERAL: {
    means:
      'Several cpio archives lie one after the other. The kernel reads all of them, the cpio tool only the first. Initial RAM disks are made so.',
    advice: 'Nothing to do for an initrd with microcode. Elsewhere, find out what made it.',
  },
  CPIO_CHECKSUM_WRONG: {
    means: 'A file in a cpio archive does not have the checksum that its header states.',
    advice: fetchAgain,
  },
  CPIO_ENTRY_DATA: {
    means: 'A folder or device in a cpio archive carries content, which no reader shows.',
    advice: suspect,
  },
  CPIO_HEADER_INVALID: {
    means: 'A cpio archive is damaged at a header. Nothing behind it was read.',
    advice: fetchAgain,
  },
  CPIO_NAME_AMBIGUOUS: {
    means: 'A name in a cpio archive does not end where its header says; readers differ in what it is.',
    advice: suspect,
  },
  CPIO_NAME_DUPLICATE: { means: 'Two files in a cpio archive have one name.', advice: suspect },
  CPIO_TRAILER_DATA: {
    means: 'The end mark of a cpio archive carries content, which no reader shows.',
    advice: suspect,
  },
  CPIO_TRUNCATED: { means: 'A cpio archive or RPM payload ends too early.', advice: fetchAgain },
  RECORD_TOO_LARGE: {
    means:
      'A table or record that must be read as a whole is larger than 8 MiB (64 MiB for the header of an RPM package), or nested too deep. It was not read.',
    advice: suspect,
  },
  RPM_FILE_UNKNOWN: {
    means: 'The payload of an RPM package has a file that its header does not list.',
    advice: suspect,
  },
  RPM_HEADER_INVALID: {
    means: 'An RPM package, or a package in an RPM database, has a damaged header, or one without a name.',
    advice: fetchAgain,
  },
  RPM_PAYLOAD_DISAGREES: {
    means: 'The payload of an RPM package is packed another way than its header says.',
    advice: suspect,
  },
  RPM_TAG_DUPLICATE: {
    means:
      'The header of an RPM package, in its file or in a database, states something twice; readers differ in which one they use.',
    advice: suspect,
  },
  RPM_TRUNCATED: { means: 'An RPM package ends too early.', advice: fetchAgain },
} as const satisfies Readonly<Record<string, Explanation>>;
