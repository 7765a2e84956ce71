/** Environment and Docker's context files → the engines worth asking, in the order in which `docker` and `podman` look for them. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Context } from '../core/context.ts';
import { misuse, unavailable } from '../core/fault.ts';
import { dockerSockets, podmanSockets, type EngineSocket } from './engine-sockets.ts';
import { isLoopbackHost } from './host-policy.ts';

export interface EngineEndpoint {
  /** As a person would write it into DOCKER_HOST. */
  readonly label: string;
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly verify: boolean;
    /** The name that the certificate must be for, where it is not the host's. */
    readonly servername?: string;
  };
  /** Sent with every request: a login. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An endpoint, and whether somebody chose it or it is only usual. */
export interface EnginePlace {
  readonly endpoint: EngineEndpoint;
  readonly chosen: boolean;
}

type Environment = Context['environment'];

const readOptional = async (file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(file);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unavailable('FILE_UNREADABLE', `cannot read ${file}: ${message}`, file, thrown);
  }
};

const readJson = async (file: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const bytes = await readOptional(file);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw misuse(
    'ENGINE_CONFIG_INVALID',
    `${file} is no JSON object, and Docker's own client fails on it too; correct it, or set DOCKER_HOST`,
  );
};

const readTls = async (folder: string, verify: boolean): Promise<NonNullable<EngineEndpoint['tls']>> => {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readOptional(join(folder, name))),
  );
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  try {
    createSecureContext(files);
  } catch (thrown) {
    throw misuse(
      'ENGINE_CONFIG_INVALID',
      `ca.pem, cert.pem or key.pem in ${folder} cannot be used: ${(thrown as Error).message}; write them again as PEM, the key without a passphrase`,
    );
  }
  return { ...files, verify };
};

/** `https://` without a folder of certificates goes by the authorities of this machine. */
const tlsFor = async (url: URL, folder: string | undefined, verify: boolean): Promise<EngineEndpoint['tls']> => {
  if (folder !== undefined) return readTls(folder, verify);
  return url.protocol === 'https:' ? { verify: true } : undefined;
};

