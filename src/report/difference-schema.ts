/** The shape of `tidewaiter/diff/v1`: the source of schemas/diff.schema.json and of the type of what `diff --format json` writes. */
import * as z from 'zod';
import { capabilityKinds } from '../core/difference.ts';
import { findingSchema, gapSchema } from './verdict-schema.ts';

const count = z.int().nonnegative();

const image = z.strictObject({
  reference: z.string().describe('Canonical, with the digest it was pinned to.'),
  asked: z.string().describe('As typed.'),
  digest: z.string().nullable(),
  platform: z.string(),
  assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
  decision: z.enum(['allow', 'warn', 'deny']),
  because: z.array(z.string()).min(1),
});

const state = z.strictObject({
  type: z.string(),
  mode: count.describe('Permission bits with setuid, setgid and sticky.'),
  uid: count,
  gid: count,
  size: count,
  sha256: z.string().optional(),
  kind: z.string().optional(),
  target: z.string().optional(),
});

const fileChange = z.strictObject({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  is: z
    .array(z.enum(['setuid', 'capabilities', 'started', 'program', 'script', 'start-up']))
    .min(1)
    .describe('Why it is worth a look.'),
  owner: z.string().optional().describe("The package that delivers it, as the image's package database claims."),
  unowned: z.literal(true).optional().describe('The image has a package database, and no package delivers the file.'),
  unexplained: z
    .literal(true)
    .optional()
    .describe('It changed though the package that delivers it has the same version as before.'),
  old: state.optional(),
  new: state.optional(),
});

const packageChange = z.strictObject({
  ecosystem: z.string(),
  name: z.string(),
  old: z.string().describe('Version; empty for a package that is added.'),
  new: z.string().describe('Version; empty for a package that is removed.'),
  purl: z.string(),
});

export const differenceSchema = z
  .strictObject({
    schema: z.literal('tidewaiter/diff/v1'),
    risk: z
      .enum(['worse', 'better', 'same', 'unknown'])
      .describe('Of the new image compared with the old one; unknown when one of them could not be had.'),
    because: z.array(z.string()).min(1),
    old: image,
    new: image,
    findings: z.strictObject({
      new: z.array(findingSchema),
      gone: z.array(findingSchema),
      heavier: z.array(z.strictObject({ finding: findingSchema, now: z.array(z.string()).min(1) })),
      same: count.describe('In both images, the heavier ones among them.'),
    }),
    gaps: z.strictObject({ new: z.array(gapSchema), gone: z.array(gapSchema), same: count }),
    capabilities: z
      .array(
        z.strictObject({
          kind: z.enum(capabilityKinds),
          name: z.string().describe('The path, variable, port or tool; empty for what an image has once.'),
          old: z.string().describe('Empty where there was none. Secrets are not shown.'),
          new: z.string(),
          widens: z.boolean().describe('The new image may do more, or something else that matters.'),
        }),
      )
      .describe('What an image may do or is asked to do.'),
    story: z.strictObject({ new: z.array(z.string()), gone: z.array(z.string()) }).describe('Start-up steps.'),
    packages: z.strictObject({
      downgraded: z.array(packageChange),
      upgraded: z.array(packageChange),
      added: z.array(packageChange),
      removed: z.array(packageChange),
      same: count,
    }),
    files: z.strictObject({
      added: count,
      removed: count,
      changed: count,
      same: count,
      notable: z.array(fileChange).describe('Programs, scripts, and what gives rights or runs by itself.'),
      more: count.describe('Notable ones beyond those.'),
    }),
    policy: z.strictObject({ name: z.string(), version: z.string() }),
    rules: z.strictObject({ version: z.string() }),
    at: z.string().describe('ISO 8601, UTC.'),
  })
  .describe(
    'What changed between two images. Lists are worst first. Members may be added; none is taken away within v1.',
  );

export type DifferenceDocument = z.infer<typeof differenceSchema>;
