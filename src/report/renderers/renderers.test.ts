import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { RenderOptions } from '../renderer.ts';
import { renderers } from './index.ts';

const options: RenderOptions = { colour: false, width: 100, toolVersion: '0.1.0', single: true };

const forbidden: readonly (readonly [name: string, pattern: RegExp])[] = [
  // oxlint-disable-next-line no-control-regex
  ['a control character', /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/],
  ['a character that hides or turns text', /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/],
  ['a lone surrogate', /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/],
  ['a workflow command', /::|##/],
];

for (const renderer of renderers) {
  test(`${renderer.id}: nothing that an image says leaves its place`, () => {
    for (const verbose of [false, true]) {
      const text = renderer
        .render([hostileVerdict()], { ...options, verbose })
        .replace(/<style>.*<\/style>/s, '')
        .replaceAll('https://', '');
      for (const [name, pattern] of forbidden) {
        const found = pattern.exec(text);
        assert.equal(
          found,
          null,
          `${name} at ${JSON.stringify(text.slice((found?.index ?? 0) - 60, (found?.index ?? 0) + 60))}`,
        );
      }
    }
  });

  test(`${renderer.id}: equal verdicts give equal bytes, and the text ends with a line end`, () => {
    const one = renderer.render([hostileVerdict(), someVerdict()], options);
    assert.equal(renderer.render([hostileVerdict(), someVerdict()], options), one);
    assert.ok(one.endsWith('\n'));
  });

  test(`${renderer.id}: no verdict, no finding, no layer and no config are no trouble`, () => {
    assert.ok(renderer.render([], options).length > 0);
    const { config: _, ...bare } = someDossier({ layers: [], digest: null, identity: { diffIds: [] }, platform: '' });
    const text = renderer.render(
      [someVerdict({ dossier: { ...bare, reference: 'rootfs:/srv/tree' }, at: 'no time' })],
      options,
    );
    assert.match(text, /srv\/tree/);
  });

  test(`${renderer.id}: finding, path, gap and reason are told`, () => {
    const dossier = someDossier({ findings: [someFinding()], gaps: [someGap()] });
    const text = renderer.render([someVerdict({ dossier, assessment: 'malicious', decision: 'deny' })], options);
    for (const word of [
      'yara/miners/pool-config',
      'opt/.cache/config.json',
      'ZIP_MEMBER_ENCRYPTED',
      'the archive is encrypted',
      'deny',
    ])
      assert.ok(text.toLowerCase().includes(word.toLowerCase()), word);
  });

  test(`${renderer.id}: says what it is`, () => {
    assert.match(renderer.about, /\w/);
    assert.match(renderer.mediaType, /^[a-z]+\/[\w.+-]+/);
  });
}
