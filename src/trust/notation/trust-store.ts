/** Certificates of Notation's named trust stores, PEM or DER → those that a statement trusts (trust-store-trust-policy, "Trust Store"). */
import { isFault, misuse } from '../../core/fault.ts';
import { pemBlocks } from '../../formats/records/pem.ts';
import { basicConstraintsOf, parseCertificate, type Certificate } from '../../formats/records/x509-certificate.ts';
import { isIssuedBy, subjectText } from '../certificates/chain.ts';
import type { StoreType, TrustStatement } from './trust-policy.ts';

export type StoreFiles = Readonly<Record<string, readonly Uint8Array[]>>;

const maximumCertificates = 512;
const maximumBytes = 2 ** 20;

const refuse = (store: string, reason: string): never => {
  throw misuse('NOTATION_STORE_INVALID', `the trust store ${store.slice(0, 100)}: ${reason}`);
};

/** Several in one file, as PEM; or one, as DER. */
const derOf = (file: Uint8Array, store: string): readonly Uint8Array[] => {
  if (file.length > maximumBytes) refuse(store, 'a certificate of more than a mebibyte');
  if (file[0] === 0x30) return [file];
  const found = pemBlocks(Buffer.from(file).toString('latin1')).filter(({ label }) => label === 'CERTIFICATE');
  return found.length === 0 ? refuse(store, 'a file without certificates') : found.map(({ der }) => der);
};

const readCertificate = (der: Uint8Array, store: string): Certificate => {
  try {
    const certificate = parseCertificate(der, `a certificate of ${store}`);
    const isRoot = isIssuedBy(certificate, certificate);
    const isAuthority = basicConstraintsOf(certificate, store)?.ca === true;
    // What is trusted to issue must be an authority, or have issued itself; time stamps need a root.
    if (store.startsWith('tsa:') ? !isRoot : !isAuthority && !isRoot)
      refuse(store, `${subjectText(certificate)} is no ${store.startsWith('tsa:') ? 'root' : 'authority'}`);
    return certificate;
  } catch (thrown) {
    if (isFault(thrown) && thrown.kind !== 'misuse')
      return refuse(store, `a file that is no certificate: ${thrown.message}`);
    throw thrown;
  }
};

/**
 * Of the statement's stores of one type.
 * @throws {Fault} misuse `NOTATION_STORE_INVALID`; `NOTATION_STORE_MISSING`: a store that the statement names is not there
 */
export const trustedCertificates = (
  statement: TrustStatement,
  type: StoreType,
  files: StoreFiles,
): readonly Certificate[] => {
  const certificates = statement.stores
    .filter((store) => store.startsWith(`${type}:`))
    .flatMap((store) => {
      const found = Object.hasOwn(files, store) ? (files[store] ?? []) : [];
      if (found.length === 0)
        throw misuse(
          'NOTATION_STORE_MISSING',
          `the trust policy statement "${statement.name.slice(0, 100)}" names the trust store ${store}, in which there is no certificate`,
        );
      return found.flatMap((file) => derOf(file, store)).map((der) => readCertificate(der, store));
    });
  if (certificates.length > maximumCertificates) refuse(type, `more than ${maximumCertificates} certificates`);
  return certificates;
};
