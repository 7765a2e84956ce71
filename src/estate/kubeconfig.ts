/** Kubernetes' client configuration (`KUBECONFIG`, `~/.kube/config`, or a pod's service account) → the API server and how to log in there. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { Context } from '../core/context.ts';
import { unavailable, type Fault } from '../core/fault.ts';
import { isJsonObject, type JsonObject } from '../formats/strict-json.ts';
import type { EngineEndpoint } from '../io/engine-endpoints.ts';
import { isLoopbackHost } from '../io/host-policy.ts';

export interface ClusterPlace extends EngineEndpoint {
  readonly chosen: boolean;
  /** Goes before every path of the API: a cluster behind a proxy. */
  readonly prefix: string;
}

type Surroundings = Pick<Context, 'environment' | 'network'>;

const configBytes = 4 * 2 ** 20;

const invalid = (file: string, problem: string): Fault =>
  unavailable('KUBERNETES_CONFIG_INVALID', `${file}: ${problem}; correct it, or set KUBECONFIG`, file);

const readOptional = async (file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(file);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unavailable('FILE_UNREADABLE', `cannot read ${file}: ${message}`, file, thrown);
  }
};

const readNeeded = async (file: string): Promise<Buffer> => {
  const bytes = await readOptional(file);
  if (bytes === undefined) throw invalid(file, 'there is no such file');
  return bytes;
};

/** A file with the folder that its relative paths start from. */
interface ConfigFile {
  readonly file: string;
  readonly content: JsonObject;
}

const readConfig = async (file: string): Promise<ConfigFile | undefined> => {
  const bytes = await readOptional(file);
  if (bytes === undefined) return undefined;
  if (bytes.length > configBytes) throw invalid(file, `more than ${configBytes} bytes`);
  try {
    const content: unknown = parse(bytes.toString('utf8'));
    if (isJsonObject(content)) return { file, content };
    // As kubectl does: nothing in it is nothing configured.
    if (content === null) return undefined;
  } catch (thrown) {
    // Too many aliases are a ReferenceError of the library's.
    if (!(thrown instanceof YAMLParseError) && !(thrown instanceof ReferenceError)) throw thrown;
  }
  throw invalid(file, 'no YAML mapping');
};

const textOf = (object: JsonObject | undefined, name: string): string => {
  const value = object?.[name];
  return typeof value === 'string' ? value : '';
};

/** The entry of that name in the first file that has one, as kubectl merges them. */
const entryOf = (
  files: readonly ConfigFile[],
  list: string,
  member: string,
  name: string,
): (ConfigFile & { readonly entry: JsonObject }) | undefined => {
  for (const one of files) {
    const entries: unknown = one.content[list];
    for (const entry of Array.isArray(entries) ? entries : []) {
      const found: unknown = isJsonObject(entry) && entry['name'] === name ? entry[member] : undefined;
      if (isJsonObject(found)) return { ...one, entry: found };
    }
  }
  return undefined;
};

/** `NAME-data` in base64, else the file of `NAME`, relative to the configuration. */
const readMaterial = async (
  { file, entry }: ConfigFile & { readonly entry: JsonObject },
  name: string,
): Promise<Buffer | undefined> => {
  const data = textOf(entry, `${name}-data`);
  if (data !== '') return Buffer.from(data, 'base64');
  const path = textOf(entry, name);
  return path === '' ? undefined : readNeeded(resolve(dirname(file), path));
};

