/** containerd's content store in one namespace, over its API → files of a layout: `blobs/sha256/…`, nothing else. */
import type { Bytes, ByteStream } from '../core/bytes.ts';
import { collect } from '../core/collect.ts';
import { isDigest, type Digest } from '../core/digest.ts';
import { unavailable } from '../core/fault.ts';
import { contentSize, namespaceHeader, readContent } from '../formats/records/containerd-api.ts';
import { grpcStatus, type GrpcConnection } from '../io/grpc-client.ts';
import type { StoredFiles } from './stored-files.ts';

/** Many small answers cost more than a few large ones; the server sends a mebibyte at a time whatever is asked. */
const bytesOfContent = (
  connection: GrpcConnection,
  headers: Readonly<Record<string, string>>,
  digest: Digest,
  size: number,
): Bytes => {
  const stream = async function* (offset: number, length: number): ByteStream {
    if (length <= 0) return;
    let left = length;
    for await (const chunk of connection.stream(readContent, { digest, offset, size: length }, headers)) {
      if (chunk.length > left) throw unavailable('ENGINE_ANSWER_INVALID', `more bytes than ${digest} has`, digest);
      left -= chunk.length;
      yield chunk;
    }
    if (left > 0)
      throw unavailable('ENGINE_TRANSFER_BROKEN', `${digest} ends ${left} bytes before its size`, connection.label);
  };
  return {
    size,
    read: (offset, length) => {
      const wanted = Math.max(0, Math.min(length, size - offset));
      return collect(stream(offset, wanted), wanted, digest);
    },
    stream: (offset = 0) => stream(offset, size - offset),
  };
};

const digestOfPath = (path: string): Digest | undefined => {
  const digest = path.replace(/^blobs\//, '').replace('/', ':');
  return path.startsWith('blobs/') && isDigest(digest) ? digest : undefined;
};

/** Closes the connection when disposed of. */
export const openContentStore = (connection: GrpcConnection, namespace: string): StoredFiles => {
  const headers = { [namespaceHeader]: namespace };
  const sizes = new Map<Digest, number>();
  return {
    where: `containerd at ${connection.label}, namespace ${namespace}`,
    findings: [],
    gaps: [],
    find: async (path) => {
      const digest = digestOfPath(path);
      if (digest === undefined) return undefined;
      let size = sizes.get(digest);
      if (size === undefined) {
        const answer = await connection.call(contentSize, digest, headers);
        if ('reply' in answer) size = answer.reply;
        else if (answer.status === grpcStatus.notFound) return undefined;
        else
          throw unavailable(
            'ENGINE_REFUSES',
            `status ${answer.status} for ${digest}: ${answer.message}`,
            connection.label,
          );
        sizes.set(digest, size);
      }
      return bytesOfContent(connection, headers, digest, size);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
};
