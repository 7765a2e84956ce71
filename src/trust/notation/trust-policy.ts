/** Text of a `trustpolicy.json` → its statements, and the one that applies to a repository (trust-store-trust-policy, "OCI Trust Policy"). */
import { z } from 'zod';
import { isFault, misuse } from '../../core/fault.ts';
import { parseNameText } from '../../formats/records/distinguished-name.ts';
import { parseStrictJson } from '../../formats/strict-json.ts';

export type Validation = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';
export type Enforcement = 'enforce' | 'log' | 'skip';
export type Level = 'strict' | 'permissive' | 'audit' | 'skip';
export type StoreType = 'ca' | 'signingAuthority' | 'tsa';

export interface TrustStatement {
  readonly name: string;
  /** Repositories, or `*` alone. */
  readonly scopes: readonly string[];
  readonly level: Level;
  readonly enforcement: Readonly<Record<Validation, Enforcement>>;
  readonly timestamps: 'always' | 'afterCertExpiry';
  /** `ca:company`. */
  readonly stores: readonly string[];
  /** undefined: anybody whom the stores vouch for. */
  readonly identities: readonly ReadonlyMap<string, string>[] | undefined;
}

export interface TrustPolicy {
  readonly statements: readonly TrustStatement[];
}

const code = 'NOTATION_POLICY_INVALID';
const maximumBytes = 2 ** 20;

const levels: Readonly<Record<Level, Readonly<Record<Validation, Enforcement>>>> = {
  strict: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'enforce',
    expiry: 'enforce',
    revocation: 'enforce',
  },
  permissive: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  audit: { integrity: 'enforce', authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' },
  skip: { integrity: 'skip', authenticity: 'skip', authenticTimestamp: 'skip', expiry: 'skip', revocation: 'skip' },
};

const texts = z.array(z.string().min(1).max(2048)).max(256);
const enforceOrLog = z.enum(['enforce', 'log']);

const document = z.object({
  version: z.literal('1.0'),
  trustPolicies: z
    .array(
      z.object({
        name: z.string().min(1).max(512),
        registryScopes: texts.min(1),
        signatureVerification: z.object({
          level: z.enum(['strict', 'permissive', 'audit', 'skip']),
          override: z
            .strictObject({
              authenticity: enforceOrLog.optional(),
              authenticTimestamp: enforceOrLog.optional(),
              expiry: enforceOrLog.optional(),
              revocation: z.enum(['enforce', 'log', 'skip']).optional(),
            })
            .optional(),
          verifyTimestamp: z.enum(['', 'always', 'afterCertExpiry']).optional(),
        }),
        trustStores: texts.nullish(),
        trustedIdentities: texts.nullish(),
      }),
    )
    .min(1)
    .max(1024),
});

type RawStatement = z.infer<typeof document>['trustPolicies'][number];

const refuse = (statement: string, reason: string): never => {
  throw misuse(code, `the trust policy statement "${statement.slice(0, 100)}": ${reason}`);
};

const domain =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?$/;
const path = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** OCI Trust Policy Constraints: whole names of repositories, or one `*` alone. */
const checkScopes = ({ name, registryScopes }: RawStatement, seen: Set<string>): void => {
  if (registryScopes.includes('*') && registryScopes.length > 1) refuse(name, 'the scope "*" stands alone');
  for (const scope of registryScopes) {
    if (seen.has(scope)) refuse(name, `the scope "${scope.slice(0, 200)}" is in two statements, or twice in one`);
    seen.add(scope);
    if (scope === '*') continue;
    const slash = scope.indexOf('/');
    if (slash < 0 || !domain.test(scope.slice(0, slash)) || !path.test(scope.slice(slash + 1)))
      refuse(name, `"${scope.slice(0, 200)}" is no whole name of a repository (registry.example/team/app)`);
  }
};

