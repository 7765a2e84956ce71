/** Events → what is known of images, containers, machines, addresses and people, and how they hang together. */
import type { Digest } from '../../core/digest.ts';
import type { Event } from '../../core/event.ts';
import type { ChainStepKind } from '../../core/incident.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ReadsAndWrites } from './dependencies.ts';
import { containerOf, describeStep, isOnlyFlagged, stepOf } from './describe-step.ts';
import { addressesOf, digitsOf, isOwnAddress, namesOf, tenureOf, type EventNames } from './event-names.ts';
import type { DroppedJoins, IncidentLimits } from './limits.ts';
import { hostKey, hostNamesOf } from './host-names.ts';
import { addName, type Moment, type Node } from './node.ts';
import { NodeTable } from './node-table.ts';
import { Processes } from './processes.ts';

interface NameLink {
  readonly at: number;
  readonly digest: Digest;
}

/** An engine's pull as its registry saw it: from this address came that image. */
interface Pull {
  readonly at: number;
  readonly image: string;
}

export interface Seen {
  /** Key of what the event is foremost about. */
  readonly key: string;
  /** Absent where the event is no step of a chain, or only one when a finding speaks of it. */
  readonly moment?: Moment;
}

const linksOfName = 16;
/** One request may launch many machines, which are one thing here. */
const addressesOfHolder = 64;
const pullsOfAddress = 32;
/** Containers whose ids begin with the same twelve digits: more than one is chance once in a lifetime, or forged. */
const idsOfGroup = 16;
/** Clocks of engine and registry differ by so much. */
const clockSkewMs = 60_000;

const linksKey = (name: string): string => `links ${name}`;
const ownersKey = (address: string): string => `owners ${address}`;
const pullsKey = (address: string): string => `pulls ${address}`;
const groupKey = (digits: string): string => `group ${digits}`;

/** Order of events does not matter, but for what the bounds forget. */
export class Scene {
  readonly nodes: NodeTable;
  readonly dropped: DroppedJoins;
  readonly #limits: IncidentLimits;
  readonly #redact: (text: string) => string;
  readonly #names: BoundedMap<NameLink[]>;
  readonly #owners: BoundedMap<Set<string>>;
  readonly #pulls: BoundedMap<Pull[]>;
  readonly #processes: Processes;
  /** Keys of containers by the first digits of their ids. */
  readonly #groups: BoundedMap<Set<string>>;
  readonly #events: BoundedMap<Seen>;
  readonly #traffic: ReadsAndWrites;

  constructor(
    limits: IncidentLimits,
    dropped: DroppedJoins,
    redact: (text: string) => string,
    traffic: ReadsAndWrites,
  ) {
    this.#traffic = traffic;
    this.nodes = new NodeTable(limits, dropped, traffic);
    this.dropped = dropped;
    this.#limits = limits;
    this.#redact = redact;
    this.#names = new BoundedMap(limits.nodes, (name) => traffic.wrote(linksKey(name)));
    this.#owners = new BoundedMap(limits.nodes, (address) => traffic.wrote(ownersKey(address)));
    this.#pulls = new BoundedMap(limits.nodes, (address) => traffic.wrote(pullsKey(address)));
    this.#processes = new Processes(limits.processes);
    this.#groups = new BoundedMap(limits.nodes, (digits) => traffic.wrote(groupKey(digits)));
    this.#events = new BoundedMap(limits.events);
  }

  seen(event: string): Seen | undefined {
    return this.#events.get(event);
  }

