/** The archive formats, and archives in archives, against the contract of formats. */
import { gzipSync } from 'node:zlib';

import { tarOf } from '../../src/formats/tar-writer.ts';
import { ar } from '../../src/formats/trees/ar.ts';
import { cpio } from '../../src/formats/trees/cpio.ts';
import { rpm } from '../../src/formats/trees/rpm.ts';
import { walkZip } from '../../src/formats/trees/zip.ts';
import { unfold } from '../../src/formats/unfold.ts';
import { arOf, cpioOf, rpmOf } from '../builders/archives.ts';
import { zipOf } from '../builders/zip.ts';
import { formatContract, readTree } from './format.contract.ts';

const members = [
  { name: 'META-INF/', method: 0, attributes: 0o40755 * 65_536 },
  { name: 'META-INF/MANIFEST.MF', content: 'Manifest-Version: 1.0\n' },
  { name: 'a/B.class', content: Buffer.alloc(300, 'class'), method: 0 },
  { name: 'link', content: 'a/B.class', method: 0, attributes: 0o120777 * 65_536 },
];

formatContract({
  name: 'zip',
  samples: {
    plain: zipOf(members),
    wide: zipOf(members, { wide: true, comment: 'made by hand' }),
    deferred: zipOf(members.map((member) => ({ ...member, descriptor: 'marked' as const }))),
  },
  read: ({ bytes }, budget, remark) => readTree(walkZip(bytes, budget, remark)),
  streams: false,
});

const files = [
  { name: '.', mode: 0o40755, inode: 1 },
  { name: './usr/bin/tool', content: 'a tool of some length', mode: 0o104755, inode: 2, links: 2 },
  { name: './usr/bin/alias', content: 'tool', mode: 0o120777, inode: 3 },
];

formatContract({
  name: 'cpio',
  samples: {
    newc: cpioOf(files),
    crc: cpioOf(files, 'crc'),
    odc: cpioOf(files, 'odc'),
    binary: cpioOf(files, 'binary'),
  },
  read: ({ stream }, budget, remark) => readTree(cpio.walk(stream, budget, remark)),
});

const control = gzipSync(tarOf([{ path: 'control', content: 'Package: sample\n' }]));
const data = gzipSync(tarOf([{ path: 'usr/bin/sample', content: '#!/bin/sh\n', mode: 0o755 }]));
const deb = arOf([
  { field: 'debian-binary', content: '2.0\n' },
  { field: 'control.tar.gz', content: control },
  { field: 'data.tar.gz', content: data },
  // Of even length: the padding byte of an odd one may be missing.
  { field: '_gpgorigin', content: 'signed' },
]);

formatContract({
  name: 'ar',
  samples: {
    gnu: arOf([
      { field: '/', content: '\0\0\0\0' },
      { field: '//', content: 'a_very_long_member_name.o/\n' },
      { field: '/0', content: 'object one' },
      { field: 'b.o/', content: 'object two' },
    ]),
    bsd: arOf([{ field: '#1/20', content: 'long_name_of_bsd.o\0\0contents' }]),
  },
  read: ({ stream }, budget, remark) => readTree(ar.walk(stream, budget, remark)),
});

formatContract({
  name: 'rpm',
  samples: {
    gzip: rpmOf({ 1024: 'ldconfig', 1125: 'gzip' }, gzipSync(cpioOf(files))),
    none: rpmOf({ 1125: 'none' }, cpioOf(files)),
  },
  read: ({ stream }, budget, remark) => readTree(rpm.walk(stream, budget, remark)),
});

formatContract({
  name: 'unfold, a package',
  samples: { deb },
  read: ({ bytes }, budget, remark) => readTree(unfold(bytes, 'ar', 'sample.deb', budget, remark)),
  streams: false,
  mutations: 60,
});

formatContract({
  name: 'unfold, a jar in a jar',
  samples: {
    war: zipOf([
      { name: 'lib/inner.jar', content: zipOf(members), method: 0 },
      { name: 'x.gz', content: control },
    ]),
  },
  read: ({ bytes }, budget, remark) => readTree(unfold(bytes, 'zip', 'app.war', budget, remark)),
  streams: false,
  mutations: 60,
});
