/** An event → which step of a chain it is, and one sentence about it that a person understands who was just woken up. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event } from '../../core/event.ts';
import type { ChainStepKind } from '../../core/incident.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { describeLearnt, stepOfLearnt } from './describe-learnt.ts';
import { isOwnAddress, isRuntimeInit } from './event-names.ts';

const steps: Readonly<Partial<Record<EventAction, ChainStepKind>>> = {
  'image-search': 'search',
  build: 'build',
  commit: 'build',
  load: 'build',
  'image-register': 'build',
  'image-copy': 'build',
  push: 'push',
  pull: 'pull',
  create: 'create',
  launch: 'launch',
  'user-data': 'user-data',
  start: 'start',
  exec: 'command',
  attach: 'command',
  copy: 'command',
  write: 'change',
  change: 'change',
  delete: 'change',
  grant: 'change',
  'image-share': 'change',
  tag: 'change',
  fail: 'change',
  judge: 'verdict',
  connect: 'egress',
  resolve: 'egress',
};

/** What is only part of a chain when a finding speaks of it: there is too much of it otherwise. */
const onlyFlagged: ReadonlySet<EventAction> = new Set<EventAction>([
  'write',
  'change',
  'delete',
  'grant',
  'tag',
  'fail',
  'resolve',
]);

export const stepOf = (event: Event): ChainStepKind | undefined => {
  if (event.action === 'learn') return stepOfLearnt(event, (about) => steps[about]);
  const step = steps[event.action];
  // What could not be judged is a Gap of the incident and no step.
  if (step === 'verdict' && event.outcome === 'failure') return undefined;
  if (step === 'egress' && event.connection?.direction === 'in') return undefined;
  // Networks and volumes are created too, and are about no image.
  if (step === 'create' && event.image === undefined && event.place.containerId === undefined) return undefined;
  return step;
};

/** A machine that speaks with itself. */
const isToItself = ({ action, connection }: Event): boolean =>
  action === 'connect' && isOwnAddress(connection?.address ?? '');

export const isOnlyFlagged = (event: Event): boolean =>
  onlyFlagged.has(event.action) || isRuntimeInit(event) || isToItself(event);

/**
 * A sentence, parted where it says of whom it speaks: as the event itself names the container, its process or its address. Others may
 * know a better name.
 */
export interface StepText {
  readonly before: string;
  readonly whom: string;
  readonly after: string;
}

/** No text that was made harmless holds it. */
const mark = '\0';
const marked = (whom: string): string => `${mark}${whom}${mark}`;

/**
 * Nothing invisible and nothing that moves text about is left in a sentence. What only a log viewer would execute stays, since
 * names of clouds hold it (`arn:aws:iam::…`): whoever writes to a terminal breaks it.
 */
const shown = (text: string, maximum = 120): string =>
  toPlainText(text, maximum).replaceAll('\\x3a', ':').replaceAll('\\x23', '#');

const shortDigest = (digest: string): string => digest.slice(0, digest.indexOf(':') + 13);

const imageOf = ({ image }: Event): string => {
  if (image === undefined) return 'an image';
  if (image.kind === 'unknown') return 'an image that the record does not name';
  if (image.kind === 'machine')
    return image.name === undefined
      ? shown(image.written, 200)
      : `${shown(image.resolved ?? image.written, 80)} (${shown(image.name)})`;
  const digest = image.resolved ?? image.digest ?? image.id;
  const name = shown((image.reference ?? image.written).replace(/@.*/s, ''), 200);
  return digest === undefined || name.startsWith('sha256:') ? name : `${name} (${shortDigest(digest)})`;
};

/** `container NAME (ID)`; with the id alone where nobody tells a name. */
export const containerOf = ({ place }: Event): string => {
  const name = [place.namespace, place.pod, place.container].filter((part) => part !== undefined).join('/');
  const id = place.containerId?.slice(0, 12);
  if (name !== '') return `container ${shown(name)}${id === undefined ? '' : ` (${shown(id)})`}`;
  if (id !== undefined) return `container ${shown(id)}`;
  return place.instance === undefined ? 'a container' : `machine ${shown(place.instance)}`;
};

