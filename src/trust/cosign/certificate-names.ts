/**
 * A signing certificate → whom it names: subjects, the issuer of the identity, and what the issuer said about the build.
 * https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
import type { ASN1Obj, X509Certificate } from '@sigstore/core';
import type { AttestationFacts } from '../../core/attestation.ts';
import { clip, Refusal } from './refusal.ts';

export interface CertificateNames {
  /** At least one. */
  readonly subjects: readonly string[];
  readonly issuer?: string;
  readonly facts: AttestationFacts;
}

const subjectAlternativeName = '2.5.29.17';
const otherName = '1.3.6.1.4.1.57264.1.7';
const fulcio = '1.3.6.1.4.1.57264.1.';
const issuerRaw = `${fulcio}1`;
const issuerText = `${fulcio}8`;
const maximumSubjects = 16;
const maximumName = 2048;

/** Extensions whose value is a UTF8String, and the names of their facts. */
const factNames: Readonly<Record<number, string>> = {
  9: 'buildSignerUri',
  10: 'buildSignerDigest',
  11: 'runnerEnvironment',
  12: 'sourceRepository',
  13: 'sourceRepositoryDigest',
  14: 'sourceRepositoryRef',
  15: 'sourceRepositoryId',
  16: 'sourceRepositoryOwner',
  17: 'sourceRepositoryOwnerId',
  18: 'buildConfigUri',
  19: 'buildConfigDigest',
  20: 'buildTrigger',
  21: 'runInvocationUri',
  22: 'sourceRepositoryVisibility',
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;

const refuse = (what: string): never => {
  throw new Refusal('malformed', `the certificate holds ${what}`);
};

const toText = (bytes: Buffer, what: string): string => {
  if (bytes.length === 0 || bytes.length > maximumName) return refuse(`${what} of ${bytes.length} bytes`);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse(`${what} that is no text`);
  }
  return control.test(text) ? refuse(`${what} with control characters`) : text;
};

/** IA5String. Reading it as ASCII by cutting the eighth bit, as Node does, would make `á` an `a`. */
const toAscii = (bytes: Buffer, what: string): string => {
  if (bytes.some((byte) => byte > 0x7e)) refuse(`${what} that is not ASCII`);
  return toText(bytes, what);
};

const isUtf8String = ({ tag }: ASN1Obj): boolean => tag.isUniversal() && tag.number === 0x0c;

const readOtherName = (name: ASN1Obj): string | undefined => {
  const [type, wrapped] = name.subs;
  const value = wrapped?.subs[0];
  if (type === undefined || value === undefined || !type.tag.isOID() || type.toOID() !== otherName) return undefined;
  return isUtf8String(value) ? toText(value.value, 'a subject') : refuse('a subject of an unknown form');
};

const readSubjects = (certificate: X509Certificate): readonly string[] => {
  const names = certificate.extension(subjectAlternativeName)?.valueObj.subs[0]?.subs ?? [];
  if (names.length > maximumSubjects) refuse(`more than ${maximumSubjects} subjects`);
  return names.flatMap((name) => {
    // GeneralName of RFC 5280, 4.2.1.6: otherName [0], rfc822Name [1], dNSName [2], uniformResourceIdentifier [6].
    if (name.tag.isContextSpecific(0)) return readOtherName(name) ?? [];
    if (name.tag.isContextSpecific(1) || name.tag.isContextSpecific(2) || name.tag.isContextSpecific(6))
      return [toAscii(name.value, 'a subject')];
    return [];
  });
};

const readUtf8 = (certificate: X509Certificate, oid: string): string | undefined => {
  const extension = certificate.extension(oid);
  if (extension === undefined) return undefined;
  const [text, ...rest] = extension.valueObj.subs;
  if (text === undefined || rest.length > 0 || !isUtf8String(text))
    return refuse(`an extension ${oid} that is no text`);
  return toText(text.value, `an extension ${oid}`);
};

/** Both forms of the issuer must say the same: verifiers differ on which of them counts. */
const readIssuer = (certificate: X509Certificate): string | undefined => {
  const raw = certificate.extension(issuerRaw);
  const first = raw === undefined ? undefined : toText(raw.value, 'an issuer');
  const second = readUtf8(certificate, issuerText);
  if (first !== undefined && second !== undefined && first !== second) refuse('two different issuers');
  return second ?? first;
};

/** A second extension of one kind would be read by some verifiers, and passed over by others. */
const refuseTwice = (certificate: X509Certificate): void => {
  const oids = certificate.extensions.map(({ subs }) => subs[0]?.toOID() ?? '');
  const twice = oids.find((oid, position) => oids.indexOf(oid) !== position);
  if (twice !== undefined) refuse(`the extension ${twice} twice`);
};

/** @throws {Refusal} malformed */
export const readCertificateNames = (certificate: X509Certificate): CertificateNames => {
  refuseTwice(certificate);
  const subjects = readSubjects(certificate);
  if (subjects.length === 0) refuse('no subject');
  const issuer = readIssuer(certificate);
  const facts: Record<string, string> = {};
  if (issuer !== undefined) facts['issuer'] = clip(issuer);
  for (const [last, name] of Object.entries(factNames)) {
    const value = readUtf8(certificate, `${fulcio}${last}`);
    if (value !== undefined) facts[name] = clip(value);
  }
  return { subjects, ...(issuer === undefined ? {} : { issuer }), facts };
};