const loginOf = async (
  user: (ConfigFile & { readonly entry: JsonObject }) | undefined,
): Promise<{ readonly token: string; readonly cert?: Buffer; readonly key?: Buffer }> => {
  if (user === undefined) return { token: '' };
  const { entry, file } = user;
  for (const method of ['exec', 'auth-provider', 'username'])
    if (entry[method] !== undefined)
      throw unavailable(
        'KUBERNETES_LOGIN_UNSUPPORTED',
        `${file} logs in by ${method}, which Tidewaiter does not do. Run kubectl proxy and name it in a kubeconfig of its own (server: http://127.0.0.1:8001), or write one with a token (kubectl create token)`,
        file,
      );
  const tokenFile = textOf(entry, 'tokenFile');
  const token =
    tokenFile === ''
      ? textOf(entry, 'token')
      : (await readNeeded(resolve(dirname(file), tokenFile))).toString('utf8').trim();
  const [cert, key] = [await readMaterial(user, 'client-certificate'), await readMaterial(user, 'client-key')];
  return { token, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
};

interface Access {
  readonly server: string;
  readonly where: string;
  readonly token: string;
  readonly tls: NonNullable<EngineEndpoint['tls']>;
}

/** @throws {Fault} unavailable `KUBERNETES_CONFIG_INVALID`, `KUBERNETES_UNPROTECTED`, `NETWORK_OFFLINE` */
const toPlace = ({ server, where, token, tls }: Access, { network }: Surroundings, chosen: boolean): ClusterPlace => {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw invalid(where, 'the cluster has no server that starts with https://');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (network.offline && !isLoopbackHost(host))
    throw unavailable(
      'NETWORK_OFFLINE',
      `the cluster at ${url.host} is not contacted while --offline is set`,
      url.host,
    );
  const isPlain = url.protocol === 'http:';
  const isExposed = !isLoopbackHost(host) && !network.insecureRegistries.includes(url.host);
  if (isExposed && (isPlain || !tls.verify))
    throw unavailable(
      'KUBERNETES_UNPROTECTED',
      `${where}: the cluster at ${url.host} would be believed, and given the login, whoever answers; use https:// with its certificate authority, or allow it with --insecure-registry ${url.host}`,
      where,
    );
  // A newline in it would be a header of its own.
  if (!/^[\x21-\x7e]*$/.test(token)) throw invalid(where, 'the token holds what no token can');
  return {
    label: url.origin,
    host,
    port: url.port === '' ? (isPlain ? 80 : 443) : Number(url.port),
    ...(isPlain ? {} : { tls }),
    ...(token === '' ? {} : { headers: { authorization: `Bearer ${token}` } }),
    chosen,
    prefix: url.pathname.replace(/\/+$/, ''),
  };
};

const fromFiles = async (
  files: readonly ConfigFile[],
  surroundings: Surroundings,
): Promise<ClusterPlace | undefined> => {
  const current = files.map(({ content }) => textOf(content, 'current-context')).find((name) => name !== '');
  if (current === undefined) return undefined;
  const where = files[0]?.file ?? '';
  const context = entryOf(files, 'contexts', 'context', current)?.entry;
  const cluster = entryOf(files, 'clusters', 'cluster', textOf(context, 'cluster'));
  if (cluster === undefined) throw invalid(where, `the context "${current.slice(0, 80)}" leads to no cluster`);
  const { token, ...login } = await loginOf(entryOf(files, 'users', 'user', textOf(context, 'user')));
  const ca = await readMaterial(cluster, 'certificate-authority');
  const servername = textOf(cluster.entry, 'tls-server-name');
  const tls = {
    ...login,
    ...(ca === undefined ? {} : { ca }),
    ...(servername === '' ? {} : { servername }),
    verify: cluster.entry['insecure-skip-tls-verify'] !== true,
  };
  return toPlace({ server: textOf(cluster.entry, 'server'), where: cluster.file, token, tls }, surroundings, true);
};

/** Every pod has these variables and files, unless its manifest says otherwise. */
const fromPod = async (root: string, surroundings: Surroundings): Promise<ClusterPlace | undefined> => {
  const host = surroundings.environment['KUBERNETES_SERVICE_HOST'];
  const port = surroundings.environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  const [token, ca] = [await readOptional(join(folder, 'token')), await readOptional(join(folder, 'ca.crt'))];
  if (host === undefined || token === undefined || ca === undefined) return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return toPlace(
    { server, where: folder, token: token.toString('utf8').trim(), tls: { ca, verify: true } },
    surroundings,
    false,
  );
};

/**
 * The current context's cluster; none when nothing is configured. Programs that a configuration names are not run.
 * @throws {Fault} unavailable `KUBERNETES_CONFIG_INVALID`, `KUBERNETES_LOGIN_UNSUPPORTED`, `KUBERNETES_UNPROTECTED`, `FILE_UNREADABLE`, `NETWORK_OFFLINE`
 */
export const clusterPlaces = async (root: string, surroundings: Surroundings): Promise<readonly ClusterPlace[]> => {
  const { environment } = surroundings;
  const home = environment['HOME'];
  const paths =
    environment['KUBECONFIG']?.split(':').filter((path) => path !== '') ?? (home ? [join(home, '.kube/config')] : []);
  const files = (await Promise.all(paths.map(readConfig))).filter((file) => file !== undefined);
  const place = (await fromFiles(files, surroundings)) ?? (await fromPod(root, surroundings));
  return place === undefined ? [] : [place];
};