/** @throws {Fault} misuse `ENGINE_HOST_UNSUPPORTED`, `ENGINE_PLAIN_HTTP` or `ENGINE_TLS_UNVERIFIED` */
const parseHost = async (
  text: string,
  tlsFolder: string | undefined,
  verify: boolean,
  network: Context['network'],
): Promise<EngineEndpoint> => {
  if (text.startsWith('unix://')) return { label: text, socketPath: text.slice('unix://'.length) };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A user name may have a password beside it.
  const shown = text.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');
  if (url === undefined || !['tcp:', 'http:', 'https:'].includes(url.protocol))
    throw misuse(
      'ENGINE_HOST_UNSUPPORTED',
      `cannot reach an engine at ${shown}: only unix:// and tcp:// are spoken; save the image with docker save and scan docker-archive:FILE instead`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tls = await tlsFor(url, tlsFolder, verify);
  if (network.offline && !isLoopbackHost(host))
    throw unavailable(
      'NETWORK_OFFLINE',
      `the engine at ${shown} is on another machine, which is not contacted while --offline is set`,
    );
  // Whoever sits between could give us another image than the one that runs there.
  const isExposed = !isLoopbackHost(host) && !network.insecureRegistries.includes(url.host);
  if (tls?.verify === false && isExposed)
    throw misuse(
      'ENGINE_TLS_UNVERIFIED',
      `${shown} would be believed whatever certificate it shows; set DOCKER_TLS_VERIFY=1 (or skip-tls-verify=false in the Docker context), or allow it with --insecure-registry ${url.host}`,
    );
  if (tls === undefined && isExposed)
    throw misuse(
      'ENGINE_PLAIN_HTTP',
      `${shown} would be asked without TLS; set DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, or allow it with --insecure-registry ${url.host}`,
    );
  const port = url.port === '' ? (tls === undefined ? 2375 : 2376) : Number(url.port);
  return { label: shown, host, port, ...(tls === undefined ? {} : { tls }) };
};

/** Docker's context store: `meta` and `tls` below a folder named by the SHA-256 of the context's name. */
const contextHost = async (
  configFolder: string,
  name: string,
  network: Context['network'],
): Promise<EngineEndpoint> => {
  const id = hash('sha256', name);
  const meta = await readJson(join(configFolder, 'contexts', 'meta', id, 'meta.json'));
  const endpoints = meta?.['Endpoints'] as { docker?: { Host?: unknown; SkipTLSVerify?: unknown } } | undefined;
  const host = endpoints?.docker?.Host;
  if (typeof host !== 'string')
    throw misuse(
      'ENGINE_CONFIG_INVALID',
      `the Docker context "${name}" does not exist or names no host; see docker context ls`,
    );
  const tls = join(configFolder, 'contexts', 'tls', id, 'docker');
  const hasTls = (await readOptional(join(tls, 'ca.pem'))) ?? (await readOptional(join(tls, 'cert.pem')));
  return parseHost(host, hasTls === undefined ? undefined : tls, endpoints?.docker?.SkipTLSVerify !== true, network);
};

/** The one engine that was chosen by DOCKER_HOST, DOCKER_CONTEXT or the current context; undefined when none was. */
const chosenEndpoint = async (
  environment: Environment,
  configFolder: string | undefined,
  network: Context['network'],
): Promise<EngineEndpoint | undefined> => {
  const host = environment['DOCKER_HOST'] || environment['CONTAINER_HOST'];
  const verify = Boolean(environment['DOCKER_TLS_VERIFY']);
  const certPath = environment['DOCKER_CERT_PATH'] || (verify ? configFolder : undefined);
  if (host) return parseHost(host, certPath, verify, network);
  if (configFolder === undefined) return undefined;
  const current = (await readJson(join(configFolder, 'config.json')))?.['currentContext'];
  const name = environment['DOCKER_CONTEXT'] || current;
  return typeof name === 'string' && name !== '' && name !== 'default'
    ? contextHost(configFolder, name, network)
    : undefined;
};

const configFolderOf = (environment: Environment): string | undefined =>
  environment['DOCKER_CONFIG'] || (environment['HOME'] ? join(environment['HOME'], '.docker') : undefined);

const placesOf = (chosen: EngineEndpoint | undefined, usual: readonly EngineSocket[]): readonly EnginePlace[] =>
  chosen === undefined
    ? usual.map(({ socketPath, label }) => ({ endpoint: { socketPath, label }, chosen: false }))
    : [{ endpoint: chosen, chosen: true }];

/** Docker's own, for whoever asks all engines; `root` as in `dockerSockets`. @throws {Fault} as `engineEndpoints` */
export const dockerPlaces = async (
  { environment, network }: Pick<Context, 'environment' | 'network'>,
  root: string,
): Promise<readonly EnginePlace[]> => {
  const { CONTAINER_HOST: _, ...own } = environment;
  return placesOf(await chosenEndpoint(own, configFolderOf(environment), network), dockerSockets(root));
};

/** Podman's own. @throws {Fault} as `engineEndpoints` */
export const podmanPlaces = async (
  { environment, network }: Pick<Context, 'environment' | 'network'>,
  root: string,
): Promise<readonly EnginePlace[]> => {
  const host = environment['CONTAINER_HOST'];
  return placesOf(host ? await parseHost(host, undefined, true, network) : undefined, podmanSockets(root));
};

/** @throws {Fault} misuse `ENGINE_HOST_UNSUPPORTED`, `ENGINE_PLAIN_HTTP`, `ENGINE_TLS_UNVERIFIED`, `ENGINE_CONFIG_INVALID`; unavailable `NETWORK_OFFLINE`, `FILE_UNREADABLE` */
export const engineEndpoints = async ({
  environment,
  network,
}: Pick<Context, 'environment' | 'network'>): Promise<readonly EngineEndpoint[]> => {
  const home = environment['HOME'];
  const chosen = await chosenEndpoint(environment, configFolderOf(environment), network);
  if (chosen !== undefined) return [chosen];
  const runtime = environment['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
    ...(home ? [join(home, '.docker', 'run', 'docker.sock'), join(home, '.docker', 'desktop', 'docker.sock')] : []),
  ].map((socketPath) => ({ label: `unix://${socketPath}`, socketPath }));
};
