/** A certificate and its issuer → what an OCSP responder says (RFC 6960; trust-store-trust-policy, "OCSP"). */
import { isSameBytes } from '../../core/bytes.ts';
import {
  encodeOcspRequest,
  ocspNameOf,
  parseOcspResponse,
  type OcspName,
  type OcspResponse,
} from '../../formats/records/ocsp.ts';
import {
  extendedKeyUsageOf,
  keyUsageOf,
  ocspAddressesOf,
  parseCertificate,
  type Certificate,
} from '../../formats/records/x509-certificate.ts';
import { isIssuedBy } from './chain.ts';
import { checkList } from './check-list.ts';
import { reasonOf, type RevocationFetcher } from './revocation-fetcher.ts';
import { isOfTheFuture, type RevocationAnswer, type RevocationQuestion } from './revocation-question.ts';
import { isSignedBy } from './verify-signed.ts';

const ocspSigning = '1.3.6.1.5.5.7.3.9';
const noCheck = '1.3.6.1.5.5.7.48.1.5';

const unknown = (reason: string): RevocationAnswer => ({ status: 'unknown', reason });

const isSameName = (one: OcspName, other: OcspName): boolean =>
  isSameBytes(one.issuerNameHash, other.issuerNameHash) &&
  isSameBytes(one.issuerKeyHash, other.issuerKeyHash) &&
  isSameBytes(one.serial, other.serial);

/** RFC 6960, 4.2.2.2: the issuer itself, or one to whom it gave a certificate for that. */
const responderOf = (response: OcspResponse, { issuer, now }: RevocationQuestion): Certificate | undefined => {
  if (isSignedBy(response, issuer.publicKey)) return issuer;
  return response.certificates
    .map((der) => parseCertificate(der, 'the responder’s certificate'))
    .find(
      (candidate) =>
        extendedKeyUsageOf(candidate, 'extended key usage')?.purposes.includes(ocspSigning) === true &&
        keyUsageOf(candidate, 'key usage')?.uses.has('digitalSignature') !== false &&
        candidate.notBefore <= now &&
        now <= candidate.notAfter &&
        isIssuedBy(candidate, issuer) &&
        isSignedBy(response, candidate.publicKey),
    );
};

const judge = async (
  question: RevocationQuestion,
  address: string,
  fetcher: RevocationFetcher,
): Promise<RevocationAnswer> => {
  const { certificate, issuer, now, signedAt } = question;
  const name = ocspNameOf(certificate, issuer);
  // RFC 6960, A.1: by GET.
  const request = encodeURIComponent(Buffer.from(encodeOcspRequest(name)).toString('base64'));
  const response = parseOcspResponse(
    await fetcher.fetch(`${address.replace(/\/$/, '')}/${request}`, 'ocsp'),
    'the answer',
  );
  // 1. The signature of the answer, by somebody whom the issuer allows to answer.
  const responder = responderOf(response, question);
  if (responder === undefined) return unknown('nobody who may answer for the authority signed the answer');
  const status = response.statuses.find((candidate) => isSameName(candidate.name, name));
  if (status === undefined) return unknown('the answer is about another certificate');
  // 2. It has not ended.
  if (isOfTheFuture(status.thisUpdate, now)) return unknown('the answer is of the future');
  if (status.nextUpdate === undefined || status.nextUpdate < now) return unknown('the answer has ended');
  // 4. A responder that is not freed from it is looked up itself, in a list.
  if (responder !== issuer && !responder.extensions.has(noCheck)) {
    const own = await checkList({ ...question, certificate: responder }, fetcher);
    if (own.status === 'revoked' || own.status === 'unknown')
      return unknown(`the responder’s own certificate: ${own.reason}`);
  }
  // 3. What it says.
  if (status.status === 'unknown') return unknown('the authority does not know the certificate');
  const before = signedAt !== undefined && status.invalidSince !== undefined && signedAt < status.invalidSince;
  return status.status === 'revoked' && !before
    ? { status: 'revoked', reason: 'the authority says that it is revoked' }
    : { status: 'good', reason: 'the authority says that it is good' };
};

/** The first answer that can be used decides. `none`: the certificate names no responder. */
export const checkOcsp = async (
  question: RevocationQuestion,
  fetcher: RevocationFetcher,
): Promise<RevocationAnswer> => {
  let answer: RevocationAnswer = { status: 'none', reason: 'the certificate names no responder' };
  for (const address of ocspAddressesOf(question.certificate, 'responder addresses')) {
    try {
      answer = await judge(question, address, fetcher);
    } catch (thrown) {
      answer = unknown(reasonOf(thrown));
    }
    question.trace({
      lookedFor: `answer of OCSP at ${address.slice(0, 200)}`,
      result: answer.status === 'good' ? 'verified' : answer.status === 'revoked' ? 'refused' : 'unreachable',
      detail: answer.reason,
    });
    if (answer.status !== 'unknown') return answer;
  }
  return answer;
};
