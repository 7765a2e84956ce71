/** The text that names an image → a Reference, following containers-transports(5) and the distribution reference grammar. */
import { isDigest, type Digest } from './digest.ts';
import { misuse } from './fault.ts';

export interface RegistryReference {
  readonly scheme: 'docker';
  /** Host with port where given; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface FileReference {
  readonly scheme: 'oci' | 'oci-archive' | 'docker-archive' | 'rootfs';
  readonly path: string;
  /** Which image of a layout or archive that holds several: a tag or full name. */
  readonly name?: string;
}

export interface EngineReference {
  readonly scheme: 'docker-daemon';
  /** Canonical name, or an image id. */
  readonly name: string;
}

export interface ContainerdReference {
  readonly scheme: 'containerd';
  /** Absent: every namespace is looked into. */
  readonly namespace?: string;
  /** Canonical name, or the digest of a manifest, an index or (as CRI names its images) a config. */
  readonly name: string;
}

export type Reference = RegistryReference | FileReference | EngineReference | ContainerdReference;

const planned: readonly string[] = ['disk', 'ami', 'ebs', 'gcp', 'azure'];
const known: readonly string[] = ['docker', 'oci', 'oci-archive', 'docker-archive', 'rootfs'];
const schemeHelp = `Known schemes: docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], docker-daemon:NAME, containerd:[NAMESPACE//]NAME, rootfs:DIR.`;

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const domainPattern =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/;

/** For messages, which end in logs: somebody may write a login into an address. */
const toShown = (text: string): string =>
  text.replace(/(^|\/\/)[^/@]*:[^/@]*@(?!sha(?:256|512):)/, '$1…@').slice(0, 300);

const refuse = (text: string, why: string): never => {
  throw misuse('REFERENCE_INVALID', `cannot read the reference "${toShown(text)}": ${why}`);
};

/**
 * `[host[:port]/]repository[:tag][@digest]`: the only grammar allowed for names that come from an event, a manifest or a request.
 * `nginx` means `docker.io/library/nginx`; without tag and digest the tag is `latest`.
 * @throws {Fault} misuse `REFERENCE_INVALID`
 */
export const parseRegistryReference = (text: string): RegistryReference => {
  let rest = text;
  let digest: Digest | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    const written = rest.slice(at + 1);
    if (!isDigest(written))
      return refuse(text, 'after @ a digest such as sha256:… (64 lower-case hex digits) must follow');
    digest = written;
    rest = rest.slice(0, at);
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!tagPattern.test(tag))
      return refuse(text, `"${tag.slice(0, 140)}" is no tag (up to 128 letters, digits, "_", "." and "-")`);
  }
  let registry = 'docker.io';
  const slash = rest.indexOf('/');
  const first = rest.slice(0, Math.max(slash, 0));
  if (slash > 0 && (/[.:A-Z]/.test(first) || first === 'localhost')) {
    if (!domainPattern.test(first)) return refuse(text, `"${first}" is no registry host`);
    registry = first === 'index.docker.io' || first === 'registry-1.docker.io' ? 'docker.io' : first.toLowerCase();
    rest = rest.slice(slash + 1);
  }
  if (rest.length > 255 || !repositoryPattern.test(rest))
    return refuse(
      text,
      /[A-Z]/.test(rest)
        ? 'a repository name is written in lower case'
        : `"${rest.slice(0, 260)}" is no repository name`,
    );
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const effectiveTag = tag ?? (digest === undefined ? 'latest' : undefined);
  return {
    scheme: 'docker',
    registry,
    repository,
    ...(effectiveTag === undefined ? {} : { tag: effectiveTag }),
    ...(digest === undefined ? {} : { digest }),
  };
};

