import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { fileKeyOf, resolveSettings, settingsTable, variableOf, type SettingOrigins } from './settings.ts';

const resolve = (origins: Partial<SettingOrigins>) =>
  resolveSettings({ flags: {}, environment: {}, file: {}, fileName: 'tidewaiter.yaml', ...origins });

const refuses = (origins: Partial<SettingOrigins>, words: RegExp): void => {
  assert.throws(
    () => resolve(origins),
    (thrown) => isFault(thrown) && thrown.kind === 'misuse' && words.test(thrown.message),
    String(words),
  );
};

test('without anything the defaults hold', () => {
  const settings = resolve({});
  assert.deepEqual(
    [
      settings.format,
      settings.failOn,
      settings.cache,
      settings.defaultRules,
      settings.offline,
      settings.rules,
      settings.policy,
    ],
    ['text', 'deny', true, true, false, [], undefined],
  );
});

test("a command's own default stands behind flag, variable and file, and before the table", () => {
  const defaults = { failOn: 'never' } as const;
  assert.equal(resolve({ defaults }).failOn, 'never');
  assert.equal(resolve({ defaults }).format, 'text');
  assert.equal(resolve({ defaults, file: { 'fail-on': 'warn' } }).failOn, 'warn');
  assert.equal(resolve({ defaults, environment: { TIDEWAITER_FAIL_ON: 'deny' } }).failOn, 'deny');
});

test('flag before variable before file before default', () => {
  const file = { format: 'html' };
  const environment = { TIDEWAITER_FORMAT: 'sarif' };
  assert.equal(resolve({ file }).format, 'html');
  assert.equal(resolve({ file, environment }).format, 'sarif');
  assert.equal(resolve({ file, environment, flags: { format: 'json' } }).format, 'json');
});

test('a switch that is on by default is named without "no-" in file and variable', () => {
  assert.equal(resolve({ file: { cache: false } }).cache, false);
  assert.equal(resolve({ environment: { TIDEWAITER_CACHE: '0' } }).cache, false);
  assert.equal(resolve({ environment: { TIDEWAITER_CACHE: 'yes' } }).cache, true);
});

test('lists come from repeated flags, YAML lists or commas', () => {
  assert.deepEqual(resolve({ environment: { TIDEWAITER_RULES: 'a, b' } }).rules, ['a', 'b']);
  assert.deepEqual(resolve({ file: { rules: ['a', 'b'] } }).rules, ['a', 'b']);
  assert.deepEqual(resolve({ file: { 'own-name': ['acme'] } }).ownNames, ['acme']);
});

test('what cannot be meant is refused, with where it came from', () => {
  refuses({ environment: { TIDEWAITER_FORMAT: 'xml' } }, /TIDEWAITER_FORMAT: "xml" is none of text, json/);
  refuses({ file: { timeout: 0 } }, /timeout in tidewaiter\.yaml: "0" is no whole number/);
  refuses({ flags: { timeoutSeconds: 'soon' } }, /--timeout: "soon"/);
  refuses({ file: { formats: 'json' } }, /unknown key "formats"; did you mean "format"/);
  refuses({ environment: { TIDEWAITER_POLICIES: 'x' } }, /TIDEWAITER_POLICIES: no setting.*TIDEWAITER_POLICY/);
  refuses({ environment: { TIDEWAITER_OFFLINE: 'maybe' } }, /neither true nor false/);
  refuses({ flags: { platform: 'linux/arm64', allPlatforms: true } }, /cannot be combined/);
});

test('feeds are read from the file, each with the key that is pinned', () => {
  const feed = { name: 'team', url: 'https://feeds.example/team.json', key: 'AAAA' };
  assert.deepEqual(resolve({ file: { feeds: [feed] } }).feeds, [feed]);
  assert.deepEqual(resolve({}).feeds, []);
  refuses({ file: { feeds: feed } }, /feeds in tidewaiter\.yaml: a list/);
  refuses({ file: { feeds: [{ ...feed, name: '../x' }] } }, /needs a name/);
  refuses({ file: { feeds: [{ ...feed, url: 'file:///x' }] } }, /needs a url/);
  refuses({ file: { feeds: [{ name: 'team', url: feed.url }] } }, /needs the key/);
  refuses({ file: { feeds: [{ ...feed, insecure: true }] } }, /unknown key "insecure"/);
  refuses({ file: { feeds: [feed, feed] } }, /two feeds have one name/);
});

