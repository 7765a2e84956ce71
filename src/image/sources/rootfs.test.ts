import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultOf, inFolder, takeAny } from '../../../test/contracts/image-source.contract.ts';
import { Budget } from '../../core/budget.ts';
import { collect } from '../../core/collect.ts';
import type { Context } from '../../core/context.ts';
import type { Image } from '../../core/image.ts';
import { parseReference } from '../../core/reference.ts';
import { nameFromBytes } from '../../formats/name-bytes.ts';
import { tar } from '../../formats/trees/tar.ts';
import { rootfs } from './rootfs.ts';

const posix = { skip: process.platform === 'win32' };

const open = async (folder: string, context: Context): Promise<Image> => {
  const [image] = await rootfs.resolve(parseReference(`rootfs:${folder}`), takeAny, context);
  assert.ok(image);
  return image;
};

interface Seen {
  readonly type: string;
  readonly content: string;
  readonly target?: string | undefined;
  readonly mode: number;
}

const list = async (image: Image, context: Context): Promise<Map<string, Seen>> => {
  const seen = new Map<string, Seen>();
  const stream = await image.layers[0]?.open(context);
  assert.ok(stream);
  for await (const entry of tar.walk(stream, new Budget(), (remark) => assert.fail(JSON.stringify(remark)))) {
    const content = entry.type === 'file' ? Buffer.from(await collect(entry.content(), 1e8)).toString('latin1') : '';
    seen.set(entry.path, { type: entry.type, content, target: entry.target, mode: entry.mode });
  }
  return seen;
};

const codes = (image: Image): readonly string[] => image.gaps.map(({ code, where }) => `${code} ${where}`);

test('a folder is one layer without names of its own', () =>
  inFolder(async (folder, context) => {
    await writeFile(join(folder, 'f'), 'content');
    const image = await open(folder, context);
    assert.deepEqual(
      [image.digest, image.identity, image.config, image.layers.length],
      [null, { diffIds: [] }, undefined, 1],
    );
    assert.equal((await list(image, context)).get('f')?.content, 'content');
    assert.deepEqual([image.gaps, image.findings], [[], []]);
  }));

test('files, folders, links and modes are told as they are, sorted', () =>
  inFolder(async (folder, context) => {
    await mkdir(join(folder, 'usr/bin'), { recursive: true });
    await writeFile(join(folder, 'usr/bin/tool'), 'tool');
    await chmod(join(folder, 'usr/bin/tool'), 0o4751);
    await link(join(folder, 'usr/bin/tool'), join(folder, 'usr/other'));
    await symlink('/etc/passwd', join(folder, 'usr/leads-out'));
    await writeFile(join(folder, 'B'), '');
    const seen = await list(await open(folder, context), context);
    assert.deepEqual([...seen.keys()], ['B', 'usr', 'usr/bin', 'usr/bin/tool', 'usr/leads-out', 'usr/other']);
    assert.deepEqual(seen.get('usr/bin/tool'), { type: 'file', content: 'tool', target: undefined, mode: 0o4751 });
    assert.deepEqual([seen.get('usr/other')?.type, seen.get('usr/other')?.target], ['hardlink', 'usr/bin/tool']);
    assert.deepEqual([seen.get('usr/leads-out')?.type, seen.get('usr/leads-out')?.target], ['symlink', '/etc/passwd']);
  }));

test('a link to a folder outside is told, never entered', () =>
  inFolder(async (folder, context) => {
    await mkdir(join(folder, 'root'));
    await mkdir(join(folder, 'secret'));
    await writeFile(join(folder, 'secret/key'), 'x');
    await symlink('../secret', join(folder, 'root/way'));
    const seen = await list(await open(join(folder, 'root'), context), context);
    assert.deepEqual([...seen.keys()], ['way']);
  }));

test('the folder itself may be named through a link', posix, () =>
  inFolder(async (folder, context) => {
    await mkdir(join(folder, 'root'));
    await writeFile(join(folder, 'root/f'), 'x');
    await symlink('root', join(folder, 'alias'));
    assert.deepEqual([...(await list(await open(join(folder, 'alias'), context), context)).keys()], ['f']);
  }),
);

test('pipes and sockets are told, never opened', posix, () =>
  inFolder(async (folder, context) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    try {
      const image = await open(folder, context);
      const seen = await list(image, context);
      assert.deepEqual([seen.get('pipe')?.type, seen.get('socket')?.type], ['fifo', 'socket']);
      assert.deepEqual(codes(image), []);
    } finally {
      server.close();
    }
  }),
);

test('names that are not UTF-8, and long ones, come through', { skip: process.platform !== 'linux' }, () =>
  inFolder(async (folder, context) => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), 'odd');
    const long = 'n'.repeat(200);
    await mkdir(join(folder, long, long), { recursive: true });
    await writeFile(join(folder, long, long, 'f'), 'deep');
    const seen = await list(await open(folder, context), context);
    assert.equal(seen.get(nameFromBytes(name))?.content, 'odd');
    assert.equal(seen.get(`${long}/${long}/f`)?.content, 'deep');
  }),
);

