import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import type { HistoryMemory, ImageHistory, ProvenSignature, Sighting } from '../../core/image-history.ts';
import { openSignatureHistory } from './signature-history.ts';

const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')];
const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));
const app = 'registry.example/team/app';
const team: ProvenSignature = { verifier: 'cosign', identity: 'sha256:team' };

interface Seen extends Partial<Omit<Sighting, 'at'>> {
  readonly on: number;
  readonly missing?: readonly string[];
  readonly by?: readonly ProvenSignature[];
}

const withHistory = async (
  run: (see: (seen: Seen) => ImageHistory, memory: HistoryMemory, folder: string) => Promise<void> | void,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-history-'));
  const memory = openSignatureHistory(folder, { maximumRows: 50 });
  try {
    await run(
      ({ on, missing = [], by = [], ...sighting }) =>
        memory.observe({ repository: app, tag: '1', digest: a, ...sighting, at: day(on) }, missing, by),
      memory,
      folder,
    );
  } finally {
    memory.close();
    await rm(folder, { recursive: true });
  }
};

test('an image is first seen when it was, whatever it is called later', () =>
  withHistory((see) => {
    assert.deepEqual(see({ on: 1 }), {
      firstSeen: day(1).toISOString(),
      seenBefore: false,
      since: day(1).toISOString(),
      tagMoved: false,
      signersBefore: [],
      signatureLost: false,
      signerChanged: false,
      elsewhere: [],
    });
    const later = see({ on: 5, repository: 'other.example/app', tag: '2' });
    assert.equal(later.firstSeen, day(1).toISOString());
    assert.equal(later.seenBefore, true);
    assert.equal(see({ on: 5, digest: b, tag: '3' }).seenBefore, false);
  }));

test('a time that a log proves makes an image older; a later one changes nothing', () =>
  withHistory((see) => {
    const logged = { ...team, signedAt: day(2).toISOString() };
    assert.equal(see({ on: 9, by: [logged] }).since, day(2).toISOString());
    const again = see({ on: 10, by: [{ ...team, signedAt: day(8).toISOString() }] });
    assert.deepEqual([again.since, again.loggedAt], [day(2).toISOString(), day(2).toISOString()]);
    assert.equal(
      see({ on: 9, digest: b, by: [{ ...team, signedAt: day(20).toISOString() }] }).since,
      day(9).toISOString(),
    );
  }));

test('a tag that names another image has moved; when, and from where, is told', () =>
  withHistory((see) => {
    assert.equal(see({ on: 1 }).tagMoved, false);
    assert.equal(see({ on: 2, tag: '2', digest: b }).tagMoved, false, 'another tag');
    const moved = see({ on: 3, digest: b });
    assert.deepEqual([moved.tagMoved, moved.tagBefore, moved.tagMovedAt], [true, a, day(3).toISOString()]);
    assert.equal(see({ on: 4, digest: b }).tagMovedAt, day(3).toISOString());
    const back = see({ on: 5 });
    assert.deepEqual([back.tagMoved, back.tagBefore, back.tagMovedAt], [true, b, day(5).toISOString()]);
  }));

test('another platform of the same index is no other image; nor is what is asked for by digest alone', () =>
  withHistory((see) => {
    see({ on: 1, digest: a, index: c });
    assert.equal(see({ on: 2, digest: b, index: c }).tagMoved, false);
    assert.equal(see({ on: 3, digest: a }).tagMoved, false, 'the same manifest without its index');
    const { tag: _, ...byDigest } = { tag: '1' };
    assert.equal(see({ on: 4, digest: b, tag: '', ...byDigest }).tagMoved, false);
  }));

test('a signature that was there and is not is lost: of this image, and of what the tag named before', () =>
  withHistory((see) => {
    see({ on: 1, by: [team] });
    assert.equal(see({ on: 2, missing: ['cosign'] }).signatureLost, true);
    assert.equal(see({ on: 2, missing: [] }).signatureLost, false, 'not reached is not lost');
    assert.equal(see({ on: 3, digest: b, missing: ['cosign'] }).signatureLost, true);
    assert.equal(see({ on: 3, digest: c, tag: 'dev', missing: ['cosign'] }).signatureLost, false, 'a tag of its own');
    assert.equal(see({ on: 4, digest: b, by: [team] }).signatureLost, false);
  }));

