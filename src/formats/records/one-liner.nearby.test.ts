import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runsWhatItDecoded, runsWhatItFetched, runsWhatItReceived } from './one-liner.nearby.ts';

const decoys = 'x = eval(y)\n'.repeat(400);

test('code that is decoded and run is told, also behind many places that run something else', () => {
  assert.ok(runsWhatItDecoded('exec(b64decode(data))'));
  assert.ok(runsWhatItDecoded(`${decoys}exec(b64decode(data))`));
  assert.ok(!runsWhatItDecoded(decoys));
  assert.ok(!runsWhatItDecoded('text = b64decode(data)\nmodel.eval()'));
});

test('code that is fetched and run is told where both stand together', () => {
  assert.ok(runsWhatItFetched('body = urlopen(where).read()\nexec(body)'));
  assert.ok(!runsWhatItFetched(`body = urlopen(where).read()\n${'# far away\n'.repeat(400)}exec(body)`));
});

test('commands that come over a connection are told', () => {
  assert.ok(runsWhatItReceived('command = s.recv(1024)\nsubprocess.Popen(command, shell=True)'));
  assert.ok(!runsWhatItReceived('command = s.recv(1024)\nprint(command)'));
});
