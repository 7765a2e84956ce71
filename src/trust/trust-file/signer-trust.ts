/** One signer of a trust file, with the files that it names → what a verifier is asked. */
import type {
  CosignTrust,
  DockerContentTrust,
  GpgTrust,
  IdentityPattern,
  Trust,
  VerdictTrust,
} from '../../core/trust.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { DocumentPath, WrittenDocument } from '../../formats/written-document.ts';
import { readNotationTrust } from './notation-files.ts';
import { readPublicKeys, requireSigningKey } from './public-keys.ts';
import { readKeyring } from './keyring.ts';
import type { SignerMaterial } from './trust-draft.ts';
import { TrustFileProblem, type TrustFiles } from './trust-files.ts';
import type { SignerDocument } from './trust-schema.ts';

const rootBytes = 4 * 2 ** 20;

/** What reading of one signer needs. */
export interface SignerReading {
  readonly document: Pick<WrittenDocument, 'problem'>;
  readonly files: TrustFiles;
}

export interface SignerTrust extends SignerMaterial {
  readonly trust: Trust;
}

/** @throws {Fault} misuse with the line of `path`, for what `read` could not use */
const atPath = async <Value>(
  { document }: Pick<SignerReading, 'document'>,
  path: DocumentPath,
  read: () => Promise<Value>,
): Promise<Value> => {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof TrustFileProblem || (isFault(thrown) && thrown.kind === 'misuse'))
      throw misuse(thrown.code, document.problem(path, thrown.message));
    throw thrown;
  }
};

/** Text of a sigstore trusted root; its verifier reads it strictly. @throws {TrustFileProblem} */
export const readTrustedRoot = async (name: string, files: TrustFiles): Promise<string> => {
  const { file, bytes } = await files.file(name, rootBytes);
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new TrustFileProblem(`${file}: not JSON`);
  }
  const kind = isJsonObject(root) ? root['mediaType'] : undefined;
  if (typeof kind !== 'string' || !kind.startsWith('application/vnd.dev.sigstore.trustedroot'))
    throw new TrustFileProblem(`${file}: no trusted root of sigstore (its mediaType says otherwise, or is missing)`);
  return Buffer.from(bytes).toString('utf8');
};

const readKeys = async (
  reading: SignerReading,
  given: { readonly key?: string | undefined; readonly keys?: readonly string[] | undefined },
  path: DocumentPath,
): Promise<SignerMaterial['keys']> => {
  const written = given.keys ?? [given.key ?? ''];
  const found: SignerMaterial['keys'][number][] = [];
  for (const [index, text] of written.entries()) {
    const at = given.keys === undefined ? [...path, 'key'] : [...path, 'keys', index];
    const materials = await atPath(reading, at, async () => {
      const read = await readPublicKeys(text, reading.files);
      read.forEach(requireSigningKey);
      return read;
    });
    found.push(...materials.map((material) => ({ ...material, path: at })));
  }
  return found;
};

const toPattern = (exact: string | undefined, pattern: string | undefined): IdentityPattern =>
  exact === undefined ? { pattern: pattern ?? '' } : { exact };

const readCosign = async (
  reading: SignerReading,
  given: NonNullable<SignerDocument['cosign']>,
  path: DocumentPath,
): Promise<SignerTrust> => {
  const keys = given.identities === undefined ? await readKeys(reading, given, path) : [];
  const { trustedRoot: rootFile, identities, log, claim = 'digest' } = given;
  const trustedRoot =
    rootFile === undefined
      ? undefined
      : await atPath(reading, [...path, 'trustedRoot'], () => readTrustedRoot(rootFile, reading.files));
  const trust: CosignTrust = {
    verifier: 'cosign',
    ...(identities === undefined
      ? { keys: keys.map(({ pem }) => pem) }
      : {
          identities: identities.map(({ subject, subjectPattern, issuer, issuerPattern }) => ({
            subject: toPattern(subject, subjectPattern),
            issuer: toPattern(issuer, issuerPattern),
          })),
        }),
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
    ...(log === undefined ? {} : { log }),
    claim,
  };
  return { trust, keys, keyrings: [] };
};

const readDockerContentTrust = async (
  reading: SignerReading,
  { server, roots, roles }: NonNullable<SignerDocument['dockerContentTrust']>,
  path: DocumentPath,
): Promise<SignerTrust> => {
  const keys: SignerMaterial['keys'][number][] = [];
  const pinned: string[] = [];
  for (const [index, root] of (roots ?? []).entries()) {
    const at = [...path, 'roots', index];
    if (/^[0-9a-f]{64}$/.test(root)) pinned.push(root);
    else {
      const read = await atPath(reading, at, () => readPublicKeys(root, reading.files));
      pinned.push(...read.map(({ pem }) => pem));
      keys.push(...read.map((material) => ({ ...material, path: at })));
    }
  }
  const trust: DockerContentTrust = {
    verifier: 'docker-content-trust',
    ...(server === undefined ? {} : { server: server.replace(/\/+$/, '') }),
    ...(roots === undefined ? {} : { roots: pinned }),
    ...(roles === undefined ? {} : { roles }),
  };
  return { trust, keys, keyrings: [] };
};

const readGpg = async (
  reading: SignerReading,
  { keyrings: written, lookaside, identity }: NonNullable<SignerDocument['gpg']>,
  path: DocumentPath,
): Promise<SignerTrust> => {
  const keyrings: SignerMaterial['keyrings'][number][] = [];
  for (const [index, text] of written.entries()) {
    const at = [...path, 'keyrings', index];
    keyrings.push({ ...(await atPath(reading, at, () => readKeyring(text, reading.files))), path: at });
  }
  const trust: GpgTrust = {
    verifier: 'gpg',
    keyrings: keyrings.map(({ bytes }) => bytes),
    ...(lookaside === undefined ? {} : { lookaside }),
    identity: identity ?? { type: 'matchRepoDigestOrExact' },
  };
  return { trust, keys: [], keyrings };
};

const defaultRuleAge = '30d';

const daysOf = (age: string): number => Number(age.slice(0, -1)) / (age.endsWith('h') ? 24 : 1);

/** @throws {Fault} misuse `TRUST_INVALID` or `TRUST_PRIVATE_KEY`, with the line */
export const readSignerTrust = async (
  reading: SignerReading,
  given: SignerDocument,
  path: DocumentPath,
): Promise<SignerTrust> => {
  const { cosign, notation, dockerContentTrust, gpg, verdict } = given;
  if (cosign !== undefined) return readCosign(reading, cosign, [...path, 'cosign']);
  if (dockerContentTrust !== undefined)
    return readDockerContentTrust(reading, dockerContentTrust, [...path, 'dockerContentTrust']);
  if (gpg !== undefined) return readGpg(reading, gpg, [...path, 'gpg']);
  if (notation !== undefined) {
    const at = [...path, 'notation'];
    const { config = '', trustPolicy, trustStore } = notation;
    const places = trustPolicy === undefined || trustStore === undefined ? { config } : { trustPolicy, trustStore };
    const { trust, keys } = await atPath(reading, at, () => readNotationTrust(places, reading.files));
    return { trust, keys: keys.map((key) => ({ ...key, path: at })), keyrings: [] };
  }
  const at = [...path, 'verdict'];
  const keys = await readKeys(reading, verdict ?? {}, at);
  const trust: VerdictTrust = {
    verifier: 'verdict',
    keys: keys.map(({ pem }) => pem),
    maximumRuleAgeDays: daysOf(verdict?.maximumRuleAge ?? defaultRuleAge),
  };
  return { trust, keys, keyrings: [] };
};
