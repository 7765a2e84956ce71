/** The shape of a trust file, version 1: validates it, and is the source of schemas/trust.schema.json. */
import { RE2JS } from 're2js';
import * as z from 'zod';
import { isDate } from '../../core/date.ts';
import { referencePatternProblem } from '../../core/reference-pattern.ts';

const maximumRules = 500;
/** Of one rule, and of the list at the top. */
const maximumSigners = 64;
const maximumKeys = 32;

const name = z
  .string()
  .regex(/^\w[\w. -]*$/, 'a name is letters, digits, spaces, ".", "_" and "-"')
  .max(80);

/** Trust is asked of images in registries: what lies in a folder or an archive has no name that could be believed. */
const matchProblem = (pattern: string): string | undefined =>
  /^\*\*$|^docker:/.test(pattern) || referencePatternProblem(pattern) !== undefined
    ? referencePatternProblem(pattern)
    : 'only images in registries have names that signatures can be asked for: write docker://…, or ** for all images';

const pattern = z
  .string()
  .min(1)
  .max(500)
  .superRefine((written, context) => {
    const problem = matchProblem(written);
    if (problem !== undefined)
      context.addIssue({ code: 'custom', message: `"${written}" can never match: ${problem}`, input: written });
  });

const expression = z
  .string()
  .min(1)
  .max(500)
  .superRefine((written, context) => {
    try {
      RE2JS.compile(written);
    } catch (thrown) {
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      context.addIssue({ code: 'custom', message: `no pattern of RE2: ${words.slice(0, 200)}`, input: written });
    }
  });

const date = z
  .string()
  .refine(isDate, 'a date that exists, such as 2027-06-30, or an instant such as 2027-06-30T12:00:00Z');

const allow = z
  .array(
    z.strictObject({
      code: z.string().regex(/^TRUST(?:_[A-Z0-9]+)+$/, 'a code of the linter, such as TRUST_EMAIL_DOMAIN'),
      reason: z.string().trim().min(8, 'say why it is right here').max(500),
    }),
  )
  .min(1)
  .max(50)
  .describe('What the linter would refuse, and why it is right here. Holds for the block that it stands in.');

/** A path, a PEM text, or base64. */
const keyText = z.string().min(1).max(16_384);
const path = z.string().min(1).max(4096);
const keys = z.array(keyText).min(1).max(maximumKeys);

const identity = z
  .strictObject({
    subject: z.string().min(1).max(500).optional().describe('The exact subject: a workflow address or an e-mail.'),
    subjectPattern: expression.optional().describe('RE2, compared with the whole subject: ^https://…$.'),
    issuer: z.string().min(1).max(500).optional().describe('The exact issuer of the identity.'),
    issuerPattern: expression.optional(),
  })
  .refine(
    (given) => (given.subject === undefined) !== (given.subjectPattern === undefined),
    'whose signature counts must be said: write either subject or subjectPattern',
  )
  .refine(
    (given) => (given.issuer === undefined) !== (given.issuerPattern === undefined),
    'anybody may run an issuer that confirms any subject: write either issuer (https://token.actions.githubusercontent.com for GitHub) or issuerPattern',
  );

const cosign = z
  .strictObject({
    key: keyText.optional().describe('A public key: a file, PEM, or base64.'),
    keys: keys.optional().describe('Public keys, any one of them.'),
    identities: z.array(identity).min(1).max(maximumKeys).optional().describe('Keyless: any one of them.'),
    trustedRoot: path.optional().describe('A file; without it that of the public sigstore instance.'),
    log: z.enum(['required', 'optional']).optional().describe('By default required without keys, optional with keys.'),
    claim: z
      .enum(['digest', 'repository', 'reference'])
      .optional()
      .describe('What the signature must name besides the digest. By default nothing.'),
  })
  .refine(
    (given) => [given.key, given.keys, given.identities].filter((part) => part !== undefined).length === 1,
    'a signer is known by key, by keys or by identities: write one of them (two signers with require: any where either will do)',
  );

const notation = z
  .strictObject({
    trustPolicy: path.optional().describe('A trustpolicy.json.'),
    trustStore: path.optional().describe('The folder that holds x509/ca/NAME/….'),
    config: path.optional().describe("Notation's configuration folder, which holds both."),
  })
  .refine(
    (given) =>
      given.config === undefined
        ? given.trustPolicy !== undefined && given.trustStore !== undefined
        : given.trustPolicy === undefined && given.trustStore === undefined,
    'write either config (a folder with trustpolicy.json and truststore), or trustPolicy and trustStore',
  );

const dockerContentTrust = z.strictObject({
  server: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^\s@?#]+$/, 'an address such as https://notary.example, without login and query')
    .optional(),
  roots: keys.optional().describe('Certificates or public keys of the root role: files, PEM, or key ids.'),
  roles: z
    .array(
      z
        .string()
        .max(255)
        .regex(
          /^targets(?:\/[-a-z0-9_]+)*$/,
          'a role is targets, or targets/NAME with small letters, digits, "-" and "_"',
        ),
    )
    .min(1)
    .max(maximumKeys)
    .optional(),
});

