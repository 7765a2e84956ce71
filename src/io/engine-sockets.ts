/** Environment → the sockets at which container engines of this machine are looked for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../core/context.ts';

export interface EngineSocket {
  readonly socketPath: string;
  /** As a person would write it: `unix:///run/…`. */
  readonly label: string;
  /** A variable names it: that nobody answers there is no matter of course. */
  readonly chosen: boolean;
}

type Environment = Context['environment'];

const toSocket = (path: string, chosen: boolean): EngineSocket => ({
  socketPath: path,
  label: `unix://${path}`,
  chosen,
});

/** `unix:///path`, or the path alone, as containerd's and the kubelet's clients take both. */
const chosenSocket = (text: string | undefined): readonly EngineSocket[] | undefined =>
  text === undefined || text === '' ? undefined : [toSocket(text.replace(/^unix:\/\//, ''), true)];

/** Of people who run an engine of their own: those folders that this process may list. */
const peoplesSockets = (root: string, name: string): readonly EngineSocket[] => {
  const folder = join(root, 'run/user');
  try {
    return readdirSync(folder).map((user) => toSocket(join(folder, user, name), false));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    return [];
  }
};

const ofRoot = (root: string, paths: readonly string[]): readonly EngineSocket[] =>
  paths.map((path) => toSocket(join(root, path), false));

/** `root`: where this machine's root is mounted; `/` but in tests and in containers that look at their host. */
export const dockerSockets = (root = '/'): readonly EngineSocket[] => [
  ...ofRoot(root, ['var/run/docker.sock']),
  ...peoplesSockets(root, 'docker.sock'),
];

export const podmanSockets = (root = '/'): readonly EngineSocket[] => [
  ...ofRoot(root, ['run/podman/podman.sock']),
  ...peoplesSockets(root, 'podman/podman.sock'),
];

/** containerd by itself, Docker's own, and those of small Kubernetes distributions. `CONTAINERD_ADDRESS` as `ctr` reads it. */
export const containerdSockets = (environment: Environment, root = '/'): readonly EngineSocket[] =>
  chosenSocket(environment['CONTAINERD_ADDRESS']) ??
  ofRoot(root, [
    'run/containerd/containerd.sock',
    'run/docker/containerd/containerd.sock',
    'run/k3s/containerd/containerd.sock',
    'run/k0s/containerd.sock',
    'var/snap/microk8s/common/run/containerd.sock',
  ]);

/** The runtimes that a kubelet may use. `CONTAINER_RUNTIME_ENDPOINT` as `crictl` reads it. */
export const runtimeSockets = (environment: Environment, root = '/'): readonly EngineSocket[] =>
  chosenSocket(environment['CONTAINER_RUNTIME_ENDPOINT']) ??
  ofRoot(root, [
    'run/containerd/containerd.sock',
    'run/crio/crio.sock',
    'var/run/cri-dockerd.sock',
    'run/k3s/containerd/containerd.sock',
    'run/k0s/containerd.sock',
    'var/snap/microk8s/common/run/containerd.sock',
  ]);
