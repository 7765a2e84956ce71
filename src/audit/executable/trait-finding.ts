/** One trait of a program, with its others and its place → the finding it makes, if any. */
import type { Observation } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { isOddPlace } from './odd-place.ts';
import type { Trait, TraitName } from './traits.ts';

type Statement = Omit<Finding, 'evidence' | 'more' | 'title'> & { readonly title: (text: string) => string };

const look =
  'Find out which build step or package brought the program, and whether the same one from its publisher has this trait.';

const statements: Readonly<Record<TraitName, Statement>> = {
  packed: {
    rule: 'executable/packed',
    title: (text) => `A program’s code is packed or encrypted (${text})`,
    severity: 'medium',
    confidence: 'low',
    intent: 'implant',
    techniques: ['T1027.002'],
    advice: 'Ask for the unpacked program: what packed code does, no scanner can see.',
  },
  payload: {
    rule: 'executable/dense-data',
    title: (text) => `A program carries ${text}: something compressed or encrypted`,
    severity: 'low',
    confidence: 'low',
    intent: 'dual-use',
    techniques: ['T1027.009'],
    advice: 'Games, installers and programs with pictures do. Ask what it is where the program has no use for such.',
  },
  'tiny-loader': {
    rule: 'executable/tiny-loader',
    title: (text) => `A program of a few instructions that can rewrite itself (${text}), as stagers are`,
    severity: 'high',
    confidence: 'medium',
    intent: 'implant',
    techniques: ['T1620', 'T1105'],
    advice: 'Such programs fetch the rest of themselves over the network. Disassemble it; do not run it.',
  },
  'writable-code': {
    rule: 'executable/writable-code',
    title: () => 'A program’s code can be rewritten while it runs',
    severity: 'low',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1027.002'],
    advice: 'Packers need it, and a few old linkers and hand-written programs have it.',
  },
  'entry-behind-data': {
    rule: 'executable/added-code',
    title: () => 'A program starts in code that was added behind its data, as infected programs do',
    severity: 'high',
    confidence: 'low',
    intent: 'tampering',
    techniques: ['T1554'],
    advice: 'Compare it with the file of the same name in its package.',
  },
  'odd-interpreter': {
    rule: 'executable/odd-interpreter',
    title: (text) => `A program is loaded by ${text}, which is no usual place for a loader`,
    severity: 'low',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1574'],
    advice: 'The named file runs before the program and in its place: look at it.',
  },
  'audit-library': {
    rule: 'executable/audit-library',
    title: (text) => `A program has ${text} watch every function that it binds`,
    severity: 'medium',
    confidence: 'low',
    intent: 'implant',
    techniques: ['T1574.006'],
    advice: 'It works like a preload that no variable shows: look at the library.',
  },
  appended: {
    rule: 'executable/appended-data',
    title: (text) => `A program carries ${text}`,
    severity: 'info',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1027.009'],
    advice: 'Self-extracting installers are made so. The bytes were examined as they are, not unpacked.',
  },
  frozen: {
    rule: 'executable/frozen-script',
    title: (text) => `A script and its runtime are frozen into one program (${text})`,
    severity: 'info',
    confidence: 'high',
    intent: 'dual-use',
    techniques: ['T1027.009'],
    advice: 'What it does is in the script: ask for the source.',
  },
  'hides-entries': {
    rule: 'executable/replaces-listing',
    title: (text) => `A library ${text}: so files and processes are hidden`,
    severity: 'medium',
    confidence: 'medium',
    intent: 'implant',
    techniques: ['T1564.001', 'T1574.006'],
    advice:
      'Tracers do the same. See whether /etc/ld.so.preload or LD_PRELOAD names it, and which names it leaves out.',
  },
  'runs-from-memory': {
    rule: 'executable/runs-from-memory',
    title: () => 'A program can run another from memory, without a file',
    severity: 'low',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1620'],
    advice: 'Container runtimes and language runtimes can, and so do loaders of hidden programs.',
  },
  'load-time-resolver': {
    rule: 'executable/load-time-resolver',
    title: (text) => text,
    severity: 'medium',
    confidence: 'low',
    intent: 'implant',
    techniques: ['T1195.002', 'T1574'],
    advice:
      'Fast versions of functions are chosen so, and the backdoor of xz-utils 5.6.0 came in so. It matters where the library is not the one that its package shipped.',
  },
  static: {
    rule: 'executable/static-in-odd-place',
    title: (text) => `A program that needs no library (${text}) lies where no build puts programs`,
    severity: 'medium',
    confidence: 'medium',
    intent: 'implant',
    techniques: ['T1036.005', 'T1564.001'],
    advice: look,
  },
};

/** Traits that a packed program of honest make does not have as well. */
const aggravating: ReadonlySet<TraitName> = new Set([
  'entry-behind-data',
  'runs-from-memory',
  'odd-interpreter',
  'appended',
]);

/** What UPX packed is unpacked and examined: it hides nothing from this scan. */
const isUnpackable = ({ text }: Trait): boolean => text.startsWith('UPX');

/** Facts that only count with others: a packed program is odder in an odd place, a static one is odd nowhere else. */
export const describeTrait = (trait: Trait, all: readonly Trait[], observation: Observation): readonly Finding[] => {
  const isOdd = isOddPlace(observation.path);
  if (trait.name === 'static' && !isOdd) return [];
  const { title, ...statement } = statements[trait.name];
  const isWorse =
    (trait.name === 'packed' && (isOdd || !isUnpackable(trait) || all.some(({ name }) => aggravating.has(name)))) ||
    (trait.name === 'odd-interpreter' && isOddPlace(trait.text.replace(/^\/+/, '')));
  const { path, sha256, size, layerIndex, hidden } = observation;
  return [
    {
      ...statement,
      title: title(trait.text),
      ...(isWorse ? ({ severity: 'medium', confidence: 'medium', intent: 'implant' } as const) : {}),
      evidence: [{ kind: 'file', path, sha256, size, layerIndex, hidden }],
    },
  ];
};
