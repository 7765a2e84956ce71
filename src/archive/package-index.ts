/** A `Packages` index, unpacked as it comes → where the wanted packages are and what digests they have. */
import type { ByteStream } from '../core/bytes.ts';
import { malformed, overLimit } from '../core/fault.ts';
import { keyOf, type ArchivedPackage } from './distribution.ts';

const stanzaBytes = 2 ** 20;

const fieldOf = (stanza: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(stanza)?.[1];

/** Signed or not, a path that leaves the archive is not followed. */
const isPlainPath = (path: string): boolean =>
  /^[A-Za-z0-9._+~:%@/-]{1,1024}$/.test(path) && path.split('/').every((part) => part !== '' && !/^\.+$/.test(part));

const readStanza = (stanza: string, wanted: ReadonlySet<string>, where: string): ArchivedPackage | undefined => {
  const name = /^Package:[ \t]*(\S+)/m.exec(stanza)?.[1];
  if (name === undefined || !wanted.has(name)) return undefined;
  const [version = '', architecture = '', file = '', size = '', sha256 = ''] = [
    'Version',
    'Architecture',
    'Filename',
    'Size',
    'SHA256',
  ].map((field) => fieldOf(stanza, field));
  if (!isPlainPath(file) || !/^\d{1,12}$/.test(size) || !/^[0-9a-f]{64}$/.test(sha256))
    throw malformed('ARCHIVE_INDEX_INVALID', `the index says of ${name.slice(0, 80)} no file, size or SHA-256`, where);
  return { name, version, architecture, file, size: Number(size), sha256 };
};

/**
 * All versions of the packages with these names, by `keyOf`.
 * @throws {Fault} malformed `ARCHIVE_INDEX_INVALID`; limit `RECORD_TOO_LARGE`
 */
export const readPackageIndex = async (
  stream: ByteStream,
  wanted: ReadonlySet<string>,
  where: string,
): Promise<ReadonlyMap<string, ArchivedPackage>> => {
  const found = new Map<string, ArchivedPackage>();
  let rest = '';
  const take = (stanza: string): void => {
    const read = readStanza(stanza, wanted, where);
    if (read !== undefined) found.set(keyOf(read), read);
  };
  for await (const chunk of stream) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    let from = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
      take(text.slice(from, end));
      from = end + 2;
    }
    rest = text.slice(from);
    if (rest.length > stanzaBytes) throw overLimit('RECORD_TOO_LARGE', 'one package of the index is too large', where);
  }
  take(rest);
  return found;
};
