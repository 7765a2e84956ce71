/** What a sensor calls a program → its path as the container sees it. Sensors on the host print the host's side of it, and the kernel marks. */

/** `memory`: the program was in no file at all (memfd_create(2)). */
export type ProgramPlace =
  | { readonly kind: 'file'; readonly path: string; readonly deleted: boolean }
  | { readonly kind: 'memory'; readonly path: string };

/** d_path in the kernel: the name no longer leads to what runs. */
const deletedMark = ' (deleted)';

/** A process by itself, or an open file: which one it is, its name does not say (proc(5)). */
const nameless = /^\/(?:proc\/(?:self|thread-self|\d+)\/(?:exe|fd\/\d+)|dev\/fd\/\d+)$/;

/** Roots of containers as their hosts see them: overlay mounts of Docker and Podman, bundles and snapshots of containerd, any process's root. */
const hostRoots: readonly RegExp[] = [
  /^\/proc\/\d+\/root(?=\/)/,
  /^\/(?:[^/]+\/){1,8}overlay2?\/[\da-z-]{12,80}\/(?:merged|diff)(?=\/)/,
  /^\/run\/containerd\/io\.containerd\.runtime\.v\d\.task\/[^/]+\/[^/]+\/rootfs(?=\/)/,
  /^\/(?:[^/]+\/){1,8}io\.containerd\.snapshotter\.v\d\.[\w-]+\/snapshots\/\d+\/fs(?=\/)/,
];

const longest = 4096;

/** undefined: it names no file that could be looked for. */
export const placeOfProgram = (executable: string): ProgramPlace | undefined => {
  if (executable.length > longest) return undefined;
  const deleted = executable.endsWith(deletedMark);
  const name = deleted ? executable.slice(0, -deletedMark.length) : executable;
  if (/^\/?memfd:/.test(name)) return { kind: 'memory', path: name };
  if (!name.startsWith('/') || nameless.test(name)) return undefined;
  const root = hostRoots.map((pattern) => pattern.exec(name)?.[0]).find((found) => found !== undefined) ?? '';
  return { kind: 'file', path: name.slice(root.length), deleted };
};

/** Programs that engines mount into containers to run as their first process (`docker run --init`, `podman run --init`). */
export const enginePrograms: ReadonlySet<string> = new Set(['sbin/docker-init', 'dev/init', 'run/podman-init']);
