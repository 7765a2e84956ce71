/** Operations of AWS that are about no image and no machine: what their names say. */
import type { EventAction } from '../../core/event-action.ts';
import { textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { text } from '../event-parts.ts';
import type { AmazonDeed } from './amazon-deed.ts';

/** The first word of an operation's name says what it does. */
const words: readonly (readonly [RegExp, EventAction])[] = [
  [/^(?:Describe|Get|List|BatchGet|Lookup|Search|Select|Scan|Query|Head)/, 'read'],
  [/^(?:Delete|Remove|Terminate|Deregister|Revoke|Detach|Leave)/, 'delete'],
  [/^(?:Create|Run|Launch|Register|Allocate)/, 'create'],
  [/^(?:Attach|Authorize|Grant|AddPermission|Put.*Policy|Associate)/, 'grant'],
  [/^(?:Update|Modify|Put|Set|Enable|Disable|Change|Tag|Untag|Stop|Start|Reset|Replace)/, 'change'],
];

/** Names that say who may do what: of users, roles and keys. */
const rightsWords = /(?:Policy|Permission|LoginProfile|AccessKey|TrustAnchor|Role$|User$|Group$|Ingress$)/;

/** `name` without the version of the interface. */
export const otherOperation = (plain: string, request: JsonObject): AmazonDeed => {
  const found = words.find(([pattern]) => pattern.test(plain))?.[1] ?? 'other';
  const grants = rightsWords.test(plain) && (found === 'create' || found === 'change' || found === 'grant');
  const target = [
    'roleName',
    'userName',
    'functionName',
    'name',
    'trailName',
    'secretId',
    'snapshotId',
    'instanceId',
    'groupId',
    'bucketName',
    'modelId',
  ]
    .map((key) => textAt(request, key))
    .find((value) => value !== undefined);
  return {
    action: grants ? 'grant' : found,
    place: text('instance', textAt(request, 'instanceId')),
    ...text('target', target ?? plain),
  };
};
