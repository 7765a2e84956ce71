/** A record for a sink → OCSF events: one for a finding, an incident or a gap; for a verdict one for itself, each finding and each gap. */
import type { SinkRecord, SinkValue } from '../../core/sink.ts';
import { userAgent } from '../../io/user-agent.ts';
import { numberAt, objectAt, objectsAt, textAt, textsAt, timeOf } from '../delivery/value-reader.ts';
import { toDetectionFinding, type Found, type OcsfEvidence, type OcsfResource } from './detection-finding.ts';

const mostEvidences = 50;
const mostFindings = 1000;

const sha256Of = (text: string | undefined): string | undefined => /^(?:sha256:)?([0-9a-f]{64})$/.exec(text ?? '')?.[1];

/** `type_id` 1: a regular file; 3: SHA-256. */
const toEvidence = (proof: SinkValue): OcsfEvidence => {
  const path = textAt(proof, 'path');
  const hash = sha256Of(textAt(proof, 'sha256'));
  const size = numberAt(proof, 'size');
  const data = Object.fromEntries(
    ['kind', 'field', 'value', 'text', 'layer', 'createdBy', 'owner'].flatMap((name) => {
      const text = textAt(proof, name, 1000);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  const flags = ['hidden', 'launched', 'unowned'].filter((name) => proof[name] === true);
  const numbers = ['offset', 'length', 'layerIndex'].flatMap((name) => {
    const number = numberAt(proof, name);
    return number === undefined ? [] : [[name, number] as const];
  });
  return {
    data: { ...data, ...Object.fromEntries(flags.map((name) => [name, true])), ...Object.fromEntries(numbers) },
    ...(path === undefined
      ? {}
      : {
          file: {
            name: path.slice(path.lastIndexOf('/') + 1) || path,
            path,
            type_id: 1,
            ...(size === undefined ? {} : { size: Math.trunc(size) }),
            ...(hash === undefined ? {} : { hashes: [{ algorithm: 'SHA-256', algorithm_id: 3, value: hash }] }),
          },
        }),
  };
};

interface Place {
  readonly id: string;
  readonly at: number | undefined;
  readonly resources: readonly OcsfResource[];
}

const subjectResources = (value: SinkValue): readonly OcsfResource[] => {
  const subject = objectAt(value, 'subject');
  const [kind, uid] = [textAt(subject, 'kind', 40), textAt(subject, 'id', 512)];
  const identity = objectAt(value, 'identity');
  const named = textsAt(identity, 'references', 16).map((name): OcsfResource => ({ type: 'image', name }));
  return [...(kind === undefined || uid === undefined ? [] : [{ type: kind, uid }]), ...named];
};

const rangeOf = (value: SinkValue, from: string, to: string) => {
  const [first, last] = [timeOf(value[from]), timeOf(value[to])];
  return { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) };
};

const toFinding = (finding: SinkValue, { id, at, resources }: Place): Found => {
  const advice = textAt(finding, 'advice');
  const confidence = textAt(finding, 'confidence', 20);
  const events = textsAt(finding, 'events', 100, 256);
  const extra = ['sigma', 'lesson', 'where', 'file'].flatMap((name) => {
    const text = textAt(finding, name, 500);
    return text === undefined ? [] : [[name, text]];
  });
  const intent = textAt(finding, 'intent', 40);
  const title = textAt(finding, 'title', 500) ?? 'finding';
  return {
    id,
    at,
    title,
    description: title,
    severity: textAt(finding, 'severity', 20) ?? '',
    ...(confidence === undefined ? {} : { confidence }),
    analytic: textAt(finding, 'rule', 300) ?? 'unknown',
    types: intent === undefined ? [] : [intent],
    techniques: textsAt(finding, 'techniques', 50, 60),
    ...(advice === undefined ? {} : { advice }),
    resources,
    evidences: objectsAt(finding, 'evidence', mostEvidences).map(toEvidence),
    ...(events.length === 0 ? {} : { relatedEvents: events }),
    isAlert: ['high', 'critical'].includes(textAt(finding, 'severity', 20) ?? ''),
    unmapped: Object.fromEntries(extra),
  };
};

const toGap = (gap: SinkValue, { id, at, resources }: Place): Found => {
  const [where, code, reason] = [textAt(gap, 'where'), textAt(gap, 'code', 200), textAt(gap, 'reason')];
  return {
    id,
    at,
    title: `Not examined: ${where ?? 'unknown'}`,
    description: reason ?? 'no reason is known',
    severity: gap['executable'] === true ? 'medium' : 'low',
    analytic: code ?? 'unknown',
    types: ['gap'],
    techniques: [],
    resources,
    evidences: [],
    isAlert: false,
    unmapped: { bytes: numberAt(gap, 'bytes') ?? 0 },
  };
};

const toIncident = (incident: SinkValue, { id, at, resources }: Place): Found => {
  const findings = objectsAt(incident, 'findings', 200);
  const verdict = objectAt(incident, 'verdict');
  const chain = objectsAt(incident, 'chain', 200).map((step) => ({
    step: textAt(step, 'step', 40) ?? '',
    at: timeOf(step['at']) ?? 0,
    what: textAt(step, 'what', 500) ?? '',
  }));
  const title = textAt(incident, 'title', 500) ?? 'incident';
  return {
    id,
    at,
    title,
    description: [title, ...chain.map(({ what }) => what).filter(Boolean)].join('; ').slice(0, 8000),
    severity: textAt(incident, 'severity', 20) ?? '',
    analytic: 'tidewaiter/incident',
    types: ['incident'],
    techniques: [...new Set(findings.flatMap((finding) => textsAt(finding, 'techniques', 50, 60)))].slice(0, 100),
    resources,
    evidences: findings.flatMap((finding) => objectsAt(finding, 'evidence', 3).map(toEvidence)).slice(0, mostEvidences),
    ...rangeOf(incident, 'opened', 'updated'),
    relatedEvents: textsAt(incident, 'events', 500, 256),
    suppressed: incident['state'] === 'suppressed',
    isAlert: incident['state'] !== 'suppressed',
    unmapped: {
      incident: textAt(incident, 'id', 256) ?? '',
      rules: [...new Set(findings.flatMap((finding) => textAt(finding, 'rule', 300) ?? []))],
      chain,
      assessment: textAt(verdict, 'assessment', 40) ?? 'unknown',
      decision: textAt(verdict, 'decision', 40) ?? 'unknown',
    },
  };
};

const verdictSeverity = new Map([
  ['malicious', 'critical'],
  ['suspicious', 'medium'],
  ['incomplete', 'medium'],
  ['clean', 'info'],
]);

const toVerdict = (verdict: SinkValue, { id, at, resources }: Place): Found => {
  const [assessment, decision] = [textAt(verdict, 'assessment', 40), textAt(verdict, 'decision', 40)];
  return {
    id,
    at,
    title: `${decision ?? 'unknown'}: the image ${textAt(verdict, 'reference', 600) ?? ''} is ${assessment ?? 'unknown'}`,
    description: textsAt(verdict, 'because', 50, 500).join('; ') || 'no reason is known',
    severity: verdictSeverity.get(assessment ?? '') ?? '',
    analytic: 'tidewaiter/verdict',
    types: ['verdict'],
    techniques: [],
    resources,
    evidences: [],
    isAlert: decision === 'deny',
    unmapped: {
      assessment: assessment ?? 'unknown',
      decision: decision ?? 'unknown',
      platform: textAt(verdict, 'platform', 100) ?? '',
      policy: textAt(objectAt(verdict, 'policy'), 'name', 200) ?? '',
      rules: textAt(objectAt(verdict, 'rules'), 'version', 200) ?? '',
    },
  };
};

const toVerdictEvents = (verdict: SinkValue, id: string, at: number | undefined): readonly Found[] => {
  const name = textAt(verdict, 'reference', 600);
  const uid = textAt(verdict, 'digest', 200);
  const resources: readonly OcsfResource[] = [
    { type: 'image', ...(uid === undefined ? {} : { uid }), ...(name === undefined ? {} : { name }) },
  ];
  return [
    toVerdict(verdict, { id, at, resources }),
    ...objectsAt(verdict, 'findings', mostFindings).map((finding, position) =>
      toFinding(finding, { id: `${id}/finding/${position}`, at, resources }),
    ),
    ...objectsAt(verdict, 'gaps', mostFindings).map((gap, position) =>
      toGap(gap, { id: `${id}/gap/${position}`, at, resources }),
    ),
  ];
};

const toFound = ({ type, id, at, value }: SinkRecord): readonly Found[] => {
  const place = { id, at: timeOf(at), resources: subjectResources(value) };
  if (type === 'verdict') return toVerdictEvents(value, id, place.at);
  if (type === 'gap') return [toGap(value, place)];
  if (type === 'incident') return [toIncident(value, place)];
  return [{ ...toFinding(value, place), ...rangeOf(value, 'from', 'at') }];
};

/** Never empty. Whatever the value holds, the events keep to the schema. */
export const toOcsfEvents = (record: SinkRecord): readonly object[] => {
  const toolVersion = userAgent().split('/')[1] ?? '';
  return toFound(record).map((found) => toDetectionFinding(found, toolVersion));
};
