import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureCost } from './cost.ts';

test('a rule that loops over the file is named with the reason, its quick neighbours are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-cost-'));
  try {
    const quick = Array.from(
      { length: 6 },
      (_, index) => `rule quick${index} { strings: $a = "a distinctive literal ${index}" condition: $a }`,
    );
    writeFileSync(
      join(folder, 'x.yar'),
      `${quick.join('\n')}\nrule loop { condition: for any i in (0..filesize) : (uint32(i) == 0x12345678) }\n`,
    );
    const { slow, megabytesPerSecond } = await measureCost({ added: [folder] });
    assert.ok(megabytesPerSecond > 0);
    assert.deepEqual(
      slow.map(({ id }) => id),
      ['yara/x/loop'],
    );
    assert.match(slow[0]?.reasons.join() ?? '', /loop/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
