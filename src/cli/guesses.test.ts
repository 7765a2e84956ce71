import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from './commands/index.ts';
import { guessAt } from './guesses.ts';

test('flags and commands of other tools lead to what does their job here', () => {
  assert.match(guessAt("error: unknown option '--severity=HIGH'\n") ?? '', /--fail-on/);
  assert.match(guessAt("error: unknown option '-u'\n") ?? '', /docker login/);
  assert.match(guessAt("error: unknown command 'image'\n") ?? '', /tidewaiter scan/);
});

test('the name of an image in place of a command is one to scan', () => {
  assert.equal(guessAt("error: unknown command 'nginx:1.27'\n"), 'tidewaiter scan nginx:1.27');
  assert.equal(guessAt("error: unknown command 'team/app'\n"), 'tidewaiter scan team/app');
});

test('of other words nothing is said, whatever they are called', () => {
  for (const word of ['scam', 'constructor', '__proto__', 'a:'])
    assert.equal(guessAt(`error: unknown command '${word}'\n`), undefined);
  assert.equal(guessAt("error: unknown option '--formt'\n"), undefined);
  assert.equal(guessAt("error: option '--key <FILE>' argument missing\n"), undefined);
});

test('no command that there is counts as unknown', () => {
  for (const { id } of commands) assert.equal(guessAt(`error: unknown command '${id}'\n`), undefined, id);
});
