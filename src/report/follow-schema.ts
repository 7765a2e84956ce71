/** The shape of one line of `replay` and `watch`: the source of schemas/events.schema.json and of the type of what is written. */
import * as z from 'zod';
import { severities } from '../core/finding.ts';
import { chainStepKinds, subjectKinds } from '../core/incident.ts';
import { findingSchema, gapSchema } from './verdict-schema.ts';

const count = z.int().nonnegative();
const time = z.string().describe('ISO 8601, UTC.');

const subject = z
  .strictObject({ kind: z.enum(subjectKinds), id: z.string() })
  .describe(
    'What it is about. digest: an image; image: one of which only a name or an id is known; container; instance: a machine; principal: whoever acted.',
  );

const detection = z.strictObject({
  ...findingSchema.shape,
  rule: z.string().describe('sigma/FILE; sigma tells rules of one file apart.'),
  id: z.string().describe('The same whenever the same records are read again.'),
  sigma: z.string().optional().describe("The rule's own UUID, where it has one."),
  events: z.array(z.string()).describe('Ids of its events, oldest first: at most a hundred, the last ones.'),
  moreEvents: count.optional(),
  from: time,
  at: time,
  subject: subject.optional(),
});

const identity = z.strictObject({
  index: z.string().optional(),
  manifest: z.string().optional(),
  config: z.string().optional(),
  diffIds: z.array(z.string()).optional(),
  ami: z.string().optional(),
  snapshot: z.string().optional(),
  digests: z.array(z.string()).describe('Every digest by which the image was named.'),
  references: z.array(z.string()),
  containers: z.array(z.string()),
  pods: z.array(z.string()),
  instances: z.array(z.string()),
  addresses: z.array(z.string()),
});

export const findingLineSchema = z.strictObject({
  type: z.literal('finding'),
  ...detection.shape,
  file: z.string().optional().describe('Where the last record stood.'),
  line: count.optional(),
});

export const incidentLineSchema = z.strictObject({
  type: z.literal('incident'),
  id: z.string().describe('The same for the same subject, whenever the same records are read again.'),
  title: z.string(),
  severity: z.enum(severities),
  subject,
  identity: identity.optional(),
  findings: z.array(detection),
  events: z.array(z.string()),
  chain: z
    .array(
      z.strictObject({
        step: z.enum(chainStepKinds),
        at: time,
        event: z.string(),
        what: z.string().describe('One sentence.'),
        more: count.optional().describe('How many more of the same kind are not listed.'),
      }),
    )
    .describe('In the order of time.'),
  opened: time,
  updated: time,
  state: z.enum(['open', 'suppressed']),
  suppression: z.strictObject({ reason: z.string(), until: time }).optional(),
  reopened: time.optional(),
  verdict: z
    .strictObject({
      assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
      decision: z.enum(['allow', 'warn', 'deny']),
      because: z.array(z.string()),
      at: time,
      digest: z.string(),
    })
    .optional()
    .describe('What was said of the image when it was judged.'),
  gaps: z.array(gapSchema).optional().describe('What could not be found out, each with the next step.'),
});

export const gapLineSchema = z.strictObject({
  type: z.literal('gap'),
  ...gapSchema.shape,
  file: z.string().optional(),
  line: count.optional(),
});

export const summaryLineSchema = z.strictObject({
  type: z.literal('summary'),
  records: count,
  events: count,
  findings: count,
  incidents: count,
  gaps: count,
  rules: z.strictObject({ used: count, refused: count }),
  dropped: z.record(z.string(), count).optional().describe('What was forgotten to stay within bounds. Only what is.'),
});

export const followLineSchema = z.discriminatedUnion('type', [
  findingLineSchema,
  incidentLineSchema,
  gapLineSchema,
  summaryLineSchema,
]);

export type FindingLine = z.infer<typeof findingLineSchema>;
export type IncidentLine = z.infer<typeof incidentLineSchema>;
export type GapLine = z.infer<typeof gapLineSchema>;
export type SummaryLine = z.infer<typeof summaryLineSchema>;
