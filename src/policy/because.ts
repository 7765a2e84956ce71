/** Findings, gaps, rules and exceptions → plain sentences for people. What an image says is made harmless to show. */
import type { Dossier } from '../core/dossier.ts';
import type { Evidence, Finding, Placement } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Exception, PolicyRule } from './policy.ts';

const shown = (text: string, maximum = 200): string => toPlainText(text, maximum);

const shortDigest = (digest: string): string => digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');

const placeOf = ({ layerIndex, layer, hidden }: Placement): string => {
  const number = layerIndex === undefined ? '' : `, layer ${layerIndex}`;
  const digest = layer === undefined ? '' : ` (${shown(shortDigest(layer))})`;
  return `${number}${digest}${hidden === true ? ', hidden by a later layer' : ''}`;
};

const proofOf = (proof: Evidence): string => {
  switch (proof.kind) {
    case 'file':
    case 'excerpt':
      return `in ${shown(proof.path)}${placeOf(proof)}`;
    case 'history':
      return `in ${shown(proof.field)} of the build history${placeOf(proof)}: ${shown(proof.value, 120)}`;
    case 'config':
      return `in ${shown(proof.field)} of the image config: ${shown(proof.value, 120)}`;
    default:
      return `${shown(proof.field)}: ${shown(proof.value, 120)}`;
  }
};

export const findingSentence = (finding: Finding): string =>
  `${finding.severity} ${finding.intent}: ${shown(finding.title)} (${shown(finding.rule)}) ${proofOf(finding.evidence[0])}`;

export const gapSentence = ({ where, code, reason, executable }: Gap): string => {
  const place = /^layer (\d+) \(([^)]*)\)(.*)$/s.exec(where);
  const short = place === null ? where : `layer ${place[1] ?? ''} (${shortDigest(place[2] ?? '')})${place[3] ?? ''}`;
  const program = executable === true ? ', which may be run' : '';
  return `not examined: ${shown(short) || 'the image'}${program}: ${shown(reason)} (${shown(code)})`;
};

/** The first few, and how many there are besides. */
export const fewOf = <Item>(
  items: readonly Item[],
  sentence: (item: Item) => string,
  noun: string,
  maximum = 3,
): readonly string[] => {
  const rest = items.length - maximum;
  const more = rest > 0 ? [`and ${rest} more ${noun}${rest === 1 ? '' : 's'}`] : [];
  return [...items.slice(0, maximum).map(sentence), ...more];
};

export const ruleSentence = ({ id, because, decision }: PolicyRule): string =>
  `the policy's rule ${id} says ${decision}: ${shown(because, 500)}`;

export const expiredSentence = ({ rule, gap, reason, expires }: Exception): string =>
  `the exception for ${shown(rule ?? gap ?? '')} (${shown(reason)}) ended ${expires} and does not apply`;

const amount = (count: number, noun: string): string =>
  `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;

/** What was looked at, when nothing was found. Never empty. */
export const clearSentence = ({ findings, coverage, rules }: Dossier, excepted: number): string => {
  const { files } = coverage;
  const known = Object.values(rules.counts).reduce((sum, count) => sum + count, 0);
  const seen = `${amount(files.examined, 'file')} of ${files.seen.toLocaleString('en-GB')} examined with ${amount(known, 'rule')}`;
  const counted = findings.length - excepted;
  const found = counted > 0 ? `${amount(counted, 'finding')} of little weight` : 'nothing found';
  return `${found}: ${seen}`;
};
