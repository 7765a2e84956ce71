/** The shapes that verdicts and verifications share: digests, identities, answers of verifiers, what was seen before. */
import * as z from 'zod';

export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/);

export const identitySchema = z.strictObject({
  index: digestSchema.optional(),
  manifest: digestSchema.optional(),
  config: digestSchema.optional(),
  diffIds: z.array(digestSchema),
  ami: z.string().optional(),
  snapshot: z.string().optional(),
});

const outcome = z.enum(['trusted', 'untrusted', 'inconclusive']);

export const traceSchema = z
  .array(
    z.strictObject({
      lookedFor: z.string(),
      result: z.enum(['found', 'absent', 'refused', 'unreachable', 'verified']),
      detail: z.string().optional(),
    }),
  )
  .describe('What was looked for and checked, in order.');

export const attestationSchema = z.strictObject({
  verifier: z.string(),
  signer: z.string().optional().describe('Name of the signer in the trust file who was looked for.'),
  kind: z.enum(['signature', 'statement']).describe('A statement never counts as a signature.'),
  digest: digestSchema,
  outcome,
  code: z.string().describe('Why, in one word.'),
  identity: z.string().optional().describe('Who signed. Only of proven signatures.'),
  signedAt: z.string().optional().describe('By a clock that the signer does not own.'),
  expires: z.string().optional(),
  reason: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  trace: traceSchema,
});

export const trustSchema = z
  .strictObject({
    asked: z.boolean().describe('False: the configuration asks nobody to have signed this image.'),
    outcome,
    code: z.string().describe('Why, in one word.'),
    rule: z.string().describe('Name of the rule of the trust configuration.'),
    by: z.array(z.string()).describe('Signers that count.'),
    reason: z.string(),
    signers: z.array(
      z.strictObject({
        signer: z.string(),
        outcome,
        code: z.string(),
        reason: z.string(),
        identity: z.string().optional(),
        signedAt: z.string().optional(),
      }),
    ),
    configuration: z.strictObject({ name: z.string(), version: z.string() }),
  })
  .describe('What came of the demand for signatures.');

export const historySchema = z
  .strictObject({
    firstSeen: z.string(),
    seenBefore: z.boolean(),
    since: z.string().describe('The earlier of firstSeen and the time that a log proves.'),
    loggedAt: z.string().optional(),
    tagMoved: z.boolean(),
    tagBefore: digestSchema.optional(),
    tagMovedAt: z.string().optional(),
    signersBefore: z.array(z.string()),
    signatureLost: z.boolean(),
    signerChanged: z.boolean(),
    elsewhere: z.array(z.strictObject({ repository: z.string(), digest: digestSchema })),
  })
  .describe('What this machine saw of the image before, by its own clock.');
