import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits } from '../core/budget.ts';
import { isFault } from '../core/fault.ts';
import type { Gap } from '../core/gap.ts';
import { walkFolder } from './folder-walk.ts';

const linux = { skip: process.platform !== 'linux' };

const inTree = (run: (root: string, folder: string) => void): void => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tidewaiter-walk-')));
  try {
    mkdirSync(join(folder, 'root/a'), { recursive: true });
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(folder, 'root/a/inner'), 'inner');
    writeFileSync(join(folder, 'root/b'), 'b');
    writeFileSync(join(folder, 'outside/secret'), 'secret');
    run(join(folder, 'root'), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test('a folder replaced by a link out, after it was seen, is not entered through the link', linux, () =>
  inTree((root, folder) => {
    const gaps: Gap[] = [];
    const seen: string[] = [];
    for (const { path } of walkFolder(root, defaultLimits, (gap) => gaps.push(gap))) {
      seen.push(path);
      if (path !== 'a') continue;
      renameSync(join(root, 'a'), join(folder, 'moved'));
      symlinkSync(join(folder, 'outside'), join(root, 'a'));
    }
    assert.deepEqual(seen, ['a', 'b']);
    assert.deepEqual(
      gaps.map(({ code, where, executable }) => [code, where, executable]),
      [['ROOTFS_UNREADABLE', 'a', true]],
    );
  }),
);

test('a folder that is moved away while it is read is read to its end where it is now', linux, () =>
  inTree((root, folder) => {
    writeFileSync(join(root, 'a/later'), 'later');
    const read: string[] = [];
    for (const entry of walkFolder(root, defaultLimits, (gap) => assert.fail(gap.reason))) {
      if (entry.path === 'a/inner') {
        renameSync(join(root, 'a'), join(folder, 'moved'));
        symlinkSync(join(folder, 'outside'), join(root, 'a'));
      }
      if (entry.stats.isFile()) read.push(entry.path);
    }
    assert.deepEqual(read, ['a/inner', 'a/later', 'b']);
  }),
);

test('a file replaced by another, or by a link, is not opened', linux, () =>
  inTree((root, folder) => {
    const outcomes: string[] = [];
    for (const entry of walkFolder(root, defaultLimits, () => undefined)) {
      if (!entry.stats.isFile()) continue;
      rmSync(join(root, entry.path));
      if (entry.path === 'b') symlinkSync(join(folder, 'outside/secret'), join(root, 'b'));
      else {
        // A file made before the other is removed has another inode for certain.
        writeFileSync(join(folder, 'fresh'), 'x');
        writeFileSync(join(folder, 'fresher'), 'x');
        renameSync(join(folder, 'fresher'), join(root, entry.path));
      }
      try {
        entry.open();
        outcomes.push('opened');
      } catch (thrown) {
        outcomes.push(isFault(thrown) ? thrown.code : ((thrown as NodeJS.ErrnoException).code ?? ''));
      }
    }
    assert.deepEqual(outcomes, ['ROOTFS_CHANGED', 'ELOOP']);
  }),
);

test('a folder that cannot be opened is a gap', () =>
  inTree((root) => {
    const gaps: Gap[] = [];
    assert.deepEqual([...walkFolder(join(root, 'b'), defaultLimits, (gap) => gaps.push(gap))], []);
    assert.deepEqual(
      gaps.map(({ code, where, executable }) => [code, where, executable]),
      [['ROOTFS_UNREADABLE', join(root, 'b'), true]],
    );
  }));

test('a path longer than the limit is a gap, and what lies in it is not walked', () =>
  inTree((root) => {
    const gaps: Gap[] = [];
    const seen = [...walkFolder(root, { ...defaultLimits, path: 3 }, (gap) => gaps.push(gap))].map(({ path }) => path);
    assert.deepEqual(seen, ['a', 'b']);
    assert.deepEqual(
      gaps.map(({ code, where }) => [code, where]),
      [['ROOTFS_TOO_DEEP', 'a/inner']],
    );
  }));

test(
  'another file system below is not entered, and is a gap unless it shows nothing',
  { skip: process.platform !== 'linux' },
  () => {
    // The kernel's own file systems are always mounted somewhere below these two.
    const gaps: Gap[] = [];
    for (const { path } of walkFolder('/proc/self', { ...defaultLimits, path: 64 }, (gap) => gaps.push(gap))) {
      if (path > 'g') break;
    }
    assert.deepEqual(
      gaps.filter(({ code }) => code === 'ROOTFS_OTHER_FILESYSTEM'),
      [],
    );
    const below: Gap[] = [];
    const walk = walkFolder('/', { ...defaultLimits, path: 4 }, (gap) => below.push(gap));
    for (const entry of walk) if (entry.path === 'root') break;
    assert.deepEqual(
      below
        .filter(({ where, code }) => where === 'proc' && code === 'ROOTFS_OTHER_FILESYSTEM')
        .map(({ executable }) => executable),
      [undefined],
    );
  },
);
