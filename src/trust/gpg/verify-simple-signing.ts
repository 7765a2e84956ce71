/**
 * An image's digest and keyrings → who signed it with OpenPGP. The steps are those of containers/image
 * (containers-signature(5), containers-policy.json(5) `signedBy`, containers-registries.d(5)):
 *
 * 1. Where signatures of the name lie: as asked, else by `registries.d`, else podman's own folder.
 * 2. `signature-1`, `-2` … of the manifest's digest there, until the first that is absent; then of the index that lists it.
 * 3. Each must be one binary OpenPGP message with exactly one signature, which gpgv finds good by a key of the keyrings:
 *    not expired, not revoked.
 * 4. Its text must be a payload of this format, without anything unknown in its critical part.
 * 5. The payload's digest must be the one that was asked for, and its name must stand for the name that was asked for.
 * 6. One that passes is enough.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Attestation,
  AttestationCode,
  AttestationFacts,
  AttestationOutcome,
  TraceStep,
} from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import { misuse } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { GpgTrust, SignatureSubject, TrustContext } from '../../core/trust.ts';
import { checkSignedMessage, locateSignatureProgram } from '../../io/signature-program.ts';
import type { PolicyReference } from '../containers-policy.ts';
import {
  checkSimpleSignature,
  maximumPayload,
  refusalOfBytes,
  type CheckedSignature,
  type SignatureWanted,
} from './check-signature.ts';
import { toBinaryKeyring } from './keyring.ts';
import { parseLookaside, readLookaside, type FoundSignature } from './lookaside.ts';
import { readRegistriesD, usualLookaside } from './registries-d.ts';

/** An honest signature has less than 2 KiB, and its payload never more than 64. */
const signatureBytes = 256 * 1024;

const noProgram =
  'signatures were found, and the program gpgv, which checks them, is not on PATH: install the package gpgv (on others than Debian, gnupg)';

/** What is told of several signatures that all fail: the one that came closest. */
const closest: readonly AttestationCode[] = [
  'other-reference',
  'expired',
  'revoked',
  'other-digest',
  'other-signer',
  'malformed',
  'limit',
  'unsupported',
];

const outcomeOf = (code: AttestationCode): AttestationOutcome => {
  if (code === 'trusted') return 'trusted';
  return ['unreachable', 'unsupported', 'limit'].includes(code) ? 'inconclusive' : 'untrusted';
};

type Refused = Exclude<CheckedSignature, { readonly code: 'trusted' }>;

/** By tag when one was asked for; else by the digest that was: the manifest's own, or its index's. */
const namesOf = (repository: string, tag: string | undefined, digests: readonly Digest[]): readonly PolicyReference[] =>
  tag === undefined ? digests.map((digest) => ({ repository, digest })) : [{ repository, tag }];

const placesOf = async (
  trust: GpgTrust,
  names: readonly PolicyReference[],
  context: TrustContext,
): Promise<readonly URL[]> => {
  if (trust.lookaside !== undefined) return trust.lookaside.map(parseLookaside);
  const [name] = names;
  const configured = name === undefined ? undefined : (await readRegistriesD(context)).lookasideOf(name);
  return [parseLookaside(configured ?? usualLookaside(context, process.geteuid?.() === 0))];
};

