/** `root.json` of Notary v1 → which keys may sign for which role. The Update Framework specification 1.0, section 4.3. */
import { memberOf } from './record-json.ts';
import {
  objectIn,
  parseNotaryCommon,
  parseNotaryKeys,
  parseNotaryRole,
  type NotaryCommon,
  type NotaryEnvelope,
  type NotaryKey,
  type NotaryRole,
} from './notary-envelope.ts';

export const notaryBaseRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type NotaryBaseRole = (typeof notaryBaseRoles)[number];

export interface NotaryRoot extends NotaryCommon {
  readonly keys: ReadonlyMap<string, NotaryKey>;
  readonly roles: Readonly<Record<NotaryBaseRole, NotaryRole>>;
}

/** Roles besides the four (mirrors) mean nothing to Notary. @throws {Fault} malformed `NOTARY_METADATA_INVALID`; limit `NOTARY_METADATA_TOO_LARGE` */
export const parseNotaryRoot = ({ signed }: NotaryEnvelope, where: string): NotaryRoot => {
  const common = parseNotaryCommon(signed, 'Root', where);
  const keys = parseNotaryKeys(memberOf(signed, 'keys'), where);
  const roles = objectIn(signed, 'roles', where);
  const role = (name: NotaryBaseRole): NotaryRole => parseNotaryRole(memberOf(roles, name), keys, name, where);
  return {
    ...common,
    keys,
    roles: { root: role('root'), targets: role('targets'), snapshot: role('snapshot'), timestamp: role('timestamp') },
  };
};
