import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listText } from '../../../test/builders/shell-text.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { parseShell, type ShellDialect, type ShellList, type WordPart } from './shell.ts';

const read = (text: string, dialect: ShellDialect = 'bash') => parseShell(Buffer.from(text, 'latin1'), { dialect });

/** What a script means, and what a shell refuses: `[script, tree]`. */
const forms: readonly (readonly [string, string])[] = [
  // Words and quotes.
  ['a  b\tc', 'a b c'],
  [`a'b c'"d e"\\ f`, `a'b cd e 'f`],
  [`'' ""`, `'' ''`],
  [`$'a\\x41\\n\\101\\u00e9' $"x"`, `'aA\nA\xc3\xa9' 'x'`],
  [`"a\\"b\\q\\$c\\\\"`, `'a"b\\q$c\\'`],
  ['e\\\ncho a \\\n b', 'echo a b'],
  ['echo a#b # c\n#d', 'echo a#b'],
  ['echo \\', "echo '\\'"],
  ['a=b c=', 'a=b c='],
  ['a=$b cmd x=y', 'a={b} cmd x=y'],
  ['\r\n', '\r'],
  // Parameters.
  ['echo $a${b}$1${10}$@"$*"$?$$', 'echo {a}{b}{1}{10}{@}q{*}{?}{$}'],
  ['echo ${a:-b c} ${a-} ${a:=$b} ${a:?no} ${a:+"x y"}', "echo {a :- b c} {a - } {a := {b}} {a :? no} {a :+ 'x y'}"],
  [
    'echo ${a#x} ${a##*/} ${a%.*} ${a%%x} ${a/b/c} ${a//b/c} ${a/#b/c} ${a/%b/c}',
    'echo {a # x} {a ## */} {a % .*} {a %% x} {a / b/c} {a // b/c} {a /# b/c} {a /% b/c}',
  ],
  ['echo ${#a} ${#} ${##} ${#@} ${#a[@]}', 'echo {a length} {#} {# length} {@ length} {a[@] length}'],
  ['echo ${!a} ${!a*} ${!a@} ${!a[@]} ${!a:-b}', 'echo {a indirect} {a names} {a names} {a[@] keys} {!a :- b}'],
  ['echo ${a:1:2} ${a: -1} ${a^^} ${a,} ${a@Q}', 'echo {a : 1:2} {a :  -1} {a ^^ } {a , } {a @ Q}'],
  ['echo ${a[0]} ${a[$i+1]} "${a[@]}"', 'echo {a[0]} {a[{i}+1]} q{a[@]}'],
  [`echo "\${a:-'b'}"`, "echo q{a :- 'b'}"],
  ['echo ${%odd}', 'echo { %odd}'],
  // Command and arithmetic substitution.
  ['echo $(a | b; c) `d "e"`', "echo $(a | b; c) $(d 'e')"],
  ['echo `a \\`b\\` c` "`d \\"e\\"`"', "echo $(a $(b) c) q$(d 'e')"],
  ['x=$(case a in a) b;; esac)', 'x=$(case[a a → b;;])'],
  ['echo $(a # )\n)', 'echo $(a)'],
  ['echo $((1 + (2*$x))) $[3+4] $((a) | b)', 'echo $((1 + (2*{x}))) $((3+4)) $((a) | b)'],
  ['((i++)); ((a) || b)', '((i++)); ((a) || b)'],
  ['diff <(a) >(b)', 'diff <(a) >(b)'],
  // Redirections and here-documents.
  ['a >b 2>&1 <c >>d 2>|e <>f &>g &>>h <<<"i j" 3<&- {fd}>k', "a >b 2>&1 <c >>d 2>|e <>f &>g &>>h <<<'i j' 3<&- fd>k"],
  [
    'cat <<E\na $b\n\\$c `d`\nE\necho x',
    "cat <<E«'a '{b}'\n$c '$(d)'\n'»; echo x".replaceAll('{b}', 'q{b}').replace('$(d)', 'q$(d)'),
  ],
  ["cat <<'E'\na $b\nE", "cat <<'E'«'a $b\n'»"],
  ['cat <<-E\n\ta\n\t\tb\n\tE', "cat <<-E«'a\nb\n'»"],
  ['cat <<A <<B; x\na\nA\nb\nB\ny', "cat <<A«'a\n'» <<B«'b\n'»; x; y"],
  ['x=$(cat <<E\n"a" )\nE\n)', `x=$(cat <<E«'"a" )\n'»)`],
  ['sh <<E | b\nE\n', 'sh <<E«» | b'],
  ['cat <<E\na\\\nE\nE', "cat <<E«'aE\n'»"],
  ['>x', '>x'],
  // Lists and pipelines.
  ['a && b || c; d & e', 'a && b || c; d &; e'],
  ['a |& b |\n\n c', 'a & | b | c'],
  ['! a; time -p b; ! ! c', '! a; b; c'],
  ['a &&\n# why\nb', 'a && b'],
  // Compound commands.
  ['(a; b) >c', '(a; b) >c'],
  ['{ a; b; } 2>c', '{a; b} 2>c'],
  ['if a; then b; elif c; then d; else e; fi', 'if[a → b | c → d | else → e]'],
  ['for i in a "b c"; do d; done', "for[i in a 'b c' → d]"],
  ['for i; do a; done; for i\ndo a\ndone', 'for[i in @ → a]; for[i in @ → a]'],
  ['for i in a; { b; }', 'for[i in a → b]'],
  ['for ((i=0; i<3; i++)); do a; done', 'for[((i=0; i<3; i++)) → a]'],
  ['while a; do b; done <c', 'while[a → b] <c'],
  ['until a\ndo b\ndone', 'until[a → b]'],
  ['select x in a b; do c; done', 'select[x in a b → c]'],
  ['case $x in (a|b) c;; d*) e;& "f") ;;& *) g\nesac', `case[{x} a|b → c;; d* → e;& 'f' → ;;& * → g;;]`],
  ['case x in esac', 'case[x ]'],
  ['f() { a; }; function g { b; }; function h() (c)', 'function[f {a}]; function[g {b}]; function[h (c)]'],
  ['f ( )\n{ a; } >b', 'function[f {a} >b]'],
  ['coproc a b; coproc N { c; }', 'coproc[ a b]; coproc[N {c}]'],
  ['[[ -f $a && ! ( $b == x* || $c ) ]]', '[[(and (-f {a}) (! (or (== {b} x*) {c})))]]'],
  ['[[ $a =~ ^(b|c)+$ ]]; [[ a < b ]]; [[ -z ]]', '[[(=~ {a} ^(b|c)+$)]]; [[(< a b)]]; [[-z]]'],
  // Arrays.
  ['a=(b "c d"\n# e\n$f) a+=(g) a[1]=h a[$i]+=j', "a=(b 'c d' {f}) a+=(g) a[1]=h a[{i}]+=j"],
  ['declare -A m=([a]=b [c d]=e)', 'declare -A m=([a]=b [c d]=e)'],
  // Words that are reserved only where a command begins.
  ['echo if then fi { }', 'echo if then fi { }'],
  [`"if" x; i\\f y`, `'if' x; i'f' y`],
  ['{a,b} {x', '{a,b} {x'],
  ['echo !(a|b) x@(c)', 'echo !(a|b) x@(c)'],
];

