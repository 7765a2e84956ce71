/** Findings of the analyzer `executable`: programs that no compiler or package leaves as they are. */
import type { Explanation } from './words.ts';

export const executableFindings = {
  'executable/added-code': {
    means:
      'A program starts in code that lies behind its data. Compilers put code first; who infects a finished program adds it at the end.',
    advice: 'Compare it with the file of the same name in its package.',
  },
  'executable/appended-data': {
    means: 'A program carries a script, a packed file or another program behind its own end.',
    advice: 'Self-extracting installers are made so. Unpack it elsewhere and look.',
  },
  'executable/audit-library': {
    means: 'A program names a library that watches and may change every function it binds. No variable shows it.',
    advice: 'Look at the library.',
  },
  'executable/dense-data': {
    means: 'Much of a program’s data is compressed or encrypted.',
    advice: 'Installers and programs with pictures are so. Ask what it is where the program has no use for such.',
  },
  'executable/frozen-script': {
    means: 'A script in Python or JavaScript was frozen into one program together with its runtime.',
    advice: 'What it does is in the script: ask for the source.',
  },
  'executable/load-time-resolver': {
    means:
      'A library decides while it is loaded which of its functions run (IFUNC). The C library does so for speed; the backdoor of xz-utils 5.6.0 entered sshd this way.',
    advice: 'It matters where the library is not the one that its package shipped: compare them.',
  },
  'executable/odd-interpreter': {
    means: 'A program names a loader in an unusual place: that file runs first, and can do anything.',
    advice: 'Look at the named file.',
  },
  'executable/packed': {
    means:
      'The code of a program is compressed or encrypted, and is unpacked in memory when it runs. Packing saves space, and keeps scanners from seeing the code.',
    advice: 'Ask for the unpacked program. In a hidden or temporary folder, treat it as hostile.',
  },
  'executable/replaces-listing': {
    means:
      'A library defines the functions that list folders and passes calls on to the real ones: preloaded into every program, it hides files and processes.',
    advice: 'Tracers do the same. See whether /etc/ld.so.preload or LD_PRELOAD names it.',
  },
  'executable/runs-from-memory': {
    means: 'A program can start another from memory, so that no file shows what runs.',
    advice: 'Container and language runtimes can. Ask what else would need it.',
  },
  'executable/static-in-odd-place': {
    means:
      'A program that needs no library lies in a temporary, hidden or settings folder. It runs on any system: what attackers bring is made so.',
    advice: 'Find out which build step brought it.',
  },
  'executable/tiny-loader': {
    means:
      'A program of a few instructions whose code can be rewritten: a stager, which fetches the rest over the network.',
    advice: 'Do not run it. Disassemble it.',
  },
  'executable/writable-code': {
    means: 'A program’s code can be rewritten while it runs, as packers need it.',
    advice: 'Look at the other findings about the same file.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
