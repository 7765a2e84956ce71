/** `oci:DIR[:NAME]`, an OCI layout in a folder → Images. OCI image specification 1.1, image-layout.md. */
import type { ImageSource } from '../../core/image.ts';
import { readFrom, requireScheme } from '../open-file-reference.ts';
import { readLayout } from '../read-layout.ts';
import { openFolder } from '../stored-files.ts';

/** NAME is a tag, a full name or a manifest's digest; needed only when the layout holds several images. */
export const ociLayout: ImageSource = {
  id: 'oci-layout',
  about: 'an OCI layout in a folder, as skopeo, buildah, umoci and crane write it',
  resolve: async (reference, choice, context) => {
    const wanted = requireScheme(reference, 'oci');
    const files = await openFolder(wanted.path);
    return readFrom(files, wanted, (request) => readLayout(request, choice, context), context);
  },
};