const where = ({ place }: Event): string => {
  const machine = place.host ?? place.cluster;
  if (machine !== undefined) return ` on ${shown(machine)}`;
  const names = [place.region, place.account].filter((part) => part !== undefined);
  return names.length === 0 ? '' : ` in ${shown(names.join(' of account '))}`;
};

/** Without the port, which is another one each time. */
const addressOf = (address: string): string => shown(address.replace(/^((?:[\d.]+|\[[^\]]*\])):\d+$/, '$1'), 60);

const actorOf = ({ actor, place }: Event): string => {
  if (actor !== undefined && actor.name !== '')
    return `${shown(actor.name)}${actor.address === undefined ? '' : ` from ${addressOf(actor.address)}`}`;
  if (actor?.address !== undefined) return addressOf(actor.address);
  return place.engine === undefined ? 'Somebody' : `The ${shown(place.engine, 40)} engine`;
};

const rightsOf = ({ rights }: Event): string => {
  if (rights === undefined) return '';
  const said = [
    rights.privileged === true ? 'privileged' : undefined,
    rights.hostNetwork === true ? 'in the network of the host' : undefined,
    rights.hostProcesses === true ? 'among the processes of the host' : undefined,
    rights.hostPaths === undefined || rights.hostPaths.length === 0
      ? undefined
      : `with ${shown(rights.hostPaths.slice(0, 3).join(', '))} of the host`,
  ].filter((part) => part !== undefined);
  return said.length === 0 ? '' : `, ${said.join(', ')}`;
};

const commandOf = ({ process, target, action }: Event, redact: (text: string) => string): string => {
  if (action === 'copy') return `${shown(target ?? 'a file')} was copied`;
  if (action === 'attach') return 'somebody took hold of input and output';
  const line = process?.commandLine ?? process?.executable ?? target;
  return line === undefined ? 'a command ran that the record does not name' : `“${shown(redact(line), 240)}” ran`;
};

const destinationOf = ({ connection }: Event): string => {
  const { address, port, name } = connection ?? {};
  const ends = address === undefined ? undefined : `${shown(address, 60)}${port === undefined ? '' : `:${port}`}`;
  if (name === undefined) return ends ?? 'an address that the record does not tell';
  return ends === undefined ? shown(name) : `${shown(name)} (${ends})`;
};

const tried = ({ outcome }: Event): string =>
  outcome === 'failure' ? ', which failed' : outcome === 'denied' ? ', which was refused' : '';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Sentence = (event: Event, redact: (text: string) => string) => string;

const isNamed = ({ place }: Event): boolean => place.containerId !== undefined || place.pod !== undefined;

const changed: Sentence = (event) => {
  const target = event.target === undefined ? imageOf(event) : shown(event.target, 200);
  const verbs: Readonly<Partial<Record<EventAction, string>>> = {
    write: 'wrote',
    delete: 'deleted',
    grant: 'gave rights to',
    'image-share': event.rights?.public === true ? 'made public' : 'shared',
    tag: 'gave a name to',
    fail: 'could not use',
  };
  const inside = event.place.containerId === undefined ? '' : ` in ${marked(containerOf(event))}`;
  return `${actorOf(event)} ${verbs[event.action] ?? 'changed'} ${target}${inside}${where(event)}`;
};

/** What a container was made to run, where the engine tells. */
const runs = ({ process }: Event, redact: (text: string) => string): string =>
  process?.commandLine === undefined ? '' : `, to run “${shown(redact(process.commandLine), 160)}”`;

/** An engine says that it has an image now; a registry, who took it. */
const pulled: Sentence = (event) => {
  const { registry, engine } = event.place;
  const from = registry === undefined || engine !== undefined ? '' : ` from registry ${shown(registry)}`;
  return `${actorOf(event)} pulled ${imageOf(event)}${from}${where(event)}`;
};

/** Of processes that nobody knows a container of, the machine is named. */
const insideOf = (event: Event): string =>
  !isNamed(event) && event.place.host !== undefined ? `machine ${shown(event.place.host)}` : containerOf(event);

const nearEnd = (event: Event, otherwise: string): string =>
  isNamed(event) ? containerOf(event) : shown(event.connection?.sourceAddress ?? otherwise, 60);

