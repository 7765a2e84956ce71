/** Which source reads which reference, and which of an index's images is meant. */
import { parsePlatform, type PlatformChoice } from '../core/platform.ts';
import type { ImageSource } from '../core/image.ts';
import type { Reference } from '../core/reference.ts';
import { containerd } from '../image/sources/containerd.ts';
import { dockerArchive } from '../image/sources/docker-archive.ts';
import { dockerDaemon } from '../image/sources/docker-daemon.ts';
import { ociArchive } from '../image/sources/oci-archive.ts';
import { ociLayout } from '../image/sources/oci-layout.ts';
import { registry } from '../image/sources/registry.ts';
import { rootfs } from '../image/sources/rootfs.ts';
import type { Settings } from './settings.ts';

export const sources: Readonly<Record<Reference['scheme'], ImageSource>> = {
  docker: registry,
  oci: ociLayout,
  'oci-archive': ociArchive,
  'docker-archive': dockerArchive,
  'docker-daemon': dockerDaemon,
  containerd,
  rootfs,
};

const hostArchitecture = (): string => parsePlatform(`linux/${process.arch}`).architecture;

export const platformChoice = (settings: Pick<Settings, 'allPlatforms' | 'platform'>): PlatformChoice => {
  if (settings.allPlatforms) return { all: true };
  if (settings.platform !== undefined) return { all: false, platform: parsePlatform(settings.platform), asked: true };
  return { all: false, platform: { os: 'linux', architecture: hostArchitecture() }, asked: false };
};
