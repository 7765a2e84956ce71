/** `rootfs:DIR`, an unpacked root file system → an Image of one layer, made from the folder while it is read. */
import { realpath, stat } from 'node:fs/promises';
import type { Finding } from '../../core/finding.ts';
import type { Gap } from '../../core/gap.ts';
import { misuse } from '../../core/fault.ts';
import type { ImageSource } from '../../core/image.ts';
import { formatReference } from '../../core/reference.ts';
import { folderTar } from '../folder-tar.ts';

const reservedName = (path: string, written: string): Finding => ({
  rule: 'image/whiteout-name',
  title: 'A file is named like a deletion mark',
  severity: 'low',
  confidence: 'medium',
  intent: 'tampering',
  techniques: ['T1564'],
  advice: `Find out what made ${path}: packed into an image, the file vanishes and deletes another. It was examined as ${written}.`,
  evidence: [{ kind: 'file', path }],
});

/** At most this many are told one by one; every such file is examined. */
const reservedNames = 20;

/** Never follows a link, opens no device, pipe or socket, and enters no other file system. Extended attributes are not seen. */
export const rootfs: ImageSource = {
  id: 'rootfs',
  about: 'an unpacked root file system in a folder',
  resolve: async (reference) => {
    if (reference.scheme !== 'rootfs') throw misuse('REFERENCE_INVALID', 'rootfs: takes a folder');
    const { path } = reference;
    const root = await realpath(path).catch((thrown: unknown) => {
      throw misuse('FILE_NOT_FOUND', `cannot open the folder ${path}: ${(thrown as Error).message}`);
    });
    if (!(await stat(root)).isDirectory())
      throw misuse(
        'FOLDER_EXPECTED',
        `${path} is no folder; unpack it, or scan an image with oci-archive:FILE or docker-archive:FILE`,
      );
    const findings: Finding[] = [];
    const gaps: Gap[] = [];
    return [
      {
        reference: formatReference(reference),
        digest: null,
        identity: { diffIds: [] },
        kind: 'container',
        layers: [
          {
            mediaType: 'application/vnd.oci.image.layer.v1.tar',
            open: async ({ limits, signal }) => {
              // Read again from the start, everything is told again.
              findings.length = 0;
              gaps.length = 0;
              return folderTar(root, {
                limits,
                signal,
                onGap: (gap) => gaps.push(gap),
                onReservedName: (path, written) => {
                  if (findings.length < reservedNames) findings.push(reservedName(path, written));
                },
              });
            },
          },
        ],
        findings,
        gaps,
        referrers: async () => [],
        [Symbol.asyncDispose]: async () => undefined,
      },
    ];
  },
};
