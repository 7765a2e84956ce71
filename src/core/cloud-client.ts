/** The interface of a cloud that may be asked, with configured credentials, what an event's record does not say. */

/** What a cloud says of one machine image. Hostile where somebody else chose it: names are the owner's. */
export interface MachineImageFacts {
  /** As it is asked for again. */
  readonly id: string;
  readonly name?: string;
  /** Account, project, publisher or subscription. */
  readonly owner?: string;
  /** What the cloud itself calls some owners: `amazon`, `aws-marketplace`, `self`. */
  readonly ownerAlias?: string;
  /** When the cloud says that it came to be: in milliseconds since 1970. */
  readonly created?: number;
  /** Everybody may use it. */
  readonly public?: boolean;
}

/** What a cloud says of one machine. */
export interface MachineFacts {
  /** Id of the image that it was made of. */
  readonly image?: string;
  /** `NAME=value`. */
  readonly tags?: readonly string[];
  /** Addresses and names under which it speaks. */
  readonly addresses?: readonly string[];
  readonly hostNames?: readonly string[];
  /** What it runs when it starts, as it was given. Absent: nothing, it was not asked for, or the cloud does not tell. */
  readonly startUp?: readonly Uint8Array[];
}

/**
 * Ids are judged by the cloud's own grammar before anything is asked: what is none of its ids is `undefined`, and nobody is asked.
 * Each throws a Fault: `CLOUD_REFUSED` where we may not ask that, others where there is no answer that could be read.
 */
export interface CloudClient {
  /** undefined: the cloud has none of that id, or shows it to us not. */
  image(id: string, region: string | undefined, signal: AbortSignal): Promise<MachineImageFacts | undefined>;
  /** `what`: only what is asked for is. */
  machine(
    id: string,
    region: string | undefined,
    what: { readonly details: boolean; readonly startUp: boolean },
    signal: AbortSignal,
  ): Promise<MachineFacts | undefined>;
}
