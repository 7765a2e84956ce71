/** Keys and identities of the command line → a configuration that asks for one of them, of every image. The linter judges them as it does a file. */
import { RE2JS } from 're2js';
import { misuse } from '../../core/fault.ts';
import type { CosignTrust, IdentityPattern } from '../../core/trust.ts';
import type { TrustConfiguration, TrustSigner } from '../demand.ts';
import { readPublicKeys, requireSigningKey } from './public-keys.ts';
import { toConfiguration } from './read-trust.ts';
import { readTrustedRoot } from './signer-trust.ts';
import {
  firstDemand,
  versionOf,
  type DraftKey,
  type DraftRule,
  type DraftSigner,
  type TrustSurroundings,
} from './trust-draft.ts';
import { TrustFileProblem, TrustFiles } from './trust-files.ts';

export interface CommandLineTrust {
  /** Files with public keys: any one of them. */
  readonly keys: readonly string[];
  /** Or somebody with a certificate. */
  readonly identity?: { readonly subject: IdentityPattern; readonly issuer: IdentityPattern };
  /** File with a sigstore trusted root. */
  readonly trustedRoot?: string;
}

const name = 'the command line';
const maximumPattern = 500;

const asMisuse = async <Value>(flag: string, read: () => Promise<Value>): Promise<Value> => {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof TrustFileProblem) throw misuse(thrown.code, `${flag}: ${thrown.message}`);
    throw thrown;
  }
};

const readKeys = async (written: readonly string[], files: TrustFiles): Promise<readonly DraftKey[]> => {
  const found: DraftKey[] = [];
  for (const text of written) {
    const materials = await asMisuse('--key', async () => {
      const read = await readPublicKeys(text, files);
      read.forEach(requireSigningKey);
      return read;
    });
    found.push(...materials.map((material) => ({ ...material, path: ['--key'] })));
  }
  return found;
};

/** The linter and the verifier take only patterns that can be read. */
const checkPattern = (flag: string, wanted: IdentityPattern): void => {
  const text = 'exact' in wanted ? wanted.exact : wanted.pattern;
  if (text === '' || text.length > maximumPattern)
    throw misuse('TRUST_INVALID', `${flag}: 1 to ${maximumPattern} characters are needed`);
  if ('exact' in wanted) return;
  try {
    RE2JS.compile(text);
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw misuse('TRUST_INVALID', `${flag}-regexp: no pattern of RE2: ${words.slice(0, 200)}`);
  }
};

const toSigner = (flag: string, trust: CosignTrust, keys: readonly DraftKey[]): DraftSigner => {
  const signer: TrustSigner = { name: flag, trust, untimed: 'accept' };
  return { path: [flag], signer, keys, keyrings: [] };
};

/**
 * One of the keys, or the identity, must have signed. File names are relative to the working directory.
 * @throws {Fault} misuse `TRUST_INVALID`, `TRUST_PRIVATE_KEY`, `TRUST_DANGEROUS`
 */
export const readCommandLineTrust = async (
  { keys: written, identity, trustedRoot: rootFile }: CommandLineTrust,
  surroundings: TrustSurroundings,
): Promise<TrustConfiguration> => {
  const files = new TrustFiles(process.cwd());
  const keys = await readKeys(written, files);
  if (identity !== undefined) {
    checkPattern('--certificate-identity', identity.subject);
    checkPattern('--certificate-oidc-issuer', identity.issuer);
  }
  const root =
    rootFile === undefined ? undefined : await asMisuse('--trusted-root', () => readTrustedRoot(rootFile, files));
  const shared = { verifier: 'cosign', claim: 'digest', ...(root === undefined ? {} : { trustedRoot: root }) } as const;
  const signers = [
    ...(keys.length === 0 ? [] : [toSigner('--key', { ...shared, keys: keys.map(({ pem }) => pem) }, keys)]),
    ...(identity === undefined ? [] : [toSigner('--certificate-identity', { ...shared, identities: [identity] }, [])]),
  ];
  if (signers.length === 0) throw misuse('TRUST_INVALID', 'neither a key nor an identity is named');
  const rule: DraftRule = { path: [], name, match: ['**'], ask: 'signatures', signers, require: 1 };
  const text = JSON.stringify({ keys: keys.map(({ pem }) => pem), identity, root });
  return toConfiguration(
    {
      file: name,
      kind: 'command-line',
      version: versionOf(text),
      rules: [rule],
      unused: [],
      otherwise: 'refuse',
      files: files.read.map((file) => ({ ...file, path: [] })),
      allowances: [],
      text,
      lineOf: () => undefined,
      demandFor: firstDemand([rule], 'refuse'),
    },
    surroundings,
  );
};
