/** A registry with images that real keys have signed, and the commands `verify` and `scan` asked about them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js';
import { resolveSettings, type Settings } from '../../src/app/settings.ts';
import { scanReferences } from '../../src/cli/scan-references.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { verifyReferences } from '../../src/cli/verify-references.ts';
import { digestOf } from '../../src/image/digest-mismatch.ts';
import { buildImage, writeOciLayout, type Built } from '../../src/image/oci-layout-writer.ts';
import { startFakeRegistry, type FakeRegistry } from '../fakes/registry.ts';
import { ecKeys, keyPem, type FakeSigstore } from '../fakes/sigstore-authorities.ts';
import { classicAnnotations, cosignPayload } from '../fakes/sigstore-signer.ts';

export const ours = ecKeys();
export const strangers = ecKeys();
export const image = (content: string) => buildImage({ layers: [{ entries: [{ path: 'etc/motd', content }] }] });

interface Evidence {
  readonly certificate?: Uint8Array;
  readonly proofs?: Parameters<typeof classicAnnotations>[2];
}

/** A signature as cosign pushes it: an image whose layers are the signed payloads. */
export const signatureOf = async (signed: Built, keys = ours, how: Evidence = {}): Promise<Built> => {
  const payload = cosignPayload(signed.manifestDigest);
  const { certificate, proofs } = how;
  const signer = { keys, ...(certificate === undefined ? {} : { certificate }) };
  const annotations = await classicAnnotations(signer, payload, proofs);
  const config = Buffer.from('{}');
  const type = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: { mediaType: `${type}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: [
        {
          mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
          digest: digestOf(payload),
          size: payload.length,
          annotations,
        },
      ],
    }),
  );
  const blobs = new Map([config, payload, manifest].map((bytes) => [digestOf(bytes), bytes]));
  return { mediaType: `${type}.manifest.v1+json`, manifestDigest: digestOf(manifest), manifest, blobs };
};

export const signatureTag = ({ manifestDigest }: Built): string => `${manifestDigest.replace(':', '-')}.sig`;

export const subject = 'https://forge.example/team/app/.workflows/release.yml@refs/tags/v1';
export const issuer = 'https://login.forge.example';

/** A signature without a key, proven by a log, as classic cosign pushes it. */
export const keylessOf = async (signed: Built, sigstore: FakeSigstore): Promise<Built> => {
  const keys = ecKeys();
  const certificate = await sigstore.certify(keys, { subject, issuer });
  return signatureOf(signed, keys, { certificate, proofs: { sigstore, log: 1 } });
};

type Flags = Readonly<Record<string, unknown>>;

export interface Said {
  readonly status: number;
  readonly text: string;
  readonly complaints: string;
}

export interface SignedRegistry {
  readonly folder: string;
  /** File with the public key of `ours`. */
  readonly key: string;
  /** While `withServer` works. */
  readonly server: FakeRegistry;
  readonly withServer: (work: () => Promise<void>) => Promise<void>;
  /** An image or index, and its signature. */
  readonly put: (repository: string, what: Built, tag: string, signedBy?: typeof ours) => Promise<void>;
  /** A layout with an image and what lies beside it, as its own files. */
  readonly writeLayout: (name: string, app: Built, companion: Built, tag: string) => Promise<string>;
  /** Each test has a state folder of its own, which its commands share. */
  readonly command: (work: (settings: Settings, terminal: Terminal) => Promise<number>, flags: Flags) => Promise<Said>;
  /** By the key, unless `flags` say otherwise. */
  readonly verify: (names: readonly string[], flags?: Flags) => Promise<Said>;
  readonly scan: (name: string, flags: Flags) => Promise<Said>;
}

export const schemaOf = async (file: string): Promise<ValidateFunction> =>
  new Ajv.default({ strict: false }).compile(
    JSON.parse(await readFile(join(import.meta.dirname, '../../schemas', file), 'utf8')) as object,
  );

/** For one test file: made before its tests, removed after them. */
export const useSignedRegistry = (): SignedRegistry => {
  let folder = '';
  let opened: FakeRegistry | undefined;
  let run = 0;
  const serverOf = (): FakeRegistry => {
    if (opened === undefined) throw new Error('there is a server only while withServer works');
    return opened;
  };
  const keyFile = (): string => join(folder, 'ours.pub');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidewaiter-signed-'));
    await writeFile(keyFile(), keyPem(ours), { mode: 0o600 });
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    run += 1;
  });

  const command: SignedRegistry['command'] = async (work, flags) => {
    const environment = {
      HOME: folder,
      XDG_STATE_HOME: join(folder, `state-${run}`),
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const settings = resolveSettings({ flags, environment: {}, file: {}, fileName: '' });
    const said = { text: '', complaints: '' };
    const terminal: Terminal = {
      environment,
      isInteractive: false,
      showsProgress: false,
      colour: false,
      width: 120,
      print: async (text) => void (said.text += text),
      complain: (text) => void (said.complaints += `${text}\n`),
      errorStream: process.stderr,
      signal: new AbortController().signal,
    };
    return { status: await work(settings, terminal), ...said };
  };

  return {
    get folder() {
      return folder;
    },
    get key() {
      return keyFile();
    },
    get server() {
      return serverOf();
    },
    async withServer(work) {
      opened = await startFakeRegistry();
      try {
        await work();
      } finally {
        await opened[Symbol.asyncDispose]();
        opened = undefined;
      }
    },
    async put(repository, what, tag, signedBy = ours) {
      serverOf().put(repository, what, tag);
      serverOf().put(repository, await signatureOf(what, signedBy), signatureTag(what));
    },
    async writeLayout(name, app, companion, tag) {
      const layout = join(folder, name);
      for (const one of [companion, app]) await writeOciLayout(layout, one);
      const entry = ({ mediaType, manifestDigest, manifest }: Built, refName: string) => ({
        mediaType,
        digest: manifestDigest,
        size: manifest.length,
        annotations: { 'org.opencontainers.image.ref.name': refName },
      });
      const manifests = [entry(app, '1'), entry(companion, tag)];
      await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
      return `oci:${layout}:1`;
    },
    command,
    verify: (names, flags = { keys: [keyFile()] }) =>
      command((settings, terminal) => {
        const references = names.map((name) => `${serverOf().host}/${name}`);
        return verifyReferences(references, settings, terminal);
      }, flags),
    scan: (name, flags) =>
      command((settings, terminal) => scanReferences([`${serverOf().host}/${name}`], settings, terminal), {
        cores: 1,
        defaultRules: false,
        ...flags,
      }),
  };
};
