/** The text of a containers `policy.json` → who must have signed an image. containers-policy.json(5). Pure. */
import type { Digest } from '../core/digest.ts';
import { isFault, misuse, type Fault } from '../core/fault.ts';
import type { GpgTrust } from '../core/trust.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../formats/strict-json.ts';

/** `signedIdentity`: how the name in a signature is compared with the name that was asked for. */
export type SignedIdentity = GpgTrust['identity'];

/** Keys by file and by value: any one of them. Exactly one of the two holds something. */
export interface PolicyKeys {
  readonly paths: readonly string[];
  readonly data: readonly Uint8Array[];
}

export type PolicyRequirement =
  | { readonly type: 'insecureAcceptAnything' }
  | { readonly type: 'reject' }
  | { readonly type: 'signedBy'; readonly keys: PolicyKeys; readonly identity: SignedIdentity }
  | {
      readonly type: 'sigstoreSigned';
      readonly keys?: PolicyKeys;
      readonly fulcio?: { readonly authority: PolicyKeys; readonly oidcIssuer: string; readonly subjectEmail: string };
      /** Absent: no entry in a log is asked for. */
      readonly rekorKeys?: PolicyKeys;
      readonly identity: SignedIdentity;
    }
  /** Valid, and cannot be met here: an image that needs it is never trusted. */
  | { readonly type: 'unsupported'; readonly reason: string };

/** An image as it was asked for: `registry.example/team/app`, with its tag or its digest. */
export interface PolicyReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface PolicyScope {
  /** `docker`, `oci`, `docker-archive` …; '' for the default of everything. */
  readonly transport: string;
  /** '' for the default of the transport. */
  readonly scope: string;
  readonly requirements: readonly PolicyRequirement[];
}

export interface ContainersPolicy {
  /** All of them, in the order of the file, the default of everything first. */
  readonly scopes: readonly PolicyScope[];
  /** The scope that decides for an image in a registry. */
  scopeFor(reference: PolicyReference): PolicyScope;
  /** Each of them must be met. Never empty. */
  requirementsFor(reference: PolicyReference): readonly PolicyRequirement[];
}

const policyBytes = 4 * 2 ** 20;
const mostScopes = 10_000;

const fault = (file: string, problem: string): Fault =>
  misuse('CONTAINERS_POLICY_INVALID', `${file}: ${problem}; see containers-policy.json(5)`);

/** Every reader of this format refuses unknown names: a misspelt requirement must not be none. */
const requireNames = (object: JsonObject, known: readonly string[], at: string, file: string): void => {
  for (const name of Object.keys(object))
    if (!known.includes(name)) throw fault(file, `${at}: "${name.slice(0, 80)}" is no member that may stand here`);
};

const objectAt = (value: unknown, at: string, file: string): JsonObject => {
  if (isJsonObject(value)) return value;
  throw fault(file, `${at} must be an object`);
};

const textAt = (object: JsonObject, name: string, at: string, file: string): string => {
  const value = object[name];
  if (typeof value === 'string' && value !== '') return value;
  throw fault(file, `${at}.${name} must be a text that is not empty`);
};

const listAt = (object: JsonObject, name: string, at: string, file: string): readonly string[] => {
  const value: unknown = object[name];
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== ''))
    return value as readonly string[];
  throw fault(file, `${at}.${name} must be a list of texts that is not empty`);
};

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const bytesOf = (text: string, at: string, file: string): Uint8Array => {
  if (base64.test(text)) return Buffer.from(text, 'base64');
  throw fault(file, `${at} must be base64`);
};

/** The ways of naming keys that one kind of requirement has: member → what it holds. */
type KeyMembers = Readonly<Record<string, 'path' | 'paths' | 'data' | 'datas'>>;

/** undefined: none of the members is there. */
const parseKeys = (object: JsonObject, members: KeyMembers, at: string, file: string): PolicyKeys | undefined => {
  const given = Object.keys(members).filter((name) => Object.hasOwn(object, name));
  const [name] = given;
  if (name === undefined) return undefined;
  if (given.length > 1) throw fault(file, `${at}: only one of ${given.join(', ')} may be given`);
  switch (members[name]) {
    case 'path':
      return { paths: [textAt(object, name, at, file)], data: [] };
    case 'paths':
      return { paths: listAt(object, name, at, file), data: [] };
    case 'data':
      return { paths: [], data: [bytesOf(textAt(object, name, at, file), `${at}.${name}`, file)] };
    default:
      return { paths: [], data: listAt(object, name, at, file).map((text) => bytesOf(text, `${at}.${name}`, file)) };
  }
};

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const domain =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
/** A host, or a host with a path: what may be put in place of another. */
const prefixPattern = new RegExp(`^${domain}(?:/${component})*$`);

