import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { flow } from './flow.ts';

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(flow, record);
  assert.deepEqual(gaps, []);
  return events;
};
const one = (record: unknown): Event => {
  const events = all(record);
  assert.equal(events.length, 1);
  return events[0] as Event;
};

const ends = { sourceAddress: '10.0.0.5', sourcePort: 40000, address: '192.0.2.7', port: 3333 };

const zeekHead = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\tlocal_orig\torig_bytes\ttunnel_parents',
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tbool\tcount\tset[string]',
].join('\n');

test('Zeek: the same connection as a table and as JSON', () => {
  const row = '1700000000.5\tCa1\t10.0.0.5\t40000\t192.0.2.7\t3333\ttcp\tSF\tT\t77\t(empty)';
  const table = one(`${zeekHead}\n${row}\n#close\t2026\n`);
  const json = one({
    _path: 'conn',
    ts: 1700000000.5,
    uid: 'Ca1',
    'id.orig_h': '10.0.0.5',
    'id.orig_p': 40000,
    'id.resp_h': '192.0.2.7',
    'id.resp_p': 3333,
    proto: 'tcp',
    conn_state: 'SF',
    local_orig: true,
    orig_bytes: 77,
  });
  assert.deepEqual(json.connection, { direction: 'out', protocol: 'tcp', ...ends, bytes: 77 });
  assert.deepEqual(
    [table.connection, table.id, table.at, table.action],
    [json.connection, json.id, json.at, 'connect'],
  );
  assert.equal(table.at, 1700000000500);
  assert.equal(one(`${zeekHead}\n${row.replace('SF', 'REJ')}\n`).outcome, 'denied');
});

test('Zeek: a row that does not fit its head is a gap with its line', () => {
  const { events, gaps } = readAll(flow, `${zeekHead}\n1\t2\n`);
  assert.deepEqual([events.length, gaps[0]?.where], [0, 'test: line 8']);
});

test('Zeek and Suricata: questions for names, and who asked', () => {
  const zeek = one({
    ts: 1,
    uid: 'C',
    'id.orig_h': '10.0.0.5',
    'id.resp_h': '10.0.0.1',
    query: 'Pool.Example',
    answers: ['192.0.2.7'],
  });
  assert.deepEqual(
    [zeek.action, zeek.connection?.name, zeek.connection?.answers],
    ['resolve', 'pool.example', ['192.0.2.7']],
  );
  const answer = {
    timestamp: '2026-01-02T03:04:05.000006+0000',
    flow_id: 7,
    event_type: 'dns',
    src_ip: '10.0.0.1',
    src_port: 53,
    dest_ip: '10.0.0.5',
    dest_port: 40000,
    proto: 'UDP',
    dns: { type: 'answer', rrname: 'pool.example', answers: [{ rrtype: 'A', rdata: '192.0.2.7' }] },
  };
  const said = one(answer);
  assert.deepEqual(said.connection, {
    protocol: 'udp',
    sourceAddress: '10.0.0.5',
    sourcePort: 40000,
    address: '10.0.0.1',
    port: 53,
    name: 'pool.example',
    answers: ['192.0.2.7'],
  });
  assert.equal(said.at, Date.parse('2026-01-02T03:04:05Z'));
});

test('Suricata: the name that TLS speaks', () => {
  const event = one({
    timestamp: '2026-01-02T03:04:05Z',
    flow_id: 8,
    event_type: 'tls',
    src_ip: '10.0.0.5',
    dest_ip: '192.0.2.7',
    dest_port: 443,
    proto: 'TCP',
    tls: { sni: 'pool.example' },
  });
  assert.deepEqual([event.action, event.connection?.name, event.connection?.port], ['connect', 'pool.example', 443]);
});

test('VPC: default columns, named columns and refusals', () => {
  const row = '2 123456789012 eni-1 10.0.0.5 192.0.2.7 40000 3333 6 10 840 1700000000 1700000060 ACCEPT OK';
  const event = one(`${row}\n`);
  assert.deepEqual(event.connection, { protocol: 'tcp', ...ends, bytes: 840 });
  assert.deepEqual(event.place, { cloud: 'aws', account: '123456789012', instance: 'eni-1' });
  assert.equal(one(`${row.replace('ACCEPT', 'REJECT')}\n`).outcome, 'denied');
  const named =
    'instance-id srcaddr dstaddr dstport flow-direction action\ni-1 10.0.0.5 192.0.2.7 3333 egress ACCEPT\n';
  assert.deepEqual([one(named).place.instance, one(named).connection?.direction], ['i-1', 'out']);
  assert.equal(one('2 123456789012 eni-1 - - - - - - - 1700000000 1700000060 - NODATA\n').action, 'other');
});

test('VPC: out of a log group', () => {
  const message = '2 123456789012 eni-1 10.0.0.5 192.0.2.7 40000 3333 6 10 840 1700000000 1700000060 ACCEPT OK';
  const wrapped = {
    messageType: 'DATA_MESSAGE',
    owner: '1',
    logGroup: 'g',
    logStream: 's',
    logEvents: [{ id: '1', message }],
  };
  assert.equal(one(wrapped).connection?.port, 3333);
});

