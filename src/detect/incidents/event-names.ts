/** An event → by what names it says which image, container, machine and person it is about. All names are hostile: they are keys, and never looked up anywhere. */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import { valueAt } from './value-at.ts';

const maximumName = 512;

export interface EventNames {
  /** Its key and how people know it. */
  readonly workload?: string;
  readonly workloadAliases: readonly string[];
  readonly pod?: string;
  /** Every digest that the record gives the image: they are names of one image. */
  readonly digests: readonly Digest[];
  /** `registry/repository:tag`, or what was written where it is no reference. */
  readonly image?: string;
  readonly machineImage?: string;
  readonly instance?: string;
  readonly host?: string;
  readonly principal?: string;
}

/** Engines print the first twelve digits of an id; Falco knows no more of it, Tetragon 31. */
const idDigits = /^[0-9a-f]{12,64}$/;
const wholeId = 64;
const shortestId = 12;

/** What is no number of an engine, as containerd's clients choose them, is a name: whole, with its capitals. */
export const containerKey = (id: string): string => {
  const digits = id.toLowerCase();
  return `container:${idDigits.test(digits) ? digits : id.slice(0, maximumName)}`;
};

/** The digits of such a key, and what all ids share that could be the same one. */
export const digitsOf = (
  key: string,
): { readonly id: string; readonly group: string; readonly isWhole: boolean } | undefined => {
  const id = key.startsWith('container:') ? key.slice('container:'.length) : '';
  return idDigits.test(id) ? { id, group: id.slice(0, shortestId), isWhole: id.length === wholeId } : undefined;
};

/** A reference names content only with its digest; without it, a place where content was found. */
const withoutDigest = (reference: string): string | undefined => {
  const at = reference.indexOf('@');
  const name = at < 0 ? reference : reference.slice(0, at);
  return name === '' ? undefined : name.slice(0, maximumName);
};

const digestsOf = (image: EventImage | undefined): readonly Digest[] =>
  image?.kind !== 'container'
    ? []
    : [...new Set([image.digest, image.resolved, image.id])].filter((digest) => digest !== undefined);

/** A name without a tag beside a digest is only the repository: many images have it. */
const imageNameOf = (image: EventImage | undefined): string | undefined => {
  if (image?.kind !== 'container') return undefined;
  if (image.reference === undefined)
    return isDigest(image.written) || /^[0-9a-f]{12,64}$/.test(image.written) ? undefined : image.written;
  const name = withoutDigest(image.reference);
  if (name === undefined) return undefined;
  const tagged = name.lastIndexOf(':') > name.lastIndexOf('/');
  if (tagged) return name;
  return image.reference.includes('@') ? undefined : `${name}:latest`;
};

/**
 * `containerd-shim-runc-v2 -namespace moby -id ID`: whatever it starts is in that container. So is what runc is told to run. Anybody can
 * call a program so: of a process that is known to be inside of a container it is not believed.
 */
const shimPattern = /^\S*(?:containerd-shim\S*|runc|crun|conmon)\b.*?(?:\s|\/|=)([0-9a-f]{64})(?:\s|\/|$)/;

export const containerOfRuntime = (event: Event): string | undefined => {
  const line = event.process?.commandLine;
  return line === undefined ? undefined : shimPattern.exec(line.slice(0, 4096))?.[1];
};

/** `runc … create … ID`: its children are hooks of the engine and the beginning of the container. */
export const isMaker = ({ process }: Event): boolean =>
  /^\S*(?:runc|crun)\s(?:.*\s)?create\s/.test(process?.commandLine?.slice(0, 4096) ?? '');

/** `runc … start ID`, and whatever else of it lets a program begin in a container. */
export const isStarter = ({ process }: Event): boolean =>
  /^\S*(?:runc|crun)\s(?:.*\s)?(?:create|start|exec|run|restore)\s/.test(process?.commandLine?.slice(0, 4096) ?? '');

/** What runc becomes before it becomes the container's own program: nothing that somebody did. */
export const isRuntimeInit = ({ action, process }: Event): boolean =>
  action === 'exec' && /^(?:\S*\/)?(?:runc|crun) init$/.test(process?.commandLine?.slice(0, 256) ?? '');

