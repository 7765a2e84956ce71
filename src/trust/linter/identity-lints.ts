/** Lints of keyless identities: whom a subject and an issuer let in besides those who are meant. */
import type { IdentityPattern } from '../../core/trust.ts';
import type { DocumentPath } from '../../formats/written-document.ts';
import type { TrustDraft } from '../trust-file/trust-draft.ts';
import {
  anyRefOf,
  dotForgeryOf,
  forgeryOf,
  isAnybody,
  isIdentityMatch,
  publicMailDomains,
  strangers,
  witnessesOf,
} from './identity-probes.ts';
import type { LintHit, TrustLint } from './lint.ts';
import { signersOf } from './signers-of.ts';

type Field = 'subject' | 'issuer';

interface Held {
  readonly path: DocumentPath;
  readonly field: Field;
  readonly pattern: IdentityPattern;
}

const heldIn = (draft: TrustDraft): readonly Held[] =>
  signersOf(draft).flatMap(({ path, signer: { trust } }) =>
    trust.verifier !== 'cosign'
      ? []
      : (trust.identities ?? []).flatMap((identity, index) =>
          (['subject', 'issuer'] as const).map((field): Held => {
            const pattern = identity[field];
            const written = 'exact' in pattern ? field : `${field}Pattern`;
            return { path: [...path, 'cosign', 'identities', index, written], field, pattern };
          }),
        ),
  );

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

/** `judge` gives the message for one subject or issuer; undefined: nothing to say. */
const about =
  (fields: readonly Field[], judge: (pattern: IdentityPattern) => string | undefined) =>
  (draft: TrustDraft): readonly LintHit[] =>
    heldIn(draft)
      .filter(({ field }) => fields.includes(field))
      .flatMap(({ path, pattern }) => {
        const message = judge(pattern);
        return message === undefined ? [] : [{ path, message }];
      });

const wholeWildcard = /^[\^(]*(?:\*|\.\*|\.\+)[)$]*$/;

const strangeIssuers: readonly string[] = ['https://stranger.example', 'https://stranger.example/oidc/any'];

const matchesStrangeIssuer = (pattern: IdentityPattern): boolean =>
  'pattern' in pattern && strangeIssuers.some((issuer) => isIdentityMatch(pattern, issuer));

/** An exact issuer or subject is never open; of a pattern that anybody fits, that is all there is to say. */
const isOpen = (pattern: IdentityPattern): boolean => isAnybody(pattern) || matchesStrangeIssuer(pattern);

const strangeMail = (pattern: IdentityPattern): string | undefined =>
  'exact' in pattern
    ? undefined
    : [strangers.email, ...publicMailDomains.map((domain) => `stranger@${domain}`)].find((mail) =>
        isIdentityMatch(pattern, mail),
      );

const isAnchored = (pattern: string): boolean =>
  /^(?:\(\?[a-z]+\))?(?:\^|\\A)/.test(pattern) && /(?:(?<!\\)(?:\\\\)*\$|\\z)$/.test(pattern);

