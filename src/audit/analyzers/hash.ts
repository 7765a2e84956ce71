/** Known-bad SHA-256, SHA-1 and MD5 of files, and known-bad digests of layers and of the image itself. */
import type { Analyzer, Inspector, Observation, Plain, Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { findHash } from '../known-hashes/hash-set.ts';
import { loadHashes, type KnownHashes } from '../known-hashes/load-hashes.ts';

/** Positions in the sets of the hashes that a file has: `[set, position]`. */
type Hits = readonly (readonly [set: number, position: number])[];

const openHashInspector = ({ sets }: KnownHashes): Inspector => {
  const weaker = sets.flatMap(({ algorithm }) => (algorithm === 'sha256' ? [] : [algorithm]));
  return {
    scope: () => '',
    wants: () => sets.length > 0,
    digests: weaker,
    inspect(file, _content, digests) {
      // A file in several windows has its digests from the start: one look is enough.
      if (!file.lastWindow) return undefined;
      const hits: (readonly [number, number])[] = [];
      for (const [index, set] of sets.entries()) {
        const position = findHash(set, set.algorithm === 'sha256' ? file.sha256 : (digests[set.algorithm] ?? ''));
        if (position >= 0) hits.push([index, position]);
      }
      return hits.length === 0 ? undefined : { facts: hits };
    },
  };
};

const isHits = (facts: Plain): facts is Hits =>
  Array.isArray(facts) &&
  facts.every((hit) => Array.isArray(hit) && hit.length === 2 && hit.every((part) => typeof part === 'number'));

const noteOf = ({ sets, notes }: KnownHashes, [set, position]: Hits[number]): string =>
  notes[sets[set]?.notes[position] ?? -1] ?? 'a feed';

const statement = {
  severity: 'critical',
  confidence: 'high',
  intent: 'implant',
  techniques: ['T1204.003'],
} as const;

const fileFinding = (
  known: KnownHashes,
  { path, sha256, size, layerIndex, hidden }: Observation,
  hit: Hits[number],
): Finding => ({
  ...statement,
  rule: 'hash/known-bad-file',
  title: `A file is known to be bad (${toPlainText(noteOf(known, hit), 200)})`,
  advice: 'Do not run the image. The feed that lists the file says what it is.',
  evidence: [{ kind: 'file', path, sha256, size, layerIndex, hidden }],
});

const noteOfDigest = (known: KnownHashes, digest: string | undefined): string | undefined => {
  if (digest?.startsWith('sha256:') !== true) return undefined;
  for (const [index, set] of known.sets.entries()) {
    const position = set.algorithm === 'sha256' ? findHash(set, digest.slice('sha256:'.length)) : -1;
    if (position >= 0) return noteOf(known, [index, position]);
  }
  return undefined;
};

const layerFindings = ({ layers, identity }: Subject, known: KnownHashes): readonly Finding[] =>
  layers.flatMap(({ digest, diffId }, position): readonly Finding[] => {
    const bad = [digest, diffId ?? identity.diffIds[position]].find(
      (candidate) => noteOfDigest(known, candidate) !== undefined,
    );
    if (bad === undefined) return [];
    return [
      {
        ...statement,
        rule: 'hash/known-bad-layer',
        title: `A layer is known to be bad (${toPlainText(noteOfDigest(known, bad) ?? '', 200)})`,
        advice: 'Do not run the image, nor any other that has this layer.',
        evidence: [{ kind: 'name', field: `layer ${position}`, value: bad }],
      },
    ];
  });

const imageFindings = ({ identity }: Subject, known: KnownHashes): readonly Finding[] =>
  (['index', 'manifest', 'config'] as const).flatMap((field): readonly Finding[] => {
    const digest = identity[field];
    const note = noteOfDigest(known, digest);
    if (digest === undefined || note === undefined) return [];
    return [
      {
        ...statement,
        rule: 'hash/known-bad-image',
        title: `The image is known to be bad (${toPlainText(note, 200)})`,
        advice: 'Do not run it. Where it ran, treat the host as compromised until shown otherwise.',
        evidence: [{ kind: 'name', field: `${field} digest`, value: digest }],
      },
    ];
  });

export const hash: Analyzer = {
  id: 'hash',
  about: 'files, layers and images whose digests are known to be bad',
  version: 1,
  async load(locations) {
    const { known, counts, rejected, digest } = loadHashes(locations);
    return { digest, counts, rejected, data: known, gaps: [] };
  },
  open: (data) => openHashInspector(data as KnownHashes),
  conclude(subject, observations, data) {
    const known = data as KnownHashes;
    const files = observations.flatMap((observation) => {
      const { facts } = observation;
      return isHits(facts) ? facts.map((hit) => fileFinding(known, observation, hit)) : [];
    });
    return [...imageFindings(subject, known), ...layerFindings(subject, known), ...files];
  },
};
