/** The shape of a policy file, version 1: validates it, and is the source of schemas/policy.schema.json. */
import * as z from 'zod';
import { isDate } from '../core/date.ts';
import { severities } from '../core/finding.ts';
import { referencePatternProblem } from '../core/reference-pattern.ts';
import { findingContexts } from './policy.ts';
import { gapPatternProblem, pathPatternProblem, rulePatternProblem } from './patterns.ts';

const checked = (problemOf: (pattern: string) => string | undefined): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(500)
    .superRefine((pattern, context) => {
      const problem = problemOf(pattern);
      if (problem !== undefined)
        context.addIssue({ code: 'custom', message: `"${pattern}" can never match: ${problem}`, input: pattern });
    });

const sentence = z.string().min(1).max(500);
const decision = z.enum(['allow', 'warn', 'deny']);
const grade = z.enum(['malicious', 'suspicious', 'clean']);
const intent = z.enum(['implant', 'miner', 'dual-use', 'exposure', 'impersonation', 'tampering', 'hygiene']);
const maximumLines = 500;
const contexts = z.array(z.enum(findingContexts)).min(1);

/** Pairs that exclude each other, by what the words mean. */
const excluding: readonly (readonly [string, string])[] = [
  ['owned', 'unowned'],
  ['launched', 'nested'],
  ['launched', 'example'],
  ['launched', 'hidden'],
];

const match = z
  .array(checked(referencePatternProblem))
  .min(1)
  .max(maximumLines)
  .describe('Patterns of canonical references, such as docker://registry.example/team/**. One must fit.');

const decisions = z
  .strictObject({
    malicious: decision.optional(),
    suspicious: decision.optional(),
    incomplete: decision.optional(),
    clean: decision.optional(),
    untrusted: decision.optional().describe('Signatures that --trust demands are not there, or are not right.'),
  })
  .refine((given) => Object.keys(given).length > 0, 'it is empty: name an assessment, or leave it out')
  .describe('What follows from each assessment.');

const findingLine = z
  .strictObject({
    rule: checked(rulePatternProblem).optional().describe('Glob over rule ids, such as yara/**.'),
    intent: z.array(intent).min(1).optional(),
    severity: z.enum(severities).optional().describe('At least this severe.'),
    confidence: z.enum(['low', 'medium', 'high']).optional().describe('At least this sure.'),
    context: contexts.optional().describe('Where the proofs lie: all of these.'),
    unless: contexts.optional().describe('Where the proofs lie: none of these.'),
    together: z
      .int()
      .min(2)
      .max(20)
      .optional()
      .describe(
        'At least so many different rules fit this line and are about the same file, unowned folder, or start.',
      ),
    with: z.array(intent).min(1).optional().describe('Intents that count towards together besides those of the line.'),
    assess: grade.describe('What such a finding makes of the image.'),
  })
  .refine(
    ({ context = [], unless = [] }) => !context.some((word) => unless.includes(word)),
    'the same word stands in context and in unless, so the line can never fit',
  )
  .refine(
    ({ context = [] }) =>
      !excluding.some((pair) => pair.every((word) => (context as readonly string[]).includes(word))),
    `of these no two hold at once: ${excluding.map((pair) => pair.join(' and ')).join(', ')}`,
  )
  .refine(
    ({ with: others, together }) => others === undefined || together !== undefined,
    'with says what counts towards together: add together, or leave it out',
  )
  .describe('The first line that fits decides about a finding.');

const gapLine = z
  .strictObject({
    code: checked(gapPatternProblem).optional().describe('Glob over gap codes, such as TAR_*.'),
    kind: z.enum(['malformed', 'limit', 'unavailable']).optional(),
    nested: z.literal(true).optional().describe('Only gaps inside archives, whose own bytes were examined.'),
    executable: z
      .literal(true)
      .optional()
      .describe('Also for gaps in programs and start-up content; needs a code without wildcards.'),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, never a function
    then: z.enum(['accept', 'warn', 'deny']),
  })
  .refine(
    ({ code, kind, nested }) => code !== undefined || kind !== undefined || nested !== undefined,
    'name a code, a kind or nested ("*" is every code)',
  )
  .refine(
    ({ code, executable }) => executable === undefined || (code !== undefined && !/[*?]/.test(code)),
    'executable: true needs a code without wildcards: gaps in programs are accepted one code at a time',
  )
  .describe('The first line that fits decides about a gap; without one it is denied.');

const rule = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'an id is lower-case words joined by "-"')
      .max(80),
    when: z.string().min(1).max(4000).describe('A condition in CEL over dossier, assessment and at.'),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, never a function
    then: decision,
    because: sentence.describe('Told to the person whose image it is.'),
  })
  .describe('deny and warn tighten; allow loosens what follows from suspicious or clean.');

const body = {
  decisions: decisions.optional(),
  findings: z.array(findingLine).min(1).max(maximumLines).optional(),
  gaps: z.array(gapLine).min(1).max(maximumLines).optional(),
  rules: z.array(rule).min(1).max(maximumLines).optional(),
};

const exception = z
  .strictObject({
    rule: z.string().min(1).max(500).optional().describe('Glob over rule ids, or the id of a rule of this file.'),
    gap: checked(gapPatternProblem).optional().describe('Glob over gap codes.'),
    executable: z.literal(true).optional().describe('As in gaps.'),
    match: z.union([checked(referencePatternProblem), match]),
    path: checked(pathPatternProblem)
      .optional()
      .describe('Glob that every path of the finding, or of the gap, must fit.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits')
      .optional()
      .describe('Content that every proof of the finding must have.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/, 'a digest is sha256: and 64 lower-case hex digits')
      .optional()
      .describe('Digest of the image: its index, manifest or config.'),
    reason: sentence,
    expires: z
      .string()
      .refine(isDate, 'a date that exists, such as 2027-06-30, or an instant such as 2027-06-30T12:00:00Z')
      .describe('The last day (UTC) on which the exception holds, or the instant at which it ends.'),
  })
  .refine(({ rule, gap }) => (rule === undefined) !== (gap === undefined), 'name either a rule or a gap')
  .refine(
    ({ gap, sha256 }) => gap === undefined || sha256 === undefined,
    'sha256 is for findings: a gap has no content',
  )
  .refine(
    ({ gap, executable }) => executable === undefined || (gap !== undefined && !/[*?]/.test(gap)),
    'executable: true needs a gap code without wildcards',
  );

const scope = z
  .strictObject({ match, ...body })
  .refine((given) => Object.keys(given).length > 1, 'a scope without decisions, findings, gaps or rules says nothing');

export const policySchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    version: z.literal(1),
    name: z
      .string()
      .regex(/^[\w][\w. -]*$/, 'letters, digits, spaces, ".", "_" and "-"')
      .max(80),
    extends: z
      .enum(['default', 'none'])
      .optional()
      .describe('default (also when left out): the lines of the built-in policy follow those of this file.'),
    ...body,
    scopes: z.array(scope).min(1).max(maximumLines).optional(),
    exceptions: z.array(exception).min(1).max(5000).optional(),
  })
  .refine(
    (given) => given.extends !== 'none' || given.findings !== undefined,
    'with extends: none the file must say what findings mean: add findings',
  )
  .describe('A policy of Tidewaiter.');

export type PolicyDocument = z.infer<typeof policySchema>;
