/** A Debian package (deb(5)) → every regular file that it delivers, with its SHA-256, which are conffiles, and its symbolic links. */
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
import type { DeliveredFile, DeliveredLink, DeliveredPackage } from './distribution.ts';

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

interface Data {
  readonly files: ReadonlyMap<string, Digested>;
  readonly links: readonly DeliveredLink[];
}

const readData = async (member: FileEntry, budget: Budget): Promise<Data> => {
  const files = new Map<string, Digested>();
  const links: DeliveredLink[] = [];
  for await (const entry of openTar(member, budget)) {
    const { path, type, size, target = '' } = entry;
    if (type === 'file') {
      const hash = createHash('sha256');
      for await (const chunk of entry.content()) hash.update(chunk);
      files.set(path, { sha256: hash.digest('hex'), size });
    } else if (type === 'hardlink') {
      const first = files.get(normalisePath(target).path);
      if (first !== undefined) files.set(path, first);
    } else if (type === 'symlink') links.push({ path, target });
  }
  return { files, links };
};

/** @throws {Fault} malformed or limit: `DEBIAN_PACKAGE_INVALID` and those of ar, tar and the wrappers */
export const readDebianPackage = async (
  stream: ByteStream,
  budget: Budget,
): Promise<Pick<DeliveredPackage, 'files' | 'links'>> => {
  let conffiles: ReadonlySet<string> = new Set();
  let data: Data | undefined;
  for await (const member of ar.walk(stream, budget, ignoreRemarks)) {
    if (member.path.startsWith('control.tar')) conffiles = await readConffiles(member, budget);
    else if (member.path.startsWith('data.tar')) data = await readData(member, budget);
  }
  if (data === undefined) throw malformed('DEBIAN_PACKAGE_INVALID', 'the package has no data', budget.where);
  const files = [...data.files].map(([path, { sha256, size }]): DeliveredFile => {
    return { path, sha256, size, conffile: conffiles.has(path) };
  });
  return { files, links: data.links };
};
