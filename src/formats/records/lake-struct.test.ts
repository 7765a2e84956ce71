import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLakeStruct } from './lake-struct.ts';
import { ZeekLogReader } from './zeek-log.ts';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(parseLakeStruct(text))) as unknown;

test('structures, lists, maps whose values are JSON, and values with commas', () => {
  assert.deepEqual(plain('{type=IAMUser, arn=arn:aws:iam::1:user/a, x=null, session={attributes={mfa=false}}}'), {
    type: 'IAMUser',
    arn: 'arn:aws:iam::1:user/a',
    session: { attributes: { mfa: 'false' } },
  });
  assert.deepEqual(plain('{instancesSet={"items":[{"imageId":"ami-1"}]}, name=a, b and c, d=e}'), {
    instancesSet: { items: [{ imageId: 'ami-1' }] },
    name: 'a, b and c',
    d: 'e',
  });
  assert.deepEqual(plain('[{a=1}, {a=2}]'), [{ a: '1' }, { a: '2' }]);
});

test('a text that is no structure comes back; so does one that was cut off', () => {
  for (const text of ['hello', '', 'a=b', '{a=1}x', '[a]b']) assert.equal(parseLakeStruct(text), text);
  for (const text of ['{a=1', '{{{{', '{'.repeat(500), '[1, ']) assert.notEqual(parseLakeStruct(text), undefined);
});

test('structures that were made to cost much end soon', () => {
  for (const filler of ['{{', '{a=', '[{"', '{a={}, ', '}, ']) parseLakeStruct(`{${filler.repeat(100_000)}`);
});

test('Zeek: a later head replaces the first; escapes, sets, booleans and what is unset', () => {
  const reader = new ZeekLogReader();
  assert.equal(reader.read('1\t2'), undefined);
  for (const line of [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    '#path\tdns',
    '#fields\ta\tb\tc\td',
    '#types\tstring\tset[string]\tbool\tcount',
  ])
    assert.equal(reader.read(line), 'head', line);
  assert.deepEqual(
    { ...(reader.read('x\\x09y\tp,q\tT\t-') as object) },
    { _path: 'dns', a: 'x\ty', b: ['p', 'q'], c: true },
  );
  assert.deepEqual({ ...(reader.read('-\t(empty)\tF\t7') as object) }, { _path: 'dns', b: [], c: false, d: 7 });
  assert.equal(reader.read('only one'), undefined);
  assert.equal(reader.read('#fields\tz'), 'head');
  assert.deepEqual({ ...(reader.read('v') as object) }, { _path: 'dns', z: 'v' });
  assert.equal(reader.read('#unknown\tx'), undefined);
});
