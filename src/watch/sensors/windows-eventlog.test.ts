import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { windowsEventlog } from './windows-eventlog.ts';

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(windowsEventlog, record);
  assert.deepEqual(gaps, []);
  return events;
};
const first = (record: unknown): Event => all(record)[0] ?? assert.fail('no event');

const system = (EventID: unknown, Channel: string): object => ({
  Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
  EventID,
  Channel,
  Computer: 'host.example',
  EventRecordID: 7,
  TimeCreated: { '#attributes': { SystemTime: '2026-01-02T03:04:05.678901Z' } },
});

const channel = 'Microsoft-Windows-Sysmon/Operational';
const started = {
  Image: 'C:\\Windows\\System32\\cmd.exe',
  CommandLine: 'cmd /c whoami',
  CurrentDirectory: 'C:\\',
  ProcessId: '42',
  ParentProcessId: '41',
  ParentImage: 'C:\\x.exe',
  User: 'EXAMPLE\\ann',
  Hashes: `MD5=1,SHA256=${'AB'.repeat(32)}`,
};

test('a process that began, in every form that exporters give it', () => {
  const wanted = first({ Event: { System: system(1, channel), EventData: started } });
  assert.deepEqual(
    [wanted.action, wanted.logsource],
    ['exec', { product: 'windows', category: 'process_creation', service: 'sysmon' }],
  );
  assert.deepEqual(wanted.process, {
    executable: 'C:\\Windows\\System32\\cmd.exe',
    commandLine: 'cmd /c whoami',
    folder: 'C:\\',
    id: 42,
    parentId: 41,
    parentExecutable: 'C:\\x.exe',
    user: 'EXAMPLE\\ann',
    hash: `sha256:${'ab'.repeat(32)}`,
  });
  assert.equal(wanted.at, Date.parse('2026-01-02T03:04:05.678Z'));
  assert.equal({ ...wanted.fields }['Image'], started.Image);
  const Data = Object.entries(started).map(([Name, value]) => ({ '#attributes': { Name }, '#text': value }));
  const beats = {
    '@timestamp': '2026-01-02T03:04:05.678Z',
    winlog: {
      event_id: '1',
      channel,
      computer_name: 'host.example',
      record_id: 7,
      provider_name: 'Microsoft-Windows-Sysmon',
      event_data: started,
    },
  };
  const flat = {
    EventID: 1,
    Channel: channel,
    Computer: 'host.example',
    EventRecordID: 7,
    TimeCreated: '2026-01-02T03:04:05.678Z',
    ...started,
  };
  for (const record of [{ Event: { System: system({ '#text': 1 }, channel), EventData: { Data } } }, beats, flat]) {
    const event = first(record);
    assert.deepEqual(
      [event.process, event.action, event.logsource, event.place, event.at, event.id],
      [wanted.process, 'exec', wanted.logsource, wanted.place, wanted.at, wanted.id],
    );
  }
});

test('what a program says of itself does not replace what the system says', () => {
  const forged = first({
    Event: { System: system(1, channel), EventData: { ...started, EventID: 4, Computer: 'other' } },
  });
  assert.deepEqual([{ ...forged.fields }['EventID'], forged.place.host], [1, 'host.example']);
});

test('the Security log: processes by hexadecimal id, logins that worked and failed', () => {
  const made = first({
    Event: {
      System: system(4688, 'Security'),
      EventData: {
        NewProcessName: 'C:\\x.exe',
        NewProcessId: '0x2a',
        ProcessId: '0x29',
        CommandLine: 'x',
        SubjectUserName: 'ann',
      },
    },
  });
  assert.deepEqual([made.process?.id, made.process?.parentId, made.logsource.category], [42, 41, 'process_creation']);
  const login = (number: number): Event =>
    first({
      Event: {
        System: system(number, 'Security'),
        EventData: { TargetUserName: 'ann', TargetDomainName: 'EXAMPLE', IpAddress: '192.0.2.9' },
      },
    });
  assert.deepEqual([login(4624).action, login(4624).outcome, login(4625).outcome], ['login', 'success', 'failure']);
  assert.deepEqual(login(4625).actor, { name: 'EXAMPLE\\ann', address: '192.0.2.9' });
});

test('connections and names', () => {
  const out = first({
    Event: {
      System: system(3, channel),
      EventData: {
        Image: 'C:\\x.exe',
        Protocol: 'TCP',
        Initiated: 'true',
        SourceIp: '10.0.0.5',
        SourcePort: '4000',
        DestinationIp: '192.0.2.7',
        DestinationPort: '3333',
      },
    },
  });
  assert.deepEqual(out.connection, {
    direction: 'out',
    protocol: 'tcp',
    sourceAddress: '10.0.0.5',
    sourcePort: 4000,
    address: '192.0.2.7',
    port: 3333,
  });
  const asked = first({
    Event: {
      System: system(22, channel),
      EventData: { QueryName: 'Pool.example', QueryResults: 'type:  5 x;::ffff:192.0.2.7;' },
    },
  });
  assert.deepEqual(asked.connection, { direction: 'out', name: 'pool.example', answers: ['192.0.2.7'] });
});