const parseIdentity = (value: unknown, at: string, file: string): SignedIdentity => {
  if (value === undefined) return { type: 'matchRepoDigestOrExact' };
  const object = objectAt(value, at, file);
  const type = textAt(object, 'type', at, file);
  switch (type) {
    case 'matchExact':
    case 'matchRepoDigestOrExact':
    case 'matchRepository':
      requireNames(object, ['type'], at, file);
      return { type };
    case 'exactReference': {
      requireNames(object, ['type', 'dockerReference'], at, file);
      const dockerReference = textAt(object, 'dockerReference', at, file);
      if (!/[:@][^/]+$/.test(dockerReference))
        throw fault(file, `${at}.dockerReference needs a tag or a digest, or nothing can match it`);
      return { type, dockerReference };
    }
    case 'exactRepository':
      requireNames(object, ['type', 'dockerRepository'], at, file);
      return { type, dockerRepository: textAt(object, 'dockerRepository', at, file) };
    case 'remapIdentity': {
      requireNames(object, ['type', 'prefix', 'signedPrefix'], at, file);
      const prefix = textAt(object, 'prefix', at, file);
      const signedPrefix = textAt(object, 'signedPrefix', at, file);
      for (const text of [prefix, signedPrefix])
        if (!prefixPattern.test(text))
          throw fault(file, `${at}: "${text.slice(0, 100)}" is neither a host nor a host with a path`);
      return { type, prefix, signedPrefix };
    }
    default:
      throw fault(file, `${at}.type: "${type.slice(0, 80)}" is no kind of identity`);
  }
};

const signedByKeys: KeyMembers = { keyPath: 'path', keyPaths: 'paths', keyData: 'data' };
const sigstoreKeys: KeyMembers = { ...signedByKeys, keyDatas: 'datas' };
const rekorKeyMembers: KeyMembers = {
  rekorPublicKeyPath: 'path',
  rekorPublicKeyPaths: 'paths',
  rekorPublicKeyData: 'data',
  rekorPublicKeyDatas: 'datas',
};

const parseSignedBy = (object: JsonObject, at: string, file: string): PolicyRequirement => {
  requireNames(object, ['type', 'keyType', 'signedIdentity', ...Object.keys(signedByKeys)], at, file);
  const keyType = textAt(object, 'keyType', at, file);
  const keys = parseKeys(object, signedByKeys, at, file);
  if (keys === undefined) throw fault(file, `${at}: one of keyPath, keyPaths, keyData must be given`);
  const identity = parseIdentity(object['signedIdentity'], `${at}.signedIdentity`, file);
  if (keyType === 'GPGKeys') return { type: 'signedBy', keys, identity };
  // Names that the format reserves; no program verifies them.
  if (['signedByGPGKeys', 'X509Certificates', 'signedByX509CAs'].includes(keyType))
    return { type: 'unsupported', reason: `signatures by keys of the type ${keyType} cannot be verified` };
  throw fault(file, `${at}.keyType: "${keyType.slice(0, 80)}" is no type of key`);
};

const parseFulcio = (value: unknown, at: string, file: string) => {
  const object = objectAt(value, at, file);
  requireNames(object, ['caPath', 'caData', 'oidcIssuer', 'subjectEmail'], at, file);
  const authority = parseKeys(object, { caPath: 'path', caData: 'data' }, at, file);
  if (authority === undefined) throw fault(file, `${at}: one of caPath, caData must be given`);
  return {
    authority,
    oidcIssuer: textAt(object, 'oidcIssuer', at, file),
    subjectEmail: textAt(object, 'subjectEmail', at, file),
  };
};

const parsePki = (value: unknown, at: string, file: string): void => {
  const object = objectAt(value, at, file);
  const roots: KeyMembers = { caRootsPath: 'path', caRootsData: 'data' };
  const intermediates: KeyMembers = { caIntermediatesPath: 'path', caIntermediatesData: 'data' };
  const subjects = ['subjectEmail', 'subjectHostname'];
  requireNames(object, [...Object.keys(roots), ...Object.keys(intermediates), ...subjects], at, file);
  if (parseKeys(object, roots, at, file) === undefined)
    throw fault(file, `${at}: one of caRootsPath, caRootsData must be given`);
  parseKeys(object, intermediates, at, file);
  const named = subjects.filter((name) => Object.hasOwn(object, name));
  if (named.length === 0) throw fault(file, `${at}: one of ${subjects.join(', ')} must be given`);
  for (const name of named) textAt(object, name, at, file);
};

const parseSigstoreSigned = (object: JsonObject, at: string, file: string): PolicyRequirement => {
  const names = [...Object.keys(sigstoreKeys), ...Object.keys(rekorKeyMembers)];
  requireNames(object, ['type', 'fulcio', 'pki', 'signedIdentity', ...names], at, file);
  const keys = parseKeys(object, sigstoreKeys, at, file);
  const rekorKeys = parseKeys(object, rekorKeyMembers, at, file);
  const identity = parseIdentity(object['signedIdentity'], `${at}.signedIdentity`, file);
  const fulcio = Object.hasOwn(object, 'fulcio') ? parseFulcio(object['fulcio'], `${at}.fulcio`, file) : undefined;
  const hasPki = Object.hasOwn(object, 'pki');
  if (hasPki) parsePki(object['pki'], `${at}.pki`, file);
  if ([keys !== undefined, fulcio !== undefined, hasPki].filter(Boolean).length !== 1)
    throw fault(file, `${at}: exactly one of a key, fulcio and pki must be given`);
  if (fulcio !== undefined && rekorKeys === undefined)
    throw fault(file, `${at}: fulcio needs a key of the log (rekorPublicKeyPath): its certificates last minutes`);
  if (hasPki && rekorKeys !== undefined) throw fault(file, `${at}: pki and a key of the log exclude each other`);
  if (hasPki)
    return { type: 'unsupported', reason: 'sigstore signatures by certificates of one’s own (pki) cannot be verified' };
  return {
    type: 'sigstoreSigned',
    ...(keys === undefined ? {} : { keys }),
    ...(fulcio === undefined ? {} : { fulcio }),
    ...(rekorKeys === undefined ? {} : { rekorKeys }),
    identity,
  };
};

