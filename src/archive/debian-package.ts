/** A Debian package (deb(5)) → every regular file that it delivers, with its SHA-256, and which are conffiles. */
import { createHash } from 'node:crypto';
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { collect } from '../core/collect.ts';
import { malformed } from '../core/fault.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { normalisePath } from '../core/path.ts';
import { ar } from '../formats/trees/ar.ts';
import { tar } from '../formats/trees/tar.ts';
import type { OnRemark, Wrapper } from '../formats/wrapper.ts';
import { bzip2 } from '../formats/wrappers/bzip2.ts';
import { gzip } from '../formats/wrappers/gzip.ts';
import { xz } from '../formats/wrappers/xz.ts';
import { zstd } from '../formats/wrappers/zstd.ts';
import type { DeliveredFile } from './distribution.ts';

const wrappers: Readonly<Record<string, Wrapper | undefined>> = { gz: gzip, xz, zst: zstd, bz2: bzip2 };

/** The archive vouches for every byte; what a parser notices besides is the archive's business. */
const ignoreRemarks: OnRemark = () => undefined;

const openTar = (member: FileEntry, budget: Budget): AsyncIterable<FileEntry> => {
  const ending = /^(?:control|data)\.tar(?:\.([a-z0-9]+))?$/.exec(member.path)?.[1];
  const wrapper = ending === undefined ? undefined : wrappers[ending];
  if (ending !== undefined && wrapper === undefined)
    throw malformed('DEBIAN_PACKAGE_INVALID', `${member.path} is packed in a way that cannot be read`, budget.where);
  const stream = member.content();
  return tar.walk(
    wrapper === undefined ? stream : wrapper.unwrap(stream, budget, ignoreRemarks),
    budget,
    ignoreRemarks,
  );
};

const readConffiles = async (member: FileEntry, budget: Budget): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  for await (const entry of openTar(member, budget)) {
    if (entry.path !== 'conffiles') continue;
    const text = Buffer.from(await collect(entry.content(), budget.limits.record, budget.where)).toString('utf8');
    for (const line of text.split('\n')) {
      const path = line.trim().replace(/^remove-on-upgrade\s+/, '');
      if (path !== '') found.add(normalisePath(path).path);
    }
  }
  return found;
};

type Digested = Pick<DeliveredFile, 'sha256' | 'size'>;

const readData = async (member: FileEntry, budget: Budget): Promise<ReadonlyMap<string, Digested>> => {
  const found = new Map<string, Digested>();
  for await (const entry of openTar(member, budget)) {
    if (entry.type === 'file') {
      const hash = createHash('sha256');
      for await (const chunk of entry.content()) hash.update(chunk);
      found.set(entry.path, { sha256: hash.digest('hex'), size: entry.size });
    } else if (entry.type === 'hardlink') {
      const first = found.get(normalisePath(entry.target ?? '').path);
      if (first !== undefined) found.set(entry.path, first);
    }
  }
  return found;
};

/** @throws {Fault} malformed or limit: `DEBIAN_PACKAGE_INVALID` and those of ar, tar and the wrappers */
export const readDebianPackage = async (stream: ByteStream, budget: Budget): Promise<readonly DeliveredFile[]> => {
  let conffiles: ReadonlySet<string> = new Set();
  let data: ReadonlyMap<string, Digested> | undefined;
  for await (const member of ar.walk(stream, budget, ignoreRemarks)) {
    if (member.path.startsWith('control.tar')) conffiles = await readConffiles(member, budget);
    else if (member.path.startsWith('data.tar')) data = await readData(member, budget);
  }
  if (data === undefined) throw malformed('DEBIAN_PACKAGE_INVALID', 'the package has no data', budget.where);
  return [...data].map(([path, { sha256, size }]) => ({ path, sha256, size, conffile: conffiles.has(path) }));
};
