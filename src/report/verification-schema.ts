/** The shape of `tidewaiter/verify/v1`: a verdict without the members of the audit. The source of schemas/verify.schema.json. */
import * as z from 'zod';
import {
  attestationSchema,
  digestSchema,
  historySchema,
  identitySchema,
  traceSchema,
  trustSchema,
} from './trust-schema.ts';

export const verificationSchema = z
  .strictObject({
    schema: z.literal('tidewaiter/verify/v1'),
    reference: z.string().describe('Canonical, with the digest it was pinned to.'),
    asked: z.string().describe('As typed.'),
    digest: digestSchema
      .nullable()
      .describe('Of the manifest that was asked about; null where the image could not be had, or has no manifest.'),
    identity: identitySchema,
    kind: z.enum(['container', 'machine']),
    platform: z.string(),
    outcome: z.enum(['trusted', 'untrusted', 'inconclusive']).describe('The same as trust.outcome.'),
    because: z.array(z.string()).min(1),
    attestations: z.array(attestationSchema).describe('Every answer, in the order of the signers that were asked for.'),
    trust: trustSchema,
    history: historySchema.optional(),
    historyProblem: z.string().optional().describe('Why there is no history.'),
    beside: z
      .strictObject({
        companions: z.array(
          z.strictObject({
            subject: digestSchema.describe('The manifest or index that it is about.'),
            place: z.string(),
            digest: digestSchema,
            type: z.string(),
            what: z.string(),
            verifier: z.string().optional().describe('Who would check it.'),
          }),
        ),
        trace: traceSchema,
      })
      .optional()
      .describe('What lies beside an image that is not trusted: nothing of it was checked.'),
    at: z.string().describe('ISO 8601, UTC.'),
  })
  .describe('Who signed one image. Members may be added; none is taken away within v1.');

export const verificationsSchema = z
  .union([verificationSchema, z.array(verificationSchema)])
  .describe('One object for one image, an array for several references or --all-platforms.');

export type VerificationDocument = z.infer<typeof verificationSchema>;
