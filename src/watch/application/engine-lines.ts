/** What engines, registries, logins and schedulers write into their logs → what was done. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventActor, EventImage, EventPlace, EventProcess } from '../../core/event.ts';
import { bounded, commandLimit, containerImage, text, unknownImage } from '../event-parts.ts';

export interface LineDeed {
  readonly action: EventAction;
  readonly outcome?: 'success' | 'failure' | 'denied';
  readonly image?: EventImage;
  readonly place?: EventPlace;
  readonly process?: EventProcess;
  readonly actor?: EventActor;
  readonly target?: string;
  /** Where the line has a time of its own form. */
  readonly at?: number;
}

interface LineRule {
  /** Cheap to ask: a word without which the pattern cannot match. */
  readonly word: string;
  readonly pattern: RegExp;
  readonly read: (found: RegExpExecArray) => LineDeed;
}

const image = (written: string | undefined, resolved?: string): EventImage =>
  written === undefined ? unknownImage('the line names no image') : containerImage({ written, resolved });

const pod = (namespace: string | undefined, name: string | undefined, container?: string): EventPlace => ({
  ...text('namespace', namespace),
  ...text('pod', name),
  ...text('container', container),
});

const rules: readonly LineRule[] = [
  // containerd, CRI plugin
  {
    word: 'PullImage',
    pattern: /PullImage "([^"]{1,1024})" returns image reference "([^"]{1,200})"/,
    read: (found) => ({ action: 'pull', outcome: 'success', image: image(found[1], found[2]) }),
  },
  {
    word: 'PullImage',
    pattern: /PullImage "([^"]{1,1024})" failed/,
    read: (found) => ({ action: 'fail', outcome: 'failure', image: image(found[1]) }),
  },
  {
    word: 'PullImage',
    pattern: /PullImage "([^"]{1,1024})"/,
    read: (found) => ({ action: 'other', image: image(found[1]) }),
  },
  {
    word: 'CreateContainer',
    pattern:
      /CreateContainer within sandbox "(\w{1,64})" for &ContainerMetadata\{Name:([^,]{1,253}),.*returns container id "(\w{1,64})"/,
    read: (found) => ({
      action: 'create',
      place: { ...text('container', found[2]), ...text('containerId', found[3]) },
      image: unknownImage('the line names no image'),
    }),
  },
  {
    word: 'StartContainer',
    pattern: /StartContainer for "(\w{1,64})" returns successfully/,
    read: (found) => ({
      action: 'start',
      place: text('containerId', found[1]),
      image: unknownImage('the line names no image'),
    }),
  },
  {
    word: 'RunPodSandbox',
    pattern: /RunPodSandbox for &PodSandboxMetadata\{Name:([^,]{1,253}),Uid:[^,]*,Namespace:([^,]{1,253}),/,
    read: (found) => ({ action: 'other', place: pod(found[2], found[1]) }),
  },
  // CRI-O
  {
    word: 'Pulled image',
    pattern: /Pulled image: (\S{1,1024})/,
    read: (found) => ({ action: 'pull', outcome: 'success', image: image(found[1], found[1]) }),
  },
  {
    word: 'ed container',
    pattern: /(Created|Started) container (\w{64}): ([^/\s]{1,253})\/([^/\s]{1,253})\/([^\s"]{1,253})/,
    read: (found) => ({
      action: found[1] === 'Created' ? 'create' : 'start',
      place: { ...pod(found[3], found[4], found[5]), ...text('containerId', found[2]) },
      image: unknownImage('the line names no image'),
    }),
  },
  // dockerd
  {
    word: 'pull',
    pattern:
      /(?:Not continuing with pull after error|Attempting next endpoint for pull after error|Handler for POST \S*\/images\/create returned error):? (.{1,400})/,
    read: (found) => ({
      action: 'fail',
      outcome: /denied|unauthorized/i.test(found[1] ?? '') ? 'denied' : 'failure',
      image: image(/(?:for|manifest for|repository) ([\w./:@-]{3,512})/.exec(found[1] ?? '')?.[1]),
    }),
  },
  {
    word: 'image pulled',
    pattern: /image pulled.{0,200}remote="?([^"\s]{1,1024})/,
    read: (found) => ({ action: 'pull', outcome: 'success', image: image(found[1]) }),
  },
  // kubelet
  {
    word: 'SyncLoop',
    pattern: /"SyncLoop (ADD|REMOVE|DELETE)" source="(\w{1,16})" pods=\["([^"/]{1,253})\/([^"/]{1,253})"/,
    read: (found) => ({
      // From a file, that is how a static pod begins.
      action: found[1] === 'ADD' && found[2] === 'file' ? 'create' : found[1] === 'ADD' ? 'other' : 'stop',
      place: pod(found[3], found[4]),
      image: unknownImage('the line names no image'),
      target: `source ${found[2] ?? ''}`,
    }),
  },
  {
    word: 'ack-off ',
    pattern: /Back-off pulling image \\{0,3}"([^"\\]{1,1024})/,
    read: (found) => ({ action: 'fail', outcome: 'failure', image: image(found[1]) }),
  },
  {
    word: 'back-off ',
    pattern: /back-off \S{1,16} restarting failed container=(\S{1,253}) pod=([^\s_]{1,253})_([^\s(]{1,253})\(/,
    read: (found) => ({
      action: 'fail',
      outcome: 'failure',
      place: pod(found[3], found[2], found[1]),
      image: unknownImage('the line names no image'),
    }),
  },
  {
    word: 'PullImage from image service failed',
    pattern: /PullImage from image service failed.{0,2000}?image="([^"]{1,1024})"/,
    read: (found) => ({ action: 'fail', outcome: 'failure', image: image(found[1]) }),
  },
  {
    word: 'Failed to pull image',
    pattern: /Failed to pull image.{0,400}?image="([^"]{1,1024})"/,
    read: (found) => ({ action: 'fail', outcome: 'failure', image: image(found[1]) }),
  },
  // sshd(8)
  {
    word: 'Accepted ',
    pattern: /^Accepted (?:\S+) for (\S{1,256}) from (\S{1,64}) port \d+/,
    read: (found) => ({
      action: 'login',
      outcome: 'success',
      actor: { name: found[1] ?? '', ...text('address', found[2]) },
    }),
  },
  {
    word: 'Failed ',
    pattern: /^Failed (?:\S+) for (?:invalid user )?(\S{0,256}) from (\S{1,64}) port \d+/,
    read: (found) => ({
      action: 'login',
      outcome: 'failure',
      actor: { name: found[1] ?? '', ...text('address', found[2]) },
    }),
  },
  // cron(8)
  {
    word: ' CMD ',
    pattern: /^\((\S{1,256})\) CMD \((.+)\)\s*$/,
    read: (found) => ({
      action: 'exec',
      actor: { name: found[1] ?? '' },
      process: { commandLine: bounded(found[2] ?? '', commandLimit), ...text('user', found[1]) },
    }),
  },
];

