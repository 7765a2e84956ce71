/** `os/architecture[/variant]`, as in OCI index entries and on the command line. */
import { misuse } from './fault.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** Which of an index's platforms to take. */
export type PlatformChoice =
  | { readonly all: true }
  | { readonly all: false; readonly platform: Platform; readonly asked: boolean };

const architectureNames: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  x64: 'amd64',
  aarch64: 'arm64',
  ia32: '386',
  i386: '386',
  armhf: 'arm',
};

/** @throws {Fault} misuse `PLATFORM_INVALID` */
export const parsePlatform = (text: string): Platform => {
  const [os = '', architecture = '', variant, ...rest] = text.toLowerCase().split('/');
  if (
    !/^[a-z0-9]+$/.test(os) ||
    !/^[a-z0-9_-]+$/.test(architecture) ||
    rest.length > 0 ||
    (variant !== undefined && !/^[a-z0-9.]+$/.test(variant))
  )
    throw misuse(
      'PLATFORM_INVALID',
      `not a platform: ${text}; write os/architecture or os/architecture/variant, for example linux/arm64`,
    );
  const canonical = architectureNames[architecture] ?? architecture;
  return { os, architecture: canonical, ...(variant === undefined ? {} : { variant }) };
};

export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter((part) => part).join('/');

/** arm64 without a variant means v8, arm without one v7 (containerd's normalisation). */
const normalVariant = ({ architecture, variant }: Platform): string =>
  variant ?? (architecture === 'arm64' ? 'v8' : architecture === 'arm' ? 'v7' : architecture === 'amd64' ? 'v1' : '');

export const isPlatformMatch = (offered: Platform, wanted: Platform): boolean =>
  offered.os === wanted.os &&
  offered.architecture === wanted.architecture &&
  (wanted.variant === undefined || normalVariant(offered) === normalVariant(wanted));