const gpgIdentity = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.enum(['matchExact', 'matchRepoDigestOrExact', 'matchRepository']) }),
    z.strictObject({ type: z.literal('exactReference'), dockerReference: z.string().min(1).max(500) }),
    z.strictObject({ type: z.literal('exactRepository'), dockerRepository: z.string().min(1).max(500) }),
    z.strictObject({
      type: z.literal('remapIdentity'),
      prefix: z.string().min(1).max(500),
      signedPrefix: z.string().min(1).max(500),
    }),
  ],
  {
    error:
      'its type is one of matchExact, matchRepoDigestOrExact, matchRepository, exactReference, exactRepository, remapIdentity, each with its own fields',
  },
);

const gpg = z.strictObject({
  keyrings: z.array(keyText).min(1).max(maximumKeys).describe('OpenPGP public keys: files, or armoured text.'),
  lookaside: z
    .array(
      z
        .string()
        .max(500)
        .regex(/^(?:https:\/\/|file:\/\/\/)[^\s@?#]*$/, 'https://… or file:///…'),
    )
    .min(1)
    .max(maximumKeys)
    .optional()
    .describe("Where signatures lie. Without it the user's and the system's registries.d say it."),
  identity: gpgIdentity.optional().describe('As signedIdentity of containers-policy.json(5).'),
});

const verdict = z
  .strictObject({
    key: keyText.optional(),
    keys: keys.optional(),
    maximumRuleAge: z
      .string()
      .regex(/^[1-9]\d{0,3}[dh]$/, 'days or hours, such as 14d or 36h')
      .optional()
      .describe('How old the rules may be that a verdict was made with: 14d, 36h. By default 30d.'),
  })
  .refine((given) => (given.key === undefined) !== (given.keys === undefined), 'write either key or keys');

export const worlds = ['cosign', 'notation', 'dockerContentTrust', 'gpg', 'verdict'] as const;

const signer = z
  .strictObject({
    name,
    cosign: cosign.optional(),
    notation: notation.optional(),
    dockerContentTrust: dockerContentTrust.optional(),
    gpg: gpg.optional(),
    verdict: verdict.optional().describe('A verdict of Tidewaiter, signed by somebody who scanned the image.'),
    since: date
      .optional()
      .describe('Signatures count only if they prove that they were made on this day (UTC) or later.'),
    until: date.optional().describe('… and on this day (UTC) or before.'),
    untimed: z
      .enum(['accept', 'refuse'])
      .optional()
      .describe('What happens, with since or until, to a signature that proves no time. By default refuse.'),
    allow: allow.optional(),
  })
  .refine(
    (given) => worlds.filter((world) => given[world] !== undefined).length === 1,
    `a signer lives in one world: write one of ${worlds.join(', ')}`,
  )
  .refine(
    ({ since, until, untimed }) => untimed === undefined || since !== undefined || until !== undefined,
    'untimed says what happens to signatures without a proven time where since or until asks for one: add one of them',
  );

const rule = z
  .strictObject({
    name,
    match: z
      .union([pattern, z.array(pattern).min(1).max(maximumRules)])
      .describe('Patterns of canonical references, such as docker://registry.example/team/**. One must fit.'),
    signers: z
      .array(z.union([name, signer]))
      .max(maximumSigners)
      .optional()
      .describe('Signers, or names of signers at the top of the file.'),
    require: z
      .union([z.enum(['all', 'any']), z.int()])
      .optional()
      .describe('How many different signers must have signed. By default all.'),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, never a function
    then: z
      .enum(['unverified', 'refuse'])
      .optional()
      .describe('Instead of signers: nobody is asked (which is never trust), or no signature is enough.'),
    allow: allow.optional(),
  })
  .refine(
    (given) => (given.signers === undefined) !== (given.then === undefined),
    'write either signers, or then: unverified (nobody is asked) or then: refuse',
  )
  .refine(
    (given) => given.require === undefined || given.signers !== undefined,
    'require counts signers, and there are none',
  );

export const trustSchemaName = 'tidewaiter/trust/v1';

export const trustSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    schema: z.literal(trustSchemaName, { error: `this version reads ${trustSchemaName}` }),
    signers: z.array(signer).min(1).max(maximumSigners).optional().describe('Signers that several rules name.'),
    references: z.array(rule).min(1).max(maximumRules).describe('The first rule that matches a reference decides.'),
    default: z
      .enum(['unverified', 'refuse'])
      .optional()
      .describe('What happens to references that no rule matches. By default unverified, which is never trust.'),
    allow: allow.optional(),
  })
  .describe('Who must have signed which images.');

export type TrustDocument = z.infer<typeof trustSchema>;
export type RuleDocument = TrustDocument['references'][number];
export type SignerDocument = z.infer<typeof signer>;