const parseRequirement = (value: unknown, at: string, file: string): PolicyRequirement => {
  const object = objectAt(value, at, file);
  const type = textAt(object, 'type', at, file);
  switch (type) {
    case 'insecureAcceptAnything':
    case 'reject':
      requireNames(object, ['type'], at, file);
      return { type };
    case 'signedBy':
      return parseSignedBy(object, at, file);
    case 'sigstoreSigned':
      return parseSigstoreSigned(object, at, file);
    case 'signedBaseLayer':
      // Reserved by the format; every program refuses each image that needs it.
      return { type: 'unsupported', reason: 'signedBaseLayer is not implemented by any program' };
    default:
      throw fault(file, `${at}.type: "${type.slice(0, 80)}" is no kind of requirement`);
  }
};

const parseRequirements = (value: unknown, at: string, file: string): readonly PolicyRequirement[] => {
  if (!Array.isArray(value)) throw fault(file, `${at} must be a list of requirements`);
  // An empty list would be met by every image.
  if (value.length === 0) throw fault(file, `${at} must not be empty: say insecureAcceptAnything or reject`);
  return value.map((item, position) => parseRequirement(item, `${at}[${position}]`, file));
};

/** Where the requirements for an image in a registry are looked for, the most precise first; the first that is there decides alone. */
export const scopesOf = ({ repository, tag, digest }: PolicyReference): readonly string[] => {
  const scopes = [
    ...(tag === undefined ? [] : [`${repository}:${tag}`]),
    ...(digest === undefined ? [] : [`${repository}@${digest}`]),
  ];
  const parts = repository.split('/');
  for (let length = parts.length; length > 0; length -= 1) scopes.push(parts.slice(0, length).join('/'));
  const labels = (parts[0] ?? '').replace(/:\d+$/, '').split('.');
  for (let start = 1; start < labels.length; start += 1) scopes.push(`*.${labels.slice(start).join('.')}`);
  return scopes;
};

const parsePolicyDocument = (text: string, file: string): readonly PolicyScope[] => {
  let document: unknown;
  try {
    const options = { where: file, subject: 'CONTAINERS_POLICY', maximumBytes: policyBytes, maximumDepth: 16 };
    document = parseStrictJson(Buffer.from(text), options);
  } catch (thrown) {
    if (isFault(thrown)) throw misuse(thrown.code, `${file}: ${thrown.message}; see containers-policy.json(5)`);
    throw thrown;
  }
  const policy = objectAt(document, 'the policy', file);
  requireNames(policy, ['default', 'transports'], 'the policy', file);
  const scopes: PolicyScope[] = [
    { transport: '', scope: '', requirements: parseRequirements(policy['default'], 'default', file) },
  ];
  const transports = Object.hasOwn(policy, 'transports') ? objectAt(policy['transports'], 'transports', file) : {};
  for (const [transport, value] of Object.entries(transports))
    for (const [scope, list] of Object.entries(objectAt(value, `transports.${transport}`, file))) {
      if (scopes.length >= mostScopes) throw fault(file, `more than ${mostScopes} scopes`);
      const at = `transports.${transport}[${JSON.stringify(scope.slice(0, 200))}]`;
      scopes.push({ transport, scope, requirements: parseRequirements(list, at, file) });
    }
  return scopes;
};

/**
 * @throws {Fault} misuse `CONTAINERS_POLICY_INVALID`, `CONTAINERS_POLICY_AMBIGUOUS`, `CONTAINERS_POLICY_TOO_LARGE`, for whatever
 * containers/image would refuse too
 */
export const parseContainersPolicy = (text: string, file: string): ContainersPolicy => {
  const scopes = parsePolicyDocument(text, file);
  const [everything] = scopes as readonly [PolicyScope];
  const ofRegistries = new Map(
    scopes.filter(({ transport }) => transport === 'docker').map((found) => [found.scope, found]),
  );
  const scopeFor = (reference: PolicyReference): PolicyScope => {
    for (const scope of [...scopesOf(reference), '']) {
      const found = ofRegistries.get(scope);
      if (found !== undefined) return found;
    }
    return everything;
  };
  return { scopes, scopeFor, requirementsFor: (reference) => scopeFor(reference).requirements };
};
