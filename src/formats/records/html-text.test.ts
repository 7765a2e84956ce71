import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlText, looksLikeHtml } from './html-text.ts';

const cases: readonly (readonly [what: string, html: string, text: RegExp])[] = [
  ['words that tags cut', 'docker p<b>ull</b> evil.example/<wbr>x:1', /docker pull evil\.example\/x:1/],
  [
    'signs that are spelled out',
    '&#100;ocker&nbsp;pull &#x65;vil.example&sol;x&colon;1',
    /docker pull evil\.example\/x:1/,
  ],
  [
    'links beside their words',
    '<a href="https://hub.docker.com/r/evil/x">here</a>',
    /https:\/\/hub\.docker\.com\/r\/evil\/x\s+here/,
  ],
  ['links without quotes', "<a title='x' href=https://quay.io/x>", /https:\/\/quay\.io\/x/],
  ['lines of their own', '<p>one</p><p>two</p>', /one\n+two/],
  ['a comparison', 'a < b', /^a < b$/],
];
for (const [what, html, text] of cases)
  test(what, () => {
    assert.match(htmlText(html), text);
  });

test('scripts, styles and comments are no text', () => {
  assert.equal(htmlText('<style>a{}</style><!-- b --><SCRIPT>c</SCRIPT>d').replaceAll(/<|\s/g, ''), 'd');
});

test('what is never closed ends, and odd points are left out', () => {
  for (const html of ['<a href="', '<!--', '<script>', '<', '&#xffffff;', '&#xd800;', '&#0;', '<a'.repeat(100_000)])
    assert.equal(typeof htmlText(html), 'string');
  assert.equal(htmlText('&#xd800;&#x110000;'), '');
});

test('HTML is told from text', () => {
  for (const html of ['<p>a', '<br/>', '<A HREF="x">y</a>']) assert.ok(looksLikeHtml(html), html);
  for (const text of ['a < b > c', '<nobody@example>', 'docker pull <image>']) assert.ok(!looksLikeHtml(text), text);
});
