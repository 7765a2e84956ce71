import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base58CheckOf, bech32Of, moneroOf } from '../../../test/builders/wallets.ts';
import { parseDomains, PoolNames } from './pools.ts';
import { findMiningConstants, findMiningSettings } from './settings.ts';

const pools = new PoolNames(parseDomains('# remark\npool.example\n\nmine.test # another\nno domain\n'));
const monero = moneroOf('settings');
const raven = base58CheckOf([60], 'settings');
const ether = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const stratum = ['stra', 'tum+tcp://'].join('');

/** Form, pool and coin of the first. */
const read = (text: string): string => {
  const [first] = findMiningSettings(text, pools);
  return first === undefined ? 'none' : `${first.form} ${first.pool.address} ${first.wallet?.coin ?? 'no wallet'}`;
};

test('JSON, with remarks and trailing commas, whatever the pool', () => {
  const object = { url: '192.0.2.10:3333', user: `${monero}.rig1`, pass: 'x' };
  assert.equal(read(JSON.stringify({ pools: [object] })), 'json 192.0.2.10:3333 Monero');
  assert.equal(
    read(`/* mine */ {\n"pools": [ // first\n {"url":"xmr.mine.test:443","user":"${monero}",},],\n}`),
    'json xmr.mine.test:443 Monero',
  );
  assert.equal(
    read(JSON.stringify({ pool_list: [{ pool_address: 'a.pool.example:80', wallet_address: monero }] })),
    'json a.pool.example:80 Monero',
  );
  assert.equal(
    read(JSON.stringify({ algo: 'kawpow', pools: [{ url: `${stratum}gpu.host.test:1`, user: 'account.worker' }] })),
    'json gpu.host.test:1 no wallet',
  );
});

test('JSON of a service that has a pool of something else, or an address but no pool, is none', () => {
  assert.equal(read(JSON.stringify({ pools: [{ url: 'db.example:5432', user: 'app', pass: 'x' }] })), 'none');
  assert.equal(read(JSON.stringify({ donate: { monero }, repository: 'https://www.example.org/x' })), 'none');
  assert.equal(read(JSON.stringify({ host: 'node.example:18081', address: ether })), 'none');
  assert.equal(read(JSON.stringify({ poolServer: { ports: { 3333: {} } }, poolAddress: monero })), 'none');
  assert.equal(read('{"a":'.repeat(5000)), 'none');
});

test('command lines of miners, under any name and in any language', () => {
  assert.equal(read(`./kworker -o 192.0.2.10:80 -u ${monero} -p x --tls`), 'command 192.0.2.10:80 Monero');
  assert.equal(
    read(`exec /x --url=a.pool.example:3333 \\\n  --user=${raven}.w`),
    'command a.pool.example:3333 Ravencoin or Verus',
  );
  assert.equal(
    read(`t -a kawpow -o ${stratum}host.test:6060 -u ${raven}.w -p x`),
    'command host.test:6060 Ravencoin or Verus',
  );
  assert.equal(
    read(`m -P stratum1+ssl://${ether}.w@eth.host.test:5555 --farm-recheck 200`),
    'command eth.host.test:5555 Ethereum',
  );
  assert.equal(
    read(`subprocess.Popen(["/tmp/.x", "-o", "192.0.2.9:443", "-u", "${monero}", "-k"])`),
    'command 192.0.2.9:443 Monero',
  );
});

test('miners of nodes, which name their node by other words', () => {
  const dero = bech32Of('dero', 'settings', 55);
  assert.equal(read(`./jupyter  -r 192.0.2.93:443  -w ${dero}.$RANDOM`), 'command 192.0.2.93:443 Dero');
  assert.equal(read(`ssh -r 192.0.2.93:443 -w ${dero.slice(0, -1)}`), 'none');
});

test('command lines of honest clients are none', () => {
  assert.equal(read('curl -o 192.0.2.10:80 -u user:password https://www.example.org/'), 'none');
  assert.equal(read(`monero-wallet-cli --daemon-address node.example:18081 --restore ${monero}`), 'none');
  assert.equal(read(`psql --host db.example:5432 --username ${ether}`), 'none');
});

test('variables that stand together', () => {
  assert.equal(read(`WALLET=${monero}\nPOOL=192.0.2.10:3333\n`), 'variables 192.0.2.10:3333 Monero');
  assert.equal(
    read(`export POOL_HOST="eu.pool.example"\nexport XMR_ADDRESS='${monero}'\n`),
    'variables eu.pool.example Monero',
  );
  assert.equal(read(`pool: ${stratum}x.test:1\nwallet: ${ether}\n`), 'variables x.test:1 Ethereum');
});

test('words one a line, as in manifests; host and port in variables of their own', () => {
  const manifest = `spec:\n  containers:\n    - name: web\n      args:\n        - -o\n        - 192.0.2.1:443\n        - -u\n        - ${monero}\n`;
  assert.equal(read(manifest), 'command 192.0.2.1:443 Monero');
  assert.equal(read(`POOL_HOST=xmr.example\nPOOL_PORT=3333\nWALLET=${monero}\n`), 'variables xmr.example Monero');
  assert.equal(read(`POOL = ("xmr.example", 3333)\nWALLET = "${monero}"\n`), 'variables xmr.example Monero');
  assert.equal(read(`DB_HOST=db.example\nDB_PORT=5432\nWALLET=${monero}\n`), 'none');
  assert.equal(read(`POOL_HOST=db.example\nWALLET=${ether}\n`), 'none');
});

test('variables of a shop, of an explorer and of tests are none', () => {
  assert.equal(read(`DB_POOL=db.example:5432\nPAYMENT_WALLET=${base58CheckOf([0], 'shop')}\n`), 'none');
  assert.equal(read(`POOL_URL=api.pool.example\nWALLET=${monero}\n`), 'none');
  assert.equal(read(`WALLET=${monero}\n${'# far away\n'.repeat(500)}POOL=192.0.2.10:3333\n`), 'none');
  const many = Array.from({ length: 8 }, (_, index) => `address: ${moneroOf(`many ${index}`)}`).join('\n');
  assert.equal(read(`${many}\npool: ${stratum}x.test:1\n`), 'none');
});

test('constants of compiled scripts, each behind the byte that states its length', () => {
  const constants = (...texts: readonly string[]): string =>
    texts.map((text) => `\u00fa${String.fromCharCode(text.length & 255)}${text}`).join('\u0000');
  const forms = (text: string): readonly string[] =>
    findMiningConstants(text, pools).map(({ pool, wallet }) => `${pool.address} ${wallet?.coin ?? ''}`);
  assert.deepEqual(forms(constants('subprocess', `${stratum}xmr.test:3333`, monero)), ['xmr.test:3333 Monero']);
  assert.deepEqual(forms(constants('a.pool.example:443', `${raven}.rig`)), ['a.pool.example:443 Ravencoin or Verus']);
  assert.deepEqual(forms(constants('192.0.2.1:443', '--donate-level', monero)), ['192.0.2.1:443 Monero']);
  assert.deepEqual(forms(constants('192.0.2.1:443', 'donations', monero)), []);
  assert.deepEqual(forms(constants('a.pool.example:443', 'no wallet')), []);
});

test('a hostile text costs little', () => {
  const started = performance.now();
  for (const text of [
    'a='.repeat(30_000),
    '-o '.repeat(20_000),
    '"'.repeat(60_000),
    '/*'.repeat(30_000),
    '\\\n'.repeat(30_000),
    'x.'.repeat(30_000),
    '{"a":1,'.repeat(9000),
  ])
    findMiningSettings(text, pools);
  assert.ok(performance.now() - started < 4000);
});
