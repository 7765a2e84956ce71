/** Lints of Notation's trust policy and of containers' policy.json: what they let in without a signature, or by anybody's. */
import { parseTrustPolicy, type TrustStatement } from '../notation/trust-policy.ts';
import type { DocumentPath } from '../../formats/written-document.ts';
import type { DraftSigner, TrustDraft } from '../trust-file/trust-draft.ts';
import type { LintHit, TrustLint } from './lint.ts';
import { signersOf } from './signers-of.ts';

interface Stated {
  readonly path: DocumentPath;
  readonly statement: TrustStatement;
  readonly signer: DraftSigner;
}

/** Statements of Notation's policies: of a file of its own with the place, else at the signer that names it. */
const statementsIn = (draft: TrustDraft): readonly Stated[] =>
  signersOf(draft).flatMap((signer) => {
    const { trust } = signer.signer;
    if (trust.verifier !== 'notation') return [];
    return parseTrustPolicy(trust.policy).statements.map((statement, index) => ({
      path: draft.kind === 'notation' ? ['trustPolicies', index] : [...signer.path, 'notation'],
      statement,
      signer,
    }));
  });

/** Organisations whose certificates anybody can buy, or get for nothing. By the CA/Browser Forum's members as of 2026. */
const publicAuthorities =
  /\b(?:DigiCert|Entrust|GlobalSign|Sectigo|Comodo|USERTrust|GoDaddy|Starfield|Let's Encrypt|Internet Security Research Group|SSL\.com|SSL Corporation|Certum|IdenTrust|QuoVadis|Actalis|Buypass|SwissSign|Amazon Trust|Google Trust Services|VeriSign|Thawte|GeoTrust|Symantec|Microsoft Identity Verification)\b/i;

const isPublic = ({ keys }: DraftSigner): boolean =>
  keys.some(({ certificate }) => certificate !== undefined && publicAuthorities.test(certificate.subject));

const hit = (path: DocumentPath, message: string): LintHit => ({ path, message });

export const foreignLints: readonly TrustLint[] = [
  {
    code: 'TRUST_NOTATION_ANYBODY',
    severity: 'error',
    about: 'trustedIdentities "*" with an authority that sells certificates to anybody',
    find: (draft) =>
      statementsIn(draft).flatMap(({ path, statement: { name, identities, level }, signer }) =>
        level !== 'skip' && identities === undefined && isPublic(signer)
          ? [
              hit(
                path,
                `the statement "${name}" trusts whomever a public authority gave a certificate: write trustedIdentities as "x509.subject: C=…, ST=…, O=…"`,
              ),
            ]
          : [],
      ),
  },
  {
    code: 'TRUST_NOTATION_SKIPPED',
    severity: 'error',
    about: 'statements of Notation that let images in without, or in spite of, their signature',
    find: (draft) =>
      statementsIn(draft).flatMap(({ path, statement: { name, level } }) => {
        if (level === 'skip')
          return [
            hit(
              path,
              `the statement "${name}" verifies nothing (level skip): write strict, or take its repositories out`,
            ),
          ];
        return level === 'audit'
          ? [
              hit(
                path,
                `the statement "${name}" lets images in whose signature is by nobody trusted (level audit): write strict, or permissive`,
              ),
            ]
          : [];
      }),
  },
  {
    code: 'TRUST_POLICY_ACCEPTS',
    severity: 'error',
    about: 'scopes of a containers policy that accept images without signatures',
    find: ({ kind, rules }) =>
      kind !== 'containers-policy'
        ? []
        : rules
            .filter(({ ask }) => ask === 'nothing')
            .map(({ path, name }) =>
              hit(
                path,
                name === 'default'
                  ? 'whatever no scope names is accepted without a signature (insecureAcceptAnything): write "default": [{ "type": "reject" }], and a scope for each registry'
                  : `${name} is accepted without a signature (insecureAcceptAnything): write signedBy or sigstoreSigned`,
              ),
            ),
  },
];
