/** The shape of `tidewaiter/verdict/v1`: the source of schemas/verdict.schema.json and of the type of what `json` writes. */
import * as z from 'zod';
import { severities } from '../core/finding.ts';
import { attestationSchema, digestSchema, historySchema, identitySchema, trustSchema } from './trust-schema.ts';

const count = z.int().nonnegative();

const counts = z
  .strictObject({ seen: count, examined: count, skipped: count, unreadable: count })
  .describe('seen = examined + skipped + unreadable.');

const place = {
  layer: z.string().optional().describe('Digest of the layer.'),
  layerIndex: count.optional().describe('Position of the layer, 0 the lowest.'),
  createdBy: z.string().optional().describe('The build step that made the layer.'),
  hidden: z
    .boolean()
    .optional()
    .describe('A later layer deletes or overwrites the file: it ships, the final tree does not show it.'),
  launched: z.literal(true).optional().describe('It runs when the image starts, or is run by what does.'),
  owner: z
    .string()
    .optional()
    .describe("The package of the system that delivers the file as it is, as far as the image's own database tells."),
  unowned: z.literal(true).optional().describe('The image has a package database, and no package delivers the file.'),
};

const evidence = z.strictObject({
  kind: z.enum(['file', 'excerpt', 'config', 'history', 'event', 'name', 'signature']),
  path: z
    .string()
    .optional()
    .describe('In the image, without a leading slash; a member of an archive is outer.jar!/inner.'),
  ...place,
  sha256: z.string().optional(),
  size: count.optional(),
  offset: count.optional(),
  length: count.optional(),
  text: z.string().optional(),
  field: z.string().optional(),
  value: z.string().optional(),
});

export const findingSchema = z.strictObject({
  rule: z.string().describe('part/what; a YARA rule of yours is yara/FILE/RULE.'),
  title: z.string(),
  severity: z.enum(severities),
  confidence: z.enum(['low', 'medium', 'high']),
  intent: z.enum(['implant', 'miner', 'dual-use', 'exposure', 'impersonation', 'tampering', 'hygiene']),
  techniques: z.array(z.string()).describe('ATT&CK technique ids.'),
  advice: z.string(),
  evidence: z.array(evidence).min(1),
  more: count.optional().describe('How many more of the same rule were found and left out by the cap.'),
  lesson: z.string().optional().describe('Name of the lesson about it: tidewaiter explain NAME.'),
});

export const gapSchema = z.strictObject({
  where: z.string(),
  code: z.string(),
  reason: z.string(),
  bytes: count,
  executable: z.boolean().optional(),
  kind: z.enum(['malformed', 'limit', 'unavailable']).optional(),
});

const use = z
  .strictObject({
    engine: z.string().describe('docker, podman, containerd, cri or kubernetes.'),
    at: z.string().describe('Where the engine answers.'),
    state: z.enum(['running', 'paused', 'stopped', 'stored']).describe('stored: no container is made of it there.'),
    names: z.array(z.string()).describe('What the engine calls the image.'),
    namespace: z.string().optional().describe('Of containerd.'),
    container: z.strictObject({ id: z.string(), name: z.string().optional() }).optional(),
    pod: z.strictObject({ namespace: z.string(), name: z.string(), node: z.string().optional() }).optional(),
  })
  .describe('One place that holds the image or runs it.');

export const verdictSchema = z
  .strictObject({
    schema: z.literal('tidewaiter/verdict/v1'),
    reference: z.string().describe('Canonical, with the digest it was pinned to.'),
    asked: z.string().describe('As typed.'),
    digest: digestSchema
      .nullable()
      .describe('Of the platform manifest; the image id where a source has no manifest; null for a disk or a rootfs.'),
    identity: identitySchema,
    kind: z.enum(['container', 'machine']),
    platform: z.string(),
    assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
    decision: z.enum(['allow', 'warn', 'deny']),
    because: z.array(z.string()).min(1),
    findings: z.array(findingSchema).describe('Sorted by severity, rule, path, offset.'),
    gaps: z.array(gapSchema),
    excepted: z
      .array(
        z.strictObject({
          kind: z.enum(['finding', 'gap']),
          position: count.describe('In findings or gaps.'),
          reason: z.string(),
          expires: z.string(),
        }),
      )
      .optional()
      .describe('What the policy excepts by name.'),
    coverage: z.strictObject({
      files: counts,
      bytes: counts,
      nested: z.strictObject({ files: counts, bytes: counts }),
    }),
    layers: z.array(
      z.strictObject({
        index: count,
        digest: digestSchema.optional(),
        diffId: digestSchema.optional(),
        mediaType: z.string(),
        createdBy: z.string().optional(),
        bytes: count,
        files: count,
      }),
    ),
    attestations: z.array(attestationSchema).describe('Who signed it, as far as that was asked.'),
    trust: trustSchema.optional(),
    history: historySchema.optional(),
    story: z.array(z.string()).describe('Start-up steps.'),
    packages: z
      .array(z.strictObject({ name: z.string(), version: z.string(), ecosystem: z.string(), purl: z.string() }))
      .describe("What is installed, as the image's own records claim. Sorted by ecosystem, name, version."),
    rules: z.strictObject({
      version: z.string(),
      counts: z.record(z.string(), count),
      newest: z
        .record(z.string(), z.string())
        .optional()
        .describe('By analyzer: the day of the newest of what it knows.'),
    }),
    policy: z.strictObject({ name: z.string(), version: z.string() }),
    uses: z.array(use).min(1).optional().describe('Where the image is; with --running, of each image.'),
    turnedFrom: z
      .strictObject({
        assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
        decision: z.enum(['allow', 'warn', 'deny']),
        rules: z.string().describe('Version of the rules that it went by.'),
        policy: z.string().describe('Version of the policy that it went by.'),
        at: z.string(),
      })
      .optional()
      .describe('The image turned bad: the last verdict on it that let it run.'),
    at: z.string().describe('ISO 8601, UTC.'),
  })
  .describe('What Tidewaiter says about one image. Members may be added; none is taken away within v1.');

export const verdictsSchema = z
  .union([verdictSchema, z.array(verdictSchema)])
  .describe('One object for one image, an array for several references or --all-platforms.');

export type VerdictDocument = z.infer<typeof verdictSchema>;
