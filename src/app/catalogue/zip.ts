/** Codes of zip and all that is one: jar, wheel, apk, nupkg, office documents. */
import type { Explanation } from './words.ts';

const suspect = 'Compare the file with the one its publisher gives out; if it is yours, pack it again.';
const fetchAgain = 'Get the file again from its publisher and build the image again, or accept the gap in your policy.';

export const zip = {
  ZIP_COMMENT_TRUNCATED: {
    means: 'The zip’s comment is longer than the file: it was cut off, or something was taken away.',
    advice: suspect,
  },
  ZIP_COUNT_DISAGREES: { means: 'The zip counts other members than its directory lists.', advice: suspect },
  ZIP_DATA_BEFORE: {
    means:
      'Bytes that belong to no member stand before the first one. Self-extracting programs are made so; so are files that pass for something else.',
    advice: suspect,
  },
  ZIP_DATA_BETWEEN: {
    means: 'Bytes that belong to no member lie between members, where no reader shows them.',
    advice: suspect,
  },
  ZIP_DATA_IN_MEMBER: {
    means: 'A member holds bytes behind the end of its packed data, where no reader shows them.',
    advice: suspect,
  },
  ZIP_DIRECTORIES_SEVERAL: {
    means: 'The zip has two directories, and readers differ in which one they follow.',
    advice: suspect,
  },
  ZIP_DIRECTORY_MISSING: {
    means:
      'The zip has no valid directory; members were found by their own headers only. Most readers open no such file.',
    advice: fetchAgain,
  },
  ZIP_DIRECTORY_TOO_LARGE: { means: 'The zip’s directory is larger than 256 MiB, and was not read.', advice: suspect },
  ZIP_DIRECTORY_TRAILING_DATA: { means: 'The zip’s directory holds bytes that are no entry.', advice: suspect },
  ZIP_END_RECORDS_DISAGREE: {
    means: 'The zip’s end records (the old and the 64-bit one) state different directories, or one is missing.',
    advice: suspect,
  },
  ZIP_END_RECORDS_SEVERAL: {
    means: 'The zip has several end records; readers differ in which archive this is.',
    advice: suspect,
  },
  ZIP_HEADERS_DISAGREE: {
    means:
      'The directory and a member’s own header say different things (name, size, method): two readers see two files.',
    advice: suspect,
  },
  ZIP_MEMBERS_OVERLAP: {
    means: 'Members share bytes, as in bombs that unpack one content many times.',
    advice: suspect,
  },
  ZIP_MEMBER_CORRUPT: {
    means: 'A member is damaged: its data or its checksum are wrong, or it is not where the directory says.',
    advice: fetchAgain,
  },
  ZIP_MEMBER_ENCRYPTED: {
    means: 'A member is encrypted; without its password nobody can see what it is.',
    advice:
      'Find out whether it is meant to be so: malware is often carried that way. If it is, accept the gap in your policy for this image.',
  },
  ZIP_MEMBER_TRUNCATED: { means: 'A member reaches past the end of the file.', advice: fetchAgain },
  ZIP_MEMBER_UNLISTED: {
    means:
      'A member is missing from the directory: readers that go from front to back see it, all others do not. It was examined.',
    advice: suspect,
  },
  ZIP_METHOD_UNSUPPORTED: {
    means: 'A member is packed with a method that Tidewaiter cannot unpack; the message names it.',
    advice: 'Pack it again with deflate, or accept the gap in your policy.',
  },
  ZIP_NAME_AMBIGUOUS: {
    means: 'A member’s name holds a zero byte, or is a folder’s although it has content.',
    advice: suspect,
  },
  ZIP_NAME_DUPLICATE: { means: 'Two members have one name; readers differ in which one they take.', advice: suspect },
  ZIP_SIZE_DISAGREES: { means: 'A member unpacks to another size than the directory states.', advice: suspect },
  ZIP_SPLIT: { means: 'The zip says that it is one part of several.', advice: fetchAgain },
} as const satisfies Readonly<Record<string, Explanation>>;