test('large files are streamed whole', () =>
  inFolder(async (folder, context) => {
    await writeFile(join(folder, 'large'), Buffer.alloc(3_500_001, 'abc'));
    await writeFile(join(folder, 'z'), 'after');
    const seen = await list(await open(folder, context), context);
    assert.equal(seen.get('large')?.content, Buffer.alloc(3_500_001, 'abc').toString('latin1'));
    assert.equal(seen.get('z')?.content, 'after');
  }));

test('a file that shrinks while it is read is filled up, and is a gap', () =>
  inFolder(async (folder, context) => {
    const file = join(folder, 'large');
    await writeFile(file, Buffer.alloc(8_000_000, 'abc'));
    await writeFile(join(folder, 'z'), 'after');
    const image = await open(folder, context);
    const stream = await image.layers[0]?.open(context);
    assert.ok(stream);
    const seen = new Map<string, number>();
    for await (const entry of tar.walk(stream, new Budget(), () => undefined)) {
      let size = 0;
      if (entry.type === 'file')
        for await (const chunk of entry.content()) {
          if (size === 0 && entry.path === 'large') await truncate(file, 10);
          size += chunk.length;
        }
      seen.set(entry.path, size);
    }
    assert.deepEqual(
      [...seen],
      [
        ['large', 8_000_000],
        ['z', 5],
      ],
    );
    assert.deepEqual(codes(image), ['ROOTFS_CHANGED large']);
    assert.ok((image.gaps[0]?.bytes ?? 0) > 6_000_000);
  }));

test('a file named like a deletion mark is examined under another name, and told', () =>
  inFolder(async (folder, context) => {
    await writeFile(join(folder, '.wh.x'), 'hidden');
    await writeFile(join(folder, 'x'), 'x');
    const image = await open(folder, context);
    const seen = await list(image, context);
    assert.deepEqual([...seen.keys()], ['_.wh.x', 'x']);
    assert.equal(seen.get('_.wh.x')?.content, 'hidden');
    assert.deepEqual(
      image.findings.map(({ rule, evidence }) => [rule, evidence[0].kind === 'file' && evidence[0].path]),
      [['image/whiteout-name', '.wh.x']],
    );
  }));

test('read again, everything is told once', () =>
  inFolder(async (folder, context) => {
    await writeFile(join(folder, '.wh.x'), '');
    const image = await open(folder, context);
    await list(image, context);
    await list(image, context);
    assert.equal(image.findings.length, 1);
  }));

test('a file beyond the budget of a layer is an empty entry and a gap', () =>
  inFolder(
    async (folder, context) => {
      await writeFile(join(folder, 'sparse'), '');
      await truncate(join(folder, 'sparse'), 2_000_000);
      await writeFile(join(folder, 'z'), 'after');
      const image = await open(folder, context);
      const seen = await list(image, context);
      assert.deepEqual([seen.get('sparse')?.content, seen.get('z')?.content], ['', 'after']);
      assert.deepEqual(
        image.gaps.map(({ code, bytes }) => [code, bytes]),
        [['ROOTFS_TOO_LARGE', 2_000_000]],
      );
    },
    { limits: { bytes: 1_000_000 } },
  ));

test('a very deep tree is walked without running out of anything', posix, () =>
  inFolder(async (folder, context) => {
    const deep = Array.from({ length: 300 }, () => 'd').join('/');
    await mkdir(join(folder, deep), { recursive: true });
    await writeFile(join(folder, deep, 'f'), 'bottom');
    const image = await open(folder, context);
    assert.equal((await list(image, context)).get(`${deep}/f`)?.content, 'bottom');
    assert.deepEqual(codes(image), []);
  }),
);

test('what is no folder is misuse', () =>
  inFolder(async (folder, context) => {
    await writeFile(join(folder, 'file'), '');
    assert.match(await faultOf(open(join(folder, 'file'), context)), /^misuse FOLDER_EXPECTED/);
    assert.match(await faultOf(open(join(folder, 'none'), context)), /^misuse FILE_NOT_FOUND/);
  }));

test('stopping early closes every folder and file', { skip: process.platform !== 'linux' }, () =>
  inFolder(async (folder, context) => {
    const { readdirSync } = await import('node:fs');
    await mkdir(join(folder, 'a/b/c'), { recursive: true });
    await writeFile(join(folder, 'a/b/c/large'), Buffer.alloc(4_000_000));
    const before = readdirSync('/proc/self/fd').length;
    const image = await open(folder, context);
    const stream = await image.layers[0]?.open(context);
    assert.ok(stream);
    for await (const chunk of stream) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(readdirSync('/proc/self/fd').length, before);
  }),
);
