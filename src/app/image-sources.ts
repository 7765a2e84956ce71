/** Which source reads which reference, and which of an index's images is meant. */
import { parsePlatform, type PlatformChoice } from '../core/platform.ts';
import type { ImageSource } from '../core/image.ts';
import type { Reference } from '../core/reference.ts';
import type { Settings } from './settings.ts';

const loaders: Readonly<Record<Reference['scheme'], () => Promise<ImageSource>>> = {
  docker: async () => (await import('../image/sources/registry.ts')).registry,
  oci: async () => (await import('../image/sources/oci-layout.ts')).ociLayout,
  'oci-archive': async () => (await import('../image/sources/oci-archive.ts')).ociArchive,
  'docker-archive': async () => (await import('../image/sources/docker-archive.ts')).dockerArchive,
  'docker-daemon': async () => (await import('../image/sources/docker-daemon.ts')).dockerDaemon,
  containerd: async () => (await import('../image/sources/containerd.ts')).containerd,
  rootfs: async () => (await import('../image/sources/rootfs.ts')).rootfs,
};

/** Loaded when it is asked for: most commands read references of one kind. */
export const sourceOf = ({ scheme }: Reference): Promise<ImageSource> => loaders[scheme]();

const hostArchitecture = (): string => parsePlatform(`linux/${process.arch}`).architecture;

export const platformChoice = (settings: Pick<Settings, 'allPlatforms' | 'platform'>): PlatformChoice => {
  if (settings.allPlatforms) return { all: true };
  if (settings.platform !== undefined) return { all: false, platform: parsePlatform(settings.platform), asked: true };
  return { all: false, platform: { os: 'linux', architecture: hostArchitecture() }, asked: false };
};
