/** Notation's trustpolicy.json and containers' policy.json, read as they are → drafts of trust. */
import { dirname, join, resolve } from 'node:path';
import { isFault, misuse } from '../../core/fault.ts';
import type { ClaimMatch, CosignTrust, GpgTrust, Trust } from '../../core/trust.ts';
import { parseWrittenDocument, type DocumentPath } from '../../formats/written-document.ts';
import {
  parseContainersPolicy,
  type PolicyKeys,
  type PolicyRequirement,
  type PolicyScope,
  type SignedIdentity,
} from '../containers-policy.ts';
import type { TrustDemand } from '../demand.ts';
import { checkKeyring } from './keyring.ts';
import { readStores } from './notation-files.ts';
import { keyProblem, parsePublicKeys, type KeyMaterial } from './public-keys.ts';
import { toTrustedRoot } from './sigstore-root.ts';
import {
  firstDemand,
  toDemand,
  versionOf,
  type DraftFile,
  type DraftRule,
  type DraftSigner,
  type SignerMaterial,
  type TrustDraft,
  type TrustSurroundings,
} from './trust-draft.ts';
import { TrustFileProblem, type TrustFile, type TrustFiles } from './trust-files.ts';

const keyBytes = 16 * 2 ** 20;
const mostLined = 512 * 1024;

/** JSON is YAML: its lines are found in the same way. */
const linesOf = (text: string, file: string): TrustDraft['lineOf'] => {
  if (text.length > mostLined) return () => undefined;
  const document = parseWrittenDocument(text, file, {
    code: 'TRUST_INVALID',
    noun: 'trust file',
    maximumCharacters: mostLined,
  });
  return (path) => document.lineOf(path);
};

const asFault = async <Value>(read: () => Promise<Value>): Promise<Value> => {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof TrustFileProblem) throw misuse(thrown.code, thrown.message);
    throw thrown;
  }
};

/** Stores lie beside the policy, as in Notation's configuration folder, or in the user's. */
const storeFolders = (file: string, { environment }: TrustSurroundings): readonly string[] => {
  const home = environment['HOME'];
  const config = environment['XDG_CONFIG_HOME'] || (home ? join(home, '.config') : undefined);
  return [
    join(dirname(resolve(file)), 'truststore'),
    ...(config === undefined ? [] : [join(config, 'notation', 'truststore')]),
  ];
};

/** @throws {Fault} misuse `TRUST_INVALID` or `TRUST_PRIVATE_KEY` */
export const readNotationFile = async (
  own: TrustFile,
  text: string,
  files: TrustFiles,
  surroundings: TrustSurroundings,
): Promise<TrustDraft> => {
  const { file } = own;
  const { trust, keys } = await asFault(async () => {
    try {
      return await readStores(text, file, storeFolders(file, surroundings), files);
    } catch (thrown) {
      if (isFault(thrown) && thrown.kind === 'misuse') throw misuse(thrown.code, `${file}: ${thrown.message}`);
      throw thrown;
    }
  });
  const path: DocumentPath = ['trustPolicies'];
  const signer: DraftSigner = {
    path,
    signer: { name: 'notation', trust, untimed: 'refuse' },
    keys: keys.map((key) => ({ ...key, path })),
    keyrings: [],
  };
  const rules: readonly DraftRule[] = [
    { path, name: 'trustpolicy.json', match: ['**'], ask: 'signatures', signers: [signer], require: 1 },
  ];
  return {
    file,
    kind: 'notation',
    version: versionOf(text),
    rules,
    unused: [],
    otherwise: 'refuse',
    files: files.read.map((read) => ({ ...read, path })),
    allowances: [],
    text,
    lineOf: linesOf(text, file),
    demandFor: firstDemand(rules, 'refuse'),
  };
};

interface KeyContent {
  readonly bytes: Uint8Array;
  readonly file?: string;
}

const contentsOf = async ({ paths, data }: PolicyKeys, files: TrustFiles): Promise<readonly KeyContent[]> => {
  const contents: KeyContent[] = data.map((bytes) => ({ bytes }));
  for (const path of paths) contents.push(await files.file(path, keyBytes));
  return contents;
};

interface SignerContent extends SignerMaterial {
  readonly trust: Trust;
}

const readGpg = async (
  { keys, identity }: Extract<PolicyRequirement, { type: 'signedBy' }>,
  path: DocumentPath,
  files: TrustFiles,
): Promise<SignerContent> => {
  const contents = await contentsOf(keys, files);
  const trust: GpgTrust = { verifier: 'gpg', keyrings: contents.map(({ bytes }) => bytes), identity };
  const keyrings = contents.map((content) => {
    const { bytes, file = 'keyData' } = content;
    return { ...content, holds: checkKeyring(bytes, file), path };
  });
  return { trust, keys: [], keyrings };
};

/** What of `signedIdentity` can be asked of a cosign signature; undefined: nothing that would be as strict. */
const claimOf = ({ type }: SignedIdentity): ClaimMatch | undefined => {
  if (type === 'matchRepository') return 'repository';
  return type === 'matchExact' || type === 'matchRepoDigestOrExact' ? 'reference' : undefined;
};

