/** Codes of images in files and folders: `oci:`, `oci-archive:`, `docker-archive:`, `rootfs:`, and the files themselves. */
import type { Explanation } from './words.ts';

const saveAgain = 'Write the archive again from its origin (docker save, skopeo copy) and scan that.';

export const archives = {
  ARCHIVE_EXPECTED: {
    means: 'The file is no tar archive (packed or not), or holds no image of the kind that was named.',
    advice:
      'docker-archive: reads what docker save and podman save write, oci-archive: an OCI layout in a tar. If the kind is right, the file is damaged: write it again.',
  },
  ARCHIVE_LINK_LOOP: {
    means: 'Links inside the archive lead to links, and never to a file.',
    advice: saveAgain,
  },
  ARCHIVE_MANIFEST_AMBIGUOUS: {
    means:
      'The archive’s manifest.json or repositories can be read in two ways: a field twice, or one name for two images without ids.',
    advice: `Do not load it. ${saveAgain}`,
  },
  ARCHIVE_MANIFEST_INVALID: {
    means: 'The archive’s manifest.json or repositories is not what docker save writes, or lists no image.',
    advice: saveAgain,
  },
  ARCHIVE_MANIFEST_TOO_LARGE: {
    means: 'The archive’s manifest.json or repositories is larger than 8 MiB, or nested deeper than any honest one.',
    advice: saveAgain,
  },
  ARCHIVE_NAME_DUPLICATE: {
    means: 'A name occurs twice in the archive with different content; tools differ in which one they take.',
    advice: `Do not load it. ${saveAgain}`,
  },
  ARCHIVE_PARENTS_TOO_MANY: {
    means: 'More than 1000 layers lie on each other in an archive of an old Docker.',
    advice: saveAgain,
  },
  ARCHIVE_PARENT_LOOP: {
    means: 'In an archive of an old Docker a layer is its own ancestor.',
    advice: saveAgain,
  },
  ARCHIVE_SPARSE: {
    means: 'A file of the archive itself is stored sparse, which is not read there.',
    advice: 'Pack the archive again without --sparse.',
  },
  ARCHIVE_TRUNCATED: {
    means: 'The archive ends in the middle of a file that it announces: a broken download or a full disk.',
    advice: `Compare its size with the original. ${saveAgain}`,
  },
  BLOB_MISSING: {
    means: 'The layout or archive lacks a manifest, config or layer that it names.',
    advice: 'Copy it again whole. Foreign layers (Windows) are not stored by every tool: scan the registry instead.',
  },
  CONTENT_TOO_LARGE: {
    means: 'A manifest, config or answer that is read as a whole is larger than 8 MiB.',
    advice: 'No honest manifest or config is so large: do not run the image before you know why.',
  },
  FILE_CHANGED: {
    means: 'The file became shorter while it was read.',
    advice: 'Wait until whatever writes it is done, and scan again.',
  },
  FILE_NOT_FOUND: {
    means: 'There is no file or folder at this path, or it cannot be opened.',
    advice: 'Check the path in the reference.',
  },
  FILE_NOT_REGULAR: {
    means: 'The path leads to a folder, device or pipe where a file must be.',
    advice: 'Name a file. A folder is read with oci:DIR (a layout) or rootfs:DIR (a root file system).',
  },
  FILE_UNREADABLE: {
    means: 'The file is there and cannot be read: no permission, a disk error, or a link where none may be.',
    advice: 'Run as a user who may read it, or copy it to where you can.',
  },
  FOLDER_EXPECTED: {
    means: 'oci: and rootfs: take a folder, and the path leads to something else.',
    advice: 'An archive is read with oci-archive:FILE or docker-archive:FILE.',
  },
  IMAGE_NAME_AMBIGUOUS: {
    means: 'Several images in this layout or archive have the same name.',
    advice: 'Write the digest or id of the one that you mean after the path and a colon; the message lists them.',
  },
  IMAGE_NAME_NEEDED: {
    means: 'The layout or archive holds several images, and none was named.',
    advice: 'Write one of the names in the message after the path and a colon, for example oci:DIR:TAG.',
  },
  IMAGE_NAME_NOT_FOUND: {
    means: 'The layout or archive has no image of this name; the message lists those that it has.',
    advice: 'Correct the name after the path and the colon.',
  },
  LAYOUT_AMBIGUOUS: {
    means: 'The file oci-layout names a field twice: readers differ on which one counts.',
    advice: 'Write the layout again with a current tool.',
  },
  LAYOUT_EMPTY: {
    means: 'The layout’s index.json lists no image.',
    advice: 'Copy an image into it, or check the path.',
  },
  LAYOUT_EXPECTED: {
    means: 'The folder or archive is no OCI layout: it has no index.json.',
    advice:
      'Use docker-archive: for what docker save wrote, rootfs: for an unpacked root file system. If it should be a layout, copy it again.',
  },
  LAYOUT_INVALID: {
    means: 'The file oci-layout is no JSON.',
    advice: 'Write the layout again with a current tool.',
  },
  LAYOUT_TOO_LARGE: {
    means: 'The file oci-layout is larger than 8 MiB, or nested deeper than any honest one.',
    advice: 'Write the layout again with a current tool.',
  },
  LAYOUT_VERSION_UNKNOWN: {
    means: 'The layout has a version that this Tidewaiter does not know; it knows 1.',
    advice: 'Copy the image with a tool that writes version 1.0.0, or use a newer Tidewaiter.',
  },
  ROOTFS_CHANGED: {
    means: 'A file or folder was replaced or became shorter while the root file system was read.',
    advice: 'Scan a folder that nobody writes to: a snapshot, or a stopped container’s export.',
  },
  ROOTFS_OTHER_FILESYSTEM: {
    means: 'Another file system is mounted inside the folder and was not entered.',
    advice:
      'Scan it by itself with rootfs:, or unmount it. Kernel file systems (proc, sys) are not part of an image: accept those in your policy.',
  },
  ROOTFS_TOO_DEEP: {
    means:
      'Folders lie more than 1000 deep in each other, or a path is longer than 16 KiB. What lies below was not read.',
    advice: 'Find out what made it; then delete it, or scan the inner folder by itself.',
  },
  ROOTFS_TOO_LARGE: {
    means: 'A file is larger than the 64 GiB that one layer may have.',
    advice: 'Move it out of the folder and look at it with other means.',
  },
  ROOTFS_UNREADABLE: {
    means: 'A file or folder of the root file system cannot be read, most often for lack of permission.',
    advice: 'Run as a user who may read everything, for example root.',
  },
  SPOOL_TOO_LARGE: {
    means: 'The unpacked archive, or the image that the engine sends, is larger than 64 GiB.',
    advice: 'Scan the image in its registry, from where it is streamed layer by layer.',
  },
  TEMPORARY_SPACE_FULL: {
    means: 'There is no room for the temporary copy that packed archives and engine images need.',
    advice: 'Set TMPDIR to a folder with more room, or unpack the archive first.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
