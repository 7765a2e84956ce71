/** `oci-archive:FILE[:NAME]`, an OCI layout in a tar, packed or not → Images. OCI image specification 1.1, image-layout.md. */
import type { ImageSource } from '../../core/image.ts';
import { openArchive } from '../open-archive.ts';
import { readFrom, requireScheme } from '../open-file-reference.ts';
import { readLayout } from '../read-layout.ts';

/** Read where it lies; a packed one is unpacked into the temporary folder first. */
export const ociArchive: ImageSource = {
  id: 'oci-archive',
  about: 'an OCI layout in a tar file',
  resolve: async (reference, choice, context) => {
    const wanted = requireScheme(reference, 'oci-archive');
    const files = await openArchive(wanted.path, context);
    return readFrom(files, wanted, (request) => readLayout(request, choice, context), context);
  },
};
