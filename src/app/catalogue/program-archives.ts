/** Codes about what was frozen or packed into programs. */
import type { Explanation } from './words.ts';

export const programArchives = {
  FROZEN_MEMBER_DAMAGED: {
    means:
      'A script, module or library that was frozen into a program does not unpack, or lies outside of the archive.',
    advice: 'The runtime would fail there too. Ask what made the program so.',
  },
  FROZEN_MEMBER_TOO_LARGE: {
    means: 'Something frozen into a program unpacks to more than is held in memory at once.',
    advice: 'Unpack the program elsewhere, and scan what comes out.',
  },
  FROZEN_MODULES_UNREADABLE: {
    means: 'The modules that were frozen into a program cannot be read: they are damaged or encrypted.',
    advice: 'Ask for the source. Honest programs need not hide their modules.',
  },
  FROZEN_TABLE_INVALID: {
    means: 'The table of contents of what was frozen into a program breaks off.',
    advice: 'Ask what made the program so: its runtime reads the same table.',
  },
  UPX_DAMAGED: {
    means: 'A program says that UPX packed it, but does not unpack: it was altered by hand, or cut.',
    advice:
      'Only who wants to keep scanners out alters what UPX made. Treat the program as hostile until its source is known.',
  },
  UPX_TOO_LARGE: {
    means: 'A program that UPX packed states a size beyond what is held in memory at once.',
    advice: 'Unpack it elsewhere (upx -d), and scan what comes out.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