test('packages cannot be compared with an archive that must not be asked', () => {
  assert.equal(resolve({ flags: { verifyPackages: true } }).verifyPackages, true);
  refuses({ flags: { verifyPackages: true, offline: true } }, /--verify-packages: .*--offline/);
});

test('flags, keys and variables are each used once', () => {
  for (const names of [
    settingsTable.map((setting) => setting.flag),
    settingsTable.map(fileKeyOf),
    settingsTable.map(variableOf),
  ])
    assert.equal(new Set(names).size, names.length);
});

test('somebody is named with who vouches for them, in one way, and in one place', () => {
  const who = { certificateIdentity: 'me@corp.example' };
  const issuer = { certificateIssuer: 'https://login.corp.example' };
  assert.equal(resolve({ flags: { ...who, ...issuer } }).certificateIssuer, 'https://login.corp.example');
  assert.deepEqual(resolve({ flags: { keys: ['a.pub', 'b.pub'] } }).keys, ['a.pub', 'b.pub']);
  refuses({ flags: who }, /add --certificate-oidc-issuer/);
  refuses({ flags: issuer }, /add --certificate-identity/);
  refuses({ flags: { ...who, ...issuer, certificateIdentityPattern: '.*' } }, /cannot be combined/);
  refuses({ flags: { keys: ['a.pub'], trust: 'trust.yaml' } }, /--trust: says who/);
  refuses({ flags: { trustedRoot: 'root.json' } }, /--trusted-root/);
  const file = { trust: 'trust.yaml' };
  const byKey = resolve({ flags: { keys: ['a.pub'] }, file });
  assert.deepEqual([byKey.trust, byKey.keys], [undefined, ['a.pub']], 'what is typed replaces what the file says');
  const byFile = resolve({ flags: file, environment: { TIDEWAITER_KEY: 'a.pub' } });
  assert.deepEqual([byFile.trust, byFile.keys], ['trust.yaml', []]);
  refuses({ file: { ...file, key: ['a.pub'] } }, /--trust: says who/);
});

test('variables that Kubernetes makes of a service called tidewaiter are passed over; misspelt ones are not', () => {
  const environment = {
    TIDEWAITER_SERVICE_HOST: '10.0.0.1',
    TIDEWAITER_SERVICE_PORT: '8765',
    TIDEWAITER_SERVICE_PORT_HTTPS: '8765',
    TIDEWAITER_PORT: 'tcp://10.0.0.1:8765',
    TIDEWAITER_WATCH_PORT_8765_TCP: 'tcp://10.0.0.1:8765',
    TIDEWAITER_WATCH_PORT_8765_TCP_ADDR: '10.0.0.1',
  };
  assert.equal(resolve({ environment }).format, 'text');
  refuses({ environment: { TIDEWAITER_OUTPT: 'x' } }, /did you mean TIDEWAITER_OUTPUT/);
  refuses({ environment: { TIDEWAITER_PORTS: 'x' } }, /no setting has this variable/);
});

test('a time may have a unit', () => {
  const seconds = (written: unknown): number => resolve({ flags: { timeoutSeconds: written } }).timeoutSeconds;
  assert.deepEqual(['90', '90s', '15m', '2h', 45].map(seconds), [90, 90, 900, 7200, 45]);
  for (const wrong of ['0s', '5d', 'm', '1.5h', '-5m', '999h'])
    refuses({ flags: { timeoutSeconds: wrong } }, /no whole number .* nor a time such as 90s/);
  refuses({ flags: { cores: '2m' } }, /no whole number from 0 to 1024$/);
});