export const identityLints: readonly TrustLint[] = [
  {
    code: 'TRUST_ANYBODY',
    severity: 'error',
    about: 'subjects that match anybody',
    find: about(['subject'], (pattern) => {
      if ('exact' in pattern)
        return wholeWildcard.test(pattern.exact)
          ? `"${pattern.exact}" is compared as it stands and is nobody's subject; as a pattern it would match anybody: write whose signature counts, such as https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@refs/heads/main`
          : undefined;
      return isAnybody(pattern)
        ? 'it matches anybody who has an account somewhere: write whose signature counts, such as ^https://github\\.com/OWNER/REPOSITORY/\\.github/workflows/FILE@refs/tags/v[0-9.]+$'
        : undefined;
    }),
  },
  {
    code: 'TRUST_ISSUER_OPEN',
    severity: 'error',
    about: 'issuers that anybody can run',
    find: about(['issuer'], (pattern) => {
      if ('exact' in pattern)
        return wholeWildcard.test(pattern.exact)
          ? `"${pattern.exact}" is compared as it stands and is no issuer: write the issuer's address`
          : undefined;
      if (matchesStrangeIssuer(pattern))
        return `it matches ${strangeIssuers[0]}, where a stranger confirms any subject: write the exact address with issuer`;
      const forged = forgeryOf(pattern);
      return forged === undefined ? undefined : `it also matches ${cut(forged)}: write the exact address with issuer`;
    }),
  },
  {
    code: 'TRUST_PATTERN_OPEN',
    severity: 'error',
    about: 'patterns of subjects whose ends are open, so that a stranger can have a longer name',
    find: about(['subject'], (pattern) => {
      if (isOpen(pattern)) return undefined;
      const forged = forgeryOf(pattern);
      return forged === undefined
        ? undefined
        : `it also matches ${cut(forged)}: hold the beginning with ^https://, and end names of hosts and owners with / (of mail domains with $)`;
    }),
  },
  {
    code: 'TRUST_PATTERN_DOT',
    severity: 'warning',
    about: 'dots in hosts that stand for any character',
    find: about(['subject', 'issuer'], (pattern) => {
      if (isOpen(pattern)) return undefined;
      const forged = dotForgeryOf(pattern);
      return forged === undefined
        ? undefined
        : `a dot is any character: it also matches ${cut(forged)}; write \\. for a dot`;
    }),
  },
  {
    code: 'TRUST_PATTERN_UNANCHORED',
    severity: 'warning',
    about: 'patterns that do not say that they are about the whole text',
    find: about(['subject', 'issuer'], (pattern) =>
      'exact' in pattern || isAnchored(pattern.pattern)
        ? undefined
        : 'it is compared with the whole text here, and other programs look for it anywhere inside: write ^ at its beginning and $ at its end, so that it reads the same everywhere',
    ),
  },
  {
    code: 'TRUST_WILDCARD_AS_TEXT',
    severity: 'warning',
    about: 'exact subjects and issuers that look like patterns',
    find: about(['subject', 'issuer'], (pattern) =>
      'exact' in pattern && /\*|\.\+|^\^|\$$/.test(pattern.exact) && !wholeWildcard.test(pattern.exact)
        ? 'it is compared as it stands, so no signature ever fits: write subjectPattern or issuerPattern for a pattern (RE2)'
        : undefined,
    ),
  },
  {
    code: 'TRUST_ANY_OWNER',
    severity: 'error',
    about: 'workflows of any owner',
    find: about(['subject'], (pattern) =>
      'pattern' in pattern &&
      !isAnybody(pattern) &&
      [strangers.workflow, strangers.pipeline].some((subject) => isIdentityMatch(pattern, subject))
        ? 'it matches the workflow of any owner of a repository: name the owner and the repository'
        : undefined,
    ),
  },
  {
    code: 'TRUST_EMAIL_DOMAIN',
    severity: 'error',
    about: 'e-mail identities of any domain, or of one where anybody gets an address',
    find: about(['subject'], (pattern) => {
      const mail = isAnybody(pattern) ? undefined : strangeMail(pattern);
      return mail === undefined
        ? undefined
        : `it matches ${mail}, an address that a stranger can get: write the addresses of those who sign, or a domain of your own as @company\\.example$`;
    }),
  },
  {
    code: 'TRUST_WORKFLOW_REF',
    severity: 'warning',
    about: 'identities of GitHub workflows without a ref',
    find: about(['subject'], (pattern) => {
      if (isAnybody(pattern)) return undefined;
      const [text = ''] = witnessesOf(pattern);
      if (/\/\.github\/workflows\/[^@]*$/.test(text) && 'exact' in pattern)
        return "a workflow's subject ends in the ref that it ran for, so no signature ever fits: add @refs/heads/main, or the ref that releases are made from";
      const anyRef = anyRefOf(pattern);
      return anyRef === undefined
        ? undefined
        : `it matches every branch and pull request (${cut(anyRef)}): name the ref, as in @refs/heads/main$ or @refs/tags/v[0-9.]+$`;
    }),
  },
];
