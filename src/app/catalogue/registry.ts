/** Codes of conversations with registries: reaching them, being let in, and what they answer. */
import type { Explanation } from './words.ts';

const again = 'Scan again. If it stays so, tell the operator of the registry, or of the proxy in between.';

export const registry = {
  ADDRESS_REFUSED: {
    means:
      'The host resolves to an address that Tidewaiter does not connect to: a private or cloud-metadata address to which a server led, or a public registry that suddenly has a private address.',
    advice:
      'If the host is your own, allow it with --trusted-host HOST where the message offers that. Otherwise a server tries to reach into your network: do not allow it.',
  },
  AUTH_FILE_INVALID: {
    means: 'A file of registry logins (or DOCKER_AUTH_CONFIG) is not JSON of the form that Docker and Podman write.',
    advice: 'Log in again with docker login or podman login, or remove the file that the message names.',
  },
  AUTH_FILE_UNREADABLE: {
    means: 'A file of registry logins is there, or named by REGISTRY_AUTH_FILE, and cannot be read.',
    advice: 'Correct REGISTRY_AUTH_FILE, or make the file readable for the user who runs Tidewaiter.',
  },
  BLOB_TOO_LONG: {
    means: 'The registry sends more bytes for a layer or config than the manifest names and Tidewaiter takes.',
    advice:
      'Do not run the image. Push it again; if it stays so, the registry or something in between changes content.',
  },
  BLOB_TOO_SHORT: {
    means: 'The registry ends a layer or config before all the bytes that the manifest names have come.',
    advice: 'Scan again. If it stays so, the stored content is damaged: push the image again.',
  },
  BLOB_UNKNOWN: {
    means: 'The registry does not have a layer or config that its manifest names: deleted, or never pushed.',
    advice: 'Push the image again, or scan a copy that is whole.',
  },
  CERTIFICATE_UNREADABLE: {
    means: 'A certificate or key of a certs.d folder or of --ca-file cannot be read, or is no valid PEM.',
    advice: 'Correct or remove the file that the message names.',
  },
  CONTENT_TYPE_UNEXPECTED: {
    means: 'The host answers with a web page: it is no registry, or a login portal or proxy answers in its place.',
    advice: 'Check the host name of the reference, and open the address from this machine to see who answers.',
  },
  MANIFEST_UNKNOWN: {
    means: 'The registry has no image of this name, tag or digest; some say so too when the login may not see it.',
    advice: 'Check the spelling. If the image is there, log in with an account that may read it.',
  },
  NETWORK_OFFLINE: {
    means: 'The reference needs the network, and --offline forbids it.',
    advice:
      'Leave --offline out, or scan a copy on this machine (oci:, oci-archive:, docker-archive:, docker-daemon:).',
  },
  PAGES_TOO_MANY: {
    means: 'A list of the registry (tags or referrers) does not end within 100 pages, or goes round in a circle.',
    advice: again,
  },
  PLAIN_HTTP_REFUSED: {
    means: 'The registry, or a host that it leads to, speaks plain HTTP: anybody in between could change the image.',
    advice: 'Give the registry a certificate; or, in a network that you trust, allow it with --insecure-registry HOST.',
  },
  PROXY_INVALID: {
    means: 'HTTP_PROXY or HTTPS_PROXY does not hold an http:// or https:// address.',
    advice: 'Correct or unset the variable.',
  },
  RANGE_WRONG: {
    means: 'A download broke off, and the server went on with other bytes than the missing ones.',
    advice: again,
  },
  REDIRECT_LOOP: {
    means: 'The registry redirects in a circle, or more than five times.',
    advice: again,
  },
  REDIRECT_REFUSED: {
    means:
      'The registry leads to a host that has nothing to do with it, to plain HTTP, or to an address with a password in it.',
    advice: 'If the host is right, for example your own blob store, allow it with --trusted-host HOST.',
  },
  REGISTRY_ANSWER_UNEXPECTED: {
    means: 'The registry answers with a status that the protocol has no meaning for, or loses the rest of a list.',
    advice: again,
  },
  REGISTRY_FAILED: {
    means: 'The registry answers with a server error, also when asked again.',
    advice: 'Look at the state of the registry, and scan again later.',
  },
  REGISTRY_FORBIDDEN: {
    means: 'The registry knows the login and does not let it read this repository.',
    advice: 'Ask for the right to pull, or log in with another account.',
  },
  REGISTRY_RATE_LIMITED: {
    means: 'The registry says that too much was asked of it, also after waiting.',
    advice: 'Log in (limits are higher then), or scan again after the time that the message names.',
  },
  REGISTRY_STALLED: {
    means: 'The registry did not answer in time, or stopped sending in the middle.',
    advice: 'Scan again; if it stays so, look at the network, the proxy and the load of the registry.',
  },
  REGISTRY_UNAUTHORIZED: {
    means:
      'The registry wants a login, or did not accept the one that was found. The message says where one was looked for.',
    advice: 'Run docker login HOST or podman login HOST as the user who runs Tidewaiter, or set REGISTRY_AUTH_FILE.',
  },
  REGISTRY_UNREACHABLE: {
    means: 'The registry cannot be reached: no such host name, refused or broken connection, no answer.',
    advice: 'Check the host name, the network, the firewall and HTTPS_PROXY; then scan again.',
  },
  REPOSITORY_UNKNOWN: {
    means: 'The registry has no repository of this name, or does not show it to this login.',
    advice: 'Check the spelling, and log in with an account that may read it.',
  },
  RESPONSE_MALFORMED: {
    means:
      'An answer of the registry or its token service breaks the protocol: no valid HTTP, a coding that was not asked for, a redirect to nowhere, no usable token.',
    advice: again,
  },
  RESPONSE_TOO_LARGE: {
    means:
      'A manifest, list or token is larger than Tidewaiter reads (8 MiB for manifests); honest ones are far smaller.',
    advice: 'Do not trust the image before you know why. Push it again with a current tool.',
  },
  RESPONSE_TRUNCATED: {
    means: 'The connection breaks before a manifest or list is complete, three times in a row.',
    advice: again,
  },
  TLS_FAILED: {
    means:
      'No TLS connection comes about: the two sides have no protocol version or cipher in common, or one breaks off.',
    advice:
      'The registry needs TLS 1.2 or newer. If it wants a client certificate, put NAME.cert and NAME.key into its certs.d folder.',
  },
  TLS_NOT_SPOKEN: {
    means: 'The host does not answer with TLS, most likely because it speaks plain HTTP.',
    advice: 'Check host and port. In a network that you trust, --insecure-registry HOST allows plain HTTP.',
  },
  TLS_UNTRUSTED: {
    means:
      'The certificate of the registry is not valid for this machine: unknown authority, other name, expired or revoked.',
    advice:
      'Pass your own authority with --ca-file FILE or put it at /etc/docker/certs.d/HOST/ca.crt. Otherwise suspect whoever is in between.',
  },
  TOKEN_REALM_REFUSED: {
    means:
      'The registry wants its login to be sent to a host that has nothing to do with it. A hostile one would collect passwords so.',
    advice: 'If the token service is the right one, allow it with --trusted-host HOST.',
  },
  TOKEN_SERVICE_FAILED: {
    means: 'The service that gives tokens for the registry answers with an error.',
    advice: 'Look at the state of that service, and scan again later.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
