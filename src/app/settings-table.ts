/** Every setting once, as data: its flag, its default, and what it is about. How one is read is in settings.ts. */
export const formats = ['text', 'json', 'sarif', 'html', 'cyclonedx', 'junit', 'ocsf', 'stix', 'navigator'] as const;
export type Format = (typeof formats)[number];

/** Rules from elsewhere that `rules update` fetches, signed with a key that is pinned here. */
export interface FeedSetting {
  readonly name: string;
  readonly url: string;
  /** Base64 of the 32 bytes of an Ed25519 public key. */
  readonly key: string;
}

/** What an inspecting command goes by. */
export interface Settings {
  readonly format: Format;
  /** Where the report goes; undefined: standard output. */
  readonly output?: string;
  readonly policy?: string;
  readonly failOn: 'deny' | 'warn' | 'never';
  readonly rules: readonly string[];
  readonly defaultRules: boolean;
  readonly platform?: string;
  readonly allPlatforms: boolean;
  readonly offline: boolean;
  readonly cache: boolean;
  readonly cacheFolder?: string;
  /** For one command, all references together. */
  readonly timeoutSeconds: number;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** ISO 8601; undefined: now. */
  readonly at?: string;
  readonly insecureRegistries: readonly string[];
  readonly certificateAuthorities: readonly string[];
  readonly trustedHosts: readonly string[];
  /** Registries, namespaces and repositories that are one's own, and originals pinned by digest. */
  readonly ownNames: readonly string[];
  /** Compare installed packages with the distribution's signed archive. */
  readonly verifyPackages: boolean;
  /** A file that says which archives those are; undefined: the built-in one. */
  readonly packageArchives?: string;
  /** A private key that signs the verdicts. */
  readonly attest?: string;
  /** Where signed verdicts go; undefined: a usual place, or nowhere with `attestPush`. */
  readonly attestOutput?: string;
  /** Put signed verdicts beside their images in registries. */
  readonly attestPush: boolean;
  /** A file that says who must have signed which images: a trust file of ours, of Notation, or containers' `policy.json`. */
  readonly trust?: string;
  /** Public keys, one of which must have signed every image, in place of a trust file. */
  readonly keys: readonly string[];
  /** Whose certificate must have signed: exact, or as a pattern that is anchored at both ends. */
  readonly certificateIdentity?: string;
  readonly certificateIdentityPattern?: string;
  readonly certificateIssuer?: string;
  readonly certificateIssuerPattern?: string;
  /** A file with the authorities and logs that certificates are checked by. */
  readonly trustedRoot?: string;
  /** Only in the file: a key is too long to be typed. */
  readonly feeds: readonly FeedSetting[];
  /** Only in the file, as it stands there: what rules over events go by. `follow/watch-settings.ts` reads it. */
  readonly watch?: { readonly content: unknown; readonly fileName: string };
  /** Scanning processes and threads are chosen for so many cores; 0: as many as there are. */
  readonly cores: number;
}

export type SettingValue = string | number | boolean | readonly string[];

/** Those that have a flag and a variable. */
type PlainSetting = Exclude<keyof Settings, 'feeds' | 'watch'>;

interface SettingBase {
  readonly name: PlainSetting;
  /** Long flag without dashes: also the key in the file, and upper-cased the variable. */
  readonly flag: string;
  /** One letter, for what is typed often. */
  readonly short?: string;
  readonly about: string;
}

export type Setting = SettingBase &
  (
    | { readonly kind: 'choice'; readonly values: readonly string[]; readonly default: string }
    | { readonly kind: 'text'; readonly placeholder: string }
    | { readonly kind: 'list'; readonly placeholder: string }
    | {
        readonly kind: 'number';
        readonly placeholder: string;
        readonly default: number;
        readonly minimum: number;
        readonly maximum: number;
        /** `s`, `m` and `h` may stand behind the number. */
        readonly unit?: 'seconds';
      }
    /** `negated`: the flag turns off what is on by default, as `--no-cache` does; its key in the file has no `no-`. */
    | { readonly kind: 'switch'; readonly negated: boolean }
  );

