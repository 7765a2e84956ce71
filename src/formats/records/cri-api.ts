/**
 * What is asked of a container runtime through Kubernetes' Container Runtime Interface, and its answers → plain data. Field numbers:
 * `pkg/apis/runtime/v1/api.proto` of github.com/kubernetes/cri-api (Apache-2.0).
 */
import type { RemoteProcedure } from './containerd-api.ts';
import { parseProtobuf } from './protobuf.ts';

export interface RuntimeImage {
  /** The config's digest with containerd; the bare digits with CRI-O. */
  readonly id: string;
  readonly tags: readonly string[];
  /** `NAME@DIGEST`, of the manifest or index that was pulled. */
  readonly digests: readonly string[];
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface RuntimeContainer {
  readonly id: string;
  readonly podId: string;
  readonly name: string;
  /** As the kubelet asked for it. */
  readonly image: string;
  /** What the runtime made of it: an id or `NAME@DIGEST`. */
  readonly imageReferences: readonly string[];
  readonly state: ContainerState;
}

export interface RuntimePod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
}

const states: readonly ContainerState[] = ['created', 'running', 'exited', 'unknown'];

const empty = (): Uint8Array => new Uint8Array();

export const listRuntimeImages: RemoteProcedure<undefined, readonly RuntimeImage[]> = {
  path: '/runtime.v1.ImageService/ListImages',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((image) => ({ id: image.text(1), tags: image.texts(2), digests: image.texts(3) })),
};

export const listRuntimeContainers: RemoteProcedure<undefined, readonly RuntimeContainer[]> = {
  path: '/runtime.v1.RuntimeService/ListContainers',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((container) => ({
        id: container.text(1),
        podId: container.text(2),
        name: container.message(3).text(1),
        image: container.message(4).text(1),
        imageReferences: [container.text(10), container.text(5)].filter((text) => text !== ''),
        state: states[container.number(6)] ?? 'unknown',
      })),
};

export const listRuntimePods: RemoteProcedure<undefined, readonly RuntimePod[]> = {
  path: '/runtime.v1.RuntimeService/ListPodSandbox',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((pod) => ({ id: pod.text(1), name: pod.message(2).text(1), namespace: pod.message(2).text(3) })),
};