test('NSG and VNet: one event for each flow that begins', () => {
  const nsg = {
    time: '2026-01-02T03:04:05Z',
    resourceId: '/SUBSCRIPTIONS/S1/RESOURCEGROUPS/R',
    properties: {
      Version: 2,
      flows: [
        {
          rule: 'x',
          flows: [
            {
              mac: '000D3AF87856',
              flowTuples: [
                '1700000000,10.0.0.5,192.0.2.7,40000,3333,T,O,A,B,,,,',
                '1700000001,10.0.0.5,192.0.2.7,40000,3333,T,O,A,E,5,500,5,340',
                '1700000002,192.0.2.9,10.0.0.5,1,22,T,I,D,B,,,,',
              ],
            },
          ],
        },
      ],
    },
  };
  const events = all({ records: [nsg] });
  assert.deepEqual(
    events.map(({ action, outcome, connection }) => [action, outcome, connection?.direction, connection?.port]),
    [
      ['connect', undefined, 'out', 3333],
      ['other', undefined, 'out', 3333],
      ['connect', 'denied', 'in', 22],
    ],
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, 3);
  const vnet = {
    flowRecords: {
      flows: [{ flowGroups: [{ flowTuples: ['1700000000500,10.0.0.5,192.0.2.7,40000,3333,6,O,B,NX,1,60,0,0'] }] }],
    },
  };
  assert.deepEqual(
    [one({ records: [vnet] }).at, one({ records: [vnet] }).connection?.protocol],
    [1700000000500, 'tcp'],
  );
});

test('Hubble: out of a pod, and the answer is no second connection', () => {
  const record = {
    flow: {
      time: '2026-01-02T03:04:05.5Z',
      verdict: 'FORWARDED',
      IP: { source: '10.0.0.5', destination: '192.0.2.7' },
      l4: { TCP: { source_port: 40000, destination_port: 3333 } },
      source: { namespace: 'shop', pod_name: 'web-1' },
      destination: { labels: ['reserved:world'] },
      destination_names: ['pool.example'],
      traffic_direction: 'EGRESS',
      node_name: 'n1',
    },
    node_name: 'n1',
  };
  const event = one(record);
  assert.deepEqual(event.place, { host: 'n1', namespace: 'shop', pod: 'web-1' });
  assert.deepEqual(event.connection, { direction: 'out', protocol: 'tcp', ...ends, name: 'pool.example' });
  assert.equal(one({ ...record, flow: { ...record.flow, is_reply: true } }).action, 'other');
  assert.equal(one({ ...record, flow: { ...record.flow, verdict: 'DROPPED' } }).outcome, 'denied');
});

test('servers for names: Route 53, CoreDNS, BIND', () => {
  const route = {
    version: '1.1',
    account_id: '1',
    region: 'eu-west-1',
    query_timestamp: '2026-01-02T03:04:05Z',
    query_name: 'pool.example.',
    srcaddr: '10.0.0.5',
    srcport: '4000',
    srcids: { instance: 'i-1' },
    answers: [{ Rdata: '192.0.2.7' }],
  };
  assert.deepEqual([one(route).connection?.name, one(route).place.instance], ['pool.example', 'i-1']);
  const core = one('[INFO] 10.0.0.5:4000 - 7 "A IN Pool.example. udp 40 false 512" NOERROR qr,rd 100 0.01s\n');
  assert.deepEqual([core.connection?.name, core.connection?.sourceAddress], ['pool.example', '10.0.0.5']);
  const bind = one('client @0x7f 10.0.0.5#4000 (pool.example): query: pool.example IN A + (10.0.0.1)\n');
  assert.deepEqual([bind.connection?.name, bind.connection?.sourcePort], ['pool.example', 4000]);
  assert.equal(readAll(flow, 'hello world\n').gaps.length, 1);
});

const tracked = '[1795367566.658933]\t    [NEW] ipv4     2 tcp      6 120 SYN_SENT';
const tuple = 'src=10.0.0.5 dst=192.0.2.7 sport=40000 dport=3333';
const reply = 'src=192.0.2.7 dst=10.0.0.5 sport=3333 dport=40000';

test('conntrack: a connection is told when it begins, from the side that began it, and what it carried when it is over', () => {
  const began = one(`${tracked} ${tuple} [UNREPLIED] ${reply} id=2311021919\n`);
  assert.deepEqual(
    [began.action, began.at, began.connection],
    ['connect', 1795367566658, { protocol: 'tcp', ...ends }],
  );
  assert.deepEqual(all(`${tracked.replace('NEW', 'UPDATE')} ${tuple} ${reply} [ASSURED] id=2311021919\n`), []);
  const [over] = all(
    `[1795367568.690224]\t[DESTROY] tcp      6 ${tuple} packets=5 bytes=300 ${reply} packets=4 bytes=200 [ASSURED]\n`,
  );
  assert.deepEqual([over?.action, over?.connection?.bytes], ['other', 500]);
  const plain = one(`    [NEW] udp      17 30 ${tuple} [UNREPLIED] ${reply}\n`);
  assert.equal(plain.connection?.protocol, 'udp');
  assert.equal(
    one(`    [NEW] icmp     1 30 src=10.0.0.5 dst=192.0.2.7 type=8 code=0 id=7\n`).connection?.port,
    undefined,
  );
});