test('UserData is flattened too, whatever stands around its values', () => {
  const event = first({
    Event: { System: system(104, 'System'), UserData: { LogFileCleared: { SubjectUserName: 'ann', Channel: 'x' } } },
  });
  assert.deepEqual(
    [event.action, { ...event.fields }['SubjectUserName'], { ...event.fields }['Channel']],
    ['delete', 'ann', 'System'],
  );
});

test('an engine’s command is also what it does', () => {
  const run = {
    ...started,
    Image: 'C:\\Program Files\\Docker\\docker.exe',
    CommandLine: 'docker.exe run registry.example/a:1',
  };
  const deeds = all({ Event: { System: system(1, channel), EventData: run } }).map(({ action, image }) => [
    action,
    image?.kind === 'container' ? image.reference : undefined,
  ]);
  assert.deepEqual(deeds, [
    ['exec', undefined],
    ['create', 'registry.example/a:1'],
    ['start', 'registry.example/a:1'],
  ]);
});

test('what is no event of Windows is a gap', () => {
  for (const record of [{ EventID: 'x' }, { Event: { System: {} } }, { EventID: 1 }, 'text'])
    assert.equal(readAll(windowsEventlog, record).gaps.length, 1);
});

test('the registry: keys that came and went, values that were set, in Sigma’s words', () => {
  const event = (number: number, type: string): unknown => ({
    Event: {
      System: { EventID: number, Channel: 'Microsoft-Windows-Sysmon/Operational' },
      EventData: { EventType: type, TargetObject: 'HKLM\\x' },
    },
  });
  const told = (number: number, type: string): unknown => {
    const [first] = readAll(windowsEventlog, event(number, type)).events;
    return [first?.action, first?.logsource.category];
  };
  assert.deepEqual(told(12, 'CreateKey'), ['change', 'registry_add']);
  assert.deepEqual(told(12, 'DeleteKey'), ['delete', 'registry_delete']);
  assert.deepEqual(told(12, 'DeleteValue'), ['delete', 'registry_delete']);
  assert.deepEqual(told(13, 'SetValue'), ['change', 'registry_set']);
  assert.deepEqual(told(14, 'RenameKey'), ['change', 'registry_rename']);
});

const xml = (number: number, data: Readonly<Record<string, string>>, channel = 'Linux-Sysmon/Operational'): string =>
  `<Event><System><Provider Name="Linux-Sysmon" Guid="{x}"/><EventID>${number}</EventID><TimeCreated SystemTime="2026-01-02T03:04:05.000000000Z"/><EventRecordID>7</EventRecordID><Channel>${channel}</Channel><Computer>n1</Computer><Security UserId="0"/></System><EventData>${Object.entries(
    data,
  )
    .map(([name, value]) => `<Data Name="${name}">${value}</Data>`)
    .join('')}</EventData></Event>`;
const dockerRan = {
  RuleName: '',
  ProcessId: '9',
  Image: '/usr/bin/docker',
  CommandLine: 'docker pull a:1 &amp;&amp; id',
  User: 'root',
};

test('Sysmon for Linux: XML in the system’s log, in the journal, over lines, and several in one', () => {
  const line = `Jan  2 03:04:05 n1 sysmon: ${xml(1, dockerRan)}`;
  const [exec, pull] = all(line);
  assert.deepEqual(exec?.logsource, { product: 'linux', category: 'process_creation', service: 'sysmon' });
  assert.deepEqual(
    [
      exec.action,
      exec.at,
      exec.place.host,
      exec.process?.executable,
      exec.process?.commandLine,
      exec.process?.id,
      exec.fields['RuleName'],
    ],
    ['exec', Date.parse('2026-01-02T03:04:05Z'), 'n1', '/usr/bin/docker', 'docker pull a:1 && id', 9, ''],
  );
  assert.equal(pull?.action, 'pull');
  assert.deepEqual(all({ MESSAGE: xml(1, dockerRan), _HOSTNAME: 'n1' })[0]?.id, exec.id);
  const spread = xml(1, dockerRan).replaceAll('><', '>\n  <');
  for (const step of [1, 17, 4096]) {
    const { events, gaps } = readAll(windowsEventlog, `<?xml version="1.0"?>\n<Events>\n${spread}\n</Events>\n`, {
      step,
    });
    assert.deepEqual([gaps, events[0]?.id, events.length], [[], exec.id, 2]);
  }
  const two = all(`<Events>${xml(3, { DestinationIp: '192.0.2.7', DestinationPort: '443' })}${xml(5, {})}</Events>`);
  assert.deepEqual(
    two.map(({ action, connection }) => [action, connection?.port]),
    [
      ['connect', 443],
      ['exit', undefined],
    ],
  );
});

test('XML that is cut off or hostile is a gap, or is said beside what could be read', () => {
  for (const text of [
    xml(1, dockerRan).slice(0, -8),
    '<Event>'.repeat(1000),
    '<Event><a><b></a></b></Event>',
    `<Event>${'<a>'.repeat(100)}</Event>`,
    '<Event><System/></Event>',
    'no event at all',
    '<!DOCTYPE x [<!ENTITY a "b">]><Event>&a;</Event>',
  ]) {
    const { events, gaps } = readAll(windowsEventlog, text);
    assert.deepEqual([events.length, gaps.length], [0, 1], text.slice(0, 60));
  }
  const events = all(`${xml(5, {})}<Event><b></Event>`);
  assert.deepEqual(
    events.map(({ action }) => action),
    ['exit', 'other'],
  );
});
