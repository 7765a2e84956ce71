/** Folders that are mounted into containers, as records of their making tell them: what lies in them is no part of the image. */
import type { Event } from '../../core/event.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';
import { listAt, objectAt, textAt } from '../../formats/records/json-member.ts';

const rememberedPlaces = 20_000;
const foldersOfPlace = 128;
const longest = 512;

const keysOf = ({ place }: Event): readonly string[] => [
  ...(place.containerId === undefined ? [] : [place.containerId.toLowerCase().slice(0, 12)]),
  ...(place.pod === undefined ? [] : [`${place.cluster ?? ''}/${place.namespace ?? ''}/${place.pod}`]),
];

const groups = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * Of a pod (Kubernetes API reference, `VolumeMount`) all containers’ together, since not every sensor tells which; of a container what
 * its engine answered (Docker Engine API, `MountPoint`).
 */
const foldersIn = ({ fields }: Event): readonly string[] => {
  const pods = ['responseObject', 'requestObject'].map((body) => objectAt(fields, body, 'spec'));
  const inPods = pods.flatMap((spec) =>
    groups.flatMap((group) =>
      listAt(spec, group)
        .slice(0, foldersOfPlace)
        .flatMap((container) => listAt(container, 'volumeMounts').slice(0, foldersOfPlace))
        .map((mount) => textAt(mount, 'mountPath')),
    ),
  );
  const ofEngine = listAt(fields, 'asked', 'container', 'Mounts').map((mount) => textAt(mount, 'Destination'));
  return [...inPods, ...ofEngine].filter((folder) => folder !== undefined && folder.length <= longest) as string[];
};

export interface Mounts {
  learn(event: Event): void;
  /** Absolute paths inside. */
  of(event: Event): readonly string[];
}

export const openMounts = (): Mounts => {
  const known = new BoundedMap<readonly string[]>(rememberedPlaces);
  return {
    learn: (event) => {
      if (event.action !== 'create' && event.action !== 'start') return;
      const keys = keysOf(event);
      const folders = keys.length === 0 ? [] : foldersIn(event);
      if (folders.length === 0) return;
      for (const key of keys)
        known.set(key, [...new Set([...(known.get(key) ?? []), ...folders])].slice(0, foldersOfPlace));
    },
    of: (event) => keysOf(event).flatMap((key) => known.get(key) ?? []),
  };
};
