/** Certificate folders of Docker and of containers-certs.d(5) → whom a TLS connection to one host trusts, and as whom it presents itself. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Context } from '../core/context.ts';
import { misuse } from '../core/fault.ts';
import { portOf } from './host-pattern.ts';

type Trust = Pick<Context, 'environment'> & { readonly network: Pick<Context['network'], 'certificateAuthorities'> };

const folderNames = (url: URL): readonly string[] => {
  const host = url.hostname;
  const names = portOf(url) === '443' ? [host, `${host}:443`] : [`${host}:${portOf(url)}`];
  return host === 'registry-1.docker.io' ? [...names, 'docker.io'] : names;
};

const foldersFor = (url: URL, { environment }: Trust, systemFolder: string): readonly string[] => {
  const home = environment['HOME'];
  const config = environment['XDG_CONFIG_HOME'] || (home ? join(home, '.config') : undefined);
  const roots = [
    ...(config === undefined ? [] : [join(config, 'containers'), join(config, 'docker')]),
    join(systemFolder, 'containers'),
    join(systemFolder, 'docker'),
  ];
  return roots.flatMap((root) => folderNames(url).map((name) => join(root, 'certs.d', name)));
};

const listFolder = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw misuse(
      'CERTIFICATE_UNREADABLE',
      `cannot read the certificate folder ${folder} (${code ?? 'unknown error'}); make it readable, or remove it`,
    );
  }
};

const readPem = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw misuse(
      'CERTIFICATE_UNREADABLE',
      `cannot read the certificate or key ${file} (${code ?? 'unknown error'}); make it readable, or remove it`,
    );
  }
};

/** What one host's certificate folders hold: `*.crt` are authorities, `NAME.cert` with `NAME.key` is a client certificate. */
export interface HostCertificates {
  readonly authorities: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
}

/** @throws {Fault} misuse `CERTIFICATE_UNREADABLE` */
export const readHostCertificates = async (
  url: URL,
  trust: Trust,
  systemFolder = '/etc',
): Promise<HostCertificates> => {
  const authorities: string[] = [];
  let client: { readonly certificate: string; readonly key: string } | undefined;
  for (const folder of foldersFor(url, trust, systemFolder)) {
    const names = await listFolder(folder);
    for (const name of names) {
      if (name.endsWith('.crt')) authorities.push(await readPem(join(folder, name)));
      if (!name.endsWith('.cert') || client !== undefined) continue;
      const keyName = `${name.slice(0, -'.cert'.length)}.key`;
      if (!names.includes(keyName))
        throw misuse('CERTIFICATE_UNREADABLE', `${join(folder, name)} needs its key beside it: ${keyName}`);
      client = { certificate: await readPem(join(folder, name)), key: await readPem(join(folder, keyName)) };
    }
  }
  return { authorities, ...client };
};

let systemAuthorities: readonly string[] | undefined;
/** Some hundred certificates take a while to parse: hosts without certificates of their own share the result. */
let plainContext: SecureContext | undefined;

/**
 * The TLS side of connections to one host: Node's and the system's authorities, those of `Context.network`, those of the host's folders.
 * @throws {Fault} misuse `CERTIFICATE_UNREADABLE`
 */
export const readSecureContext = async (url: URL, trust: Trust, systemFolder?: string): Promise<SecureContext> => {
  const { authorities, certificate, key } = await readHostCertificates(url, trust, systemFolder);
  systemAuthorities ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  const isPlain = authorities.length + trust.network.certificateAuthorities.length === 0 && certificate === undefined;
  if (isPlain && plainContext !== undefined) return plainContext;
  try {
    const made = createSecureContext({
      ca: [...systemAuthorities, ...trust.network.certificateAuthorities, ...authorities],
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      minVersion: 'TLSv1.2',
    });
    if (isPlain) plainContext = made;
    return made;
  } catch (thrown) {
    throw misuse(
      'CERTIFICATE_UNREADABLE',
      `a certificate or key for ${url.host} in a certs.d folder or given with --ca-file is no valid PEM: ${(thrown as Error).message}`,
    );
  }
};