test('of a world that was not asked nothing is lost, and nobody has changed', () =>
  withHistory((see) => {
    see({ on: 1, by: [team] });
    assert.equal(see({ on: 2, missing: ['gpg', 'notation'] }).signatureLost, false);
    assert.equal(see({ on: 2, missing: ['gpg', 'cosign'] }).signatureLost, true);
    const other = { verifier: 'gpg', identity: 'ABCDEF' };
    assert.equal(see({ on: 3, by: [other] }).signerChanged, false);
    assert.equal(see({ on: 4, by: [{ ...other, identity: 'FEDCBA' }] }).signerChanged, true);
  }));

test('another signer than before is told, and one whose workflow ran for another tag is the same', () =>
  withHistory((see) => {
    const flow = (ref: string, name = 'release'): ProvenSignature => ({
      verifier: 'cosign',
      identity: `https://forge.example/team/app/.workflows/${name}.yml@refs/tags/${ref}`,
    });
    assert.equal(see({ on: 1, by: [flow('v1')] }).signerChanged, false);
    assert.equal(see({ on: 2, digest: b, by: [flow('v2')] }).signerChanged, false);
    const changed = see({ on: 3, digest: c, by: [flow('v3', 'stranger')] });
    assert.equal(changed.signerChanged, true);
    assert.deepEqual(changed.signersBefore, ['cosign https://forge.example/team/app/.workflows/release.yml']);
    assert.equal(see({ on: 4, repository: 'other.example/x', digest: c, by: [team] }).signerChanged, false);
  }));

test('the same tag with other content in another registry is told, once it is seen; the same content is not', () =>
  withHistory((see) => {
    see({ on: 1, repository: 'docker.io/library/nginx' });
    see({ on: 1, repository: 'mirror.example/nginx', digest: a });
    see({ on: 1, repository: 'third.example/nginx', tag: '2', digest: c });
    const stranger = see({ on: 2, repository: 'mirror2.example/nginx', digest: b });
    assert.deepEqual(stranger.elsewhere, [
      { repository: 'docker.io/library/nginx', digest: a },
      { repository: 'mirror.example/nginx', digest: a },
    ]);
    see({ on: 3, repository: 'docker.io/library/nginx', digest: b });
    see({ on: 3, repository: 'mirror.example/nginx', digest: b });
    assert.deepEqual(see({ on: 4, repository: 'mirror2.example/nginx', digest: b }).elsewhere, []);
  }));

test('beyond the maximum the longest unseen are forgotten', () =>
  withHistory((see, memory) => {
    for (let number = 0; number < 60; number += 1)
      see({ on: 1 + number, digest: `sha256:${String(number).padStart(64, '0')}` });
    memory.close();
    assert.equal(see({ on: 90, digest: `sha256:${'0'.padStart(64, '0')}` }).seenBefore, false);
    assert.equal(see({ on: 90, digest: `sha256:${'59'.padStart(64, '0')}` }).seenBefore, true);
  }));

test('a damaged file is unavailable: nothing is seen for the first time by that', () =>
  withHistory(async (see, memory, folder) => {
    await writeFile(join(folder, 'signature-history.sqlite'), 'no database'.repeat(100), { mode: 0o600 });
    assert.throws(
      () => see({ on: 1 }),
      (thrown) => isFault(thrown) && thrown.code === 'STATE_UNUSABLE' && thrown.kind === 'unavailable',
    );
    memory.close();
  }));

test('several processes that see an image at once all see it, from the first use on', () =>
  withHistory(async (see, memory, folder) => {
    memory.close();
    const script = join(folder, 'see.ts');
    await writeFile(
      script,
      `import { openSignatureHistory } from ${JSON.stringify(join(import.meta.dirname, 'signature-history.ts'))};
       const memory = openSignatureHistory(${JSON.stringify(folder)});
       let first = 0;
       for (let number = 0; number < 20; number += 1) {
         const digest = 'sha256:' + String(number).padStart(64, '0');
         const at = new Date(Date.UTC(2026, 0, 1));
         if (!memory.observe({ repository: 'registry.example/app', digest, at }, [], []).seenBefore) first += 1;
       }
       memory.close();
       console.log(first);`,
    );
    const run = async () => Number((await promisify(execFile)(process.execPath, [script], { timeout: 30_000 })).stdout);
    const firsts = await Promise.all([run(), run(), run()]);
    assert.equal(
      firsts.reduce((sum, one) => sum + one, 0),
      20,
      'each image is seen for the first time once',
    );
    assert.equal(see({ on: 2, digest: `sha256:${'7'.padStart(64, '0')}` }).seenBefore, true);
  }));