describe('a script and its tree', () => {
  for (const [script, tree] of forms)
    test(JSON.stringify(script), () => {
      const { list, remarks } = read(script);
      assert.equal(listText(list), tree);
      assert.deepEqual(remarks, []);
    });
});

describe('a script that shells refuse is remarked on, and what could be read is kept', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['a; if b; then c', 'a; b; c'],
    ['a\n)\nb', 'a; b'],
    ['a; ; b', 'a'],
    ['a\necho "b\nc', 'a; echo; c'],
    ["a\nb 'c", 'a; b'],
    ['a $(b; c', 'a; b; c'],
    ['a && && b\nc', 'a; c'],
    ['{ a; b; ) ; }\nc', 'a; b; c'],
    ['case x in a) b; c', 'b; c'],
    ['fi', ''],
    ['for 1$x in a; do b; done', ''],
    ['a | | b', 'a'],
    ['while a; do done', 'while[a → ]'],
    ['( )', '()'],
    ['f() echo', 'function[f echo]'],
    ['[[ a b ]]', ''],
    ['x=(a;b)', ''],
    ['a >', 'a'],
    ['a <(b', 'a; b'],
    ['${a', ''],
    ['a ()b)', 'function[a b]'],
  ];
  for (const [script, tree] of refused)
    test(JSON.stringify(script), () => {
      const { list, remarks } = read(script);
      assert.equal(listText(list), tree);
      assert.equal(remarks[0]?.code, 'SHELL_SYNTAX');
    });
});

test('a remark names the byte where the open quote stands and how much was passed over', () => {
  const { remarks } = read('echo ok\necho "x\n');
  assert.deepEqual(remarks, [{ code: 'SHELL_SYNTAX', offset: 13, bytes: 3, reason: 'the quote " is never closed' }]);
});

test('backquotes are read when the shell gets there: a mistake inside does not refuse the script', () => {
  const { list, remarks } = read('echo `if`; b');
  assert.equal(listText(list), 'echo $(); b');
  assert.deepEqual(
    remarks.map(({ code }) => code),
    ['SHELL_SYNTAX_LATER'],
  );
});