/** sudo(8): `ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/id`, with what was wrong before all that. */
const readSudo = (message: string): LineDeed | undefined => {
  const command = message.indexOf('COMMAND=');
  const colon = message.indexOf(' : ');
  if (command < 0 || colon < 0 || colon > 300 || command < colon) return undefined;
  const parts = message.slice(colon + 3, command).split(' ; ', 16);
  const part = (name: string): string | undefined => parts.find((one) => one.startsWith(name))?.slice(name.length);
  const denied = parts.some((one) => /^(?:command not allowed|\d+ incorrect password|user NOT in sudoers)/i.test(one));
  return {
    action: 'exec',
    ...(denied ? { outcome: 'denied' as const } : {}),
    actor: { name: message.slice(0, colon).trim() },
    process: {
      commandLine: bounded(message.slice(command + 'COMMAND='.length), commandLimit),
      ...text('folder', part('PWD=')),
      ...text('user', part('USER=')),
    },
  };
};

/** Longer lines are no lines of these programs; patterns that look for two words at once cost more than their length. */
const messageLimit = 8192;

/** undefined for a line that says nothing known. */
export const readEngineLine = (message: string): LineDeed | undefined => {
  const sudo = readSudo(message);
  if (sudo !== undefined || message.length > messageLimit) return sudo;
  for (const { word, pattern, read } of rules) {
    if (!message.includes(word)) continue;
    const found = pattern.exec(message);
    if (found !== null) return read(found);
  }
  return undefined;
};

const requestPattern = /"(GET|HEAD|PUT|DELETE|POST|PATCH) (\/v2\/[^\s"]{1,1024}) HTTP\/[\d.]+" (\d{3})/;
const manifestPath = /^\/v2\/(.{1,400})\/manifests\/([^/?#]{1,200})/;

const actions: Readonly<Record<string, EventAction>> = { GET: 'pull', HEAD: 'read', PUT: 'push', DELETE: 'delete' };

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}

/** A request for a manifest, as a registry or the server before it logs it; of layers and logins it is none. */
export const readRegistryRequest = ({
  method,
  path,
  status,
  host,
  user,
  address,
  agent,
}: RegistryRequest): LineDeed | undefined => {
  const found = manifestPath.exec(path);
  const action = Object.hasOwn(actions, method) ? actions[method] : undefined;
  if (found === null || action === undefined) return undefined;
  const [, repository = '', reference = ''] = found;
  const name = `${host === undefined ? '' : `${host}/`}${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  return {
    action,
    outcome: status === 401 || status === 403 ? 'denied' : status >= 400 ? 'failure' : 'success',
    image: containerImage({
      written: name,
      resolved: reference.includes(':') ? reference : undefined,
      homeless: host === undefined,
    }),
    place: text('registry', host),
    ...(user === undefined && address === undefined
      ? {}
      : {
          actor: {
            name: bounded(user ?? ''),
            ...(user === undefined ? { kind: 'anonymous' as const } : {}),
            ...text('address', address),
            ...text('agent', agent),
          },
        }),
  };
};

/** `22/Nov/2026:15:29:16 +0000` */
const accessTime = (written: string): number | undefined => {
  const found = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})$/.exec(written);
  if (found === null) return undefined;
  const time = Date.parse(`${found[1]} ${found[2]} ${found[3]} ${found[4]} ${found[5]}`);
  return Number.isNaN(time) ? undefined : time;
};

/** The common and combined forms of access logs. */
export const readAccessLine = (line: string): LineDeed | undefined => {
  if (line.length > messageLimit || !line.includes(' /v2/')) return undefined;
  const found = requestPattern.exec(line);
  if (found === null) return undefined;
  const head = /^(\S{1,64}) \S+ (\S{1,256}) \[([^\]]{1,40})\]/.exec(line);
  const agent = /"([^"]{1,512})"\s*$/.exec(line)?.[1];
  const deed = readRegistryRequest({
    method: found[1] ?? '',
    path: found[2] ?? '',
    status: Number(found[3]),
    user: head?.[2] === '-' ? undefined : head?.[2],
    address: head?.[1],
    agent: agent === '-' ? undefined : agent,
  });
  const at = accessTime(head?.[3] ?? '');
  return deed === undefined || at === undefined ? deed : { ...deed, at };
};
