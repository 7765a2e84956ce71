/** The predicate of a signed verdict: what one scan said of one image, as an in-toto predicate. The source of schemas/verdict-predicate.schema.json. */
import * as z from 'zod';
import { malformed } from '../../core/fault.ts';

/** Names the form; nothing is fetched from there. */
export const verdictPredicateType = 'https://tidewaiter.dev/verdict/v1';

const count = z.int().nonnegative();
const counts = z
  .object({ seen: count, examined: count, skipped: count, unreadable: count })
  .describe('seen = examined + skipped + unreadable.');
const text = z.string().min(1).max(4096);
const day = z.iso.date();

/** Members may be added within v1; a reader leaves out what it does not know. */
export const verdictPredicateSchema = z
  .object({
    assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
    decision: z.enum(['allow', 'warn', 'deny']).describe('By the policy of whoever scanned.'),
    because: z.array(text).min(1).max(64).describe('The facts that decided, most decisive first.'),
    policy: z.object({ name: text, version: text.describe('Digest of its text.') }),
    rules: z.object({
      version: text.describe('Digest over every rule and feed that took part.'),
      counts: z.record(z.string().max(256), count),
      newest: z
        .record(z.string().max(256), day)
        .optional()
        .describe('By analyzer: the day of the newest of what it knew. The verdict is as old as the newest of them.'),
    }),
    coverage: z.object({
      files: counts,
      bytes: counts,
      nested: z.object({ files: counts, bytes: counts }).describe('Members of archives.'),
    }),
    findings: count.describe('How many there were.'),
    gaps: count.describe('How many things were not examined.'),
    platform: z.string().max(256),
    scanner: z.object({ name: text, version: text }),
    at: z.iso.datetime().max(64).describe('When it was judged, by the scanner’s clock; UTC.'),
  })
  .describe(
    `What Tidewaiter said about one image: predicate of an in-toto statement of the type ${verdictPredicateType}.`,
  );

export type VerdictPredicate = z.infer<typeof verdictPredicateSchema>;

/** @throws {Fault} malformed `VERDICT_PREDICATE_INVALID` */
export const parseVerdictPredicate = (value: unknown, where: string): VerdictPredicate => {
  const parsed = verdictPredicateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(
    'VERDICT_PREDICATE_INVALID',
    `${issue?.path.join('.').slice(0, 200) ?? ''}: ${issue?.message.slice(0, 200) ?? 'not as expected'}`,
    where,
  );
};
