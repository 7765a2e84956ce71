/** A record → objects of STIX 2.1: what was seen, what it says of it, and which techniques it belongs to. */
import type { SinkRecord, SinkValue } from '../../core/sink.ts';
import { userAgent } from '../../io/user-agent.ts';
import { objectAt, objectsAt, textAt, textsAt, timeOf } from '../delivery/value-reader.ts';
import { imageNameOf, toRelativeUri } from '../image-name.ts';
import {
  producer,
  toAnalysis,
  toArtifact,
  toAttackPattern,
  toDirectory,
  toFile,
  toIncident,
  toIndicator,
  toNote,
  toObservedData,
  toRelationship,
  toSighting,
  toSoftware,
  type StixObject,
} from './objects.ts';

const mostFindings = 1000;

const sha256Of = (text: string | undefined): string | undefined => /^(?:sha256:)?([0-9a-f]{64})$/.exec(text ?? '')?.[1];

const filesOf = (proofs: readonly SinkValue[]): readonly StixObject[] =>
  proofs.flatMap((proof) => {
    const path = textAt(proof, 'path', 1000);
    if (path === undefined) return [];
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? undefined : toDirectory(`/${path.slice(0, slash).replace(/^\/+/, '')}`);
    const file = toFile(path.slice(slash + 1) || path, sha256Of(textAt(proof, 'sha256', 100)), folder);
    return folder === undefined ? [file] : [folder, file];
  });

/** The manifest where the registry has it, when that is said; and the image by name. */
const imageOf = (reference: string, digest: string | undefined): readonly StixObject[] => {
  const { path, scheme, tag } = imageNameOf(reference);
  const hex = sha256Of(digest);
  const [host = '', ...repository] = path.split('/');
  const isNamed = scheme === 'docker' && /^[a-z0-9.-]+(?::\d{1,5})?$/.test(host) && repository.length > 0;
  const name = toSoftware(path, tag);
  if (hex === undefined || !isNamed) return [name];
  const url = `https://${host}/v2/${toRelativeUri(repository.join('/'))}/manifests/sha256:${hex}`;
  return [toArtifact(url, hex), name];
};

const techniqueObjects = (techniques: readonly string[], source: StixObject, type: string, at: string) =>
  techniques.flatMap((technique) => {
    const pattern = toAttackPattern(technique);
    return pattern === undefined ? [] : [pattern, toRelationship({ at, key: [] }, type, source, pattern)];
  });

/** Traits of hostile content, which others can look for by its hash. The rest is told in words. */
const hostileIntents = ['implant', 'miner', 'tampering', 'impersonation'];

const wordsOf = (finding: SinkValue): string => {
  const lesson = textAt(finding, 'lesson', 200);
  return [
    `${textAt(finding, 'severity', 20) ?? 'unknown'}, rule ${textAt(finding, 'rule', 300) ?? 'unknown'}`,
    ...objectsAt(finding, 'evidence', 20).map((proof) =>
      [textAt(proof, 'path'), textAt(proof, 'field'), textAt(proof, 'text', 300), textAt(proof, 'value', 300)]
        .filter((text) => text !== undefined)
        .join(': '),
    ),
    textAt(finding, 'advice') ?? '',
    lesson === undefined ? '' : `lesson: tidewaiter explain ${lesson}`,
  ]
    .filter(Boolean)
    .join('; ');
};

const findingObjects = (
  finding: SinkValue,
  { observed, at, key }: { readonly observed: StixObject; readonly at: string; readonly key: readonly string[] },
): readonly StixObject[] => {
  const title = textAt(finding, 'title', 500) ?? 'finding';
  const techniques = textsAt(finding, 'techniques', 50, 60);
  const sha256 = objectsAt(finding, 'evidence', 20)
    .map((proof) => sha256Of(textAt(proof, 'sha256', 100)))
    .find((hash) => hash !== undefined);
  const severe = ['medium', 'high', 'critical'].includes(textAt(finding, 'severity', 20) ?? '');
  const made = { at, key };
  if (sha256 === undefined || !severe || !hostileIntents.includes(textAt(finding, 'intent', 40) ?? '')) {
    const note = toNote(made, title, wordsOf(finding), [observed]);
    return [note, ...techniqueObjects(techniques, observed, 'related-to', at)];
  }
  const confidence = textAt(finding, 'confidence', 20) ?? '';
  const indicator = toIndicator(made, { name: title, description: wordsOf(finding), sha256, confidence });
  return [
    indicator,
    toSighting(made, indicator, observed),
    ...techniqueObjects(techniques, indicator, 'indicates', at),
  ];
};

