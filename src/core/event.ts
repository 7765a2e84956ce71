/** What happened, as somebody saw it, and not what it means: the one word between what watches and what detects. */
import type { Digest } from './digest.ts';
import type { EventAction } from './event-action.ts';

/** As Sigma names where a log comes from. A rule without one of them matches any. */
export interface LogSource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** Who did it, as the record says: nobody vouches for it but the sensor. */
export interface EventActor {
  /** A login, an ARN, an e-mail address, a service account; for a process its user. */
  readonly name: string;
  readonly kind?: 'user' | 'service' | 'node' | 'anonymous';
  /** Where the request came from. */
  readonly address?: string;
  readonly agent?: string;
  /** The account, project or subscription that the actor belongs to. */
  readonly account?: string;
}

/** Where it happened. What the record does not say is absent. */
export interface EventPlace {
  readonly host?: string;
  /** `docker`, `podman`, `containerd`, `cri-o`. */
  readonly engine?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly pod?: string;
  /** Name of the container in its pod or engine. */
  readonly container?: string;
  /** The engine's id of the container; some sensors know only its beginning. */
  readonly containerId?: string;
  readonly cloud?: 'aws' | 'gcp' | 'azure';
  readonly account?: string;
  readonly region?: string;
  readonly instance?: string;
  /** Host, with port where it is not the usual one. */
  readonly registry?: string;
}

/**
 * The image concerned. A `container` image has at least one of `reference`, `digest` and `id`, or what was `written` and is no
 * reference at all. `unknown`: the record is about an image and does not say which; that is a fact, never silence.
 */
export type EventImage =
  | {
      readonly kind: 'container';
      /** As the record has it, at most 512 characters. Hostile. */
      readonly written: string;
      /** `registry/repository[:tag][@digest]`, read by the strict grammar of registries. Absent when it does not follow it. */
      readonly reference?: string;
      /** Of a manifest or an index, as it was asked for. */
      readonly digest?: Digest;
      /** What the name led to, where the record says it: the digest that was pulled. */
      readonly resolved?: Digest;
      /** The engine's image id: digest of the config, or of a manifest with containerd's store. */
      readonly id?: Digest;
    }
  | {
      readonly kind: 'machine';
      readonly cloud: 'aws' | 'gcp' | 'azure';
      /** `ami-…`, `projects/P/global/images/I`, an Azure resource id or `publisher:offer:sku:version`. At most 512 characters. */
      readonly written: string;
      /** What a family, alias or `latest` led to. */
      readonly resolved?: string;
      readonly owner?: string;
      readonly name?: string;
      /** What the cloud calls some owners: `amazon`, `aws-marketplace`, `self`. */
      readonly ownerAlias?: string;
      /** When the cloud says that it came to be, in milliseconds since 1970. */
      readonly created?: number;
      /** Everybody may use it. */
      readonly public?: boolean;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface EventProcess {
  readonly executable?: string;
  /** One text, as the record has it or joined by blanks. At most 32 KiB. */
  readonly commandLine?: string;
  readonly arguments?: readonly string[];
  readonly folder?: string;
  readonly id?: number;
  readonly parentId?: number;
  readonly parentExecutable?: string;
  readonly parentCommandLine?: string;
  readonly user?: string;
  /** `sha256:…` of the program's file, where the sensor tells. */
  readonly hash?: string;
}

export interface EventConnection {
  readonly direction?: 'out' | 'in';
  readonly protocol?: string;
  readonly sourceAddress?: string;
  readonly sourcePort?: number;
  readonly address?: string;
  readonly port?: number;
  /** The name asked for, or spoken in TLS or HTTP. */
  readonly name?: string;
  /** Answers to a question for a name. */
  readonly answers?: readonly string[];
  readonly bytes?: number;
}

/** What a container or a machine is allowed, as far as it matters. */
export interface EventRights {
  readonly privileged?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostProcesses?: boolean;
  readonly hostIpc?: boolean;
  readonly hostPaths?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly pullPolicy?: string;
  /** Somebody outside may use it now: an image or a snapshot. */
  readonly public?: boolean;
  readonly sharedWith?: readonly string[];
}

/** What a cloud said when it was asked about an earlier event. */
export interface EventLearnt {
  /** Id of that event, and what was done. */
  readonly event: string;
  readonly about: EventAction;
  /** Code of the Gap and reason, where it was not told. */
  readonly refused?: { readonly code: string; readonly reason: string };
  /** What the machine runs when it starts, without secrets, at most 32 KiB; and what that does, a sentence without subject each. */
  readonly script?: string;
  readonly story?: readonly string[];
  /** Names of what no honest start does: `fetch-and-run`, `remote-shell`. Absent: nothing of that kind. */
  readonly traits?: readonly string[];
  /** Values of the machine's tags. */
  readonly tags?: readonly string[];
  readonly addresses?: readonly string[];
  readonly hostNames?: readonly string[];
}

/**
 * One fact. The id is the same whenever the same record is read again, so that what is read twice is kept once.
 * All texts are hostile and bounded by the sensor; `fields` is the record as received.
 */
export interface Event {
  readonly id: string;
  /** When it happened, in milliseconds since 1970, by the clock of whoever wrote the record; when that is not said, when we received it. */
  readonly at: number;
  readonly logsource: LogSource;
  readonly action: EventAction;
  /** `denied`: refused for want of rights. Absent: the record does not say, as a rule because only what worked is recorded. */
  readonly outcome?: 'success' | 'failure' | 'denied';
  readonly actor?: EventActor;
  readonly place: EventPlace;
  readonly image?: EventImage;
  readonly process?: EventProcess;
  readonly connection?: EventConnection;
  readonly rights?: EventRights;
  /** What was written, read, changed or deleted when it is no image: a path, a secret, a role. */
  readonly target?: string;
  /** Of a `learn`. */
  readonly learnt?: EventLearnt;
  readonly fields: Readonly<Record<string, unknown>>;
}
