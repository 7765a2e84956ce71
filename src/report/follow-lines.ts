/** Findings, incidents and gaps of the second flow → the objects that `replay`, `watch` and sinks write, one a line. */
import type { Gap } from '../core/gap.ts';
import type { Detection, Incident } from '../core/incident.ts';
import type { FindingLine, GapLine, IncidentLine } from './follow-schema.ts';

/** Where a record stood. */
interface Place {
  readonly file: string;
  readonly line?: number;
}

/** Times beyond what a date can say are told as its ends: records claim what they like. */
const iso = (milliseconds: number): string =>
  new Date(Math.max(-8.64e15, Math.min(8.64e15, Number.isNaN(milliseconds) ? 0 : milliseconds))).toISOString();

const toDetection = (detection: Detection): Omit<FindingLine, 'type' | 'file' | 'line'> => {
  const { id, rule, sigma, title, severity, confidence, intent, techniques, advice, evidence, ...rest } = detection;
  const { events, moreEvents, from, at, subject, more, lesson } = rest;
  return {
    id,
    rule,
    ...(sigma === undefined ? {} : { sigma }),
    title,
    severity,
    confidence,
    intent,
    techniques: [...techniques],
    advice,
    evidence: evidence.map((proof) => ({ ...proof })),
    ...(more === undefined ? {} : { more }),
    ...(lesson === undefined ? {} : { lesson }),
    events: [...events],
    ...(moreEvents === undefined ? {} : { moreEvents }),
    from: iso(from),
    at: iso(at),
    ...(subject === undefined ? {} : { subject: { ...subject } }),
  };
};

export const toFindingLine = (detection: Detection, place?: Place): FindingLine => ({
  type: 'finding',
  ...toDetection(detection),
  ...(place === undefined ? {} : { file: place.file, ...(place.line === undefined ? {} : { line: place.line }) }),
});

export const toIncidentLine = (incident: Incident): IncidentLine => {
  const { id, title, severity, subject, identity, findings, events, chain, opened, updated, state } = incident;
  const { suppression, reopened, verdict, gaps } = incident;
  return {
    type: 'incident',
    id,
    title,
    severity,
    subject: { ...subject },
    ...(identity === undefined
      ? {}
      : { identity: JSON.parse(JSON.stringify(identity)) as NonNullable<IncidentLine['identity']> }),
    findings: findings.map(toDetection),
    events: [...events],
    chain: chain.map(({ step, at, event, what, more }) => ({
      step,
      at: iso(at),
      event,
      what,
      ...(more === undefined ? {} : { more }),
    })),
    opened: iso(opened),
    updated: iso(updated),
    state,
    ...(suppression === undefined
      ? {}
      : { suppression: { reason: suppression.reason, until: iso(suppression.until) } }),
    ...(reopened === undefined ? {} : { reopened: iso(reopened) }),
    ...(verdict === undefined ? {} : { verdict: { ...verdict, because: [...verdict.because] } }),
    ...(gaps === undefined ? {} : { gaps: gaps.map((gap) => ({ ...gap })) }),
  };
};

/** `name: line 12` of a gap is its file and line too. */
export const toGapLine = (gap: Gap): GapLine => {
  const found = /^(.*): lines? (\d+)(?: to \d+)?$/s.exec(gap.where);
  return {
    type: 'gap',
    where: gap.where,
    code: gap.code,
    reason: gap.reason,
    bytes: gap.bytes,
    ...(gap.kind === undefined ? {} : { kind: gap.kind }),
    ...(found === null ? {} : { file: found[1] ?? gap.where, line: Number(found[2]) }),
  };
};
