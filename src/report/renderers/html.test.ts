import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import { html } from './html.ts';

const options = { colour: false, width: 80, toolVersion: '0.1.0', single: true };

const tagsOf = (page: string): readonly string[] =>
  [...page.replace(/<style>.*<\/style>/s, '<style></style>').matchAll(/<[^>]*>/g)].map(([tag]) => tag);

test('the content policy allows nothing but the style sheet that is there', () => {
  const page = html.render([someVerdict()], options);
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
  const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
  assert.match(policy, /^default-src 'none'; /);
  assert.ok(policy.includes(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`));
  assert.doesNotMatch(policy, /unsafe|script|\*/);
});

test('a hostile image adds no element, no attribute and no address', () => {
  const known =
    /^<!doctype html>$|^<\/?(?:html|head|meta|title|style|body|header|main|footer|section|div|span|strong|h[1-3]|ul|ol|li|dl|dt|dd|p|pre|code|br|table|thead|tbody|tr|th|td|details|summary|fieldset|legend|label|input|svg|rect)(?: [^<]*)?>$/;
  const attributes =
    /^(?:lang|charset|http-equiv|content|name|class|title|type|value|checked|open|scope|viewBox|preserveAspectRatio|aria-hidden|width|height|x)$/;
  const page = html.render([hostileVerdict()], options);
  for (const tag of tagsOf(page)) {
    assert.match(tag, known);
    const outside = tag.replace(/"[^"]*"/g, '').replace(/^<[\w!/-]+|\/?>$/g, '');
    for (const [name] of outside.matchAll(/[^\s=]+/g))
      if (tag !== '<!doctype html>') assert.match(name, attributes, tag);
  }
});

test('the same elements are there, in number, whether the words are hostile or not', () => {
  const dull = someFinding({ title: 'dull' });
  const nasty = someFinding({ title: '</h3></summary></details><script>alert(1)</script>' });
  const page = (finding: typeof dull): readonly string[] =>
    tagsOf(html.render([someVerdict({ dossier: someDossier({ findings: [finding] }) })], options));
  assert.deepEqual(page(nasty), page(dull));
});

test('the story, the marks of a proof and the packages are on the page, and only where there are some', () => {
  const finding = someFinding({
    evidence: [{ kind: 'file', path: 'opt/x', launched: true, unowned: true, hidden: false }],
  });
  const packages = [{ name: 'left-pad', version: '1.3.0', ecosystem: 'npm' as const, purl: '' }];
  const dossier = someDossier({ findings: [finding], story: ['Starts /x.', 'Then it <b>runs</b> y.'], packages });
  const page = html.render([someVerdict({ dossier })], options);
  assert.match(page, /<ol class="story"><li>Starts \/x\.<\/li><li>Then it &lt;b&gt;runs&lt;\/b&gt; y\.<\/li><\/ol>/);
  assert.match(page, /<span class="mark">started by the image<\/span> <span class="mark">no package owns it<\/span>/);
  assert.match(page, /<td>left-pad<\/td><td><code>1\.3\.0<\/code><\/td><td>npm<\/td>/);
  const bare = html.render([someVerdict({ dossier: someDossier({ story: [] }) })], options).split('</style>')[1] ?? '';
  assert.doesNotMatch(bare, /class="story"|class="mark"|Ecosystem/);
});

test('of very many packages a page shows some and says so', () => {
  const packages = Array.from({ length: 3002 }, (_, index) => ({
    name: `p${index}`,
    version: '1',
    ecosystem: 'npm' as const,
    purl: '',
  }));
  const page = html.render([someVerdict({ dossier: someDossier({ packages }) })], options);
  assert.ok(page.includes('<td>p2999</td>') && !page.includes('<td>p3000</td>'));
  assert.match(page, /and 2 more packages: see the JSON report/);
});

test('severe findings are open, the others folded; info is not shown until its box is ticked', () => {
  const findings = [someFinding(), someFinding({ severity: 'low' }), someFinding({ severity: 'info' })];
  const page = html.render([someVerdict({ dossier: someDossier({ findings }) })], options);
  assert.match(page, /<details class="finding high" open>/);
  assert.match(page, /<details class="finding low">/);
  assert.match(page, /value="high" checked>/);
  assert.match(page, /value="info">/);
});

test('a gap says what to do about it', () => {
  const verdict = someVerdict({ dossier: someDossier({ gaps: [someGap()] }) });
  const page = html.render([verdict], { ...options, adviceOn: () => 'Fetch <it> again.' });
  assert.match(page, /<strong>What to do:<\/strong> Fetch &lt;it&gt; again\./);
  assert.equal(page.split('Fetch &lt;it&gt;').length - 1, 1, 'the verdict allows: nothing about the image as a whole');
  const denied = html.render([{ ...verdict, assessment: 'incomplete', decision: 'deny' }], {
    ...options,
    adviceOn: (id) => `see ${id}`,
  });
  assert.match(denied, /<p class="now"><strong>What to do:<\/strong> see ZIP_MEMBER_ENCRYPTED<\/p>/);
  assert.doesNotMatch(html.render([verdict], options), /<strong>What to do:/);
});
