/** A certificate and its issuer → what lists of revoked certificates say (RFC 5280, 6.3; trust-store-trust-policy, "CRLs"). */
import { isSameBytes } from '../../core/bytes.ts';
import {
  parseRevocationList,
  type RevocationEntry,
  type RevocationList,
} from '../../formats/records/revocation-list.ts';
import { basicConstraintsOf, crlAddressesOf, keyUsageOf } from '../../formats/records/x509-certificate.ts';
import { reasonOf, type RevocationFetcher } from './revocation-fetcher.ts';
import { isOfTheFuture, type RevocationAnswer, type RevocationQuestion } from './revocation-question.ts';
import { isSignedBy } from './verify-signed.ts';

const onHold = 6;
const takenOff = 8;

const unknown = (reason: string): RevocationAnswer => ({ status: 'unknown', reason });

/** Why the list is not one that this issuer made about certificates like this one. */
const listFlaw = (
  list: RevocationList,
  { certificate, issuer, now }: RevocationQuestion,
  addresses: readonly string[],
): string | undefined => {
  // 1. The list's signature.
  if (!isSameBytes(list.issuer, issuer.subject)) return 'the list is of another authority';
  if (keyUsageOf(issuer, 'key usage')?.uses.has('cRLSign') === false) return 'the authority may not sign lists';
  if (!isSignedBy(list, issuer.publicKey)) return 'the list is not signed by the authority';
  // 2. It is of today; one that ended is judged by what it says.
  if (isOfTheFuture(list.thisUpdate, now)) return 'the list is of the future';
  const [critical] = list.unknownCritical;
  if (critical !== undefined) return `the list has a critical extension that is not understood (${critical})`;
  // RFC 5280, 6.3.3 (b): a list of other certificates says nothing, however well it is signed.
  const { scope } = list;
  if (scope === undefined) return undefined;
  const isAuthority = basicConstraintsOf(certificate, 'basic constraints')?.ca === true;
  if (scope.partial || (scope.onlyUsers && isAuthority) || (scope.onlyAuthorities && !isAuthority))
    return 'the list does not speak of certificates like this one';
  if (scope.addresses !== undefined && !scope.addresses.some((address) => addresses.includes(address)))
    return 'the list belongs to another place';
  return undefined;
};

/** trust-store-trust-policy, "Revocation Checking with Delta CRLs". A reason where the delta cannot complete the list. */
const readDelta = async (
  list: RevocationList,
  question: RevocationQuestion,
  fetcher: RevocationFetcher,
  addresses: readonly string[],
): Promise<RevocationList | string | undefined> => {
  const [address] = list.freshest;
  if (address === undefined) return undefined;
  const delta = parseRevocationList(await fetcher.fetch(address, 'crl'), 'the delta list');
  const flaw = listFlaw(delta, question, addresses);
  if (flaw !== undefined) return flaw;
  if (delta.nextUpdate === undefined || delta.nextUpdate < question.now) return 'the delta list has ended';
  if (delta.deltaOf === undefined || list.number === undefined || delta.number === undefined)
    return 'the delta list does not say what it completes';
  return delta.deltaOf > list.number || delta.number < list.number ? 'the delta list does not fit the list' : delta;
};

/** The newer one; but only what is on hold can be taken off a list again. */
const decidingEntry = (
  newer: RevocationEntry | undefined,
  older: RevocationEntry | undefined,
): RevocationEntry | undefined =>
  older !== undefined && older.reason !== onHold && older.reason !== takenOff ? older : (newer ?? older);

/** A signature that was proven to be older than what made the certificate invalid stays good. */
const isRevoked = ({ reason, invalidSince }: RevocationEntry, { signedAt }: RevocationQuestion): boolean =>
  reason !== takenOff && (signedAt === undefined || invalidSince === undefined || signedAt >= invalidSince);

const judge = async (
  question: RevocationQuestion,
  address: string,
  fetcher: RevocationFetcher,
  addresses: readonly string[],
): Promise<RevocationAnswer> => {
  const list = parseRevocationList(await fetcher.fetch(address, 'crl'), 'the list');
  const flaw =
    listFlaw(list, question, addresses) ?? (list.deltaOf === undefined ? undefined : 'the list is only a delta');
  if (flaw !== undefined) return unknown(flaw);
  const ended = list.nextUpdate === undefined || list.nextUpdate < question.now;
  // 3. The serial number, first in the delta, which is newer.
  const delta = ended ? undefined : await readDelta(list, question, fetcher, addresses);
  if (typeof delta === 'string') return unknown(delta);
  const entry = decidingEntry(delta?.find(question.certificate.serial), list.find(question.certificate.serial));
  if (entry !== undefined && isRevoked(entry, question) && !(ended && entry.reason === onHold))
    return { status: 'revoked', reason: `revoked ${entry.revokedAt.toISOString()}` };
  return ended ? unknown('the list has ended') : { status: 'good', reason: 'not on the list' };
};

/** The first list that can be used decides. `none`: the certificate names no list. */
export const checkList = async (
  question: RevocationQuestion,
  fetcher: RevocationFetcher,
): Promise<RevocationAnswer> => {
  const addresses = crlAddressesOf(question.certificate, 'list addresses');
  let answer: RevocationAnswer = { status: 'none', reason: 'the certificate names no list of revoked certificates' };
  for (const address of addresses) {
    try {
      answer = await judge(question, address, fetcher, addresses);
    } catch (thrown) {
      answer = unknown(reasonOf(thrown));
    }
    question.trace({
      lookedFor: `list of revoked certificates at ${address.slice(0, 200)}`,
      result: answer.status === 'good' ? 'verified' : answer.status === 'revoked' ? 'refused' : 'unreachable',
      detail: answer.reason,
    });
    if (answer.status !== 'unknown') return answer;
  }
  return answer;
};
