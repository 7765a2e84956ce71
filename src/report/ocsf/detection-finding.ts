/** What was found → a Detection Finding of the Open Cybersecurity Schema Framework 1.5.0, class 2004 (https://schema.ocsf.io/1.5.0/classes/detection_finding). */
import { createHash } from 'node:crypto';

export const ocsfVersion = '1.5.0';

type Named = readonly [id: number, name: string];

const severityIds: ReadonlyMap<string, Named> = new Map([
  ['info', [1, 'Informational']],
  ['low', [2, 'Low']],
  ['medium', [3, 'Medium']],
  ['high', [4, 'High']],
  ['critical', [5, 'Critical']],
]);

const confidenceIds: ReadonlyMap<string, Named> = new Map([
  ['low', [1, 'Low']],
  ['medium', [2, 'Medium']],
  ['high', [3, 'High']],
]);

export interface OcsfEvidence {
  readonly [name: string]: unknown;
}

export interface OcsfResource {
  readonly uid?: string;
  readonly name?: string;
  readonly type: string;
  readonly version?: string;
}

/** All texts are plain already. */
export interface Found {
  /** Names the fact: the same for the same fact. */
  readonly id: string;
  readonly at: number | undefined;
  readonly title: string;
  readonly description: string;
  readonly severity: string;
  readonly confidence?: string;
  /** The rule, code or decision behind it. */
  readonly analytic: string;
  readonly types: readonly string[];
  readonly techniques: readonly string[];
  readonly advice?: string;
  readonly resources: readonly OcsfResource[];
  readonly evidences: readonly OcsfEvidence[];
  readonly first?: number;
  readonly last?: number;
  readonly relatedEvents?: readonly string[];
  readonly suppressed?: boolean;
  readonly isAlert: boolean;
  /** What has no place in the schema. */
  readonly unmapped: Readonly<Record<string, unknown>>;
}

/** Optional members that are undefined or empty are left out: the schema knows no nulls. */
const present = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );

/** `T1204.003` is a sub-technique of `T1204`. Names are left to whoever has the current matrix. */
const toAttack = (technique: string): object => {
  const parent = technique.split('.')[0] ?? technique;
  return parent === technique
    ? { technique: { uid: technique } }
    : { technique: { uid: parent }, sub_technique: { uid: technique } };
};

const uidOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

export const toDetectionFinding = (found: Found, toolVersion: string): object => {
  const [severityId, severity] = severityIds.get(found.severity) ?? [0, 'Unknown'];
  const confidence = confidenceIds.get(found.confidence ?? '');
  const time = found.at ?? 0;
  return present({
    class_uid: 2004,
    class_name: 'Detection Finding',
    category_uid: 2,
    category_name: 'Findings',
    activity_id: 1,
    activity_name: 'Create',
    type_uid: 200401,
    type_name: 'Detection Finding: Create',
    time,
    start_time: found.first,
    end_time: found.last,
    severity_id: severityId,
    severity,
    confidence_id: confidence?.[0],
    confidence: confidence?.[1],
    status_id: found.suppressed === true ? 3 : 1,
    status: found.suppressed === true ? 'Suppressed' : 'New',
    is_alert: found.isAlert,
    message: found.title,
    metadata: {
      version: ocsfVersion,
      uid: uidOf(found.id),
      product: { name: 'Tidewaiter', vendor_name: 'Tidewaiter', version: toolVersion },
    },
    finding_info: present({
      uid: uidOf(found.id),
      title: found.title,
      desc: found.description,
      created_time: time,
      first_seen_time: found.first,
      last_seen_time: found.last,
      types: found.types,
      analytic: { uid: found.analytic, name: found.analytic, type_id: 1, type: 'Rule' },
      attacks: found.techniques.map(toAttack),
      related_events: found.relatedEvents?.map((uid) => ({ uid })),
    }),
    remediation: found.advice === undefined ? undefined : { desc: found.advice },
    resources: found.resources.map((resource) => present({ ...resource })),
    evidences: found.evidences,
    unmapped: Object.keys(found.unmapped).length === 0 ? undefined : found.unmapped,
  });
};