/** A name or an id, as engines take either. Digits alone are an id. */
const parseEngineName = (scheme: string, rest: string, text: string): string => {
  if (rest === '') return refuse(text, `after ${scheme}: a name or an image id must follow`);
  if (/^\/?\//.test(rest))
    return refuse(
      text,
      `${scheme}: takes a name right after the colon, as in ${scheme}:${rest.replace(/^\/+/, '') || 'NAME'}`,
    );
  if (isDigest(rest)) return rest;
  if (/^[0-9a-f]{64}$/.test(rest)) return `sha256:${rest}`;
  return formatReference(parseRegistryReference(rest)).slice('docker://'.length);
};

/** No registry name holds two slashes in a row: what stands before them is containerd's namespace, in its own grammar. */
const parseContainerdReference = (rest: string, text: string): ContainerdReference => {
  const slashes = rest.indexOf('//');
  if (slashes <= 0) return { scheme: 'containerd', name: parseEngineName('containerd', rest, text) };
  const namespace = rest.slice(0, slashes);
  if (namespace.length > 76 || !/^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/.test(namespace))
    return refuse(text, `"${namespace.slice(0, 100)}" is no namespace of containerd`);
  return { scheme: 'containerd', namespace, name: parseEngineName('containerd', rest.slice(slashes + 2), text) };
};

/** Splits `PATH[:NAME]`. A Windows drive letter is no separator; a name never starts with a slash. */
const parseFileReference = (scheme: FileReference['scheme'], rest: string, text: string): FileReference => {
  if (rest === '' || rest.includes('\0')) return refuse(text, `after ${scheme}: a path must follow`);
  if (rest.startsWith('//'))
    return refuse(text, `${scheme}: takes a path right after the colon, as in ${scheme}:${rest.slice(2) || 'PATH'}`);
  if (scheme === 'rootfs') return { scheme, path: rest };
  const start = /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0;
  const colon = rest.indexOf(':', start);
  if (colon < 0) return { scheme, path: rest };
  const name = rest.slice(colon + 1);
  if (name === '' || name.startsWith('/')) return refuse(text, `"${name}" after the path names no image`);
  return { scheme, path: rest.slice(0, colon), name };
};

/**
 * What a person typed → a Reference. Without a scheme it is a registry name.
 * @throws {Fault} misuse `REFERENCE_INVALID`, `SCHEME_UNKNOWN` or `SCHEME_NOT_BUILT`, with words that say what to write instead
 */
export const parseReference = (text: string): Reference => {
  if (text === '' || /[\s\p{Cc}]/u.test(text)) return refuse(text, 'it is empty or holds spaces or control characters');
  const schemeMatch = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text);
  if (schemeMatch === null) {
    if (/^[./~]/.test(text)) return refuse(text, `a path needs a scheme that says what it is. ${schemeHelp}`);
    return parseRegistryReference(text);
  }
  const [, written = '', rest = ''] = schemeMatch;
  const scheme = written.toLowerCase();
  if (scheme === 'docker') {
    if (rest.startsWith('//') && !rest.startsWith('///')) return parseRegistryReference(rest.slice(2));
    if (rest.startsWith('/'))
      return refuse(text, `docker: needs exactly two slashes; did you mean docker://${rest.replace(/^\/+/, '')}?`);
    // `docker:dind` is the official image "docker" with a tag; anything longer was meant as a scheme.
    if (tagPattern.test(rest) || /^[\w.-]+@/.test(rest)) return parseRegistryReference(text);
    return refuse(text, `did you mean docker://${rest}?`);
  }
  if (scheme === 'docker-daemon') return { scheme, name: parseEngineName(scheme, rest, text) };
  if (scheme === 'containerd') return parseContainerdReference(rest, text);
  if (known.includes(scheme)) return parseFileReference(scheme as FileReference['scheme'], rest, text);
  if (planned.includes(scheme))
    throw misuse('SCHEME_NOT_BUILT', `this version of Tidewaiter cannot read ${scheme}: references yet. ${schemeHelp}`);
  // `name:tag` and `host:port/name` look like schemes and are none.
  if (rest.startsWith('/') || /^[A-Za-z]$/.test(written))
    throw misuse(
      'SCHEME_UNKNOWN',
      `"${written}:" is no scheme that Tidewaiter reads, in "${toShown(text)}". ${schemeHelp}`,
    );
  return parseRegistryReference(text);
};

/** The canonical text: parsing it gives an equal Reference. */
export const formatReference = (reference: Reference): string => {
  switch (reference.scheme) {
    case 'docker': {
      const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
      const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
      return `docker://${reference.registry}/${reference.repository}${tag}${digest}`;
    }
    case 'docker-daemon':
      return `docker-daemon:${reference.name}`;
    case 'containerd':
      return `containerd:${reference.namespace === undefined ? '' : `${reference.namespace}//`}${reference.name}`;
    default:
      return `${reference.scheme}:${reference.path}${reference.name === undefined ? '' : `:${reference.name}`}`;
  }
};
