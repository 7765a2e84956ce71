/** The file of `--attest` → somebody who signs statements, as sigstore bundles (v0.3) around DSSE envelopes. */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Context } from '../core/context.ts';
import { misuse, type Fault } from '../core/fault.ts';
import { dsseSignedBytes, inTotoPayloadType } from '../formats/records/dsse.ts';

export const passwordVariable = 'TIDEWAITER_ATTEST_PASSWORD';
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export interface AttestKey {
  /** `sha256:` of the public key, as the verifier names it. */
  readonly fingerprint: string;
  /** The bundle's text, one line, without anything that changes from one time to the next but an ECDSA signature. */
  sign(statement: object): string;
}

const keyBytes = 64 * 1024;
const leastRsaBits = 2048;
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

const invalid = (file: string, problem: string): Fault => misuse('ATTEST_KEY_INVALID', `--attest: ${file}: ${problem}`);

/** As cosign verifies with a key: SHA-256 whatever the curve, PKCS #1 v1.5 for RSA, none of its own for Ed25519. */
const hashOf = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string | null | undefined => {
  if (type === 'ed25519') return null;
  const isRsa = type === 'rsa' && (details?.modulusLength ?? 0) >= leastRsaBits;
  return isRsa || (type === 'ec' && curves.includes(details?.namedCurve ?? '')) ? 'sha256' : undefined;
};

const readPem = async (file: string): Promise<string> => {
  const chunks: Buffer[] = [];
  try {
    // A pipe from a password store will do; a device that never ends will not.
    for await (const chunk of createReadStream(file, { end: keyBytes })) chunks.push(chunk as Buffer);
  } catch (thrown) {
    throw invalid(file, `it cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > keyBytes) throw invalid(file, `more than ${keyBytes} bytes are no key`);
  return bytes.toString('latin1');
};

/** Nothing of the key or the passphrase is in any message. */
const parseKey = (pem: string, file: string, passphrase: string | undefined): KeyObject => {
  if (/-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----/.test(pem))
    throw invalid(
      file,
      'it is in the encrypted form of cosign alone, which Node cannot open. Make a key that both read: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -out attest.pem (cosign takes it with cosign import-key-pair --key attest.pem)',
    );
  if (/-----BEGIN (?:PUBLIC KEY|CERTIFICATE)-----/.test(pem) && !pem.includes('PRIVATE KEY-----'))
    throw invalid(file, 'it is a public key: signing needs the private one');
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (isEncrypted && passphrase === undefined)
    throw invalid(file, `it is encrypted: put its passphrase into ${passwordVariable}`);
  try {
    return createPrivateKey({ key: pem, ...(isEncrypted && passphrase !== undefined ? { passphrase } : {}) });
  } catch {
    throw invalid(
      file,
      isEncrypted
        ? `it cannot be opened with the passphrase in ${passwordVariable}`
        : 'it is no private key in PEM (EC, Ed25519 or RSA)',
    );
  }
};

/** @throws {Fault} misuse `ATTEST_KEY_INVALID` */
export const readAttestKey = async (
  file: string,
  { environment }: Pick<Context, 'environment'>,
): Promise<AttestKey> => {
  const key = parseKey(await readPem(file), file, environment[passwordVariable]);
  const hash = hashOf(key);
  if (hash === undefined)
    throw invalid(
      file,
      `a key of the type ${key.asymmetricKeyType ?? 'unknown'} ${key.asymmetricKeyDetails?.namedCurve ?? ''} cannot be used: take P-256, P-384, P-521, Ed25519, or RSA of ${leastRsaBits} bits and more`,
    );
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest();
  return {
    fingerprint: `sha256:${fingerprint.toString('hex')}`,
    sign: (statement) => {
      const payload = Buffer.from(JSON.stringify(statement));
      const signature = sign(hash, dsseSignedBytes({ payloadType: inTotoPayloadType, payload }), key);
      return JSON.stringify({
        mediaType: bundleType,
        verificationMaterial: { publicKey: { hint: fingerprint.toString('base64') }, tlogEntries: [] },
        dsseEnvelope: {
          payload: payload.toString('base64'),
          payloadType: inTotoPayloadType,
          signatures: [{ sig: signature.toString('base64'), keyid: '' }],
        },
      });
    },
  };
};
