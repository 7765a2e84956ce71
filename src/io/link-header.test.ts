import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNextLink } from './link-header.ts';

test('the next page is found among other links', () => {
  assert.equal(parseNextLink('</v2/a/tags/list?last=b&n=2>; rel="next"'), '/v2/a/tags/list?last=b&n=2');
  assert.equal(
    parseNextLink('<https://r.example/1>; rel=prev, <https://r.example/3>; title="x"; REL=next'),
    'https://r.example/3',
  );
  assert.equal(parseNextLink('</a,b>; rel="first next"'), '/a,b');
});

test('other relations and broken headers lead nowhere', () => {
  for (const header of [
    undefined,
    '',
    '</a>',
    '</a>; rel="prev"',
    '</a; rel="next"',
    '<>; rel="next"',
    '</a>; rel="nextish"',
  ])
    assert.equal(parseNextLink(header), undefined, header);
});
