/**
 * The command that the public sigstore conformance suite asks a client for: its exit status says whether a bundle proves an artifact.
 * https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultLimits } from '../src/core/budget.ts';
import type { Context } from '../src/core/context.ts';
import { isDigest } from '../src/core/digest.ts';
import { isFault } from '../src/core/fault.ts';
import { trustLimits } from '../src/core/trust.ts';
import { carriedRoot, fetchByTuf, publicMirror, trustedRootName } from '../src/trust/cosign/fetch-by-tuf.ts';
import { toWantedIdentities } from '../src/trust/cosign/identity.ts';
import { proveArtifact, type Artifact } from '../src/trust/cosign/prove-artifact.ts';
import { Refusal } from '../src/trust/cosign/refusal.ts';
import { parseSignatureKey } from '../src/trust/cosign/signature-key.ts';
import { parseTrustRoot } from '../src/trust/cosign/trust-root.ts';

class Misuse extends Error {}

const timeoutMs = 20_000;

/** From the network as it is here, with nothing of this program's settings. */
const contextIn = (folder: string): Context => ({
  signal: AbortSignal.timeout(timeoutMs * 4),
  limits: defaultLimits,
  network: { offline: false, insecureRegistries: [], certificateAuthorities: [], trustedHosts: [], timeoutMs },
  environment: process.env,
  temporaryFolder: async () => folder,
  now: () => new Date(),
  log: { debug: () => undefined, warn: () => undefined },
  progress: () => undefined,
});

const publicRoot = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-conformance-'));
  try {
    const files = await fetchByTuf()({}, folder, contextIn(folder));
    return files[trustedRootName] ?? '';
  } catch (thrown) {
    process.stderr.write(
      `note: ${publicMirror} cannot be reached (${String(thrown)}); its root as released is taken\n`,
    );
    return carriedRoot();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A digest only where it has the length of one and names no file, as the protocol has it. */
const toArtifact = (text: string): Artifact =>
  text.startsWith('sha256:') && isDigest(text) && !existsSync(text) ? { digest: text } : { bytes: readFileSync(text) };

const required = (value: string | undefined, name: string): string => {
  if (value === undefined) throw new Misuse(`--${name} is missing`);
  return value;
};

/** Gives who signed. */
const verifyBundle = async (words: string[], findPublicRoot: () => Promise<string>): Promise<string> => {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      staging: { type: 'boolean' },
      bundle: { type: 'string' },
      'certificate-identity': { type: 'string' },
      'certificate-oidc-issuer': { type: 'string' },
      key: { type: 'string' },
      'trusted-root': { type: 'string' },
    },
  });
  const rootFile = values['trusted-root'];
  if (values.staging === true && rootFile === undefined)
    throw new Misuse('the root of the staging instance is not known here: give --trusted-root');
  const root = parseTrustRoot(rootFile === undefined ? await findPublicRoot() : readFileSync(rootFile, 'utf8'));
  const key = values.key === undefined ? undefined : parseSignatureKey(readFileSync(values.key, 'utf8'));
  const identities =
    key === undefined
      ? toWantedIdentities([
          {
            subject: { exact: required(values['certificate-identity'], 'certificate-identity') },
            issuer: { exact: required(values['certificate-oidc-issuer'], 'certificate-oidc-issuer') },
          },
        ])
      : [];
  const artifact = toArtifact(required(positionals[0], 'FILE_OR_DIGEST'));
  const bundle = readFileSync(required(values.bundle, 'bundle'));
  const { identity, signedAt } = proveArtifact(bundle, artifact, trustLimits.signatureBytes, {
    keys: key === undefined ? [] : [key],
    identities,
    isLogRequired: { key: true, certificate: true },
    root: () => root,
    hasRoot: true,
    now: new Date(),
  });
  return `signed by ${identity}${signedAt === undefined ? '' : ` at ${signedAt.toISOString()}`}`;
};

export interface Answer {
  /** 0: proven; 1: refused; 2: the question cannot be asked so. */
  readonly status: 0 | 1 | 2;
  readonly text: string;
}

/** One command of the suite. */
export const answerSuite = async (
  [command, ...words]: readonly string[],
  findPublicRoot = publicRoot,
): Promise<Answer> => {
  try {
    if (command !== 'verify-bundle') throw new Misuse('only verify-bundle is known: nothing is signed here');
    return { status: 0, text: await verifyBundle(words, findPublicRoot) };
  } catch (thrown) {
    if (thrown instanceof Misuse) return { status: 2, text: thrown.message };
    if (!(thrown instanceof Refusal) && !isFault(thrown)) throw thrown;
    return { status: thrown instanceof Refusal ? 1 : 2, text: `refused: ${thrown.code}: ${thrown.message}` };
  }
};

if (import.meta.main) {
  const { status, text } = await answerSuite(process.argv.slice(2));
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = status;
}
