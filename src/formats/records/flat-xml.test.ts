import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { itemsOf, parseFlatXml, xmlTextAt } from './flat-xml.ts';

const parse = (text: string) => parseFlatXml(Buffer.from(text), 'answer');
const codeOf = (text: string): string => {
  try {
    parse(text);
    return 'read';
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return thrown.code;
  }
};

const answer = `<?xml version="1.0" encoding="UTF-8"?>
<r:Response xmlns:r="http://ec2.amazonaws.com/doc/2016-11-15/"><!-- a > b -->
  <imagesSet><item><name>a &amp; b &#60;&#x3E;</name><public/></item><item x='1 > 0'><name> two </name></item></imagesSet>
</r:Response>`;

test('elements, lists and texts', () => {
  const root = parse(answer);
  assert.equal(root.name, 'Response');
  const items = itemsOf(root, 'imagesSet');
  assert.deepEqual(
    items.map((item) => xmlTextAt(item, 'name')),
    ['a & b <>', 'two'],
  );
  assert.equal(xmlTextAt(items[0], 'public'), undefined);
  assert.deepEqual(itemsOf(root, 'absent'), []);
});

test('whatever could grow or be fetched is refused', () => {
  assert.equal(codeOf('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), 'XML_MALFORMED');
  assert.equal(codeOf('<a>&x;</a>'), 'XML_MALFORMED');
  assert.equal(codeOf('<a><![CDATA[x]]></a>'), 'XML_MALFORMED');
  assert.equal(codeOf('<a>&#xD800;</a>'), 'XML_MALFORMED');
  assert.equal(codeOf('<a>&#x41;</a>'), 'read');
});

test('cut off anywhere it is malformed, never half an answer', () => {
  for (let length = 0; length < answer.length; length += 1)
    assert.equal(codeOf(answer.slice(0, length)), 'XML_MALFORMED', `after ${length}`);
  for (const text of ['<a></b>', '</a>', '<a/><b/>', 'x<a/>', '<a b=c/>', '<a b="1/>', '<1/>'])
    assert.equal(codeOf(text), 'XML_MALFORMED', text);
});

test('depth, number and size are bounded', () => {
  assert.equal(codeOf(`${'<a>'.repeat(32)}${'</a>'.repeat(32)}`), 'read');
  assert.equal(codeOf(`${'<a>'.repeat(33)}${'</a>'.repeat(33)}`), 'XML_BEYOND_BOUNDS');
  assert.equal(codeOf(`<a>${'<b/>'.repeat(50_001)}</a>`), 'XML_BEYOND_BOUNDS');
  assert.equal(codeOf(`<a>${' '.repeat(4 * 2 ** 20)}</a>`), 'XML_BEYOND_BOUNDS');
});
