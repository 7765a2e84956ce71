import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rewriteClasses } from './class-rewrite.ts';
import { chooseEngine } from './rule-engine.ts';

const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };

test('a class that the engine misreads becomes alternatives, any other stays as it is', () => {
  assert.equal(rewriteClasses('x[aisu]+y', false), 'x(\\x61|\\x69|\\x73|\\x75)+y');
  for (const text of ['[ais]', '[a-z]{2}', '\\[aisu]', '[^\\n]*', '[]x]', '[0-9a-fA-F]', 'no class'])
    assert.equal(rewriteClasses(text, false), text);
});

test('every member of a class matches, whatever the class', async () => {
  const { engine } = await chooseEngine();
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const members = fc.uniqueArray(fc.constantFrom(...letters.split('')), { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(members, fc.boolean(), (characters, ignoresCase) => {
      const text = rewriteClasses(`begin-[${characters.join('')}]-end`, ignoresCase);
      const source = `rule r { strings: $a = /${text}/${ignoresCase ? 'i' : ''} condition: $a }`;
      const compiled = engine.compile([{ namespace: 'n', source }]);
      for (const character of characters)
        assert.equal(compiled.scan(Buffer.from(`begin-${character}-end`), externals).length, 1, `${text} ${character}`);
      assert.equal(compiled.scan(Buffer.from('begin-_-end'), externals).length, 0);
      compiled.close();
    }),
    { numRuns: 150 },
  );
});