/** `process`: key of the container in which the process is known to run. */
export const namesOf = (event: Event, process?: string): EventNames => {
  const { place, image, actor } = event;
  const scope = place.cluster === undefined ? '' : `${place.cluster}/`;
  const pod = place.pod === undefined ? undefined : `pod:${scope}${place.namespace ?? ''}/${place.pod}`;
  const inPod = pod === undefined || place.container === undefined ? undefined : `${pod}/${place.container}`;
  const container = place.containerId === undefined ? process : containerKey(place.containerId);
  const keys = [container, inPod ?? (container === undefined ? pod : undefined)].filter((key) => key !== undefined);
  const name = imageNameOf(image);
  const machine = image?.kind === 'machine' ? (image.resolved ?? image.written) : undefined;
  return {
    ...(keys[0] === undefined ? {} : { workload: keys[0] }),
    workloadAliases: keys.slice(1),
    ...(pod === undefined ? {} : { pod }),
    digests: digestsOf(image),
    ...(name === undefined ? {} : { image: name.slice(0, maximumName) }),
    ...(machine === undefined ? {} : { machineImage: machine }),
    ...(place.instance === undefined ? {} : { instance: place.instance }),
    ...(place.host === undefined ? {} : { host: place.host }),
    ...(actor === undefined || actor.name === '' ? {} : { principal: actor.name }),
  };
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, 64) : []);

const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f.:]{2,45}$/i.test(value) && /[.:]/.test(value);

/** Addresses that nobody has alone: of one machine's own, and of none. */
export const isOwnAddress = (address: string): boolean => /^(?:127\.|::1$|0\.0\.0\.0$|::$)/.test(address);

/**
 * Addresses of the container or machine that the event is about, as its record tells them: a pod's status (Kubernetes API,
 * `PodStatus`), a machine's interfaces (EC2 API, `Instance`, or what its cloud told when it was asked), a container's networks (Docker Engine API, `NetworkSettings`), the near
 * end of a connection that was seen inside.
 */
export const addressesOf = (event: Event): readonly string[] => {
  const { fields, place, connection } = event;
  const found: unknown[] = [];
  if (place.pod !== undefined)
    for (const body of ['responseObject', 'requestObject']) {
      if (valueAt(fields, body, 'spec', 'hostNetwork') === true) continue;
      found.push(valueAt(fields, body, 'status', 'podIP'));
      for (const item of listOf(valueAt(fields, body, 'status', 'podIPs'))) found.push(valueAt(item, 'ip'));
    }
  if (place.instance !== undefined)
    for (const item of listOf(valueAt(fields, 'responseElements', 'instancesSet', 'items')))
      if (valueAt(item, 'instanceId') === place.instance)
        found.push(valueAt(item, 'privateIpAddress'), valueAt(item, 'ipAddress'), valueAt(item, 'ipv6Address'));
  if (place.instance !== undefined) found.push(...(event.learnt?.addresses ?? []));
  if (place.containerId !== undefined) {
    const networks = valueAt(fields, 'asked', 'container', 'NetworkSettings', 'Networks');
    if (typeof networks === 'object' && networks !== null)
      for (const network of Object.values(networks).slice(0, 16))
        found.push(valueAt(network, 'IPAddress'), valueAt(network, 'GlobalIPv6Address'));
  }
  if ((place.containerId ?? place.pod ?? place.instance) !== undefined && connection?.direction === 'out')
    found.push(connection.sourceAddress);
  return [...new Set(found.filter(isAddress))].filter((address) => !isOwnAddress(address));
};

/**
 * When a container may get its addresses, and when they are free for another. A pod keeps its own while its containers come and go:
 * nothing is said of those.
 */
export const tenureOf = ({ action, place, fields }: Event): 'began' | 'ended' | undefined => {
  if (place.containerId === undefined || place.pod !== undefined) return undefined;
  const word = fields['Action'];
  // Found running, by whoever asked its engine.
  if (action === 'start' || (action === 'other' && word === 'running')) return 'began';
  if (action === 'change' && fields['Type'] === 'network' && word === 'connect') return 'began';
  return action === 'stop' || action === 'delete' ? 'ended' : undefined;
};
