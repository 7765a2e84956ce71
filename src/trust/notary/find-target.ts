/**
 * Which role that counts signs a tag, or a digest. TUF 5.6.7 and section 4.5 (delegations), restricted as the docker client
 * does it: roles in the order in which they count, each by itself and not with those below it; the first that names the tag
 * decides. A role's paths are those that every role above it hands on.
 */
import type { Digest } from '../../core/digest.ts';
import { digestAlgorithm, digestHex } from '../../core/digest.ts';
import type { NotaryFile } from '../../formats/records/notary-envelope.ts';
import { notaryParentOf, parseNotaryTargets, type NotaryTargets } from '../../formats/records/notary-targets.ts';
import { openRoleKeys } from './key.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { checkRole, keep, note, readListed, type Session, type Verified } from './session.ts';
import type { NotaryView } from './update.ts';

/** A role's file, with the prefixes of names that it may sign. */
export interface SigningRole extends Verified<NotaryTargets> {
  readonly name: string;
  readonly paths: readonly string[];
}

export interface FoundTarget {
  readonly role: SigningRole;
  readonly tag: string;
  readonly file: NotaryFile;
}

export interface RolesRead {
  /** In the order in which they count. */
  readonly roles: readonly SigningRole[];
  /** Of roles that are there and not believed: as the docker client, the next one is asked then. */
  readonly refusals: readonly Refusal[];
}

const isCovered = (name: string, paths: readonly string[]): boolean => paths.some((path) => name.startsWith(path));

/** undefined: nobody delegates to it, or it never signed. */
const readDelegation = async (
  session: Session,
  view: NotaryView,
  parent: SigningRole,
  name: string,
): Promise<SigningRole | Refusal | undefined> => {
  const delegation = parent.meta.delegations.find((one) => one.name === name);
  const file = view.snapshot.files.get(name);
  if (delegation === undefined || file === undefined) return undefined;
  const bytes = await readListed(session, name, file);
  if (isRefusal(bytes)) return bytes;
  const check = {
    role: name,
    keys: openRoleKeys(delegation, parent.meta.keys, session.limits.certificates),
    threshold: delegation.threshold,
    parse: (envelope: Parameters<typeof parseNotaryTargets>[0], where: string) =>
      parseNotaryTargets(envelope, name, where),
  };
  const found = checkRole(session, check, bytes);
  if (isRefusal(found)) return found;
  keep(session, name, found.meta.version, bytes);
  // A role hands on no more than it has.
  const paths = delegation.paths.filter((path) => isCovered(path, parent.paths));
  return { ...found, name, paths };
};

/** Reads the roles that count and those above them. A Refusal: something is wrong that no other role makes good. */
export const readRoles = async (
  session: Session,
  view: NotaryView,
  wanted: readonly string[],
): Promise<RolesRead | Refusal> => {
  const read = new Map<string, SigningRole | undefined>([
    ['targets', { ...view.targets, name: 'targets', paths: [''] }],
  ]);
  const refusals: Refusal[] = [];

  const open = async (name: string): Promise<SigningRole | Refusal | undefined> => {
    if (read.has(name)) return read.get(name);
    if (read.size >= session.limits.signatures)
      return refuse('limit', `more than ${session.limits.signatures} roles would have to be read`);
    const parent = await open(notaryParentOf(name));
    if (parent === undefined || isRefusal(parent)) return parent;
    const role = await readDelegation(session, view, parent, name);
    if (role === undefined)
      note(session, name, refuse('absent', 'nobody delegates to this role, or it signed nothing'));
    else if (isRefusal(role)) note(session, name, role);
    else note(session, name, `version ${role.meta.version} until ${role.meta.expires}`);
    if (role !== undefined && isRefusal(role)) {
      if (!['expired', 'other-signer', 'revoked'].includes(role.refused)) return role;
      refusals.push(role);
    }
    const usable = role === undefined || isRefusal(role) ? undefined : role;
    read.set(name, usable);
    return usable;
  };

  const roles: SigningRole[] = [];
  for (const name of new Set(wanted)) {
    const role = await open(name);
    if (role === undefined) continue;
    if (isRefusal(role)) return role;
    roles.push(role);
  }
  return { roles, refusals };
};

/** The first role that counts and names the tag. */
export const findTag = (roles: readonly SigningRole[], tag: string): FoundTarget | undefined => {
  for (const role of roles) {
    const file = isCovered(tag, role.paths) ? role.meta.targets.get(tag) : undefined;
    if (file !== undefined) return { role, tag, file };
  }
  return undefined;
};

export const namesDigest = (file: NotaryFile, digest: Digest): boolean =>
  file[digestAlgorithm(digest)] === digestHex(digest);

/** Tags under which one of these digests is signed; a tag counts in the first role that names it. At most `most`. */
export const tagsOf = (
  roles: readonly SigningRole[],
  digests: readonly Digest[],
  most: number,
): readonly FoundTarget[] => {
  const seen = new Set<string>();
  const found: FoundTarget[] = [];
  for (const role of roles)
    for (const [tag, file] of role.meta.targets) {
      if (seen.has(tag) || !isCovered(tag, role.paths)) continue;
      seen.add(tag);
      if (found.length < most && digests.some((digest) => namesDigest(file, digest))) found.push({ role, tag, file });
    }
  return found;
};
