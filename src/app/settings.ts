/** Every setting once: its flag, its `TIDEWAITER_…` variable, its key in `tidewaiter.yaml`, its default. */
import { misuse } from '../core/fault.ts';

export const formats = ['text', 'json', 'sarif', 'html', 'cyclonedx', 'junit'] as const;
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
  /** Only in the file: a key is too long to be typed. */
  readonly feeds: readonly FeedSetting[];
  /** Scanning processes and threads are chosen for so many cores; 0: as many as there are. */
  readonly cores: number;
}

type SettingValue = string | number | boolean | readonly string[];

/** Those that have a flag and a variable. */
type PlainSetting = Exclude<keyof Settings, 'feeds'>;

interface SettingBase {
  readonly name: PlainSetting;
  /** Long flag without dashes: also the key in the file, and upper-cased the variable. */
  readonly flag: string;
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
      }
    /** `negated`: the flag turns off what is on by default, as `--no-cache` does; its key in the file has no `no-`. */
    | { readonly kind: 'switch'; readonly negated: boolean }
  );

export const settingsTable: readonly Setting[] = [
  {
    name: 'format',
    flag: 'format',
    kind: 'choice',
    values: formats,
    default: 'text',
    about: 'how the report is written',
  },
  {
    name: 'output',
    flag: 'output',
    kind: 'text',
    placeholder: 'FILE',
    about: 'write the report to a file instead of standard output',
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
    about: 'YARA rules or hash feeds to use besides the built-in ones; may be repeated',
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
    about: 'give up after this time; what was not examined by then is reported as gaps',
  },
  {
    name: 'quiet',
    flag: 'quiet',
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

const refuse = (origin: string, problem: string): never => {
  throw misuse('SETTING_INVALID', `${origin}: ${problem}`);
};

const toSwitch = (value: unknown, origin: string): boolean => {
  if (typeof value === 'boolean') return value;
  if (value === '1' || value === 'true' || value === 'yes') return true;
  if (value === '0' || value === 'false' || value === 'no' || value === '') return false;
  return refuse(origin, `"${String(value)}" is neither true nor false`);
};

/**
 * One value as it came from a flag, a variable or the file → the setting's value.
 * @throws {Fault} misuse `SETTING_INVALID`, naming where the value came from
 */
const readValue = (setting: Setting, value: unknown, origin: string): SettingValue => {
  switch (setting.kind) {
    case 'switch':
      return toSwitch(value, origin);
    case 'number': {
      const number = typeof value === 'number' ? value : Number(value === '' ? Number.NaN : value);
      if (!Number.isInteger(number) || number < setting.minimum || number > setting.maximum)
        return refuse(origin, `"${String(value)}" is no whole number from ${setting.minimum} to ${setting.maximum}`);
      return number;
    }
    case 'choice':
      if (typeof value === 'string' && setting.values.includes(value)) return value;
      return refuse(origin, `"${String(value)}" is none of ${setting.values.join(', ')}`);
    case 'list':
      if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string' && item !== ''))
        return value;
      if (typeof value === 'string')
        return value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '');
      return refuse(origin, 'a list of texts is needed');
    default:
      if (typeof value === 'string' && value !== '') return value;
      return refuse(origin, 'a text is needed');
  }
};

export interface SettingOrigins {
  /** From the command line, by `name`; only what was really given. */
  readonly flags: Readonly<Partial<Record<keyof Settings, unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Content of `tidewaiter.yaml`, by file key. */
  readonly file: Readonly<Record<string, unknown>>;
  readonly fileName: string;
  /** Where a command's defaults are not those of the table. */
  readonly defaults?: Readonly<Partial<Settings>>;
}

const sharedStart = (one: string, other: string): number => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
};

/** The known word that starts most like the unknown one; a whole half of it must agree. */
const nearest = (word: string, words: readonly string[]): string | undefined => {
  const [best] = words.toSorted((one, other) => sharedStart(other, word) - sharedStart(one, word));
  return best !== undefined && sharedStart(best, word) * 2 >= word.length ? best : undefined;
};

