/** A node of the scene → the subject that it belongs to; a subject → everything that belongs to it, and its names. */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { EventImage } from '../../core/event.ts';
import type { IncidentIdentity, Subject } from '../../core/incident.ts';
import { sentenceOf } from './describe-step.ts';
import { hostKey, hostOfKey } from './host-names.ts';
import { compareMoments, type Moment, type Node } from './node.ts';
import type { Scene } from './scene.ts';

/** How long before a launch a search for images belongs to it. */
const searchMs = 1_800_000;
const clockSkewMs = 60_000;

/** A moment in words that name the container as whoever knows it best does. */
export type ToldMoment = Omit<Moment, 'what'> & {
  readonly what: string;
  /** Key of the container that it is about, where it is about one. */
  readonly whose?: string;
};

/** What belongs together: nodes as a whole, and moments of others that only partly do. */
export interface Gathered {
  readonly nodes: readonly Node[];
  readonly moments: readonly ToldMoment[];
  readonly more: ReadonlyMap<Moment['step'], number>;
}

export class Assembly {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  #ofName(name: string, at: number): Node | undefined {
    const digest = this.#scene.digestOfName(name, at);
    return digest === undefined ? undefined : this.#scene.nodes.get(`digest:${digest}`);
  }

  /** The image of a container: by its own digest, else by what its name led to when it was made, else by the name alone. */
  #imageOf(workload: Node): Node | undefined {
    const parts = [workload, ...this.#scene.partsOf(workload)];
    const [own] = parts
      .flatMap(({ images }) => [...images])
      .map((key) => this.#scene.nodes.get(key))
      .filter((node) => node !== undefined);
    if (own !== undefined) return own;
    const [name] = parts.flatMap(({ names }) => [...names]).sort();
    if (name === undefined) return undefined;
    return this.#ofName(name, workload.from) ?? this.#scene.nodes.get(`name:${name}`);
  }

  /** The container that a node is, or that alone has its address. */
  workloadOf(node: Node, at: number): Node | undefined {
    if (node.kind === 'workload') return this.#scene.wholeOf(node);
    if (node.kind !== 'address') return undefined;
    const owners = this.#scene.ownersOf(node.id, at);
    return owners.length === 1 && owners[0]?.kind === 'workload' ? owners[0] : undefined;
  }

  /** As an event would name it. */
  imageFor(workload: Node): EventImage | undefined {
    const image = this.#imageOf(workload);
    const name = [...workload.names].sort()[0] ?? (image === undefined ? undefined : [...image.names].sort()[0]);
    const subject = image === undefined ? undefined : this.toSubject(image);
    const digest = subject?.kind === 'digest' && isDigest(subject.id) ? subject.id : undefined;
    const written = name ?? digest;
    if (written === undefined) return undefined;
    return {
      kind: 'container',
      written,
      ...(name === undefined ? {} : { reference: name }),
      ...(digest === undefined ? {} : { resolved: digest }),
    };
  }

  /** The node that stands for the subject: one incident for each. */
  subjectOf(node: Node, at: number): Node {
    switch (node.kind) {
      case 'workload': {
        const whole = this.#scene.wholeOf(node);
        return this.#imageOf(whole) ?? whole;
      }
      case 'name':
        return this.#ofName(node.id, at) ?? node;
      case 'address': {
        const owners = this.#scene.ownersOf(node.id, at);
        const [owner] = owners;
        if (owner !== undefined) return owners.length === 1 ? this.subjectOf(owner, at) : node;
        const pulled = this.#scene.pulledFrom(node.id, at);
        const image = pulled.length === 1 ? this.#scene.nodes.get(pulled[0] ?? '') : undefined;
        return image === undefined ? node : this.subjectOf(image, at);
      }
      case 'instance': {
        // In its own logs a machine has only its host's name.
        const owners = this.#scene.ownersOf(hostKey(node.id), at).filter(({ kind }) => kind === 'instance');
        return owners.length === 1 ? (owners[0] ?? node) : node;
      }
      default:
        return node;
    }
  }

  toSubject(node: Node): Subject {
    switch (node.kind) {
      case 'digest':
        return {
          kind: 'digest',
          id: [...node.manifests].sort()[0] ?? [...node.aliases].filter(isDigest).sort()[0] ?? node.id,
        };
      case 'name':
      case 'machine-image':
        return { kind: 'image', id: node.id };
      case 'workload':
      case 'pod':
        return { kind: 'container', id: node.id };
      case 'instance':
        return {
          kind: 'instance',
          id: [...node.aliases].filter((alias) => !alias.startsWith('instance:')).sort()[0] ?? node.id,
        };
      case 'address':
        return { kind: 'instance', id: node.id };
      default:
        return { kind: 'principal', id: node.id };
    }
  }

  #workloadsOf(image: Node): readonly Node[] {
    const found = new Set<Node>();
    const add = (keys: ReadonlySet<string>): void => {
      for (const key of keys) {
        const node = this.#scene.nodes.get(key);
        const whole = node === undefined ? undefined : this.#scene.wholeOf(node);
        if (whole !== undefined && this.#imageOf(whole) === image) found.add(whole);
      }
    };
    add(image.workloads);
    const names = image.kind === 'name' ? [image.id] : [...image.names];
    for (const name of names) add(this.#scene.nodes.get(`name:${name}`)?.workloads ?? new Set());
    return [...found].sort((one, other) => one.from - other.from || (one.key < other.key ? -1 : 1));
  }

  /** How people call the container: with the most that anybody says of it. */
  #labelOf(workload: Node): string | undefined {
    const labels = [workload, ...this.#scene.partsOf(workload)].flatMap(({ labels }) => [...labels]);
    return labels.sort((one, other) => other.length - one.length || (one < other ? -1 : 1))[0];
  }

  /** Steps of others that belong to the subject: under its name at that time, from its addresses while it had them, by who launched it. */
  #besides(subject: Node, nodes: readonly Node[]): readonly ToldMoment[] {
    const moments: ToldMoment[] = [];
    const take = (
      node: Node | undefined,
      belongs: (moment: Moment) => boolean,
      { better, whose }: { readonly better?: string | undefined; readonly whose?: string } = {},
    ): void => {
      const owner = whose === undefined ? {} : { whose };
      for (const kept of node?.moments.values() ?? [])
        for (const moment of kept.filter(belongs))
          moments.push({ ...moment, what: sentenceOf(moment.what, better), ...owner });
    };
    if (subject.kind === 'digest')
      for (const name of subject.names)
        take(this.#scene.nodes.get(`name:${name}`), ({ at }) => this.#ofName(name, at) === subject);
    for (const node of nodes) {
      const label = node.kind === 'workload' ? this.#labelOf(node) : undefined;
      const periods = [node, ...this.#scene.partsOf(node)].flatMap(({ addresses }) => [...addresses]);
      for (const [address, { from }] of periods)
        take(
          this.#addressNode(address),
          ({ at }) =>
            node.kind === 'digest'
              ? at >= from - clockSkewMs && this.subjectOf(this.#addressNode(address) ?? node, at) === subject
              : this.#scene.ownersOf(address, at).includes(node),
          {
            better: label === undefined ? undefined : `${label} at ${address}`,
            ...(node.kind === 'workload' ? { whose: node.key } : {}),
          },
        );
    }
    if (subject.kind === 'instance')
      for (const principal of subject.principals)
        take(
          this.#scene.nodes.get(`principal:${principal}`),
          ({ at, step }) => step === 'search' && at <= subject.until && subject.from - at <= searchMs,
        );
    return moments;
  }

  /** What is known by the address, or by the name of the host, alone. */
  #addressNode(address: string): Node | undefined {
    const host = hostOfKey(address);
    return this.#scene.nodes.get(host === undefined ? `address:${address}` : `instance:${host}`);
  }

  gather(subject: Node): Gathered {
    const workloads = subject.kind === 'digest' || subject.kind === 'name' ? this.#workloadsOf(subject) : [];
    const pods = [...new Set([subject, ...workloads].flatMap(({ pods }) => [...pods]))].map((key) =>
      this.#scene.nodes.get(key),
    );
    const nodes = [...new Set([subject, ...workloads, ...pods])].filter((node) => node !== undefined);
    const moments = new Map<string, ToldMoment>();
    const more = new Map<Moment['step'], number>();
    for (const node of nodes) {
      const label = node.kind === 'workload' ? this.#labelOf(node) : undefined;
      const owner = node.kind === 'workload' ? { whose: node.key } : {};
      for (const part of [node, ...this.#scene.partsOf(node)]) {
        for (const kept of part.moments.values())
          for (const moment of kept.filter(({ at }) => node.kind !== 'address' || this.subjectOf(node, at) === node))
            moments.set(moment.id, { ...moment, what: sentenceOf(moment.what, label), ...owner });
        for (const [step, count] of part.more) more.set(step, (more.get(step) ?? 0) + count);
      }
    }
    // What was told of the container itself is told of it, also when its address says the same.
    for (const moment of this.#besides(subject, nodes)) if (!moments.has(moment.id)) moments.set(moment.id, moment);
    return { nodes, moments: [...moments.values()].sort(compareMoments), more };
  }
}

const named = 64;

const listed = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort().slice(0, named);

export const toIdentity = (subject: Node, { nodes }: Gathered): IncidentIdentity => {
  const all = [subject, ...nodes];
  const workloads = all.filter(({ kind }) => kind === 'workload');
  const [machineImage] = listed(all.flatMap(({ machineImages }) => [...machineImages]));
  const digests = all
    .filter(({ kind }) => kind === 'digest')
    .flatMap(({ aliases }) => [...aliases].filter((alias): alias is Digest => isDigest(alias)));
  const names =
    subject.kind === 'workload'
      ? [...subject.names]
      : [...subject.names, ...(subject.kind === 'name' ? [subject.id] : [])];
  return {
    digests: listed(digests) as readonly Digest[],
    references: listed(names),
    containers: listed(workloads.map(({ id }) => id)),
    pods: listed(all.flatMap(({ pods }) => [...pods].map((pod) => pod.slice('pod:'.length)))),
    instances: listed(
      all
        .filter(({ kind }) => kind === 'instance')
        .flatMap(({ aliases }) => [...aliases].filter((alias) => !alias.startsWith('instance:'))),
    ),
    addresses: listed(
      all.flatMap(({ addresses }) => [...addresses.keys()].filter((key) => hostOfKey(key) === undefined)),
    ),
    ...(machineImage?.startsWith('ami-') === true ? { ami: machineImage } : {}),
  };
};
