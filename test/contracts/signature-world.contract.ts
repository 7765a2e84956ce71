/** The table that every world of signatures is held to: what can be wrong with a signature → outcome and reason, the same word for each world. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attestation, AttestationCode, AttestationOutcome } from '../../src/core/attestation.ts';
import type { SignatureSubject, Trust, TrustContext, TrustVerifier } from '../../src/core/trust.ts';

export const signatureCases = {
  valid: ['trusted', ['trusted']],
  unsigned: ['untrusted', ['absent']],
  'other key': ['untrusted', ['other-signer', 'untrusted-root']],
  'other digest': ['untrusted', ['other-digest', 'absent']],
  'other repository': ['untrusted', ['other-reference']],
  expired: ['untrusted', ['expired']],
  revoked: ['untrusted', ['revoked', 'other-signer']],
  truncated: ['untrusted', ['malformed']],
  'replayed older': ['untrusted', ['replayed', 'expired', 'other-digest']],
  'other platform': ['untrusted', ['other-platform', 'other-digest', 'absent']],
  unreachable: ['inconclusive', ['unreachable']],
} as const satisfies Readonly<Record<string, readonly [AttestationOutcome, readonly AttestationCode[]]>>;

export type SignatureCase = keyof typeof signatureCases;

export interface SignatureQuestion<Asked extends Trust> {
  readonly subject: SignatureSubject;
  readonly trust: Asked;
  readonly context: TrustContext;
  readonly close?: () => Promise<void>;
}

export interface SignatureWorld<Asked extends Trust> {
  readonly verifier: TrustVerifier<Asked>;
  /** A question whose evidence has exactly this one thing wrong; a sentence where the world knows no such thing. */
  readonly ask: (name: SignatureCase) => Promise<SignatureQuestion<Asked> | string>;
  /** Which of the table's words this world says, where the table allows several. */
  readonly codes?: Partial<Record<SignatureCase, AttestationCode>>;
}

/** Runs the table. A case that a world does not know is shown as such, with its sentence. */
export const holdsSignatureTable = <Asked extends Trust>(world: SignatureWorld<Asked>): void => {
  describe(`signatures: ${world.verifier.id}`, () => {
    for (const [name, [outcome, codes]] of Object.entries(signatureCases))
      test(name, async (t) => {
        const question = await world.ask(name as SignatureCase);
        if (typeof question === 'string') {
          t.diagnostic(`no such case: ${question}`);
          return;
        }
        try {
          const { subject, trust, context } = question;
          const attestations = await world.verifier.verify(subject, trust, context);
          const signatures = attestations.filter(({ kind }) => kind === 'signature');
          assert.equal(signatures.length, 1, 'one answer to one question');
          const [answer] = signatures as [Attestation];
          assert.equal(answer.outcome, outcome, answer.reason);
          const chosen = world.codes?.[name as SignatureCase];
          const allowed: readonly AttestationCode[] = chosen === undefined ? codes : [chosen];
          assert.ok(allowed.includes(answer.code), `${answer.code}: ${answer.reason}`);
          assert.equal(answer.digest, subject.digest);
          assert.ok(answer.trace.length > 0 && answer.reason.length > 10);
          if (name === 'valid') assert.ok(answer.identity, 'a proven signature has somebody who signed');
        } finally {
          await question.close?.();
        }
      });
  });
};
