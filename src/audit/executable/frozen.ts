/** The end and the names of a program → whether a script runtime was frozen into one file with its scripts, and by what. */

export interface Frozen {
  readonly by: string;
  readonly language: 'Python' | 'JavaScript';
  /** Where in the bytes the mark stands. */
  readonly at: number;
}

interface Mark {
  readonly by: string;
  readonly language: Frozen['language'];
  readonly bytes: Buffer;
}

/** What the runtimes look for at their own end: PyInstaller's cookie, nexe's sentinel, Deno's and Bun's trailers. */
const endMarks: readonly Mark[] = [
  { by: 'PyInstaller', language: 'Python', bytes: Buffer.from('MEI\u000c\u000b\u000a\u000b\u000e', 'latin1') },
  { by: 'nexe', language: 'JavaScript', bytes: Buffer.from('<nexe~~sentinel>', 'latin1') },
  { by: 'Deno', language: 'JavaScript', bytes: Buffer.from('d3n0l4nd', 'latin1') },
  { by: 'Bun', language: 'JavaScript', bytes: Buffer.from('\n---- Bun! ----\n', 'latin1') },
];

/** Section tables and names may follow the mark where a linker put the archive into a section. */
const tailBytes = 8192;

/** `bytes`: the end of the file, or all of it. A mark counts once: the runtimes carry it in their code too, but not at their end. */
export const findFrozen = (bytes: Uint8Array): Frozen | undefined => {
  const from = Math.max(0, bytes.length - tailBytes);
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
  for (const { by, language, bytes: mark } of endMarks) {
    const at = tail.lastIndexOf(mark);
    if (at >= 0) return { by, language, at: from + at };
  }
  return undefined;
};
