/** The image's name → whether it could be taken for an official, popular or own one. ATT&CK T1036.005. */
import type { Analyzer, Subject } from '../../core/analyzer.ts';
import type { Confidence, Evidence, Finding, Severity } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { imageNamesOf, type ImageName } from '../lookalike/image-names.ts';
import { judgeName, type JudgedName } from '../lookalike/judge-name.ts';
import { loadNames, type KnownNames } from '../lookalike/known-names.ts';
import type { Trait } from '../lookalike/trait.ts';

const weigh = (points: number): readonly [Severity, Confidence] => {
  if (points >= 7) return ['high', 'high'];
  if (points >= 5) return ['high', 'medium'];
  if (points >= 3) return ['medium', 'medium'];
  return points === 2 ? ['low', 'low'] : ['info', 'low'];
};

const shown = (text: string): string => toPlainText(text, 300);

const proofOf = ({ part, value, says }: Trait): Evidence => ({
  kind: 'name',
  field: `${part} (${says})`,
  value: shown(value),
});

/** A label is what the image says of itself: worth showing, no reason to believe it. */
const baseClaim = ({ config }: Subject, original: string | undefined): readonly Evidence[] => {
  const base = config?.labels['org.opencontainers.image.base.name'];
  return base === undefined || original === undefined || !base.includes(original.split('/').at(-1) ?? original)
    ? []
    : [{ kind: 'config', field: 'Labels org.opencontainers.image.base.name', value: shown(base) }];
};

const adviceFor = (original: string | undefined): string =>
  original === undefined
    ? 'Find out whose image this is before you run it, and name it in full and by digest.'
    : `The safer reference is ${shown(original)}, if that is what you meant: name it in full and by digest.`;

const titles: Readonly<Record<Trait['part'], string>> = {
  registry: 'The registry’s host could be taken for another one',
  namespace: 'The namespace could be taken for somebody else’s',
  repository: 'The name could be taken for an official image’s',
  tag: 'The tag passes itself off as something else',
};

const toFinding = (subject: Subject, name: ImageName, { traits, points }: JudgedName): readonly Finding[] => {
  const [first, ...others] = traits.toSorted((one, other) => other.points - one.points);
  if (first === undefined) return [];
  const [severity, confidence] = weigh(points);
  const isBorrowed = points === 1 && first.part === 'repository';
  const original = first.original ?? others.find((trait) => trait.original !== undefined)?.original;
  return [
    {
      rule: `lookalike/${isBorrowed ? 'borrowed-name' : first.part}`,
      title: isBorrowed ? 'The name of an official image, in somebody else’s namespace' : titles[first.part],
      severity,
      confidence,
      intent: 'impersonation',
      techniques: ['T1036.005'],
      advice: adviceFor(original),
      evidence: [
        proofOf(first),
        ...others.map(proofOf),
        { kind: 'name', field: name.claimed ? 'name in the archive' : 'name', value: shown(name.text) },
        ...baseClaim(subject, original),
      ],
    },
  ];
};

/** The content is what an own name was pinned to: whatever it is called here, it is the original. */
const mirrorOf = ({ identity }: Subject, { own }: KnownNames): string | undefined => {
  const digests = [identity.index, identity.manifest, identity.config].filter((digest) => digest !== undefined);
  const original = own.find(({ digest }) => digest !== undefined && digests.some((one) => one === digest));
  return original && [original.registry, ...original.path].join('/');
};

const toMirror = (name: ImageName, original: string): Finding => ({
  rule: 'lookalike/mirror',
  title: 'A name like another’s, with the original’s content',
  severity: 'info',
  confidence: 'high',
  intent: 'impersonation',
  techniques: [],
  advice: `It is what ${shown(original)} was pinned to. Name it by digest, so that it stays so.`,
  evidence: [{ kind: 'name', field: 'name', value: shown(name.text) }],
});

export const lookalike: Analyzer = {
  id: 'lookalike',
  about: 'names that could be taken for an official, popular or own one: registry, namespace, repository, tag',
  version: 1,
  async load(locations) {
    const { known, count, rejected, digest } = loadNames(locations);
    return { digest, counts: { name: count }, rejected, data: known, gaps: [] };
  },
  conclude(subject, _observations, data) {
    const known = data as KnownNames;
    const mirror = mirrorOf(subject, known);
    return imageNamesOf(subject).flatMap((name) => {
      const findings = toFinding(subject, name, judgeName(name, known));
      return mirror === undefined || findings.length === 0 ? findings : [toMirror(name, mirror)];
    });
  },
};
