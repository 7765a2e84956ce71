/**
 * Where things lie: tables, then the window with the output right behind it, then the input. Copies may run past the end of the output, and
 * where the input ends zeros follow it.
 */

export const CODE_LENGTHS: usize = 0;
export const META_LENGTHS: usize = 320;
export const COUNTS: usize = 352;
export const STARTS: usize = 384;
export const SORTED: usize = 416;
export const META_CODES: usize = 1024;
export const LITERAL_CODES: usize = 2048;
export const DISTANCE_CODES: usize = 12288;
export const WINDOW: usize = 14336;
export const windowSize: usize = 32768;
export const outputSize: usize = 262144;
export const outputSlack: usize = 512;
export const inputSize: usize = 131072;

export const OUTPUT: usize = WINDOW + windowSize;
export const INPUT: usize = OUTPUT + outputSize + outputSlack;
/** Bytes that INPUT takes. */
export const ROOM: usize = inputSize;
export const OUTPUT_END: usize = OUTPUT + outputSize;
