/** Codes of tar: layers, archives of images, tars inside layers. */
import type { Explanation } from './words.ts';

const buildAgain =
  'In a layer: do not run the image before you know what wrote it, and build it again with a current builder.';

export const tar = {
  PATH_ESCAPES: {
    means: 'A name or link leads out of the image or archive (with ../). Careless tools write there.',
    advice: 'Do not unpack it with other tools. In a layer it is an attack until you know what wrote it.',
  },
  PATH_TOO_LONG: {
    means: 'A name or link target is longer than 16 KiB; honest ones are far shorter.',
    advice: buildAgain,
  },
  TAR_END_BROKEN: {
    means: 'One zero block is followed by data instead of a second: some readers stop there, others go on.',
    advice: buildAgain,
  },
  TAR_END_MISSING: {
    means: 'The tar has no end mark: entries may have been cut off.',
    advice: 'Fetch the image again; if it stays so, build it again.',
  },
  TAR_ENTRY_INVALID: {
    means: 'Tidewaiter was about to write a tar entry that cannot be, for example a folder with content: a bug.',
    advice: 'Report it with the command that you ran.',
  },
  TAR_GLOBAL_HEADER: {
    means: 'A global header changes names, sizes or owners of all entries. Engines ignore it, other readers do not.',
    advice: buildAgain,
  },
  TAR_HEADERS_REPEATED: {
    means: 'An entry has two extended headers of the same kind; readers differ in which one they use.',
    advice: buildAgain,
  },
  TAR_HEADER_ALONE: {
    means: 'An extended header at the end belongs to no entry: something was cut off, or hides there.',
    advice: buildAgain,
  },
  TAR_HEADER_INVALID: {
    means: 'A tar header is damaged or states a number that readers read differently. Nothing behind it was read.',
    advice: 'Fetch the image again; if it stays so, build it again.',
  },
  TAR_NAMES_DISAGREE: {
    means: 'An entry has two different names, or one with a zero byte at which many readers cut it off.',
    advice: buildAgain,
  },
  TAR_PADDING_USED: {
    means: 'Bytes hide in the padding behind a file, where no reader shows them.',
    advice: buildAgain,
  },
  TAR_PAX_INVALID: {
    means: 'An extended (pax) header is damaged. Nothing behind it was read.',
    advice: 'Fetch the image again; if it stays so, build it again.',
  },
  TAR_RECORD_TOO_LARGE: {
    means: 'An extended header or sparse map is larger than 8 MiB. Nothing behind it was read.',
    advice: buildAgain,
  },
  TAR_SIZES_DISAGREE: {
    means: 'An entry states two sizes: readers differ in where the next entry begins, and so in which files there are.',
    advice: buildAgain,
  },
  TAR_SIZE_IGNORED: {
    means: 'A folder, link or device states a size. Some readers skip so many bytes, others read the next entry there.',
    advice: buildAgain,
  },
  TAR_SPARSE_INVALID: {
    means: 'The map of a sparse file is damaged or can be laid out in two ways. Nothing behind it was read.',
    advice: 'Build the layer again without sparse files.',
  },
  TAR_TRUNCATED: {
    means: 'The tar ends in the middle of an entry. What would have followed is not known.',
    advice: 'Fetch the image again; if it stays so, build it again.',
  },
  TAR_TYPE_AMBIGUOUS: {
    means:
      'An entry has an unknown type, or is a file with the name of a folder; readers differ in what they make of it. It was examined as a file.',
    advice: buildAgain,
  },
  TAR_XATTRS_DISAGREE: {
    means: 'Two records give one extended attribute (for example file capabilities) different values.',
    advice: buildAgain,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
