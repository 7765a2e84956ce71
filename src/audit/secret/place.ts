/** A path → which tool keeps its secrets in a file of that name. A no costs a look at the last part of the path. */
import { baseName } from '../../core/path.ts';

export const secretPlaces = [
  'docker-login',
  'kubeconfig',
  'netrc',
  'pgpass',
  'git-credentials',
  'npmrc',
  'pypirc',
  'aws-credentials',
  'google-credentials',
  'client-settings',
  'forge-login',
  'terraform-login',
  'environment-file',
  'password-list',
  'shell-history',
  'cluster-token',
  'key-tab',
] as const;
export type SecretPlace = (typeof secretPlaces)[number];

type Rule = readonly [SecretPlace, RegExp];

/** By the name alone, wherever the file lies: homes are anywhere in an image. */
const byName: readonly Rule[] = [
  ['docker-login', /^\.dockercfg$/],
  ['netrc', /^[._]netrc$/],
  ['pgpass', /^\.pgpass$/],
  ['git-credentials', /^\.git-credentials$/],
  ['npmrc', /^(?:\.npmrc|\.yarnrc\.yml|\.yarnrc|npmrc)$/],
  ['pypirc', /^(?:\.pypirc|pip\.conf|\.condarc)$/],
  ['google-credentials', /^application_default_credentials\.json$/],
  [
    'client-settings',
    /^(?:\.my\.cnf|\.s3cfg|\.boto|rclone\.conf|\.vault-token|\.esmtprc|\.msmtprc|\.fetchmailrc|\.mylogin\.cnf|\.rediscli_auth|wp-config\.php)$/,
  ],
  ['terraform-login', /^(?:\.terraformrc|credentials\.tfrc\.json)$/],
  ['environment-file', /^(?:\.env(?:\.(?!example|sample|template|dist|defaults?$)[\w.-]+)?|[\w-]+\.env)$/],
  ['password-list', /^\.?htpasswd$/],
  ['shell-history', /^\.(?:bash|zsh|ash|sh|psql|mysql|python|node_repl)_history$/],
  ['key-tab', /^[\w.-]*\.keytab$/],
];

/** By folder and name. */
const byPath: readonly Rule[] = [
  [
    'docker-login',
    /(?:^|\/)(?:\.docker\/config\.json|\.config\/containers\/auth\.json|containers\/auth\.json|var\/lib\/kubelet\/config\.json)$/,
  ],
  [
    'kubeconfig',
    /(?:^|\/)(?:\.kube\/config|etc\/kubernetes\/[\w.-]+\.conf|[\w.-]*kubeconfig(?:\.ya?ml)?|etc\/rancher\/k3s\/k3s\.yaml)$/,
  ],
  ['aws-credentials', /(?:^|\/)\.aws\/(?:credentials|config)$/],
  ['git-credentials', /(?:^|\/)(?:\.config\/git\/credentials|\.git\/config)$/],
  ['forge-login', /(?:^|\/)\.config\/(?:gh\/hosts\.yml|hub|glab-cli\/config\.yml)$/],
  ['pypirc', /(?:^|\/)(?:\.config\/pip|\.pip|etc)\/pip\.conf$/],
  ['cluster-token', /(?:^|\/)secrets\/kubernetes\.io\/serviceaccount\/(?:\.\.data\/)?token$/],
];

/** The ends of every name in the second list. */
const ends: readonly string[] = [
  'config',
  'config.json',
  'config.yml',
  'config.yaml',
  'k3s.yaml',
  'auth.json',
  '.conf',
  'credentials',
  'hosts.yml',
  'hub',
  'token',
];
/** By the last letter, so that nearly all names are told from them by one look. */
const endsByLetter: ReadonlyMap<number, readonly string[]> = Map.groupBy(ends, (end) => end.charCodeAt(end.length - 1));

/** Names of the first list that begin with a letter. */
const plainEnds: ReadonlyMap<number, readonly string[]> = Map.groupBy(
  [
    '.env',
    '.keytab',
    'npmrc',
    'htpasswd',
    'pip.conf',
    'rclone.conf',
    'credentials.json',
    '.tfrc.json',
    'wp-config.php',
  ],
  (end) => end.charCodeAt(end.length - 1),
);

const endsWithAny = (path: string, byLetter: ReadonlyMap<number, readonly string[]>): boolean =>
  byLetter.get(path.charCodeAt(path.length - 1))?.some((end) => path.endsWith(end)) === true;

export const secretPlaceOf = (path: string): SecretPlace | undefined => {
  const first = path.charCodeAt(path.lastIndexOf('/') + 1);
  // A dot or an underscore.
  if (first === 46 || first === 95 || endsWithAny(path, plainEnds)) {
    const name = baseName(path);
    const found = byName.find(([, pattern]) => pattern.test(name));
    if (found !== undefined) return found[0];
  }
  return endsWithAny(path, endsByLetter) ? byPath.find(([, pattern]) => pattern.test(path))?.[0] : undefined;
};

/** Where examples, tests and documents lie: what is there was never a secret, or is none any more. */
const exampleFolder =
  /(?:^|\/)(?:docs?|examples?|samples?|tests?|testing|testdata|test-data|testsuite|spec|specs|__tests__|fixtures?|mocks?|vectors|demos?|templates?|tutorials?|man|locale)(?:\/|$)/i;
const libraryFolder =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|bower_components|gems|pkg\/mod|\.cargo\/registry|usr\/(?:share|lib|lib64|libexec|include|src))\/|!\//;

export type Surroundings = 'own' | 'library' | 'example';

export const surroundingsOf = (path: string): Surroundings =>
  exampleFolder.test(path.slice(0, path.lastIndexOf('/') + 1))
    ? 'example'
    : libraryFolder.test(path)
      ? 'library'
      : 'own';
