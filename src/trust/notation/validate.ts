/** One stored envelope and one statement of a trust policy → whether the signature counts, in the steps of trust-store-trust-policy, "Signature Verification". */
import { createHash } from 'node:crypto';
import type { AttestationFacts, TraceStep } from '../../core/attestation.ts';
import { isSameBytes } from '../../core/bytes.ts';
import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/image.ts';
import type { TrustContext } from '../../core/trust.ts';
import { comparableName, nameText, parseName } from '../../formats/records/distinguished-name.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { chainFlaw, subjectText } from '../certificates/chain.ts';
import { checkRevocation } from '../certificates/revocation.ts';
import type { RevocationFetcher } from '../certificates/revocation-fetcher.ts';
import { checkTime } from './check-time.ts';
import { openCoseEnvelope } from './cose-envelope.ts';
import type { SignatureEnvelope } from './envelope.ts';
import { openJwsEnvelope } from './jws-envelope.ts';
import { matchPayload, parsePayload } from './payload.ts';
import { refusal, toRefusal, type Refusal } from './refusal.ts';
import { maximumEnvelopeBytes, type StoredEnvelope } from './signature-manifest.ts';
import type { StoreType, TrustStatement, Validation } from './trust-policy.ts';

export interface ValidationQuestion {
  readonly stored: StoredEnvelope;
  readonly target: Descriptor;
  /** Digests of the other platforms of the same index. */
  readonly siblings: ReadonlySet<Digest>;
  readonly statement: TrustStatement;
  readonly trusted: (type: StoreType) => readonly Certificate[];
  readonly fetcher: RevocationFetcher;
  readonly trace: (step: TraceStep) => void;
  readonly context: TrustContext;
}

/** A signature that counts under the statement. */
export interface ValidSignature {
  /** The signer's name; absent where the statement only logs that nobody vouches for him. */
  readonly identity?: string;
  readonly signedAt?: string;
  readonly expires?: string;
  readonly facts: AttestationFacts;
  /** What failed and is only logged. */
  readonly logged: readonly Refusal[];
}

const openEnvelope = async ({ kind, bytes }: StoredEnvelope, context: TrustContext): Promise<SignatureEnvelope> => {
  const { certificates } = context.trustLimits;
  return kind === 'application/cose'
    ? openCoseEnvelope(bytes, maximumEnvelopeBytes, certificates)
    : await openJwsEnvelope(bytes, maximumEnvelopeBytes, certificates);
};

const storeType = ({ scheme }: SignatureEnvelope): StoreType => (scheme === 'notary.x509' ? 'ca' : 'signingAuthority');

/** How many certificates of the chain lie in the stores or below one that does: nobody here vouches for those above. */
const vouchedFor = (envelope: SignatureEnvelope, { trusted }: ValidationQuestion): number => {
  const roots = trusted(storeType(envelope));
  return envelope.chain.findLastIndex(({ der }) => roots.some((root) => isSameBytes(root.der, der))) + 1;
};

/** Step 4: a trusted certificate in the chain, and a name that the statement trusts. */
const checkAuthenticity = (envelope: SignatureEnvelope, question: ValidationQuestion): void => {
  const { chain } = envelope;
  const { statement } = question;
  const type = storeType(envelope);
  if (vouchedFor(envelope, question) === 0)
    throw refusal('untrusted-root', `its certificates lead to nobody in the trust stores of type ${type}`);
  if (statement.identities === undefined) return;
  const name = comparableName(parseName(chain[0]?.subject ?? new Uint8Array(0), 'the signer’s name'));
  if (typeof name === 'string') throw refusal('other-signer', `the signer’s name cannot be compared: ${name}`);
  if (!statement.identities.some((identity) => [...identity].every(([part, value]) => name.get(part) === value)))
    throw refusal(
      'other-signer',
      `it is by ${chain[0] === undefined ? '' : subjectText(chain[0])}, whom the trust policy does not name`,
    );
};

/**
 * Step 7, and what may not be asked before: an address in a certificate is followed only where a trusted one vouches for it. The
 * certificates are not signed: above one that is trusted and no root, anybody can put others of the same key, with addresses of his own.
 */
const checkRevoked = async (
  envelope: SignatureEnvelope,
  signedAt: Date | undefined,
  question: ValidationQuestion,
): Promise<void> => {
  const { fetcher, trace, context } = question;
  const asked = { now: context.now(), trace, ...(signedAt === undefined ? {} : { signedAt }) };
  // The last one vouched for is asked about too, and answered for by its issuer.
  const chain = envelope.chain.slice(0, vouchedFor(envelope, question) + 1);
  const answer = await checkRevocation(chain, asked, fetcher);
  if (answer.status === 'revoked') throw refusal('revoked', answer.reason);
  if (answer.status === 'unknown')
    throw refusal('unreachable', `whether it was revoked is not known: ${answer.reason}`);
};

