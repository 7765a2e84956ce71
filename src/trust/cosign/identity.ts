/** Identities that may have signed, compared with what a certificate says: exactly, or by a pattern over the whole text in linear time. */
import { RE2JS } from 're2js';
import { misuse } from '../../core/fault.ts';
import type { CosignTrust, IdentityPattern } from '../../core/trust.ts';

type Matcher = (text: string) => boolean;

export interface WantedIdentity {
  readonly subject: Matcher;
  readonly issuer: Matcher;
}

const maximumPattern = 1000;

/** RE2JS.matches takes the whole text: a pattern without `^` and `$` is none the weaker. */
const toMatcher = (wanted: IdentityPattern, name: string): Matcher => {
  if ('exact' in wanted) {
    if (wanted.exact === '') throw misuse('COSIGN_IDENTITY_INVALID', `the ${name} of a cosign identity is empty`);
    return (text) => text === wanted.exact;
  }
  if (wanted.pattern === '' || wanted.pattern.length > maximumPattern)
    throw misuse(
      'COSIGN_IDENTITY_INVALID',
      `the pattern for the ${name} of a cosign identity must have 1 to ${maximumPattern} characters`,
    );
  try {
    const pattern = RE2JS.compile(wanted.pattern);
    return (text) => pattern.matches(text);
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw misuse(
      'COSIGN_IDENTITY_INVALID',
      `the pattern for the ${name} of a cosign identity is none of RE2: ${words.slice(0, 200)}`,
    );
  }
};

/** @throws {Fault} misuse `COSIGN_IDENTITY_INVALID` */
export const toWantedIdentities = (identities: CosignTrust['identities'] = []): readonly WantedIdentity[] =>
  identities.map(({ subject, issuer }) => ({
    subject: toMatcher(subject, 'subject'),
    issuer: toMatcher(issuer, 'issuer'),
  }));