export const settingsTable: readonly Setting[] = [
  {
    name: 'format',
    flag: 'format',
    short: 'f',
    kind: 'choice',
    values: formats,
    default: 'text',
    about: 'how the report is written',
  },
  {
    name: 'output',
    flag: 'output',
    short: 'o',
    kind: 'text',
    placeholder: 'FILE',
    about: 'write the report to a file instead of standard output (-)',
  },
  {
    name: 'policy',
    flag: 'policy',
    kind: 'text',
    placeholder: 'FILE',
    about: 'policy to judge by, instead of the default one',
  },
  {
    name: 'failOn',
    flag: 'fail-on',
    kind: 'choice',
    values: ['deny', 'warn', 'never'],
    default: 'deny',
    about: 'the mildest decision that makes the exit status non-zero',
  },
  {
    name: 'rules',
    flag: 'rules',
    kind: 'list',
    placeholder: 'PATH',
    about: 'YARA rules, Sigma rules or hash feeds to use besides the built-in ones; may be repeated',
  },
  {
    name: 'defaultRules',
    flag: 'no-default-rules',
    kind: 'switch',
    negated: true,
    about: 'leave the built-in rules out',
  },
  {
    name: 'platform',
    flag: 'platform',
    kind: 'text',
    placeholder: 'OS/ARCH[/VARIANT]',
    about: 'which image of an index to take (default: the one for this machine, with os linux)',
  },
  {
    name: 'allPlatforms',
    flag: 'all-platforms',
    kind: 'switch',
    negated: false,
    about: 'judge every image of an index',
  },
  { name: 'offline', flag: 'offline', kind: 'switch', negated: false, about: 'contact nothing but this machine' },
  {
    name: 'cache',
    flag: 'no-cache',
    kind: 'switch',
    negated: true,
    about: 'neither use nor keep facts of earlier scans',
  },
  {
    name: 'cacheFolder',
    flag: 'cache-dir',
    kind: 'text',
    placeholder: 'DIR',
    about: "where facts of earlier scans are kept (default: tidewaiter in the user's cache folder)",
  },
  {
    name: 'timeoutSeconds',
    flag: 'timeout',
    kind: 'number',
    placeholder: 'SECONDS',
    default: 3600,
    minimum: 1,
    maximum: 604_800,
    unit: 'seconds',
    about: 'give up after this time, such as 90, 90s, 15m or 2h; what was not examined by then is reported as gaps',
  },
  {
    name: 'quiet',
    flag: 'quiet',
    short: 'q',
    kind: 'switch',
    negated: false,
    about: 'no progress and no warnings on standard error',
  },
  {
    name: 'verbose',
    flag: 'verbose',
    kind: 'switch',
    negated: false,
    about: 'show also what is only informative, and what is being done',
  },
  {
    name: 'at',
    flag: 'at',
    kind: 'text',
    placeholder: 'TIME',
    about: 'time of the judgement, ISO 8601 (default: now, or SOURCE_DATE_EPOCH)',
  },
  {
    name: 'insecureRegistries',
    flag: 'insecure-registry',
    kind: 'list',
    placeholder: 'HOST[:PORT]',
    about: 'speak plain HTTP to this registry; may be repeated (loopback needs no flag)',
  },
  {
    name: 'certificateAuthorities',
    flag: 'ca-file',
    kind: 'list',
    placeholder: 'FILE',
    about: 'trust the certificate authorities in this PEM file too; may be repeated',
  },
  {
    name: 'trustedHosts',
    flag: 'trusted-host',
    kind: 'list',
    placeholder: 'HOST',
    about: 'host to which a registry may redirect downloads and token requests; may be repeated',
  },
  {
    name: 'ownNames',
    flag: 'own-name',
    kind: 'list',
    placeholder: 'NAME',
    about:
      'registry, namespace or repository that is your own and must not be imitated, or NAME@DIGEST of an original; may be repeated',
  },
  {
    name: 'verifyPackages',
    flag: 'verify-packages',
    kind: 'switch',
    negated: false,
    about:
      "also compare installed packages with the distribution's signed archive (Debian; needs gpgv and the network)",
  },
  {
    name: 'packageArchives',
    flag: 'package-archives',
    kind: 'text',
    placeholder: 'FILE',
    about: 'hosts, suites and keyrings for --verify-packages, instead of rules/archives/debian.yaml',
  },
  {
    name: 'trust',
    flag: 'trust',
    kind: 'text',
    placeholder: 'FILE',
    about:
      'who must have signed which images: a trust file, a trustpolicy.json of Notation, or a policy.json of Podman; what is not signed so is denied',
  },
  {
    name: 'keys',
    flag: 'key',
    kind: 'list',
    placeholder: 'FILE',
    about: 'public key (PEM) that must have signed, as cosign signs; may be repeated: any one of them',
  },
  {
    name: 'certificateIdentity',
    flag: 'certificate-identity',
    kind: 'text',
    placeholder: 'NAME',
    about: 'who must have signed without a key: the e-mail or workflow address in the certificate',
  },
  {
    name: 'certificateIdentityPattern',
    flag: 'certificate-identity-regexp',
    kind: 'text',
    placeholder: 'PATTERN',
    about: 'the same as a pattern (RE2), which must fit the whole address',
  },
  {
    name: 'certificateIssuer',
    flag: 'certificate-oidc-issuer',
    kind: 'text',
    placeholder: 'URL',
    about: 'who must have vouched for that name',
  },
  {
    name: 'certificateIssuerPattern',
    flag: 'certificate-oidc-issuer-regexp',
    kind: 'text',
    placeholder: 'PATTERN',
    about: 'the same as a pattern (RE2), which must fit the whole address',
  },
  {
    name: 'trustedRoot',
    flag: 'trusted-root',
    kind: 'text',
    placeholder: 'FILE',
    about: "authorities and logs that certificates are checked by (default: sigstore's public ones)",
  },
  {
    name: 'attest',
    flag: 'attest',
    kind: 'text',
    placeholder: 'KEY',
    about: 'sign each verdict with this private key (PEM: EC, Ed25519 or RSA; passphrase: TIDEWAITER_ATTEST_PASSWORD)',
  },
  {
    name: 'attestOutput',
    flag: 'attest-output',
    kind: 'text',
    placeholder: 'FILE',
    about: 'where signed verdicts go, one sigstore bundle a line (default: verdict.sigstore.json)',
  },
  {
    name: 'attestPush',
    flag: 'attest-push',
    kind: 'switch',
    negated: false,
    about: 'put signed verdicts beside their images in the registry, instead of in a file',
  },
  {
    name: 'cores',
    flag: 'cores',
    kind: 'number',
    placeholder: 'N',
    default: 0,
    minimum: 0,
    maximum: 1024,
    about: 'processor cores to use (default: all)',
  },
];

/** The key in `tidewaiter.yaml`. */
export const fileKeyOf = (setting: Setting): string =>
  setting.kind === 'switch' && setting.negated ? setting.flag.slice('no-'.length) : setting.flag;

export const variableOf = (setting: Setting): string =>
  `TIDEWAITER_${fileKeyOf(setting).replaceAll('-', '_').toUpperCase()}`;
