/** What people who know other tools type here → what does that job, or why nothing does. */
import { toPlainText } from '../core/plain-text.ts';

const login =
  'the login of docker login or podman login is used; REGISTRY_AUTH_FILE names another file, and no password is typed here';
const certificates =
  '--ca-file FILE trusts an authority, --insecure-registry HOST allows plain HTTP; certificates are always checked';
const skipping = 'nothing is skipped by path; a policy has exceptions, with a reason and an end: docs/policy.md';
const outdated = 'this looks for what somebody put there on purpose, not for outdated packages';
const colours = 'NO_COLOR=1 turns colours off, FORCE_COLOR=1 turns them on in a pipe';

const flags: Readonly<Record<string, string>> = {
  '--arch': '--platform linux/ARCH',
  '--authfile': login,
  '--ca-cert': '--ca-file FILE',
  '--cacert': '--ca-file FILE',
  '--color': colours,
  '--colour': colours,
  '--creds': login,
  '--debug': '--verbose',
  '--exclude': skipping,
  '--exit-code': '--fail-on deny, warn or never',
  '--fail-on-severity': '--fail-on deny, warn or never',
  '--file': 'write docker-archive:FILE or oci-archive:FILE in place of the name',
  '--html': '--format html',
  '--ignore-unfixed': outdated,
  '--image': 'write the reference alone, as in: tidewaiter scan nginx:1.27',
  '--image-src': 'write docker-daemon:NAME, containerd:NAME or docker://NAME',
  '--input': 'write docker-archive:FILE or oci-archive:FILE in place of the name',
  '--insecure': certificates,
  '--insecure-skip-tls-verify': certificates,
  '--json': '--format json',
  '--no-color': colours,
  '--no-colour': colours,
  '--no-progress': '--quiet',
  '--only-fixed': outdated,
  '--password': login,
  '--password-stdin': login,
  '--plain-http': certificates,
  '--sarif': '--format sarif',
  '--scanners': outdated,
  '--severity': '--fail-on says which decision fails, a policy which findings decide: docs/policy.md',
  '--silent': '--quiet',
  '--skip-dirs': skipping,
  '--skip-files': skipping,
  '--template': 'the formats are those of --format; json is for programs',
  '--tls-verify': certificates,
  '--tlsverify': certificates,
  '--username': login,
  '--vuln-type': outdated,
  '-c': '--config FILE',
  '-d': '--verbose',
  '-i': 'write docker-archive:FILE or oci-archive:FILE in place of the name',
  '-k': certificates,
  '-p': login,
  '-s': '--quiet',
  '-u': login,
  '-v': '--verbose; the version is told by tidewaiter --version',
};

const scan = 'tidewaiter scan IMAGE';
const planned = 'this version does not have it yet';

const verbs: Readonly<Record<string, string>> = {
  admission: planned,
  analyse: scan,
  analyze: scan,
  attest: 'tidewaiter scan --attest KEY IMAGE',
  audit: scan,
  authz: planned,
  check: scan,
  compare: 'tidewaiter diff OLD NEW',
  'containerd-verifier': planned,
  db: 'tidewaiter rules update',
  drill: planned,
  estate: planned,
  fs: 'tidewaiter scan rootfs:DIR',
  gateway: planned,
  image: scan,
  inspect: scan,
  login: 'docker login or podman login; their logins are used',
  monitor: 'tidewaiter watch',
  prove: planned,
  rootfs: 'tidewaiter scan rootfs:DIR',
  serve: planned,
  sign: 'tidewaiter scan --attest KEY IMAGE',
  update: 'tidewaiter rules update',
};

const hasOwn = (table: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;

/** A complaint of the parser of options → one line of advice, where something is known. */
export const guessAt = (complaint: string): string | undefined => {
  const flag = /unknown option '(-[^'=]*)/.exec(complaint)?.[1];
  if (flag !== undefined) return hasOwn(flags, flag);
  const verb = /^error: unknown command '([^']*)'/.exec(complaint)?.[1];
  if (verb === undefined) return undefined;
  // Names of images hold what no command does.
  return hasOwn(verbs, verb) ?? (/\w[:/@]\w/.test(verb) ? `tidewaiter scan ${toPlainText(verb, 200)}` : undefined);
};