const gapObjects = (gap: SinkValue, observed: readonly StixObject[], at: string, key: readonly string[]): StixObject =>
  toNote(
    { at, key },
    `Not examined: ${textAt(gap, 'code', 200) ?? 'unknown'}`,
    `${textAt(gap, 'where') ?? 'unknown'}: ${textAt(gap, 'reason') ?? 'no reason is known'}`,
    observed,
  );

const results = new Map<string, 'malicious' | 'suspicious' | 'benign'>([
  ['malicious', 'malicious'],
  ['suspicious', 'suspicious'],
  ['clean', 'benign'],
]);

const verdictObjects = (verdict: SinkValue, id: string, at: string): readonly StixObject[] => {
  const findings = objectsAt(verdict, 'findings', mostFindings);
  const image = imageOf(textAt(verdict, 'reference', 1000) ?? 'unknown', textAt(verdict, 'digest', 200));
  const files = filesOf(findings.flatMap((finding) => objectsAt(finding, 'evidence', 20)));
  const seen = [...new Map([...image, ...files].map((object) => [object.id, object])).values()];
  const observed = toObservedData({ at, key: [id] }, seen);
  const result = results.get(textAt(verdict, 'assessment', 40) ?? '') ?? 'unknown';
  const sample = image.find(({ type }) => type === 'artifact');
  const version = userAgent().split('/')[1] ?? '';
  const decision = `${textAt(verdict, 'decision', 40) ?? 'unknown'}: ${textAt(verdict, 'assessment', 40) ?? 'unknown'}`;
  const because = textsAt(verdict, 'because', 50, 500).join('; ') || 'no reason is known';
  return [
    ...seen,
    observed,
    toAnalysis({ at, key: [id] }, { version, result, sample, seen }),
    toNote({ at, key: [id, 'verdict'] }, decision, because, [observed]),
    ...findings.flatMap((finding, position) =>
      findingObjects(finding, { observed, at, key: [id, 'finding', String(position)] }),
    ),
    ...objectsAt(verdict, 'gaps', mostFindings).map((gap, position) =>
      gapObjects(gap, [observed], at, [id, 'gap', String(position)]),
    ),
  ];
};

const subjectOf = (value: SinkValue): readonly StixObject[] => {
  const subject = objectAt(value, 'subject');
  const names = textsAt(objectAt(value, 'identity'), 'references', 16);
  return [textAt(subject, 'id', 512) ?? 'unknown', ...names].map((name) => toSoftware(name, ''));
};

const incidentObjects = (incident: SinkValue, id: string, at: string): readonly StixObject[] => {
  const seen = subjectOf(incident);
  const observed = toObservedData({ at, key: [id] }, seen);
  const title = textAt(incident, 'title', 500) ?? 'incident';
  const severity = textAt(incident, 'severity', 20) ?? 'unknown';
  const made = toIncident({ at, key: [id] }, title, `severity ${severity}, ${textAt(incident, 'state', 20) ?? 'open'}`);
  const steps = objectsAt(incident, 'chain', 200).map((step) => {
    const time = timeOf(step['at']);
    return `${time === undefined ? '' : `${new Date(time).toISOString()} `}${textAt(step, 'step', 40) ?? ''}: ${textAt(step, 'what', 500) ?? ''}`;
  });
  const findings = objectsAt(incident, 'findings', 200);
  const techniques = [...new Set(findings.flatMap((finding) => textsAt(finding, 'techniques', 50, 60)))];
  return [
    ...seen,
    observed,
    made,
    toRelationship({ at, key: [] }, 'related-to', made, observed),
    ...(steps.length === 0
      ? []
      : [toNote({ at, key: [id, 'chain'] }, 'What happened, in order', steps.join('\n'), [made])]),
    ...techniqueObjects(techniques, made, 'related-to', at),
    ...findings.flatMap((finding, position) =>
      findingObjects(finding, { observed, at, key: [id, 'finding', String(position)] }),
    ),
  ];
};

/** Begins with who says it. Whatever the value holds, the objects keep to the standard. */
export const toStixObjects = ({ type, id, at, value }: SinkRecord): readonly StixObject[] => {
  const time = new Date(timeOf(at) ?? 0).toISOString();
  if (type === 'verdict') return [producer, ...verdictObjects(value, id, time)];
  if (type === 'incident') return [producer, ...incidentObjects(value, id, time)];
  if (type === 'gap') return [producer, gapObjects(value, [producer], time, [id])];
  const seen = [...subjectOf(value), ...filesOf(objectsAt(value, 'evidence', 20))];
  const observed = toObservedData({ at: time, key: [id] }, seen);
  return [producer, ...seen, observed, ...findingObjects(value, { observed, at: time, key: [id] })];
};
