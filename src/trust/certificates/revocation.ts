/** A chain that reached a trusted root → whether one of its certificates was revoked (trust-store-trust-policy, "Certificate Revocation Evaluation"). */
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { subjectText } from './chain.ts';
import { checkList } from './check-list.ts';
import { checkOcsp } from './check-ocsp.ts';
import { reasonOf, type RevocationFetcher } from './revocation-fetcher.ts';
import type { RevocationAnswer, RevocationQuestion } from './revocation-question.ts';

/** OCSP first; lists where it gives no answer, or where there is none. */
const checkCertificate = async (
  question: RevocationQuestion,
  fetcher: RevocationFetcher,
): Promise<RevocationAnswer> => {
  const answer = await checkOcsp(question, fetcher);
  if (answer.status === 'good' || answer.status === 'revoked') return answer;
  const listed = await checkList(question, fetcher);
  return listed.status === 'none' ? answer : listed;
};

/** From the root to the signer; a revoked certificate decides, whatever could not be learnt of the others. */
export const checkRevocation = async (
  chain: readonly Certificate[],
  question: Pick<RevocationQuestion, 'now' | 'signedAt' | 'trace'>,
  fetcher: RevocationFetcher,
): Promise<RevocationAnswer> => {
  let worst: RevocationAnswer = { status: 'none', reason: 'no certificate says where it could be asked' };
  for (let index = chain.length - 2; index >= 0; index -= 1) {
    const certificate = chain[index];
    const issuer = chain[index + 1];
    if (certificate === undefined || issuer === undefined) continue;
    let answer: RevocationAnswer;
    try {
      answer = await checkCertificate({ ...question, certificate, issuer }, fetcher);
    } catch (thrown) {
      answer = { status: 'unknown', reason: reasonOf(thrown) };
    }
    const said = { ...answer, reason: `the certificate of ${subjectText(certificate)}: ${answer.reason}` };
    if (answer.status === 'revoked') return said;
    if (answer.status === 'unknown' || (answer.status === 'good' && worst.status === 'none')) worst = said;
  }
  return worst;
};
