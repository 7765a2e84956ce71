/** One place that holds an image or runs it. */

export type UseState = 'running' | 'paused' | 'stopped' | 'stored';

/** Names and ids are what the engine says: whoever may start a container there has chosen them. */
export interface Use {
  /** `docker`, `podman`, `containerd`, `cri` or `kubernetes`. */
  readonly engine: string;
  /** Where it answers. */
  readonly at: string;
  /** `stored`: no container is made of it there. */
  readonly state: UseState;
  /** What the engine calls the image there. */
  readonly names: readonly string[];
  /** Of containerd. */
  readonly namespace?: string;
  readonly container?: { readonly id: string; readonly name?: string };
  readonly pod?: { readonly namespace: string; readonly name: string; readonly node?: string };
}
