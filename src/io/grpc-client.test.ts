import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fakeContext } from '../../test/fakes/context.ts';
import { startFakeGrpcServer, type FakeReply } from '../../test/fakes/grpc-server.ts';
import { isFault, type Fault } from '../core/fault.ts';
import { openGrpc, refusedWith, type GrpcConnection } from './grpc-client.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tw-grpc-'));
});
after(() => rm(folder, { recursive: true }));

const echo = {
  path: '/test.Service/Do',
  encode: (text: string): Uint8Array => Buffer.from(text),
  decode: (reply: Uint8Array): Uint8Array => Uint8Array.from(reply),
};

let sockets = 0;
const withServer = async (
  reply: (request: string, namespace: string | undefined) => FakeReply,
  run: (connection: GrpcConnection) => Promise<void>,
): Promise<void> => {
  const socketPath = join(folder, `${(sockets += 1)}.sock`);
  await using server = await startFakeGrpcServer(socketPath, {
    [echo.path]: (request, headers) =>
      reply(Buffer.from(request).toString(), headers['containerd-namespace'] as string | undefined),
  });
  await using connection = await openGrpc({ socketPath, label: 'unix://test' }, fakeContext());
  await run(connection);
  assert.ok(server.asked.length > 0);
};

const faultOf = async (run: Promise<unknown>): Promise<Fault> => {
  try {
    await run;
  } catch (thrown) {
    if (isFault(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('no Fault');
};

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};

test('a call gives the reply, and carries its headers', () =>
  withServer(
    (request, namespace) => ({ messages: [Buffer.from(`${request} in ${namespace}`)] }),
    async (connection) => {
      const answer = await connection.call(echo, 'hello', { 'containerd-namespace': 'demo' });
      assert.ok('reply' in answer);
      assert.equal(Buffer.from(answer.reply).toString(), 'hello in demo');
    },
  ));

test('several calls share one connection, and a reply of many frames is one', () =>
  withServer(
    (request) => ({ messages: [Buffer.alloc(3_000_000, request)] }),
    async (connection) => {
      const replies = await Promise.all(['a', 'b', 'c'].map((text) => connection.require(echo, text)));
      assert.deepEqual(
        replies.map((reply) => [reply.length, reply[2_999_999]]),
        [97, 98, 99].map((code) => [3_000_000, code]),
      );
    },
  ));

test('a refusal is an answer of call, and a Fault of require, with the words decoded', () =>
  withServer(
    () => ({ status: 5, message: 'no%20such thing' }),
    async (connection) => {
      assert.deepEqual(await connection.call(echo, ''), { status: 5, message: 'no such thing' });
      const fault = await faultOf(connection.require(echo, ''));
      assert.equal(fault.code, 'ENGINE_REFUSES');
      assert.equal(refusedWith(fault), 5);
      assert.equal(refusedWith(new Error('another')), undefined);
    },
  ));

test('a stream gives all messages in order; a refusal after some of them is a Fault', async () => {
  const messages = [Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')];
  await withServer(
    () => ({ messages }),
    async (connection) => assert.equal(await collect(connection.stream(echo, '')), 'one two'),
  );
  await withServer(
    () => ({ messages, status: 13, message: 'broken' }),
    async (connection) => {
      const fault = await faultOf(collect(connection.stream(echo, '')));
      assert.equal(fault.code, 'ENGINE_REFUSES');
      assert.match(fault.message, /broken/);
    },
  );
});

test('a stream that nobody reads to the end is given up, and the connection goes on', () =>
  withServer(
    () => ({ messages: Array.from({ length: 200 }, () => Buffer.alloc(100_000)) }),
    async (connection) => {
      for await (const chunk of connection.stream(echo, '')) {
        assert.equal(chunk.length, 100_000);
        break;
      }
      const fault = await faultOf(connection.require(echo, ''));
      assert.match(fault.message, /two answers/);
    },
  ));

test('an engine that dies is a Fault for who is reading, and for who asks afterwards', async () => {
  const socketPath = join(folder, 'dies.sock');
  const server = await startFakeGrpcServer(socketPath, {
    [echo.path]: () => ({ messages: Array.from({ length: 100 }, () => Buffer.alloc(1_000_000)) }),
  });
  await using connection = await openGrpc({ socketPath, label: 'unix://test' }, fakeContext());
  let read = 0;
  const reading = faultOf(
    (async () => {
      for await (const chunk of connection.stream(echo, '')) {
        if (read === 0) await server[Symbol.asyncDispose]();
        read += chunk.length;
      }
    })(),
  );
  assert.equal((await reading).code, 'ENGINE_TRANSFER_BROKEN');
  assert.ok(read > 0 && read < 100_000_000);
  assert.equal((await faultOf(connection.call(echo, ''))).code, 'ENGINE_TRANSFER_BROKEN');
  assert.equal((await faultOf(collect(connection.stream(echo, '')))).code, 'ENGINE_TRANSFER_BROKEN');
});

const broken: readonly (readonly [string, FakeReply, string, RegExp])[] = [
  [
    'an answer without a status',
    { status: 'none', messages: [Buffer.from('x')] },
    'ENGINE_TRANSFER_BROKEN',
    /no status/,
  ],
  [
    'an answer cut in a message',
    { raw: Buffer.from([0, 0, 0, 0, 9, 1]) },
    'ENGINE_TRANSFER_BROKEN',
    /inside a message/,
  ],
  ['an answer cut in a length', { raw: Buffer.from([0, 0, 0]) }, 'ENGINE_TRANSFER_BROKEN', /inside a message/],
  ['a compressed message', { raw: Buffer.from([1, 0, 0, 0, 1, 1]) }, 'ENGINE_ANSWER_INVALID', /compressed/],
  ['a message of gigabytes', { raw: Buffer.from([0, 255, 255, 255, 255]) }, 'ENGINE_ANSWER_INVALID', /more than/],
  ['success without an answer', {}, 'ENGINE_ANSWER_INVALID', /without an answer/],
];
for (const [what, reply, code, says] of broken)
  test(`${what} is a Fault`, () =>
    withServer(
      () => reply,
      async (connection) => {
        const fault = await faultOf(connection.call(echo, ''));
        assert.deepEqual([fault.kind, fault.code], ['unavailable', code]);
        assert.match(fault.message, says);
      },
    ));

test('nobody there, a file that is no socket, and another protocol are told apart by their cause', async () => {
  const context = fakeContext({ network: { timeoutMs: 300 } });
  const absent = await faultOf(openGrpc({ socketPath: join(folder, 'none'), label: 'x' }, context));
  assert.equal(absent.code, 'ENGINE_UNREACHABLE');
  assert.equal((absent.cause as NodeJS.ErrnoException).code, 'ENOENT');
  await writeFile(join(folder, 'file'), '');
  const file = await faultOf(openGrpc({ socketPath: join(folder, 'file'), label: 'x' }, context));
  assert.equal((file.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(join(folder, 'other'));
  const spoken = await faultOf(openGrpc({ socketPath: join(folder, 'other'), label: 'x' }, context));
  assert.equal(spoken.code, 'ENGINE_UNREACHABLE');
  other.close();
  const mute = createServer((socket) => socket.on('error', () => undefined)).listen(join(folder, 'mute'));
  const silent = await faultOf(openGrpc({ socketPath: join(folder, 'mute'), label: 'x' }, context));
  assert.match(silent.message, /no answer within 300 ms/);
  mute.close();
});

test('an interrupt ends what is waited for, with its own reason', async () => {
  const stop = new AbortController();
  const mute = createServer((socket) => socket.on('error', () => undefined)).listen(join(folder, 'stop'));
  const opening = openGrpc({ socketPath: join(folder, 'stop'), label: 'x' }, fakeContext({ signal: stop.signal }));
  stop.abort(new Error('interrupted'));
  await assert.rejects(opening, /interrupted/);
  mute.close();
});