/** What the flow adds to a process whose image was scanned. */
interface Drifted {
  readonly drift?: unknown;
  readonly drift_where?: unknown;
  readonly drift_scanned?: unknown;
}

const userOf = ({ process }: Event): string =>
  process?.user === undefined ? '' : ` as ${process.user === '0' ? 'root' : `user ${shown(process.user, 60)}`}`;

const programOf = ({ process }: Event, redact: (text: string) => string): string => {
  const program = process?.executable;
  const line = process?.commandLine;
  const isSaid = program !== undefined && line !== undefined && !line.startsWith(program);
  return `${shown(program ?? 'a program')}${isSaid ? ` (“${shown(redact(line), 160)}”)` : ''}`;
};

const difference = (event: Event): string => {
  const { drift, drift_where: place } = (event.process ?? {}) as Drifted;
  const image = imageOf(event);
  if (place === 'memory') return `it was in memory alone, in no file of ${image}`;
  switch (drift) {
    case 'changed':
      return `it is not what ${image} holds there`;
    case 'moved':
      return `${image} holds it elsewhere`;
    case 'not-executable':
      return `in ${image} it is data that nobody could run`;
    default:
      return `${image} holds no such file`;
  }
};

const byScanOf = (event: Event): string => {
  const { drift_scanned: at } = (event.process ?? {}) as Drifted;
  return typeof at === 'string' && /^\d{4}-\d\d-\d\dT/.test(at) ? `, by the scan of ${at.slice(0, 10)}` : '';
};

const sentences: Readonly<Record<ChainStepKind, Sentence>> = {
  search: (event) =>
    `${actorOf(event)} looked up machine images${event.target === undefined ? '' : ` (${shown(event.target, 200)})`}${where(event)}`,
  build: (event) =>
    `${actorOf(event)} made ${event.action === 'commit' ? `${shown(event.target ?? 'an image')} of ${marked(containerOf(event))}` : imageOf(event)}${where(event)}`,
  push: (event) => `${actorOf(event)} pushed ${imageOf(event)}`,
  pull: pulled,
  verdict: (event) =>
    `${imageOf(event)} was judged${event.target === undefined ? '' : `: ${shown(event.target, 240)}`}`,
  create: (event, redact) =>
    `${marked(containerOf(event))} was created${where(event)} of ${imageOf(event)}${runs(event, redact)}${rightsOf(event)}`,
  launch: (event) =>
    `${actorOf(event)} launched ${shown(event.place.instance ?? 'a machine')} of ${imageOf(event)}${where(event)}`,
  'user-data': (event) =>
    `${actorOf(event)} set or read the start-up script of ${shown(event.place.instance ?? event.target ?? 'a machine')}${where(event)}`,
  start: (event) => `${marked(containerOf(event))} started${where(event)}`,
  command: (event, redact) => `In ${marked(insideOf(event))}, ${commandOf(event, redact)}${userOf(event)}`,
  drift: (event, redact) =>
    `In ${marked(insideOf(event))}, ${programOf(event, redact)} ran: ${difference(event)}${byScanOf(event)}`,
  change: changed,
  egress: (event) =>
    event.action === 'resolve'
      ? `${marked(nearEnd(event, 'a container'))} asked for the name ${shown(event.connection?.name ?? '?')}`
      : `${marked(nearEnd(event, 'a process'))} connected to ${destinationOf(event)}`,
};

/** One line, at most about 900 characters, ending in a full stop; names that others chose are made visible and harmless. */
export const describeStep = (event: Event, step: ChainStepKind, redact: (text: string) => string): StepText => {
  const sentence = event.action === 'learn' ? describeLearnt(event, shown) : sentences[step](event, redact);
  const [before = '', whom, after] = `${sentence}${tried(event)}.`.split(mark, 3);
  return whom === undefined ? { before, whom: '', after: '' } : { before, whom, after: after ?? '' };
};

/** The sentence; `better`: how others know whom it speaks of. */
export const sentenceOf = ({ before, whom, after }: StepText, better?: string): string => {
  const named = whom === '' ? '' : (better ?? whom);
  return before === '' ? `${capital(named)}${after}` : `${before}${named}${after}`;
};
