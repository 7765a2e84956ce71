import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { markers } from '../../test/fakes/marker-analyzer.ts';
import { confinementOf } from '../io/confinement.ts';

interface Powers {
  readonly environment: readonly string[];
  readonly read: string;
  readonly write: string;
  readonly run: string;
  readonly interfaces: readonly string[];
}

test('code in a scanning process has no environment, files, programs or network', async () => {
  process.env['TIDEWAITER_TEST_SECRET'] = 'secret';
  await using auditor = await markerAuditor();
  const { findings } = await auditor.audit(
    memoryImage([{ entries: [{ path: 'x', content: markers.powers }] }]),
    fakeContext(),
  );
  delete process.env['TIDEWAITER_TEST_SECRET'];
  const [proof] = findings[0]?.evidence ?? [];
  assert.ok(proof?.kind === 'excerpt');
  const powers = JSON.parse(proof.text) as Powers;
  assert.deepEqual(
    // Its allocator's settings and its code cache; nothing of what this process was given.
    powers.environment.filter((name) => name !== 'NODE_COMPILE_CACHE' && !/^MALLOC_[A-Z_]+$/.test(name)),
    [],
  );
  const confinement = confinementOf(join(import.meta.dirname, '../../test/fakes/scan-worker.ts'));
  if (confinement.nodePermissions)
    assert.deepEqual(
      [powers.read, powers.write, powers.run],
      ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'],
    );
  if (confinement.noNetwork) assert.deepEqual(powers.interfaces, []);
  else assert.notEqual(confinement.reason, '');
});

const isLinux = process.platform === 'linux';

test(
  'processes are kept for the next image and gone with the auditor',
  { skip: isLinux ? false : 'reads /proc' },
  async () => {
    const auditor = await markerAuditor();
    const image = memoryImage([{ entries: [{ path: 'x', content: 'x' }] }]);
    const children = (): readonly string[] =>
      readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1').split(' ').filter(Boolean);
    await auditor.audit(image, fakeContext());
    const kept = children();
    await auditor.audit(image, fakeContext());
    assert.equal(kept.length, 1);
    assert.deepEqual(children(), kept);
    await auditor[Symbol.asyncDispose]();
    assert.deepEqual(children(), []);
  },
);
