/** `docker-archive:FILE[:NAME]`, what `docker save` and `podman save` write → Images. Docker image specification v1.2, and before and after. */
import type { ImageSource } from '../../core/image.ts';
import { openArchive } from '../open-archive.ts';
import { readFrom, requireScheme } from '../open-file-reference.ts';
import { readDockerArchive } from '../read-docker-archive.ts';

/** NAME is a name with tag, or the image id; needed only when the archive holds several images. */
export const dockerArchive: ImageSource = {
  id: 'docker-archive',
  about: 'an archive made by docker save or podman save, of any version',
  resolve: async (reference, choice, context) => {
    const wanted = requireScheme(reference, 'docker-archive');
    const files = await openArchive(wanted.path, context);
    return readFrom(files, wanted, (request) => readDockerArchive(request, choice, context), context);
  },
};