test('a here-document that the end of the script ends is kept with a remark', () => {
  const { list, remarks } = read('cat <<E\na');
  assert.equal(listText(list), "cat <<E«'a'»");
  assert.deepEqual(
    remarks.map(({ code }) => code),
    ['SHELL_SYNTAX_LATER'],
  );
});

test('dialects differ in single quotes inside quoted braces', () => {
  assert.deepEqual(read(`echo "\${a:-it's}"`, 'sh').remarks, []);
  assert.equal(read(`echo "\${a:-it's}"`, 'bash').remarks.length, 1);
});

test('the dialect is told by the first line', () => {
  const accepts = (line: string): boolean =>
    parseShell(Buffer.from(`${line}\necho "\${a:-it's}"\n`)).remarks.length === 0;
  assert.ok(accepts('#!/bin/sh'));
  assert.ok(accepts('#! /usr/bin/env dash'));
  assert.ok(accepts('#!/bin/busybox sh'));
  assert.ok(!accepts('#!/bin/bash'));
  assert.ok(!accepts('#!/usr/bin/env bash'));
});

test('NUL bytes are nothing, as they are to shells, and offsets still count them', () => {
  const { list } = read('e\0cho a\0\nb');
  assert.equal(listText(list), 'echo a; b');
  assert.deepEqual(list[1]?.first.commands[0]?.start, 9);
});

test('offsets of what stands in backquotes and here-documents are those of the file', () => {
  const script = 'x `echo \\`a\\``\ncat <<-E\n\t\t$(b)\n\tE\n';
  const { list } = read(script);
  const found: string[] = [];
  const visit = (list: ShellList): void => {
    for (const { first } of list)
      for (const command of first.commands)
        if (command.kind === 'simple') {
          found.push(script.slice(command.start).slice(0, 1));
          const parts = [...command.words, ...command.redirections.flatMap(({ body }) => body ?? [])].flatMap(
            (word): readonly WordPart[] => ('parts' in word ? word.parts : []),
          );
          for (const part of parts) if (part.kind === 'command') visit(part.body);
        }
  };
  visit(list);
  assert.deepEqual(found, ['x', 'e', 'a', 'c', 'b']);
});

test('bytes beyond the limit are remarked on, and only those', () => {
  const script = Buffer.from('a\nb\nc\n');
  assert.deepEqual(parseShell(script, { maximumBytes: 4 }).remarks, [
    { code: 'SHELL_TOO_LARGE', offset: 4, bytes: 2, reason: 'only the first 4 bytes were read' },
  ]);
  assert.deepEqual(parseShell(script, { maximumBytes: 6 }).remarks, []);
});

describe('hostile shapes end soon, with a remark', () => {
  const shapes: Readonly<Record<string, string>> = {
    parentheses: '('.repeat(60_000),
    arithmetic: '$(('.repeat(40_000),
    substitutions: '$('.repeat(40_000),
    braces: '${a:-"'.repeat(40_000),
    conditions: 'if\n'.repeat(40_000),
    'here-documents in each other': 'cat <<A\n$(cat <<B\n'.repeat(10_000),
    'here-documents in a line': `${'cat <<A '.repeat(20_000)}\n`,
    quotes: '"\n'.repeat(40_001),
    subscripts: 'a[$(a['.repeat(20_000),
    arrays: 'a=(\n'.repeat(40_000),
    functions: 'f() '.repeat(40_000),
    processes: '<('.repeat(40_000),
    patterns: '@('.repeat(40_000),
    tests: `[[ ${'! '.repeat(40_000)}`,
  };
  for (const [name, script] of Object.entries(shapes))
    test(name, () => {
      const started = performance.now();
      const { remarks } = read(script);
      assert.ok(remarks.length > 0 && remarks.length <= 200);
      assert.ok(performance.now() - started < 5000);
    });
});

test('fourteen levels of backquotes are followed to the innermost command', () => {
  let script = 'echo hi';
  for (let level = 0; level < 14; level += 1) script = `echo \`${script.replace(/[\\`]/g, '\\$&')}\``;
  assert.match(listText(read(script).list), /^(?:echo \$\(){14}echo hi\){14}$/);
});

const everything = forms.map(([script]) => script).join('\n');

test('a script cut at any length, or changed anywhere, gives a tree whose offsets lie within it', () => {
  const check = (bytes: Uint8Array): void => {
    const { list, remarks } = parseShell(bytes);
    for (const { offset, bytes: passed } of remarks)
      assert.ok(offset >= 0 && passed >= 0 && offset + passed <= bytes.length);
    for (const { first } of list)
      for (const { start, end } of first.commands) assert.ok(start >= 0 && start <= end && end <= bytes.length);
  };
  const bytes = Buffer.from(everything, 'latin1');
  for (let length = 0; length <= bytes.length; length += 1) check(bytes.subarray(0, length));
  for (let seed = 0; seed < 300; seed += 1) check(mutate(bytes, seed));
});
