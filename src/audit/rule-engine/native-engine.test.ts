import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Externals } from './engine-interface.ts';
import { openNativeEngine } from './native-engine.ts';
import { openWasmEngine } from './wasm-engine.ts';

const { engine: native } = openNativeEngine();
const engines = [...(native === undefined ? [] : [native]), await openWasmEngine()];

const plain: Externals = {
  filename: 'tool',
  filepath: '/usr/bin',
  extension: '',
  filetype: 'elf',
  owner: 'root',
  whole_file_size: 1,
};

for (const engine of engines)
  test(`names and owners that look like numbers or truth values stay texts in the ${engine.id} engine`, () => {
    const source = 'rule r { condition: filename istartswith "t" and owner contains "0" and filepath == "/usr/bin" }';
    const rules = engine.compile([{ namespace: 'n', source }]);
    const found = (externals: Partial<Externals>): number =>
      rules.scan(Buffer.from('x'), { ...plain, ...externals }).length;
    try {
      assert.equal(found({}), 0);
      for (const owner of [
        '0',
        '1000',
        '+10',
        '-10',
        '007',
        '00000000000000000000000000010',
        '10000000000000000000000',
      ])
        assert.equal(found({ owner }), 1, owner);
      for (const filename of ['true', 'TRUE', 'tRuE', 'tool'])
        assert.equal(found({ owner: '10', filename }), 1, filename);
      for (const filename of ['false', '7', '-1']) assert.equal(found({ owner: '10', filename }), 0, filename);
    } finally {
      rules.close();
    }
  });
