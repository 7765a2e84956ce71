import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { withCompiledRules } from './compiled-rules.ts';
import { chooseEngine } from './rule-engine.ts';
import { loadPack } from './rule-pack.ts';
import { RuleRunner } from './rule-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-compiled-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'own.yar'),
  `rule Marked { strings: $a = "marker-text" condition: $a }
  rule Large { condition: filesize > 1MB }`,
);

const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };

test('rules that were compiled beforehand say what rules compiled in place say', async () => {
  const { engine } = await chooseEngine('native');
  const { pack } = loadPack({ added: [join(folder, 'own.yar')] }, engine);
  const bare = {
    ...pack,
    groups: pack.groups.map(({ always, parts }) => ({
      ...(always === undefined ? {} : { always: { rules: always.rules } }),
      parts: parts.map(({ rules }) => ({ rules })),
    })),
  };
  const compiled = withCompiledRules(bare, engine);
  assert.ok(compiled.groups.every(({ always, parts }) => [always, ...parts].every((set) => set?.serialized)));
  for (const text of ['with the marker-text in it', 'without']) {
    const say = (one: typeof pack): unknown => new RuleRunner(one, engine).run('text', Buffer.from(text), externals);
    assert.deepEqual(say(compiled), say(bare), text);
  }
  assert.equal(withCompiledRules(compiled, engine), compiled, 'nothing is left to do');
});
