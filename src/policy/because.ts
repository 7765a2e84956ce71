/** Findings, gaps, rules and exceptions → plain sentences for people. What an image says is made harmless to show. */
import { counted, grouped } from '../core/amount.ts';
import type { Dossier } from '../core/dossier.ts';
import { severityRank, type Evidence, type Finding, type Placement } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { GradedFinding } from './assess.ts';
import type { Exception, FindingContext, PolicyRule } from './policy.ts';

const shown = (text: string, maximum = 200): string => toPlainText(text, maximum);

const shortDigest = (digest: string): string => digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');

const placeOf = ({ layerIndex, layer, hidden, launched, unowned }: Placement): string => {
  const number = layerIndex === undefined ? '' : `, layer ${layerIndex}`;
  const digest = layer === undefined ? '' : ` (${shown(shortDigest(layer))})`;
  const context = [
    launched === true ? ', started by the image' : '',
    unowned === true ? ', owned by no package' : '',
    hidden === true ? ', hidden by a later layer' : '',
  ];
  return `${number}${digest}${context.join('')}`;
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

/** The proof that says most: one that the image starts before one that no package owns before the first. */
const tellingProof = ({ evidence }: Finding): Evidence => {
  const placed = (proof: Evidence): Placement => (proof.kind === 'file' || proof.kind === 'excerpt' ? proof : {});
  return (
    evidence.find((proof) => placed(proof).launched === true) ??
    evidence.find((proof) => placed(proof).unowned === true) ??
    evidence[0]
  );
};

const statement = (finding: Finding): string =>
  `${finding.severity} ${finding.intent}: ${shown(finding.title)} (${shown(finding.rule)})`;

export const findingSentence = (finding: Finding): string => `${statement(finding)} ${proofOf(tellingProof(finding))}`;

const companionsNamed = 2;

/** A finding with those that made it count: the sentence names the first of them, and how many there are besides. */
const combinedSentence = ({ finding, companions }: GradedFinding): string => {
  const rest = companions.length - companionsNamed;
  const named = companions.slice(0, companionsNamed).map(statement);
  const more = rest > 0 ? [`${rest} more`] : [];
  return `${findingSentence(finding)}; counted together with ${[...named, ...more].join(' and ')}`;
};

/**
 * The findings that decided: those that did so alone before those that needed others, and worst first. A finding that an earlier
 * sentence names gets no sentence of its own, and is not told again as a companion.
 */
export const decisiveSentences = (all: readonly GradedFinding[], maximum = 3): readonly string[] => {
  const isAlone = ({ companions }: GradedFinding): boolean => companions.length === 0;
  const graded = [...all.filter(isAlone), ...all.filter((one) => !isAlone(one))];
  const named = new Set<Finding>();
  const sentences: string[] = [];
  for (const one of graded) {
    if (sentences.length < maximum && !named.has(one.finding)) {
      const isNews = one.companions.length > 0 && !one.companions.every((companion) => named.has(companion));
      sentences.push(isNews ? combinedSentence(one) : findingSentence(one.finding));
      for (const companion of one.companions.slice(0, companionsNamed)) named.add(companion);
      named.add(one.finding);
    }
  }
  const rest = graded.filter(({ finding }) => !named.has(finding)).length;
  return rest > 0 ? [...sentences, `and ${rest} more such finding${rest === 1 ? '' : 's'}`] : sentences;
};

const reasons: readonly (readonly [FindingContext, string])[] = [
  ['example', 'it lies among documentation, tests or examples'],
  ['owned', 'it lies in a file that a package delivers'],
  ['nested', 'it lies in an archive that nothing starts'],
];

/** Why a finding that is severe by itself changed nothing; undefined where its place is not the reason. */
export const lightSentence = ({ finding, context }: GradedFinding): string | undefined => {
  const reason = reasons.find(([word]) => context.has(word))?.[1];
  if (reason === undefined || severityRank(finding.severity) < severityRank('high')) return undefined;
  return `does not count, since ${reason}: ${findingSentence(finding)}`;
};

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

export const untrustedSentence = ({ trust }: Dossier): string =>
  `not signed by whom the trust configuration demands: ${shown(trust?.reason ?? '', 500)} (${shown(trust?.code ?? '')})`;

/** Empty unless signatures were demanded and are there. */
export const trustedSentence = ({ trust }: Dossier): readonly string[] =>
  trust?.asked === true && trust.outcome === 'trusted' ? [shown(trust.reason, 500)] : [];

export const expiredSentence = ({ rule, gap, reason, expires }: Exception): string =>
  `the exception for ${shown(rule ?? gap ?? '')} (${shown(reason)}) ended ${expires} and does not apply`;

/** What was looked at, when nothing was found. Never empty. */
export const clearSentence = ({ findings, coverage, rules }: Dossier, excepted: number): string => {
  const { files } = coverage;
  const known = Object.values(rules.counts).reduce((sum, count) => sum + count, 0);
  const seen = `${counted(files.examined, 'file')} of ${grouped(files.seen)} examined with ${counted(known, 'rule')}`;
  const weighed = findings.length - excepted;
  const found = weighed > 0 ? `${counted(weighed, 'finding')} of little weight` : 'nothing found';
  return `${found}: ${seen}`;
};
