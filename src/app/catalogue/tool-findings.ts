/** Findings of the analyzer `tool-combination`: tools that are honest alone. */
import type { Explanation } from './words.ts';

const forTests = 'Ask whether the image is for security tests. If not, it was made to look for victims.';

export const toolFindings = {
  'tool-combination/anonymiser-and-miner': {
    means: 'The image holds a coin miner and a tool that hides where it connects from.',
    advice: 'Do not run it: who mines on machines of one’s own need not hide it from one’s own network.',
  },
  'tool-combination/hidden-password-guesser': {
    means: 'The image holds a program that guesses passwords and a tool that hides where it connects from.',
    advice: forTests,
  },
  'tool-combination/hider-and-module-builder': {
    means: 'The image holds a library that hides files and what kernel modules are built with.',
    advice: 'Look at the library and at every module source in the image. Do not run it privileged.',
  },
  'tool-combination/miner-and-engine-client': {
    means: 'The image holds a coin miner and a client that starts containers.',
    advice: 'Ask why a miner would start containers.',
  },
  'tool-combination/port-scanner-and-engine-client': {
    means: 'The image holds a port scanner and a client of container engines, as administrators’ toolboxes do.',
    advice: 'Nothing, if it is one.',
  },
  'tool-combination/renamed-tool': {
    means:
      'A scanner, an engine’s client or a tunnel lies under a name that has nothing of what it is. Its build information tells what it was built from.',
    advice: 'Ask who renamed it and why.',
  },
  'tool-combination/scanner-and-engine-client': {
    means:
      'The image holds a scanner for whole networks and a client of container engines. Together they find open engines and start containers there, as the worms Graboid and TeamTNT did.',
    advice: forTests,
  },
  'tool-combination/scanner-and-exploits': {
    means: 'The image holds a scanner for whole networks and a program that tries weaknesses.',
    advice: forTests,
  },
  'tool-combination/scanner-and-miner': {
    means: 'The image holds a scanner for whole networks and a coin miner.',
    advice: 'Do not run it.',
  },
  'tool-combination/scanner-and-password-guesser': {
    means: 'The image holds a scanner for whole networks and a program that guesses passwords.',
    advice: forTests,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