  /** What the name led to at that time: the latest link before it, else the first one soon after. */
  digestOfName(name: string, at: number): Digest | undefined {
    this.#traffic.read(linksKey(name));
    const links = this.#names.get(name) ?? [];
    return (
      links.findLast((link) => link.at <= at + clockSkewMs) ??
      links.find((link) => link.at <= at + this.#limits.joinMs / 24)
    )?.digest;
  }

  /** Containers and machines that had the address at that time: several, where it cannot be told. */
  ownersOf(address: string, at: number): readonly Node[] {
    this.#traffic.read(ownersKey(address));
    const nodes = new Set(
      [...(this.#owners.get(address) ?? [])].map((key) => this.nodes.get(key)).filter((node) => node !== undefined),
    );
    const held = [...nodes]
      .map((node) => ({ node: this.wholeOf(node), tenure: node.tenure(address, at, this.wholeOf(node)) }))
      .flatMap(({ node, tenure }) => (tenure === undefined ? [] : [{ node, ...tenure }]))
      .filter(
        // The end of one whose beginning was told is told too; others are forgotten.
        ({ node, distance }) =>
          distance <= clockSkewMs && (node.began.length > 0 || at <= node.until + this.#limits.joinMs),
      );
    // One that had it then before one whose clock is only said to be wrong; of those the last that got it, since ends are not always told.
    const distance = Math.min(...held.map((one) => one.distance));
    const near = held.filter((one) => one.distance === distance);
    const from = Math.max(...near.map((one) => one.from));
    return [...new Set(near.filter((one) => one.from === from).map(({ node }) => node))];
  }

  /** The container whose id begins with the one that a sensor knows only so much of; itself where there is none, or more than one. */
  wholeOf(node: Node): Node {
    const own = digitsOf(node.key);
    if (own === undefined || own.isWhole) return node;
    this.#traffic.read(groupKey(own.group));
    const longer = [...(this.#groups.get(own.group) ?? [])].filter(
      (key) => key.length > node.key.length && key.startsWith(node.key),
    );
    const longest = longer.filter((key) => !longer.some((other) => other !== key && other.startsWith(key)));
    const nodes = new Set(longest.map((key) => this.nodes.get(key)).filter((found) => found !== undefined));
    const [whole] = nodes;
    return nodes.size === 1 && whole !== undefined ? whole : node;
  }

  /** What sensors that know only the beginning of its id said of the container. */
  partsOf(node: Node): readonly Node[] {
    const own = digitsOf(node.key);
    if (own === undefined) return [];
    this.#traffic.read(groupKey(own.group));
    const others = [...(this.#groups.get(own.group) ?? [])].map((key) => this.nodes.get(key));
    return [...new Set(others)].filter(
      (other) => other !== undefined && other !== node && this.wholeOf(other) === node,
    ) as readonly Node[];
  }

  /** Images that were pulled from the address shortly before. */
  pulledFrom(address: string, at: number): readonly string[] {
    this.#traffic.read(pullsKey(address));
    const pulls = this.#pulls.get(address) ?? [];
    return [
      ...new Set(
        pulls
          .filter((pull) => pull.at <= at + clockSkewMs && at - pull.at <= this.#limits.joinMs)
          .map(({ image }) => this.nodes.rootOf(image)),
      ),
    ];
  }

  #imageOf(event: Event, names: EventNames): Node | undefined {
    let image: Node | undefined;
    for (const digest of names.digests) {
      const node = this.nodes.use(`digest:${digest}`, 'digest', digest, event.at);
      image = image === undefined ? node : this.nodes.unite(image, node);
      addName(image.aliases, digest);
    }
    if (image !== undefined && event.image?.kind === 'container')
      for (const digest of [event.image.resolved, event.image.digest])
        if (digest !== undefined) addName(image.manifests, digest);
    if (names.image === undefined) return image;
    if (image === undefined) return this.nodes.use(`name:${names.image}`, 'name', names.image, event.at);
    if (!addName(image.names, names.image)) this.dropped.names++;
    const links = this.#names.get(names.image) ?? [];
    const [digest] = names.digests;
    if (digest !== undefined && !links.some((link) => link.at === event.at && link.digest === digest)) {
      links.push({ at: event.at, digest });
      links.sort((one, other) => one.at - other.at || (one.digest < other.digest ? -1 : 1));
      if (links.length > linksOfName) links.shift();
      this.#traffic.wrote(linksKey(names.image));
    }
    this.#names.set(names.image, links);
    return image;
  }

  #workloadOf(event: Event, names: EventNames, image: Node | undefined): Node | undefined {
    if (names.workload === undefined) return undefined;
    const id = event.place.containerId ?? names.workload.slice(names.workload.indexOf(':') + 1);
    let node = this.nodes.use(names.workload, 'workload', id, event.at);
    for (const alias of names.workloadAliases)
      node = this.nodes.unite(node, this.nodes.use(alias, 'workload', alias.slice(alias.indexOf(':') + 1), event.at));
    const digits = digitsOf(names.workload);
    if (digits !== undefined) {
      const group = this.#groups.get(digits.group) ?? new Set<string>();
      if (group.size < idsOfGroup && !group.has(names.workload)) {
        group.add(names.workload);
        this.#traffic.wrote(groupKey(digits.group));
      }
      this.#groups.set(digits.group, group);
    }
    if (event.place.container !== undefined) addName(node.labels, containerOf(event));
    const tenure = tenureOf(event);
    if (tenure !== undefined) node.tell(tenure, event.at);
    if (names.pod !== undefined) addName(node.pods, names.pod);
    if (image?.kind === 'digest') {
      addName(node.images, image.key);
      addName(image.workloads, node.key);
    }
    if (names.image !== undefined) {
      addName(node.names, names.image);
      addName(this.nodes.use(`name:${names.image}`, 'name', names.image, event.at).workloads, node.key);
    }
    return node;
  }

  #instanceOf(event: Event, names: EventNames): Node | undefined {
    if (names.instance === undefined) return undefined;
    let node = this.nodes.use(`instance:${names.instance}`, 'instance', names.instance, event.at);
    addName(node.aliases, names.instance);
    if (names.machineImage !== undefined) addName(node.machineImages, names.machineImage);
    if (names.principal !== undefined && event.action === 'launch') addName(node.principals, names.principal);
    // One request launches many machines: they are one thing to whoever asks what happened.
    if (event.action === 'launch') {
      const request = event.id.replace(/\/\d+$/, '');
      node = this.nodes.unite(
        node,
        this.nodes.use(`instance:request ${request}`, 'instance', names.instance, event.at),
      );
    }
    return node;
  }

  #learnAddresses(event: Event, holder: Node | undefined, image: Node | undefined): void {
    if (holder !== undefined)
      for (const address of [...addressesOf(event), ...hostNamesOf(event).map(hostKey)]) {
        const owners = this.#owners.get(address) ?? new Set<string>();
        if (!addName(owners, holder.key)) this.dropped.names++;
        this.#owners.set(address, owners);
        this.#traffic.wrote(ownersKey(address));
        const period = holder.addresses.get(address);
        if (period !== undefined) {
          period.from = Math.min(period.from, event.at);
          period.until = Math.max(period.until, event.at);
        } else if (holder.addresses.size < addressesOfHolder)
          holder.addresses.set(address, { from: event.at, until: event.at });
        else this.dropped.names++;
      }
    const address = event.actor?.address;
    if (event.action !== 'pull' || address === undefined || image === undefined) return;
    const from = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (isOwnAddress(from)) return;
    const pulls = this.#pulls.get(from) ?? [];
    pulls.push({ at: event.at, image: image.key });
    const period = image.addresses.get(from);
    if (period === undefined) image.addresses.set(from, { from: event.at, until: event.at });
    else image.addresses.set(from, { from: Math.min(period.from, event.at), until: Math.max(period.until, event.at) });
    if (pulls.length > pullsOfAddress) pulls.shift();
    this.#pulls.set(from, pulls);
    this.#traffic.wrote(pullsKey(from));
  }

  #otherOf(event: Event, names: EventNames): Node | undefined {
    const source = event.connection?.sourceAddress;
    if ((event.action === 'connect' || event.action === 'resolve') && source !== undefined)
      return this.nodes.use(`address:${source}`, 'address', source, event.at);
    if (names.machineImage !== undefined && names.principal === undefined)
      return this.nodes.use(`machine-image:${names.machineImage}`, 'machine-image', names.machineImage, event.at);
    if (event.process !== undefined && names.host !== undefined)
      return this.nodes.use(`instance:${names.host}`, 'instance', names.host, event.at);
    if (names.principal !== undefined)
      return this.nodes.use(`principal:${names.principal}`, 'principal', names.principal, event.at);
    return names.host === undefined
      ? undefined
      : this.nodes.use(`instance:${names.host}`, 'instance', names.host, event.at);
  }

  /** The same event again changes nothing. undefined: it is about nothing that has a name. */
  take(event: Event, step: ChainStepKind | undefined = stepOf(event)): Seen | undefined {
    const known = this.#events.get(event.id);
    if (known !== undefined) return known;
    const names = namesOf(event, this.#processes.containerOf(event));
    const image = this.#imageOf(event, names);
    const workload = this.#workloadOf(event, names, image);
    const instance = this.#instanceOf(event, names);
    this.#learnAddresses(event, workload ?? instance, image);
    const node = workload ?? instance ?? image ?? this.#otherOf(event, names);
    if (node === undefined) return undefined;
    const moment: Moment | undefined =
      step === undefined
        ? undefined
        : {
            id: event.id,
            at: event.at,
            step,
            what: describeStep(this.#placed(event, workload), step, this.#redact),
            flagged: false,
          };
    const isQuiet = isOnlyFlagged(event) || this.#processes.isHook(event);
    const seen: Seen = { key: node.key, ...(moment === undefined ? {} : { moment }) };
    this.#events.set(event.id, seen);
    if (moment !== undefined && !isQuiet) node.add(moment, this.#limits, this.dropped);
    return seen;
  }

  /** What is known of the place by way of its processes is said too. */
  #placed(event: Event, workload: Node | undefined): Event {
    return workload === undefined || event.place.containerId !== undefined || event.place.pod !== undefined
      ? event
      : { ...event, place: { ...event.place, containerId: workload.id } };
  }

  /** A finding speaks of the event: it stays, and is part of the chain whatever it is. */
  flag(event: string): void {
    const seen = this.#events.get(event);
    if (seen?.moment === undefined || seen.moment.flagged) return;
    seen.moment.flagged = true;
    const node = this.nodes.get(seen.key);
    if (node === undefined) return;
    node.add(seen.moment, this.#limits, this.dropped);
    this.nodes.wrote(node);
  }
}
