/** Codes of programs: what is odd or broken about an ELF file. */
import type { Explanation } from './words.ts';

const compare = 'Compare the file with the one its publisher gives out.';
const normal =
  'By itself no sign of harm. Together with other findings about the file, compare it with its publisher’s.';

export const programs = {
  ELF_BYTE_ORDER_DISAGREES: {
    means:
      'The header is written in the other byte order than it says. Linux runs the file; analysis tools are misled.',
    advice: compare,
  },
  ELF_CLASS_DISAGREES: {
    means:
      'The header is laid out for the other word size than it says. Linux runs the file; analysis tools are misled.',
    advice: compare,
  },
  ELF_DYNAMIC_DISAGREES: {
    means: 'The table that the loader uses is not the one that analysis tools show.',
    advice: compare,
  },
  ELF_ENTRY_OUTSIDE_CODE: { means: 'The program starts at an address where no code is loaded.', advice: compare },
  ELF_HEADER_INVALID: { means: 'The file is no ELF program.', advice: compare },
  ELF_IDENT_PADDING: {
    means: 'Bytes that must be zero in the header are not: a place for marks of infectors.',
    advice: compare,
  },
  ELF_INTERPRETERS_SEVERAL: {
    means: 'The program names several loaders, and readers differ in which one they show.',
    advice: compare,
  },
  ELF_INTERPRETER_INVALID: { means: 'The name of the program’s loader has no end.', advice: compare },
  ELF_LOAD_ORDER: {
    means: 'The parts of the program are not loaded in ascending order, as after an infection.',
    advice: compare,
  },
  ELF_NO_SECTIONS: {
    means: 'The program has no section table: it was stripped of it, most often by a packer.',
    advice: normal,
  },
  ELF_SECTIONS_TRUNCATED: { means: 'The section table, or a part of it, lies outside the file.', advice: normal },
  ELF_SEGMENTS_INVALID: { means: 'The table of what is loaded has entries of a wrong size.', advice: compare },
  ELF_SEGMENTS_TRUNCATED: {
    means: 'The table of what is loaded, or a part of it, lies outside the file.',
    advice: compare,
  },
  ELF_SEGMENT_INVALID: { means: 'A part of the program takes more bytes in the file than in memory.', advice: compare },
  ELF_SEGMENT_OUTSIDE: {
    means: 'A part of the program reaches past the end of the file: it was cut off, or is made to mislead.',
    advice: compare,
  },
  ELF_STACK_EXECUTABLE: { means: 'The program asks for a stack from which code may run.', advice: normal },
  ELF_TRUNCATED: {
    means: 'The file begins like an ELF program and ends inside its header.',
    advice: 'Get the file again from its publisher and build the image again.',
  },
  ELF_WRITABLE_CODE: {
    means: 'A part of the program may be both written and run, as packers need it.',
    advice: normal,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
