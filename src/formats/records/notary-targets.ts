/** `targets.json` and delegated files of Notary v1 → what is signed, and who else may sign. The Update Framework specification 1.0, section 4.5. */
import { overLimit } from '../../core/fault.ts';
import { isJsonObject } from '../strict-json.ts';
import { memberOf, textIn } from './record-json.ts';
import {
  notaryInvalid,
  objectIn,
  parseNotaryCommon,
  parseNotaryFile,
  parseNotaryKeys,
  parseNotaryRole,
  type NotaryCommon,
  type NotaryEnvelope,
  type NotaryFile,
  type NotaryKey,
  type NotaryRole,
} from './notary-envelope.ts';

export interface NotaryDelegation extends NotaryRole {
  /** `targets/releases`. */
  readonly name: string;
  /** Prefixes of the targets that it may sign; none: nothing. */
  readonly paths: readonly string[];
}

export interface NotaryTargets extends NotaryCommon {
  /** For images: tag → the manifest's or index's length and digest. */
  readonly targets: ReadonlyMap<string, NotaryFile>;
  readonly keys: ReadonlyMap<string, NotaryKey>;
  readonly delegations: readonly NotaryDelegation[];
}

const mostTargets = 100_000;
const mostDelegations = 1024;

/** Notary's rule for names below `targets/`: no dots, so no way out of the folder that an address is made of. */
export const isNotaryDelegation = (name: string): boolean =>
  name.length < 256 && /^targets(?:\/[-a-z0-9_]+)+$/.test(name);

export const notaryParentOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('/'), 0));

const parsePaths = (value: unknown, where: string): readonly string[] => {
  const paths = value ?? [];
  if (!Array.isArray(paths) || paths.length > 1024 || !paths.every((path) => typeof path === 'string'))
    throw notaryInvalid('the paths of a delegation are no list', where);
  return paths;
};

const parseDelegation = (
  value: unknown,
  parent: string,
  keys: ReadonlyMap<string, NotaryKey>,
  where: string,
): NotaryDelegation => {
  if (!isJsonObject(value)) throw notaryInvalid('a delegation is no object', where);
  const name = textIn(value, 'name') ?? '';
  // A role hands on only what is right below itself.
  if (!isNotaryDelegation(name) || notaryParentOf(name) !== parent)
    throw notaryInvalid(`${parent} delegates to a role that is not right below it`, where);
  return { name, paths: parsePaths(memberOf(value, 'paths'), where), ...parseNotaryRole(value, keys, name, where) };
};

/**
 * `role` is `targets` or a delegation's name.
 * @throws {Fault} malformed `NOTARY_METADATA_INVALID`; limit `NOTARY_METADATA_TOO_LARGE`
 */
export const parseNotaryTargets = ({ signed }: NotaryEnvelope, role: string, where: string): NotaryTargets => {
  const common = parseNotaryCommon(signed, 'Targets', where);
  const targets = Object.entries(objectIn(signed, 'targets', where));
  if (targets.length > mostTargets)
    throw overLimit('NOTARY_METADATA_TOO_LARGE', `more than ${mostTargets} targets`, where);
  const delegations = memberOf(signed, 'delegations') ?? {};
  if (!isJsonObject(delegations)) throw notaryInvalid('"delegations" is no object', where);
  const keys = parseNotaryKeys(memberOf(delegations, 'keys'), where);
  const roles = memberOf(delegations, 'roles') ?? [];
  if (!Array.isArray(roles)) throw notaryInvalid('the roles of "delegations" are no list', where);
  if (roles.length > mostDelegations)
    throw overLimit('NOTARY_METADATA_TOO_LARGE', `more than ${mostDelegations} delegations`, where);
  return {
    ...common,
    targets: new Map(targets.map(([name, file]) => [name, parseNotaryFile(file, where)] as const)),
    keys,
    delegations: roles.map((value: unknown) => parseDelegation(value, role, keys, where)),
  };
};
