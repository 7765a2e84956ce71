/** JSON of a sigstore trusted root → the authorities and logs that signatures are held against. */
import { X509Certificate } from 'node:crypto';
import { TrustedRoot, type CertificateAuthority, type TransparencyLogInstance } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { misuse } from '../../core/fault.ts';

export interface TrustRoot {
  readonly material: TrustMaterial;
  /** Names under which each log signs its checkpoints, by the base64 of its id. */
  readonly logNames: ReadonlyMap<string, string>;
  /** DER of every certificate that signed itself, as base64. */
  readonly roots: ReadonlySet<string>;
}

const maximumBytes = 4 * 2 ** 20;
const timeStamping = '1.3.6.1.5.5.7.3.8';
const mediaType = /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/;

const refuse = (reason: string): never => {
  throw misuse('TRUSTED_ROOT_INVALID', `the trusted root cannot be used: ${reason}`);
};

/** The name of a log in its checkpoints is its address without the scheme. */
const logName = (baseUrl: string): string => baseUrl.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');

/** sigstore_trustroot.proto: a key without the start of its validity is no key of a log; reading it as "since ever" would revive it. */
const checkLog = ({ publicKey, baseUrl }: TransparencyLogInstance): void => {
  if (publicKey?.validFor?.start === undefined)
    refuse(`the key of the log ${logName(baseUrl)} does not say since when`);
};

const checkAuthority = ({ validFor, uri, certChain }: CertificateAuthority): void => {
  if (validFor?.start === undefined) refuse(`the authority ${logName(uri)} does not say since when`);
  if ((certChain?.certificates.length ?? 0) === 0) refuse(`the authority ${logName(uri)} has no certificate`);
};

/** RFC 3161, 2.3: a time-stamping key is for nothing else. */
const isTimeStamper = ({ certChain }: CertificateAuthority): boolean => {
  const leaf = certChain?.certificates[0]?.rawBytes;
  return leaf !== undefined && (new X509Certificate(leaf).keyUsage ?? []).includes(timeStamping);
};

/** A log whose key this program cannot read vouches for nothing here; the others still do. */
const isReadable = (log: TransparencyLogInstance): boolean => {
  const none = { mediaType: '', tlogs: [log], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] };
  try {
    toTrustMaterial(none);
    return true;
  } catch {
    return false;
  }
};

const selfSigned = (authorities: readonly CertificateAuthority[]): readonly string[] =>
  authorities.flatMap(({ certChain }) =>
    (certChain?.certificates ?? [])
      .map(({ rawBytes }) => new X509Certificate(rawBytes))
      .filter((certificate) => certificate.subject === certificate.issuer)
      .map(({ raw }) => raw.toString('base64')),
  );

const parse = (text: string): TrustedRoot => {
  if (text.length > maximumBytes) refuse(`it has more than ${maximumBytes} bytes`);
  try {
    return TrustedRoot.fromJSON(JSON.parse(text));
  } catch (thrown) {
    return refuse(thrown instanceof Error ? thrown.message.slice(0, 200) : 'no JSON');
  }
};

/** @throws {Fault} misuse `TRUSTED_ROOT_INVALID` */
export const parseTrustRoot = (text: string): TrustRoot => {
  const root = parse(text);
  if (!mediaType.test(root.mediaType)) refuse('its mediaType is that of no trusted root');
  root.tlogs.forEach(checkLog);
  root.ctlogs.forEach(checkLog);
  root.certificateAuthorities.forEach(checkAuthority);
  root.timestampAuthorities.forEach(checkAuthority);
  try {
    const timestampAuthorities = root.timestampAuthorities.filter(isTimeStamper);
    const tlogs = root.tlogs.filter(isReadable);
    const ctlogs = root.ctlogs.filter(isReadable);
    // No log at all is a choice of who wrote the root; a log that is there and cannot be read must not look like one.
    if (root.ctlogs.length > 0 && ctlogs.length === 0)
      refuse('none of its certificate logs has a key that is known here');
    const material = toTrustMaterial({ ...root, tlogs, ctlogs, timestampAuthorities });
    return {
      material,
      logNames: new Map(
        material.tlogs.map(({ logID, baseURL }) => [logID.toString('base64'), logName(baseURL)] as const),
      ),
      roots: new Set(selfSigned([...root.certificateAuthorities, ...root.timestampAuthorities])),
    };
  } catch (thrown) {
    return refuse(thrown instanceof Error ? thrown.message.slice(0, 200) : 'a key or certificate in it is unreadable');
  }
};