test('conntrack: a line without ends, and one cut short, are gaps', () => {
  for (const line of [
    '    [NEW] tcp      6 120 SYN_SENT\n',
    '    [NEW] tcp      6 120 SYN_SENT src=10.0.0.5\n',
    '[NEW] \n',
  ]) {
    const { events, gaps } = readAll(flow, line);
    assert.deepEqual([events.length, gaps.length], [0, 1], line);
  }
});

test('lines of servers for names have their own time, whatever writes it', () => {
  const at = Date.parse('2026-01-02T03:04:05Z');
  const lines: readonly (readonly [string, string])[] = [
    [
      'bind',
      '02-Jan-2026 03:04:05.000 queries: info: client @0x7f 10.0.0.5#4000 (pool.example): view in: query: pool.example IN A + (10.0.0.1)',
    ],
    [
      'bind',
      'Jan  2 03:04:05 ns1 named[9]: client 10.0.0.5#4000 (pool.example): query: pool.example IN AAAA +E (10.0.0.1)',
    ],
    ['dnsmasq', 'Jan  2 03:04:05 dnsmasq[99]: query[A] pool.example from 10.0.0.5'],
    ['dnsmasq', 'Jan  2 03:04:05 ns1 dnsmasq[99]: 7 10.0.0.5/4000 query[A] pool.example from 10.0.0.5'],
    ['unbound', `[${at / 1000}] unbound[99:0] info: 10.0.0.5 pool.example. A IN`],
    [
      'coredns',
      '2026-01-02T03:04:05Z stdout F [INFO] 10.0.0.5:4000 - 7 "A IN pool.example. udp 40 false 512" NOERROR qr,rd 100 0.01s',
    ],
  ];
  for (const [server, line] of lines) {
    const event = one(`${line}\n`);
    assert.deepEqual(
      [event.logsource.product, event.at, event.connection?.name, event.connection?.sourceAddress],
      [server, at, 'pool.example', '10.0.0.5'],
      line,
    );
  }
  const shipped = {
    stream: 'stdout',
    time: '2026-01-02T03:04:05Z',
    log: '[INFO] 10.0.0.5:4000 - 7 "A IN a. udp 40 false 512" NOERROR',
  };
  assert.equal(one(shipped).at, at);
  assert.equal(readAll(flow, 'Jan  2 03:04:05 ns1 dnsmasq[99]: reply pool.example is 192.0.2.1\n').gaps.length, 1);
});

test('Google Cloud: flows from the side that reports them, refusals, questions for names', () => {
  const entry = (jsonPayload: unknown): unknown => ({ insertId: 'i', timestamp: '2026-01-02T03:04:05Z', jsonPayload });
  const connection = { src_ip: '10.0.0.5', src_port: 40_000, dest_ip: '192.0.2.7', dest_port: 3333, protocol: 6 };
  const out = one(
    entry({
      reporter: 'SRC',
      connection,
      start_time: '2026-01-02T03:04:00Z',
      bytes_sent: '120',
      src_instance: { project_id: 'p', vm_name: 'vm-1', zone: 'europe-west1-b' },
      src_gke_details: { cluster: { cluster_name: 'c' }, pod: { pod_namespace: 'shop', pod_name: 'web-1' } },
    }),
  );
  assert.deepEqual(out.connection, { direction: 'out', protocol: 'tcp', bytes: 120, ...ends });
  assert.deepEqual(out.place, {
    cloud: 'gcp',
    account: 'p',
    region: 'europe-west1-b',
    instance: 'vm-1',
    cluster: 'c',
    namespace: 'shop',
    pod: 'web-1',
  });
  assert.equal(out.at, Date.parse('2026-01-02T03:04:00Z'));
  const arrived = one(entry({ reporter: 'DEST', connection, dest_instance: { vm_name: 'vm-2' } }));
  assert.deepEqual([arrived.connection?.direction, arrived.place.instance], ['in', 'vm-2']);
  const refused = one(
    entry({ disposition: 'DENIED', connection, instance: { vm_name: 'vm-1' }, rule_details: { direction: 'EGRESS' } }),
  );
  assert.deepEqual([refused.outcome, refused.connection?.direction, refused.place.instance], ['denied', 'out', 'vm-1']);
  const asked = one(
    entry({
      queryName: 'Pool.example.',
      sourceIP: '10.0.0.5',
      vmInstanceName: 'p.vm-1',
      rdata: 'pool.example.\t300\tIN\ta\t192.0.2.7',
      protocol: 'UDP',
    }),
  );
  assert.deepEqual(
    [asked.action, asked.connection?.name, asked.connection?.answers, asked.place.instance],
    ['resolve', 'pool.example', ['192.0.2.7'], 'vm-1'],
  );
  assert.equal(readAll(flow, entry({ message: 'x' })).gaps.length, 1);
});