/** Gives one signature after the other to gpgv, in a folder that holds the keyrings for that long. */
const openChecker = async (
  rings: readonly Uint8Array[],
  program: string,
  wanted: SignatureWanted,
  context: TrustContext,
) => {
  const folder = await mkdtemp(join(await context.temporaryFolder(), 'gpg-'));
  const keyrings: string[] = [];
  for (const [position, bytes] of rings.entries()) {
    const file = join(folder, `keyring-${position}.gpg`);
    await writeFile(file, bytes, { mode: 0o600 });
    keyrings.push(file);
  }
  const options = { keyrings, folder, maximumText: maximumPayload, context, program };
  return {
    check: async ({ bytes }: FoundSignature): Promise<CheckedSignature> => {
      const refused = refusalOfBytes(bytes);
      if (refused !== undefined) return refused;
      try {
        return checkSimpleSignature(await checkSignedMessage(bytes, options), wanted);
      } catch (thrown) {
        context.signal.throwIfAborted();
        if (!(thrown instanceof Error) || thrown.name !== 'AbortError') throw thrown;
        return { code: 'limit', reason: 'gpgv did not come to an end in time' };
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

const timeOf = (seconds: number | undefined): string | undefined => {
  if (seconds === undefined) return undefined;
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
};

/** All of it is the signer's word, but for the key: its clock is its own, too. */
const factsOf = ({ signature, claim }: Extract<CheckedSignature, { readonly code: 'trusted' }>): AttestationFacts => {
  const facts = {
    dockerReference: toPlainText(claim.dockerReference, 500),
    signingKey: signature.key,
    claimedAt: timeOf(claim.timestamp ?? signature.made),
    creator: claim.creator === undefined ? undefined : toPlainText(claim.creator, 500),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as AttestationFacts;
};

export const verifySimpleSigning = async (
  subject: SignatureSubject,
  trust: GpgTrust,
  context: TrustContext,
): Promise<Attestation> => {
  const { digest, index, reference } = subject;
  const trace: TraceStep[] = [];
  const answer = (code: AttestationCode, reason: string, more: Partial<Attestation> = {}): Attestation => ({
    verifier: 'gpg',
    kind: 'signature',
    digest,
    outcome: outcomeOf(code),
    code,
    reason,
    ...more,
    trace,
  });
  if (trust.keyrings.length === 0)
    throw misuse('GPG_KEYRING_INVALID', 'GPG signatures are asked for, and no keyring says by whom');
  const rings = trust.keyrings.map(toBinaryKeyring);
  if (reference === undefined) {
    trace.push({ lookedFor: 'simple signatures', result: 'absent', detail: 'they lie by an image’s name' });
    return answer('unsupported', 'simple signatures lie by the name of an image in a registry, and this one has none');
  }
  const digests = index === undefined || index === digest ? [digest] : [digest, index];
  const names = namesOf(reference.repository, reference.tag, digests);
  const wanted: SignatureWanted = { digests, names, identity: trust.identity };
  const places = await placesOf(trust, names, context);
  // Those of registries.d are made by the first signature of this machine.
  const isNamed = trust.lookaside !== undefined;
  const program = locateSignatureProgram(context);
  const refused: Refused[] = [];
  const troubles: { readonly kind: 'unreachable' | 'limit'; readonly reason: string }[] = [];
  await using checker = program === undefined ? undefined : await openChecker(rings, program, wanted, context);

  let left = context.trustLimits.signatures;
  for (const place of places)
    for (const one of digests) {
      const limits = {
        signatures: left,
        signatureBytes: Math.min(context.trustLimits.signatureBytes, signatureBytes),
      };
      const found = await readLookaside({ base: place, isNamed }, reference.repository, one, limits, context);
      const lookedFor = `simple signatures at ${found.place}`;
      left -= found.signatures.length;
      if (found.trouble !== undefined) {
        troubles.push(found.trouble);
        const result = found.trouble.kind === 'limit' ? 'refused' : 'unreachable';
        trace.push({ lookedFor, result, detail: found.trouble.reason });
      } else if (found.signatures.length === 0) trace.push({ lookedFor, result: 'absent' });
      else trace.push({ lookedFor, result: 'found', detail: `${found.signatures.length} to check` });
      for (const signature of found.signatures) {
        const checked: CheckedSignature = (await checker?.check(signature)) ?? {
          code: 'unsupported',
          reason: noProgram,
        };
        const isGood = checked.code === 'trusted';
        trace.push({ lookedFor: signature.where, result: isGood ? 'verified' : 'refused', detail: checked.reason });
        if (checked.code !== 'trusted') {
          refused.push(checked);
          continue;
        }
        const expires = timeOf(checked.signature.expires);
        return answer('trusted', checked.reason, {
          identity: checked.signature.fingerprint ?? checked.signature.key,
          ...(expires === undefined ? {} : { expires }),
          facts: factsOf(checked),
        });
      }
    }
  const [trouble] = troubles;
  if (trouble !== undefined) return answer(trouble.kind, `not everything could be looked at: ${trouble.reason}`);
  const [best] = refused.toSorted((one, other) => closest.indexOf(one.code) - closest.indexOf(other.code));
  return best === undefined
    ? answer('absent', 'no simple signature lies where they are looked for')
    : answer(best.code, best.reason);
};
