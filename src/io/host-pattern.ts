/** A host pattern and a host → whether they match. Written as `host`, `host:port` or with `*` for one or more characters of one label. */

/** The host of a URL without brackets and without the dot that makes a name absolute; lower case. */
export const hostNameOf = (url: URL): string =>
  url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** `host[:port]`, `[v6]:port` or a bare IPv6 address. */
const splitPort = (text: string): readonly [host: string, port: string | undefined] => {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text);
  if (match === null) return [text.toLowerCase(), undefined];
  return [(match[1] ?? match[2] ?? '').toLowerCase(), match[3]];
};

const defaultPorts: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

export const portOf = (url: URL): string => (url.port === '' ? (defaultPorts[url.protocol] ?? '') : url.port);

/** `*` never crosses a dot, so a pattern reaches no deeper than it was written. A leading `*.` stands for exactly one label too. */
const matchesName = (pattern: string, host: string): boolean => {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('[a-z0-9_-]+');
  return new RegExp(`^${source}$`).test(host);
};

/** Whether a URL leads to a host that `patterns` name. A pattern without a port matches every port. */
export const isHostListed = (patterns: readonly string[], url: URL): boolean =>
  patterns.some((pattern) => {
    const [host, port] = splitPort(pattern.trim());
    return (port === undefined || port === portOf(url)) && matchesName(host, hostNameOf(url));
  });

/** Named without a wildcard: somebody meant this very host. */
export const isHostNamed = (patterns: readonly string[], url: URL): boolean =>
  isHostListed(
    patterns.filter((pattern) => !pattern.includes('*')),
    url,
  );
