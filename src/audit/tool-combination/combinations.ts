/** Sorts of tools that one image holds → what they are for together. Each alone is honest. */
import type { Confidence, Intent, Severity } from '../../core/finding.ts';

export interface Combination {
  readonly rule: string;
  /** One sort of each group. */
  readonly groups: readonly (readonly string[])[];
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly intent: Intent;
  readonly techniques: readonly string[];
  readonly advice: string;
}

const forTests = 'Ask whether the image is for security tests. If not, it was made to look for victims.';

export const combinations: readonly Combination[] = [
  {
    rule: 'tool-combination/scanner-and-engine-client',
    groups: [['mass-scanner'], ['engine-client']],
    title:
      'A scanner for whole networks and a client of container engines: made to find engines and start containers there',
    severity: 'high',
    confidence: 'high',
    intent: 'implant',
    techniques: ['T1595.001', 'T1610'],
    advice: forTests,
  },
  {
    rule: 'tool-combination/scanner-and-miner',
    groups: [['mass-scanner'], ['miner']],
    title: 'A scanner for whole networks and a coin miner: made to spread the miner',
    severity: 'high',
    confidence: 'high',
    intent: 'miner',
    techniques: ['T1595.001', 'T1496.001'],
    advice: 'Do not run it.',
  },
  {
    rule: 'tool-combination/anonymiser-and-miner',
    groups: [['anonymiser'], ['miner']],
    title: 'A coin miner and a tool that hides where it connects from',
    severity: 'high',
    confidence: 'high',
    intent: 'miner',
    techniques: ['T1496.001', 'T1090.003'],
    advice: 'Miners that are run with the owner’s knowledge need not hide from the network. Do not run it.',
  },
  {
    rule: 'tool-combination/miner-and-engine-client',
    groups: [['miner'], ['engine-client']],
    title: 'A coin miner and a client of container engines',
    severity: 'high',
    confidence: 'medium',
    intent: 'miner',
    techniques: ['T1496.001', 'T1610'],
    advice: 'Ask why a miner would start containers.',
  },
  {
    rule: 'tool-combination/scanner-and-password-guesser',
    groups: [['mass-scanner'], ['brute-forcer']],
    title: 'A scanner for whole networks and a program that guesses passwords: made to find logins and open them',
    severity: 'high',
    confidence: 'medium',
    intent: 'implant',
    techniques: ['T1595.001', 'T1110.001'],
    advice: forTests,
  },
  {
    rule: 'tool-combination/scanner-and-exploits',
    groups: [['mass-scanner'], ['exploiter']],
    title: 'A scanner for whole networks and a program that tries weaknesses',
    severity: 'medium',
    confidence: 'low',
    intent: 'dual-use',
    techniques: ['T1595.002'],
    advice: forTests,
  },
  {
    rule: 'tool-combination/hidden-password-guesser',
    groups: [['anonymiser'], ['brute-forcer']],
    title: 'A program that guesses passwords and a tool that hides where it connects from',
    severity: 'medium',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1110.001', 'T1090.003'],
    advice: forTests,
  },
  {
    rule: 'tool-combination/hider-and-module-builder',
    groups: [['hider'], ['module-builder', 'kernel-headers']],
    title: 'A library that hides files, and what kernel modules are built with',
    severity: 'high',
    confidence: 'medium',
    intent: 'implant',
    techniques: ['T1014', 'T1564.001', 'T1547.006'],
    advice: 'Rootkits are delivered so. Look at the library and at every module source in the image.',
  },
  {
    rule: 'tool-combination/port-scanner-and-engine-client',
    groups: [['port-scanner'], ['engine-client']],
    title: 'A port scanner and a client of container engines',
    severity: 'low',
    confidence: 'low',
    intent: 'dual-use',
    techniques: ['T1046'],
    advice: 'Administrators’ toolboxes hold both. Ask whether this image is one.',
  },
];

/** Sorts that collections for security tests hold several of, and purposeful images one or two. */
const testSorts: ReadonlySet<string> = new Set([
  'mass-scanner',
  'port-scanner',
  'brute-forcer',
  'exploiter',
  'tunnel',
  'anonymiser',
]);
const namesOfToolbox = 6;

/** `found`: sort → names of the programs. */
export const isToolbox = (found: ReadonlyMap<string, ReadonlySet<string>>): boolean => {
  let tools = 0;
  for (const [sort, programs] of found) if (testSorts.has(sort)) tools += programs.size;
  return tools >= namesOfToolbox && !found.has('miner') && !found.has('hider');
};
