/** AWS → what it says of images and machines (EC2 API Reference: DescribeImages, DescribeInstances, DescribeInstanceAttribute). */
import type { CloudClient, MachineFacts, MachineImageFacts } from '../../core/cloud-client.ts';
import type { Context } from '../../core/context.ts';
import { malformed, unavailable } from '../../core/fault.ts';
import { elementAt, itemsOf, parseFlatXml, xmlTextAt, type XmlElement } from '../../formats/records/flat-xml.ts';
import { askAws, type AwsQueryOptions } from '../../io/aws-query.ts';
import { refuse, type CloudAnswer } from '../../io/cloud-answer.ts';
import type { HttpClient } from '../../io/http-client.ts';
import { bounded, text, toTime } from '../event-parts.ts';
import { isCloudImage, isCloudMachine, isRegion } from './question.ts';

const listLimit = 64;
/** What it answers where there is none of that id, or none that we are shown. */
const isAbsent = (code: string): boolean =>
  /^Invalid(?:AMIID|InstanceID|InstanceId)\.(?:NotFound|Unavailable|Malformed)$/.test(code);

/** undefined: there is none. */
const readAnswer = ({ status, body, where }: CloudAnswer, action: string): XmlElement | undefined => {
  if (status >= 500 || status === 429) throw unavailable('CLOUD_STALLED', `EC2 is busy (status ${status})`, where);
  const root = parseFlatXml(body, where);
  if (status === 200) {
    if (root.name !== `${action}Response`)
      throw malformed('CLOUD_ANSWER_MALFORMED', 'the answer is to another question', where);
    return root;
  }
  const code = xmlTextAt(root, 'Errors', 'Error', 'Code') ?? '';
  if (isAbsent(code)) return undefined;
  return refuse(where, `ec2:${action} is refused: ${code === '' ? `status ${status}` : code}`);
};

/** What the answer to DescribeImages says of this image. */
export const parseImage = (root: XmlElement, id: string): MachineImageFacts | undefined => {
  const found = itemsOf(root, 'imagesSet').find((item) => xmlTextAt(item, 'imageId') === id);
  if (found === undefined) return undefined;
  const created = toTime(xmlTextAt(found, 'creationDate'));
  const open = xmlTextAt(found, 'isPublic');
  return {
    id,
    ...text('name', xmlTextAt(found, 'name')),
    ...text('owner', xmlTextAt(found, 'imageOwnerId')),
    ...text('ownerAlias', xmlTextAt(found, 'imageOwnerAlias')),
    ...(created === undefined ? {} : { created }),
    ...(open === undefined ? {} : { public: open === 'true' }),
  };
};

/** What the answer to DescribeInstances says of this machine. */
export const parseMachine = (root: XmlElement, id: string): MachineFacts | undefined => {
  const found = itemsOf(root, 'reservationSet')
    .flatMap((reservation) => itemsOf(reservation, 'instancesSet'))
    .find((item) => xmlTextAt(item, 'instanceId') === id);
  if (found === undefined) return undefined;
  const texts = (...names: readonly string[]): readonly string[] =>
    names.map((name) => xmlTextAt(found, name)).filter((value) => value !== undefined);
  return {
    ...text('image', xmlTextAt(found, 'imageId')),
    tags: itemsOf(found, 'tagSet')
      .slice(0, listLimit)
      .map((tag) => bounded(`${xmlTextAt(tag, 'key') ?? ''}=${xmlTextAt(tag, 'value') ?? ''}`)),
    addresses: texts('privateIpAddress', 'ipAddress', 'ipv6Address').map((one) => bounded(one, 64)),
    hostNames: texts('privateDnsName').map((one) => bounded(one, 256)),
  };
};

/** What the answer to DescribeInstanceAttribute gives as user data. */
export const parseUserDataValue = (root: XmlElement): readonly Uint8Array[] => {
  const value = xmlTextAt(elementAt(root, 'userData'), 'value');
  return value === undefined ? [] : [Buffer.from(value, 'base64')];
};

export const openAws = (http: HttpClient, options: AwsQueryOptions, context: Pick<Context, 'now'>): CloudClient => {
  const ask = async (
    action: string,
    region: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<XmlElement | undefined> =>
    readAnswer(await askAws(http, options, { service: 'ec2', action, region, parameters }, context, signal), action);

  return {
    image: async (id, region, signal) => {
      if (!isCloudImage('aws', id) || region === undefined || !isRegion(region)) return undefined;
      const root = await ask('DescribeImages', region, { 'ImageId.1': id }, signal);
      return root && parseImage(root, id);
    },
    machine: async (id, region, { details, startUp }, signal) => {
      if (!isCloudMachine('aws', id) || region === undefined || !isRegion(region)) return undefined;
      const described = details ? await ask('DescribeInstances', region, { 'InstanceId.1': id }, signal) : undefined;
      const facts = described && parseMachine(described, id);
      if (details && facts === undefined) return undefined;
      if (!startUp) return facts;
      const root = await ask('DescribeInstanceAttribute', region, { InstanceId: id, Attribute: 'userData' }, signal);
      return root === undefined ? facts : { ...facts, startUp: parseUserDataValue(root) };
    },
  };
};
