/** A match of a Sigma rule → a Detection, in the words of every finding. */
import type { Event } from '../../core/event.ts';
import type { Confidence, Evidence, Intent, Severity } from '../../core/finding.ts';
import type { Detection } from '../../core/incident.ts';
import type { Match } from '../detector.ts';
import type { Level, RuleHead } from '../rule.ts';

const severities: Readonly<Record<Level, Severity>> = {
  informational: 'info',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

/** What the status says of how often a rule errs. Rules specification 2.1, “Status”. */
const confidences: Readonly<Record<string, Confidence>> = {
  stable: 'high',
  test: 'medium',
  experimental: 'low',
  deprecated: 'low',
};

/** A rule that does not say how bad it is counts as medium. */
export const severityOfLevel = (level: Level | undefined): Severity => severities[level ?? 'medium'];

export const toConfidence = (status: string | undefined): Confidence => confidences[status ?? ''] ?? 'medium';

const intents: readonly Intent[] = [
  'implant',
  'miner',
  'dual-use',
  'exposure',
  'impersonation',
  'tampering',
  'hygiene',
];

/** From a tag `tidewaiter.miner`. A rule that does not say speaks of what both honest and hostile people do. */
export const toIntent = (tags: readonly string[]): Intent =>
  intents.find((intent) => tags.some((tag) => tag.toLowerCase() === `tidewaiter.${intent}`)) ?? 'dual-use';

const maximumText = 512;
const cut = (text: string): string => (text.length > maximumText ? `${text.slice(0, maximumText)}…` : text);

const valueAt = (fields: Event['fields'], name: string): string | undefined => {
  if (!Object.hasOwn(fields, name)) return undefined;
  const value = fields[name];
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
};

const imageText = ({ image }: Event): string | undefined => {
  if (image === undefined) return undefined;
  if (image.kind !== 'machine') return image.kind === 'unknown' ? image.reason : image.written;
  const name = image.name === undefined ? '' : ` (${image.name})`;
  return `${image.resolved ?? image.written}${name}${image.owner === undefined ? '' : ` of ${image.owner}`}`;
};

/** What a person looks at first, and what the rule itself wants to be shown. */
const evidenceOf = (
  head: RuleHead,
  match: Match,
  event: Event,
  redact: (text: string) => string,
): readonly [Evidence, ...Evidence[]] => {
  const { process, connection, actor, place } = event;
  const said: (readonly [string, string | undefined])[] = [
    ['image', imageText(event)],
    ['command', process?.commandLine ?? process?.executable],
    ['destination', connection?.name ?? connection?.address],
    ['target', event.target],
    ['container', place.container ?? place.containerId],
    ['instance', place.instance],
    ['actor', actor?.name],
    ...Object.entries(match.group),
    ...head.fields.slice(0, 16).map((name) => [name, valueAt(event.fields, name)] as const),
    ...(match.value === undefined ? [] : [['value', String(match.value)] as const]),
  ];
  const proofs = new Map<string, Evidence>();
  for (const [field, value] of said)
    if (value !== undefined && value !== '' && !proofs.has(field))
      proofs.set(field, { kind: 'event', field, value: cut(redact(value)) });
  return [{ kind: 'event', field: 'action', value: event.action }, ...[...proofs.values()].slice(0, 24)];
};

/** `sigma/FILE`, whatever folder the file is in. */
export const ruleIdOf = (file: string): string =>
  `sigma/${(file.split(/[\\/]/).at(-1) ?? file).replace(/\.ya?ml$/i, '').slice(0, 128)}`;

const isUuid = (text: string): boolean => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

/** `event` is the one with which the match came. `redact` leaves out what looks like a secret. */
export const toDetection = (match: Match, event: Event, redact: (text: string) => string): Detection => {
  const { rule: head } = match;
  return {
    id: match.id,
    rule: ruleIdOf(head.file),
    title: cut(head.title),
    severity: severityOfLevel(head.level),
    confidence: toConfidence(head.status),
    intent: toIntent(head.tags),
    techniques: head.techniques,
    advice: cut(head.description),
    evidence: evidenceOf(head, match, event, redact),
    ...(isUuid(head.id) ? { sigma: head.id } : {}),
    events: match.events,
    ...(match.more > 0 ? { moreEvents: match.more } : {}),
    from: match.from,
    at: match.at,
  };
};