/** Variables that configure something else than a setting. */
const otherVariables: readonly string[] = [
  'TIDEWAITER_REQUIRE_ALL',
  'TIDEWAITER_CONFIG',
  'TIDEWAITER_NODE',
  'TIDEWAITER_DEV',
];

const refuseUnknown = ({ file, fileName, environment }: SettingOrigins): void => {
  const keys = [...settingsTable.map(fileKeyOf), 'feeds'];
  for (const key of Object.keys(file)) {
    if (keys.includes(key)) continue;
    const near = nearest(key, keys);
    refuse(
      fileName,
      `unknown key "${key}"${near === undefined ? '' : `; did you mean "${near}"?`} Known keys: ${keys.join(', ')}`,
    );
  }
  const variables = [...settingsTable.map(variableOf), ...otherVariables];
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('TIDEWAITER_') || variables.includes(variable)) continue;
    const near = nearest(variable, variables);
    refuse(variable, `no setting has this variable${near === undefined ? '; unset it' : `; did you mean ${near}?`}`);
  }
};

const isFeedName = (name: unknown): name is string =>
  typeof name === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(name);

const isFeedUrl = (url: unknown): url is string => {
  const read = typeof url === 'string' ? URL.parse(url) : null;
  return read !== null && /^https?:$/.test(read.protocol) && read.username === '' && read.hash === '';
};

const readFeeds = (value: unknown, origin: string): readonly FeedSetting[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(origin, 'a list of "{ name: …, url: …, key: … }" is needed');
  const feeds = value.map((item: unknown): FeedSetting => {
    const { name, url, key, ...others } = (typeof item === 'object' && item !== null ? item : {}) as Readonly<
      Record<string, unknown>
    >;
    if (!isFeedName(name)) return refuse(origin, 'a feed needs a name of lower-case letters, digits and dashes');
    if (!isFeedUrl(url)) return refuse(origin, `the feed ${name} needs a url: https://…`);
    if (typeof key !== 'string' || key === '')
      return refuse(origin, `the feed ${name} needs the key that it is signed with`);
    const [other] = Object.keys(others);
    if (other !== undefined) return refuse(origin, `the feed ${name} has the unknown key "${other}"`);
    return { name, url, key };
  });
  if (new Set(feeds.map(({ name }) => name)).size !== feeds.length) return refuse(origin, 'two feeds have one name');
  return feeds;
};

/**
 * Flag, variable, file, default: the first that is there wins, for each setting by itself.
 * @throws {Fault} misuse `SETTING_INVALID`
 */
export const resolveSettings = (origins: SettingOrigins): Settings => {
  refuseUnknown(origins);
  const { flags, environment, file, fileName, defaults = {} } = origins;
  const values: Partial<Record<keyof Settings, SettingValue>> = {};
  for (const setting of settingsTable) {
    const variable = variableOf(setting);
    const key = fileKeyOf(setting);
    const own = defaults[setting.name];
    if (flags[setting.name] !== undefined)
      values[setting.name] = readValue(setting, flags[setting.name], `--${setting.flag}`);
    else if (environment[variable] !== undefined)
      values[setting.name] = readValue(setting, environment[variable], variable);
    else if (file[key] !== undefined) values[setting.name] = readValue(setting, file[key], `${key} in ${fileName}`);
    else if (own !== undefined) values[setting.name] = own;
    else if (setting.kind === 'choice' || setting.kind === 'number') values[setting.name] = setting.default;
    else if (setting.kind === 'list') values[setting.name] = [];
    else if (setting.kind === 'switch') values[setting.name] = setting.negated;
  }
  const feeds = readFeeds(file['feeds'], `feeds in ${fileName}`);
  const settings = { ...values, feeds } as unknown as Settings;
  if (settings.platform !== undefined && settings.allPlatforms)
    refuse('--platform', 'cannot be combined with --all-platforms');
  if (settings.verifyPackages && settings.offline)
    refuse('--verify-packages', 'asks the distribution’s archive, which --offline forbids; leave out one of the two');
  return settings;
};
