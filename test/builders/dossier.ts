/** Dossiers, findings and gaps for tests: everything that is not said is ordinary. */
import type { Dossier } from '../../src/core/dossier.ts';
import type { Finding } from '../../src/core/finding.ts';
import type { Gap } from '../../src/core/gap.ts';
import type { Verdict } from '../../src/core/verdict.ts';

const hex = (digit: string): string => digit.repeat(64);

export const someFinding = (given: Partial<Finding> = {}): Finding => ({
  rule: 'yara/miners/pool-config',
  title: 'Configuration of a coin miner',
  severity: 'high',
  confidence: 'high',
  intent: 'miner',
  techniques: ['T1496.001'],
  advice: 'Delete the file and find out which build step brought it.',
  evidence: [
    {
      kind: 'excerpt',
      path: 'opt/.cache/config.json',
      offset: 120,
      length: 12,
      text: 'pool.example',
      sha256: hex('a'),
      layerIndex: 1,
      layer: `sha256:${hex('1')}`,
      createdBy: 'RUN /bin/sh -c setup.sh',
      hidden: true,
    },
  ],
  ...given,
});

export const someGap = (given: Partial<Gap> = {}): Gap => ({
  where: `layer 1 (sha256:${hex('1')}): usr/share/data.zip`,
  code: 'ZIP_MEMBER_ENCRYPTED',
  reason: 'the archive is encrypted',
  bytes: 2048,
  ...given,
});

export const someDossier = (given: Partial<Dossier> = {}): Dossier => ({
  reference: `docker://registry.example/team/app:1.0@sha256:${hex('c')}`,
  asked: 'registry.example/team/app:1.0',
  digest: `sha256:${hex('c')}`,
  identity: {
    index: `sha256:${hex('b')}`,
    manifest: `sha256:${hex('c')}`,
    config: `sha256:${hex('d')}`,
    diffIds: [`sha256:${hex('e')}`, `sha256:${hex('f')}`],
  },
  kind: 'container',
  platform: 'linux/amd64',
  config: {
    created: '2026-01-01T00:00:00Z',
    user: 'app',
    entrypoint: ['/bin/app'],
    command: ['--serve'],
    environment: ['PATH=/usr/bin'],
    workingDirectory: '/srv',
    exposedPorts: ['8080/tcp'],
    volumes: [],
    labels: { team: 'blue' },
    shell: [],
    onBuild: [],
    healthcheck: [],
    history: [{ createdBy: 'COPY app /bin/app', emptyLayer: false }],
  },
  layers: [
    {
      index: 0,
      digest: `sha256:${hex('0')}`,
      diffId: `sha256:${hex('e')}`,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      createdBy: 'ADD rootfs.tar /',
      bytes: 5_000_000,
      files: 900,
      recalled: false,
    },
    {
      index: 1,
      digest: `sha256:${hex('1')}`,
      diffId: `sha256:${hex('f')}`,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      createdBy: 'RUN /bin/sh -c setup.sh',
      bytes: 40_000,
      files: 12,
      recalled: true,
    },
  ],
  findings: [],
  gaps: [],
  coverage: {
    files: { seen: 912, examined: 911, skipped: 0, unreadable: 1 },
    bytes: { seen: 5_040_000, examined: 5_037_952, skipped: 0, unreadable: 2048 },
    nested: {
      files: { seen: 30, examined: 30, skipped: 0, unreadable: 0 },
      bytes: { seen: 90_000, examined: 90_000, skipped: 0, unreadable: 0 },
    },
  },
  attestations: [],
  story: ['starts /bin/app --serve as app in /srv'],
  packages: [],
  rules: { version: `sha256:${hex('9')}`, counts: { yara: 212, hash: 40 } },
  ...given,
});

export const someTime = '2026-06-01T10:00:00.000Z';

export const someVerdict = (given: Partial<Verdict> = {}): Verdict => ({
  assessment: 'clean',
  decision: 'allow',
  because: ['nothing found'],
  dossier: someDossier(),
  policy: { name: 'default', version: `sha256:${hex('7')}` },
  at: someTime,
  ...given,
});
