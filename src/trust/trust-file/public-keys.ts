/** What a person wrote for a key (a file, PEM, base64) → public keys and certificates. Private keys are refused, and never shown. */
import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { pemBlocks } from '../../formats/records/pem.ts';
import { TrustFileProblem, type TrustFiles } from './trust-files.ts';

/** A public key or certificate with where it came from. */
export interface KeyMaterial {
  /** PEM. */
  readonly pem: string;
  /** undefined: written into the trust file itself. */
  readonly file?: string;
  readonly key: KeyObject;
  readonly certificate?: X509Certificate;
}

const keyBytes = 256 * 1024;
/** Of the files of one key. */
const maximumBlocks = 64;

const privatePem = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;
const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

const privateKeyProblem = (place: string): TrustFileProblem =>
  new TrustFileProblem(
    `${place}: it is a private key, which belongs nowhere but where things are signed: write the public key instead`,
    'TRUST_PRIVATE_KEY',
  );

const isPrivateDer = (bytes: Uint8Array): boolean =>
  (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      createPrivateKey({ key: Buffer.from(bytes), format: 'der', type });
      return true;
    } catch (thrown) {
      // An encrypted key asks for its passphrase.
      return (thrown as NodeJS.ErrnoException).code?.endsWith('_PASSPHRASE') === true;
    }
  });

/** @throws {TrustFileProblem} */
export const refusePrivateKey = (bytes: Uint8Array, place: string): void => {
  if (privatePem.test(Buffer.from(bytes).toString('latin1')) || (bytes[0] === 0x30 && isPrivateDer(bytes)))
    throw privateKeyProblem(place);
};

const toPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const parseBlock = (text: string, kind: string, place: string): Omit<KeyMaterial, 'file'> => {
  try {
    if (kind !== 'CERTIFICATE') {
      const key = createPublicKey(text);
      return { pem: toPem(key), key };
    }
    const certificate = new X509Certificate(text);
    return { pem: certificate.toString(), key: certificate.publicKey, certificate };
  } catch {
    throw new TrustFileProblem(`${place}: its ${kind} cannot be read`);
  }
};

const parsePem = (text: string, place: string): readonly Omit<KeyMaterial, 'file'>[] => {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) throw new TrustFileProblem(`${place}: its PEM text is cut off`);
  if (blocks.length > maximumBlocks) throw new TrustFileProblem(`${place}: more than ${maximumBlocks} keys in it`);
  return blocks.map(({ pem: block, label: kind }) => {
    if (kind !== 'PUBLIC KEY' && kind !== 'RSA PUBLIC KEY' && kind !== 'CERTIFICATE')
      throw new TrustFileProblem(`${place}: it holds a ${kind}, and a PUBLIC KEY is needed`);
    return parseBlock(block, kind, place);
  });
};

const parseDer = (bytes: Uint8Array): Omit<KeyMaterial, 'file'> | undefined => {
  if (bytes[0] !== 0x30) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
    return { pem: toPem(key), key };
  } catch {
    try {
      const certificate = new X509Certificate(bytes);
      return { pem: certificate.toString(), key: certificate.publicKey, certificate };
    } catch {
      return undefined;
    }
  }
};

const parseBytes = (bytes: Uint8Array, place: string): readonly Omit<KeyMaterial, 'file'>[] => {
  refusePrivateKey(bytes, place);
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('-----BEGIN ')) return parsePem(text, place);
  const der = parseDer(bytes);
  if (der === undefined)
    throw new TrustFileProblem(`${place}: neither PEM (-----BEGIN PUBLIC KEY-----) nor DER of a public key`);
  return [der];
};

const looksLikeKey = (written: string): boolean => written.length >= 40 && base64.test(written);

/** A key written in base64: DER, or PEM in base64 as some programs keep it. undefined: it is a path. */
const base64Of = (written: string): Uint8Array | undefined => {
  if (!looksLikeKey(written)) return undefined;
  const bytes = Buffer.from(written, 'base64');
  return bytes.toString('latin1').includes('-----BEGIN ') || parseDer(bytes) !== undefined || isPrivateDer(bytes)
    ? bytes
    : undefined;
};

/**
 * All public keys and certificates that `written` stands for.
 * @throws {TrustFileProblem} for what is none, and for a private key
 */
export const readPublicKeys = async (written: string, files: TrustFiles): Promise<readonly KeyMaterial[]> => {
  const inline = written.includes('-----BEGIN ') ? Buffer.from(written) : base64Of(written);
  if (inline !== undefined) return parseBytes(inline, 'the key written here');
  // A damaged key in base64 may be a private one: it is not shown as the name of a file that is not there.
  if (looksLikeKey(written) && !(await files.has(written)))
    throw new TrustFileProblem(
      'what is written here is neither a file that is there nor a key in base64 (DER, or PEM)',
    );
  const { file, bytes } = await files.file(written, keyBytes);
  return parseBytes(bytes, file).map((material) => ({ ...material, file }));
};

/** As `readPublicKeys`, of files that are at hand. @throws {TrustFileProblem} */
export const parsePublicKeys = (bytes: Uint8Array, file: string): readonly KeyMaterial[] =>
  parseBytes(bytes, file).map((material) => ({ ...material, file }));

const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Why no signature by this key can be checked; undefined when it can. */
export const keyProblem = ({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): string | undefined => {
  if (type === 'rsa' || type === 'ed25519') return undefined;
  if (type === 'ec' && curves.includes(details?.namedCurve ?? '')) return undefined;
  return `a key of the type ${type ?? 'unknown'}${details?.namedCurve === undefined ? '' : ` (${details.namedCurve})`}; P-256, P-384, P-521, RSA and Ed25519 are read`;
};

/** @throws {TrustFileProblem} what was written is a certificate, or a key that checks no signature */
export const requireSigningKey = ({ key, certificate, file = 'the key written here' }: KeyMaterial): void => {
  if (certificate !== undefined)
    throw new TrustFileProblem(
      `${file}: it is a certificate, and a public key is needed (openssl x509 -noout -pubkey writes it)`,
    );
  const problem = keyProblem(key);
  if (problem !== undefined) throw new TrustFileProblem(`${file}: no signature can be checked with ${problem}`);
};
