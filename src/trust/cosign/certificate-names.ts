/**
 * A signing certificate → whom it names: subjects, the issuer of the identity, and what the issuer said about the build.
 * https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
import type { AttestationFacts } from '../../core/attestation.ts';
import {
  contextTag,
  contextValueTag,
  derOid,
  DerReader,
  derTag,
  openDer,
  parseDer,
  type Der,
} from '../../formats/records/der.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
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

const where = 'the certificate';

const toText = (bytes: Uint8Array, what: string): string => {
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
const toAscii = (bytes: Uint8Array, what: string): string => {
  if (bytes.some((byte) => byte > 0x7e)) refuse(`${what} that is not ASCII`);
  return toText(bytes, what);
};

/** OtherName of RFC 5280, 4.2.1.6. undefined: of a type that is not Fulcio's. */
const readOtherName = ({ content }: Der): string | undefined => {
  const fields = new DerReader(content, where);
  if (derOid(fields.next(derTag.oid), where) !== otherName) return undefined;
  const { content: text, tag } = fields.enter(contextTag(0)).next();
  return tag === derTag.utf8 ? toText(text, 'a subject') : refuse('a subject of an unknown form');
};

/** rfc822Name [1], dNSName [2], uniformResourceIdentifier [6]. */
const plainNames: readonly number[] = [contextValueTag(1), contextValueTag(2), contextValueTag(6)];

const readSubjects = ({ extensions }: Certificate): readonly string[] => {
  const extension = extensions.get(subjectAlternativeName);
  const subjects: string[] = [];
  if (extension === undefined) return subjects;
  const names = openDer(extension.value, where);
  for (let count = 1; !names.done; count += 1) {
    if (count > maximumSubjects) refuse(`more than ${maximumSubjects} subjects`);
    const name = names.next();
    const subject =
      name.tag === contextTag(0)
        ? readOtherName(name)
        : plainNames.includes(name.tag)
          ? toAscii(name.content, 'a subject')
          : undefined;
    if (subject !== undefined) subjects.push(subject);
  }
  return subjects;
};

const readUtf8 = ({ extensions }: Certificate, oid: string): string | undefined => {
  const extension = extensions.get(oid);
  if (extension === undefined) return undefined;
  const { tag, content } = parseDer(extension.value, where);
  return tag === derTag.utf8 ? toText(content, `an extension ${oid}`) : refuse(`an extension ${oid} that is no text`);
};

/** Both forms of the issuer must say the same: verifiers differ on which of them counts. */
const readIssuer = (certificate: Certificate): string | undefined => {
  const raw = certificate.extensions.get(issuerRaw);
  const first = raw === undefined ? undefined : toText(raw.value, 'an issuer');
  const second = readUtf8(certificate, issuerText);
  if (first !== undefined && second !== undefined && first !== second) refuse('two different issuers');
  return second ?? first;
};

/** @throws {Refusal} malformed; {Fault} malformed `DER_INVALID` */
export const readCertificateNames = (certificate: Certificate): CertificateNames => {
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