const maximumMetadata = 16;

/** "user defined metadata" of the payload, as `metadata.NAME`. */
const metadataFacts = ({ annotations = {} }: Descriptor): AttestationFacts =>
  Object.fromEntries(
    Object.entries(annotations)
      .filter(([name]) => name.length <= 128 && !name.startsWith('io.cncf.notary'))
      .slice(0, maximumMetadata)
      .map(([name, value]) => [`metadata.${name}`, value.slice(0, 512)]),
  );

/** Which of several certificates of one name it was, and who issued it. */
const certificateFacts = ({ der, issuer }: Certificate): AttestationFacts => ({
  certificate: `sha256:${createHash('sha256').update(der).digest('hex')}`,
  certificateIssuer: nameText(issuer, 'the issuer’s name'),
});

/** @throws {Refusal}: it does not count; Fault misuse: the trust stores cannot work */
export const validateSignature = async (question: ValidationQuestion): Promise<ValidSignature> => {
  const { stored, target, siblings, statement, trusted, fetcher, trace, context } = question;
  const logged: Refusal[] = [];
  const failed = new Set<Validation>();
  /** Enforced: the first failure ends it. Logged: it is kept, and the next step follows. */
  const step = async <Value>(
    validation: Validation,
    work: () => Value | Promise<Value>,
  ): Promise<Value | undefined> => {
    const action = statement.enforcement[validation];
    if (action === 'skip') return undefined;
    const lookedFor = `${validation} of the signature`;
    try {
      const value = await work();
      trace({ lookedFor, result: 'verified' });
      return value;
    } catch (thrown) {
      const found = toRefusal(thrown);
      const result = found.code === 'unreachable' ? 'unreachable' : 'refused';
      trace({
        lookedFor,
        result,
        detail: action === 'log' ? `only logged: ${found.message}` : found.message,
      });
      if (action === 'enforce') throw found;
      logged.push(found);
      failed.add(validation);
      return undefined;
    }
  };

  let metadata: AttestationFacts = {};
  // 3. Integrity: envelope, content type, algorithm, signature, certificates, payload. Enforced at every level.
  const envelope = await step('integrity', async () => {
    const opened = await openEnvelope(stored, context);
    const flaw = chainFlaw(opened.chain, 'code-signing');
    if (flaw !== undefined) throw refusal('malformed', flaw);
    const signed = parsePayload(opened.payload);
    matchPayload(signed, target, siblings);
    metadata = metadataFacts(signed);
    return opened;
  });
  if (envelope === undefined) throw refusal('unsupported', 'its integrity is not checked');
  // 4. Authenticity.
  await step('authenticity', () => checkAuthenticity(envelope, question));
  const vouched = !failed.has('authenticity');
  // Extended attributes. A trusted signer who asks for more than is done here leaves the question open.
  if (envelope.unsupported !== undefined)
    throw refusal('unsupported', envelope.unsupported, vouched ? 'inconclusive' : 'untrusted');
  const now = context.now();
  // 5. Expiry.
  await step('expiry', () => {
    if (envelope.expiry !== undefined && now >= envelope.expiry)
      throw refusal('expired', `the signer let it end on ${envelope.expiry.toISOString()}`);
  });
  // 6. Authentic time.
  const authorities = (): readonly Certificate[] => trusted('tsa');
  const maximumCertificates = context.trustLimits.certificates;
  const signedAt = await step('authenticTimestamp', () =>
    checkTime({ envelope, statement, authorities, maximumCertificates, now, fetcher, trace }),
  );
  // 7. Revocation. Of a chain that nobody here trusts nothing is asked: its addresses are an attacker's.
  if (vouched) await step('revocation', () => checkRevoked(envelope, signedAt, question));
  const [signer] = envelope.chain;
  return {
    ...(vouched && signer !== undefined ? { identity: subjectText(signer) } : {}),
    ...(vouched && signedAt !== undefined ? { signedAt: signedAt.toISOString() } : {}),
    ...(envelope.expiry === undefined ? {} : { expires: envelope.expiry.toISOString() }),
    facts: {
      statement: statement.name.slice(0, 512),
      level: statement.level,
      scheme: envelope.scheme,
      envelope: stored.kind === 'application/cose' ? 'cose' : 'jws',
      claimedTime: envelope.signingTime.toISOString(),
      ...(vouched && signer !== undefined ? certificateFacts(signer) : {}),
      ...metadata,
      ...(failed.size === 0 ? {} : { notEnforced: [...failed].join(',') }),
    },
    logged,
  };
};