const checkStores = (name: string, stores: readonly string[]): void => {
  for (const store of stores)
    if (!/^(?:ca|signingAuthority|tsa):[a-zA-Z0-9_.-]+$/.test(store) || /:\.\.?$/.test(store))
      refuse(name, `"${store.slice(0, 100)}" is no trust store (ca:NAME, signingAuthority:NAME, tsa:NAME)`);
};

const isSubset = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  [...one].every(([type, value]) => other.get(type) === value);

/** Trusted Identities Constraints. */
const parseIdentities = (name: string, written: readonly string[]): TrustStatement['identities'] => {
  if (written.includes('*')) {
    if (written.length > 1) refuse(name, 'the identity "*" stands alone');
    return undefined;
  }
  const identities = written.flatMap((identity) => {
    const colon = identity.indexOf(':');
    if (colon < 0) refuse(name, `"${identity.slice(0, 100)}" is no identity (x509.subject: C=US, ST=WA, O=…)`);
    // Other kinds are for plug-ins of Notation, and match nobody here.
    if (identity.slice(0, colon) !== 'x509.subject') return [];
    const attributes = parseNameText(identity.slice(colon + 1).trim(), code);
    for (const needed of ['C', 'ST', 'O'])
      if (!attributes.has(needed)) refuse(name, `the identity "${identity.slice(0, 200)}" lacks ${needed}`);
    return [attributes];
  });
  for (const [index, one] of identities.entries())
    if (identities.some((other, place) => place !== index && isSubset(one, other)))
      refuse(name, 'two identities overlap: a certificate could match both');
  return identities;
};

const parseStatement = (raw: RawStatement): TrustStatement => {
  const { name, registryScopes, signatureVerification } = raw;
  const { level, override, verifyTimestamp } = signatureVerification;
  const stores = raw.trustStores ?? [];
  const written = raw.trustedIdentities ?? [];
  if (level === 'skip') {
    if (override !== undefined) refuse(name, 'the level "skip" cannot be overridden');
    if (registryScopes.includes('*')) refuse(name, 'the level "skip" cannot be that of every repository');
    if (stores.length > 0 || written.length > 0) refuse(name, 'the level "skip" has no stores and no identities');
  } else if (stores.length === 0 || written.length === 0) refuse(name, 'it needs trust stores and trusted identities');
  checkStores(name, stores);
  return {
    name,
    scopes: registryScopes,
    level,
    enforcement: { ...levels[level], ...withoutGaps(override ?? {}) },
    timestamps: verifyTimestamp === 'afterCertExpiry' ? 'afterCertExpiry' : 'always',
    stores: [...new Set(stores)],
    identities: parseIdentities(name, written),
  };
};

const withoutGaps = (override: object): Partial<Record<Validation, Enforcement>> =>
  Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined)) as Partial<
    Record<Validation, Enforcement>
  >;

/** @throws {Fault} misuse `NOTATION_POLICY_INVALID` */
export const parseTrustPolicy = (text: string): TrustPolicy => {
  let value: unknown;
  try {
    value = parseStrictJson(Buffer.from(text), { where: 'the trust policy', subject: 'NOTATION_POLICY', maximumBytes });
  } catch (thrown) {
    if (isFault(thrown)) throw misuse(code, `the trust policy: ${thrown.message}`);
    throw thrown;
  }
  const parsed = document.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw misuse(code, `the trust policy: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const names = new Set<string>();
  const scopes = new Set<string>();
  return {
    statements: parsed.data.trustPolicies.map((raw) => {
      if (names.has(raw.name)) refuse(raw.name, 'two statements have this name');
      names.add(raw.name);
      checkScopes(raw, scopes);
      return parseStatement(raw);
    }),
  };
};

/** "Selecting a trust policy": the repository's own, else that of every repository. */
export const applicableStatement = (policy: TrustPolicy, repository: string | undefined): TrustStatement | undefined =>
  policy.statements.find(({ scopes }) => repository !== undefined && scopes.includes(repository)) ??
  policy.statements.find(({ scopes }) => scopes.includes('*'));
