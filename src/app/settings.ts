/** What flags, `TIDEWAITER_…` variables and `tidewaiter.yaml` say → the Settings of a command. */
import { misuse } from '../core/fault.ts';
import { nearest } from './nearest.ts';
import {
  fileKeyOf,
  settingsTable,
  variableOf,
  type FeedSetting,
  type Setting,
  type Settings,
  type SettingValue,
} from './settings-table.ts';

export { fileKeyOf, formats, settingsTable, variableOf } from './settings-table.ts';
export type { FeedSetting, Format, Setting, Settings } from './settings-table.ts';

const refuse = (origin: string, problem: string): never => {
  throw misuse('SETTING_INVALID', `${origin}: ${problem}`);
};

const toSwitch = (value: unknown, origin: string): boolean => {
  if (typeof value === 'boolean') return value;
  if (value === '1' || value === 'true' || value === 'yes') return true;
  if (value === '0' || value === 'false' || value === 'no' || value === '') return false;
  return refuse(origin, `"${String(value)}" is neither true nor false`);
};

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const toNumber = (value: unknown, isTime: boolean): number => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value === '') return Number.NaN;
  const [, digits, unit = ''] = /^(\d+)([smh])$/.exec(value) ?? [];
  return isTime && digits !== undefined ? Number(digits) * (secondsIn[unit] ?? Number.NaN) : Number(value);
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
      const number = toNumber(value, setting.unit !== undefined);
      if (!Number.isInteger(number) || number < setting.minimum || number > setting.maximum)
        return refuse(
          origin,
          `"${String(value)}" is no whole number from ${setting.minimum} to ${setting.maximum}${setting.unit === undefined ? '' : `, nor a time such as 90s, 15m or 2h`}`,
        );
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

/** Variables that configure something else than a setting. */
const otherVariables: readonly string[] = [
  'TIDEWAITER_REQUIRE_ALL',
  'TIDEWAITER_CONFIG',
  'TIDEWAITER_ATTEST_PASSWORD',
  'TIDEWAITER_NODE',
  'TIDEWAITER_DEV',
];

/**
 * Kubernetes gives every pod such variables about each service of its namespace (its documentation, "Accessing the Service"): one that
 * is called tidewaiter, or tidewaiter-watch, must not stop us.
 */
const serviceVariable =
  /^TIDEWAITER_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

const refuseUnknown = ({ file, fileName, environment }: SettingOrigins): void => {
  const keys = [...settingsTable.map(fileKeyOf), 'feeds', 'watch'];
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
    if (!variable.startsWith('TIDEWAITER_') || variables.includes(variable) || serviceVariable.test(variable)) continue;
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

/** Whether somebody is named who must have signed. */
export const demandsTrust = ({ trust, keys, certificateIdentity, certificateIdentityPattern }: Settings): boolean =>
  trust !== undefined ||
  keys.length > 0 ||
  certificateIdentity !== undefined ||
  certificateIdentityPattern !== undefined;

const whoMustSign = ['keys', 'certificateIdentity', 'certificateIdentityPattern'] as const;

/** Who must have signed is one setting in several forms: what was typed replaces another form of a variable or file. */
const preferNearest = (values: Partial<Record<keyof Settings, SettingValue>>, flags: SettingOrigins['flags']): void => {
  const typed = whoMustSign.some((name) => flags[name] !== undefined);
  if (typed && flags.trust === undefined) delete values.trust;
  if (typed || flags.trust === undefined) return;
  values.keys = [];
  for (const name of [
    'certificateIdentity',
    'certificateIdentityPattern',
    'certificateIssuer',
    'certificateIssuerPattern',
    'trustedRoot',
  ] as const)
    if (flags[name] === undefined) delete values[name];
};

/** Somebody is meant by a name and by who vouches for it: either alone means anybody. */
const refuseHalfIdentities = (settings: Settings): void => {
  const { certificateIdentity, certificateIdentityPattern, certificateIssuer, certificateIssuerPattern } = settings;
  const names = [certificateIdentity, certificateIdentityPattern].filter((name) => name !== undefined).length;
  const issuers = [certificateIssuer, certificateIssuerPattern].filter((issuer) => issuer !== undefined).length;
  if (names > 1) refuse('--certificate-identity', 'cannot be combined with --certificate-identity-regexp');
  if (issuers > 1) refuse('--certificate-oidc-issuer', 'cannot be combined with --certificate-oidc-issuer-regexp');
  if (names !== issuers)
    refuse(
      names > 0 ? '--certificate-identity' : '--certificate-oidc-issuer',
      `says ${names > 0 ? 'who, and not who vouches for it: add --certificate-oidc-issuer' : 'who vouches, and not for whom: add --certificate-identity'}`,
    );
  const asked = settings.keys.length > 0 || names > 0;
  if (asked && settings.trust !== undefined)
    refuse(
      '--trust',
      'says who must have signed; leave out --key and --certificate-identity, or write them into the file',
    );
  if (settings.trustedRoot !== undefined && names === 0 && settings.keys.length === 0)
    refuse('--trusted-root', 'is for --certificate-identity or --key; a trust file names its own');
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
  preferNearest(values, flags);
  const feeds = readFeeds(file['feeds'], `feeds in ${fileName}`);
  const watch = file['watch'] === undefined ? {} : { watch: { content: file['watch'], fileName } };
  const settings = { ...values, feeds, ...watch } as unknown as Settings;
  if (settings.platform !== undefined && settings.allPlatforms)
    refuse('--platform', 'cannot be combined with --all-platforms');
  refuseHalfIdentities(settings);
  if (settings.verifyPackages && settings.offline)
    refuse('--verify-packages', 'asks the distribution’s archive, which --offline forbids; leave out one of the two');
  return settings;
};