const readMaterials = async (keys: PolicyKeys, files: TrustFiles): Promise<readonly KeyMaterial[]> =>
  (await contentsOf(keys, files)).flatMap(({ bytes, file = 'keyData' }) => parsePublicKeys(bytes, file));

const signingKeys = async (keys: PolicyKeys, files: TrustFiles): Promise<readonly KeyMaterial[]> => {
  const materials = await readMaterials(keys, files);
  for (const { key, file = 'keyData' } of materials) {
    const problem = keyProblem(key);
    if (problem !== undefined) throw new TrustFileProblem(`${file}: no signature can be checked with ${problem}`);
  }
  return materials;
};

/** undefined: the name that the signature must bear cannot be asked for. */
const readSigstore = async (
  { keys, fulcio, rekorKeys, identity }: Extract<PolicyRequirement, { type: 'sigstoreSigned' }>,
  path: DocumentPath,
  files: TrustFiles,
): Promise<SignerContent | undefined> => {
  const claim = claimOf(identity);
  if (claim === undefined) return undefined;
  const signing = keys === undefined ? [] : await signingKeys(keys, files);
  const authorities = fulcio === undefined ? [] : await readMaterials(fulcio.authority, files);
  const logs = rekorKeys === undefined ? [] : await readMaterials(rekorKeys, files);
  const trust: CosignTrust = {
    verifier: 'cosign',
    ...(fulcio === undefined
      ? { keys: signing.map(({ pem }) => pem) }
      : { identities: [{ subject: { exact: fulcio.subjectEmail }, issuer: { exact: fulcio.oidcIssuer } }] }),
    ...(authorities.length + logs.length === 0 ? {} : { trustedRoot: toTrustedRoot(authorities, logs) }),
    log: logs.length === 0 ? 'optional' : 'required',
    claim,
  };
  return {
    trust,
    keys: [...signing, ...authorities, ...logs].map((material) => ({ ...material, path })),
    keyrings: [],
  };
};

const scopeName = ({ transport, scope }: PolicyScope): string =>
  transport === '' ? 'default' : `${transport}${scope === '' ? '' : ` ${scope}`}`.slice(0, 512);

/** Every requirement must be met: one that cannot be met here refuses the image. */
const readScope = async (found: PolicyScope, files: TrustFiles): Promise<DraftRule> => {
  const path: DocumentPath = found.transport === '' ? ['default'] : ['transports', found.transport, found.scope];
  const name = scopeName(found);
  const refuse = (why: string): DraftRule => ({
    path,
    name: `${name}${why}`,
    match: [],
    ask: 'refuse',
    signers: [],
    require: 0,
  });
  const signers: DraftSigner[] = [];
  for (const [index, requirement] of found.requirements.entries()) {
    const at = [...path, index];
    let content: SignerContent | undefined;
    if (requirement.type === 'insecureAcceptAnything') continue;
    if (requirement.type === 'reject') return refuse('');
    if (requirement.type === 'unsupported') return refuse(` (${requirement.reason})`);
    if (requirement.type === 'signedBy') content = await readGpg(requirement, at, files);
    else content = await readSigstore(requirement, at, files);
    if (content === undefined)
      return refuse(' (sigstoreSigned by another name than that of the image: say it in a trust file of Tidewaiter)');
    const { trust, keys, keyrings } = content;
    signers.push({
      path: at,
      signer: { name: `${requirement.type} ${index + 1}`, trust, untimed: 'refuse' },
      keys,
      keyrings,
    });
  }
  return {
    path,
    name,
    match: [],
    ask: signers.length === 0 ? 'nothing' : 'signatures',
    signers,
    require: signers.length,
  };
};

/** Scopes that can decide for an image in a registry, or for one without a name. */
const isRead = ({ transport }: PolicyScope): boolean => transport === '' || transport === 'docker';

/** @throws {Fault} misuse `CONTAINERS_POLICY_INVALID`, `TRUST_INVALID` or `TRUST_PRIVATE_KEY` */
export const readContainersFile = async (own: TrustFile, text: string, files: TrustFiles): Promise<TrustDraft> => {
  const { file } = own;
  const policy = parseContainersPolicy(text, file);
  const lineOf = linesOf(text, file);
  const rules = new Map<PolicyScope, DraftRule>();
  const placed: DraftFile[] = [{ ...own, path: [] }];
  for (const scope of policy.scopes.filter(isRead)) {
    const before = files.read.length;
    const rule = await asFault(() => readScope(scope, files));
    rules.set(scope, rule);
    placed.push(...files.read.slice(before).map((read) => ({ ...read, path: rule.path })));
  }
  const demands = new Map(
    [...rules].map(([scope, rule]): [PolicyScope, TrustDemand] => [scope, { ...toDemand(rule), each: true }]),
  );
  const refusal: TrustDemand = { rule: 'default', ask: 'refuse', signers: [], require: 0 };
  return {
    file,
    kind: 'containers-policy',
    version: versionOf(text),
    rules: [...rules.values()],
    unused: [],
    otherwise: 'refuse',
    files: placed,
    allowances: [],
    text,
    lineOf,
    demandFor: (reference) => {
      const scope = reference === undefined ? policy.scopes[0] : policy.scopeFor(reference);
      return (scope === undefined ? undefined : demands.get(scope)) ?? refusal;
    },
  };
};
