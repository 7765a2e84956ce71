/** Engines that store images and do not run: what they store is told by nobody, and is a problem instead of silence. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '../core/fault.ts';
import type { Problem, Survey } from './finder.ts';

interface Store {
  /** Where the engine would answer. */
  readonly socket: string;
  /** What holds the images. */
  readonly folder: string;
  /** How the engine is started. */
  readonly start: string;
}

/** Empty for what is not there or may not be read: then nobody here can tell. */
const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    return [];
  }
};

/** containers-storage keeps a list of its images beside them, `[]` when there are none. It may be anybody's: it is not opened. */
const listsImages = async (file: string): Promise<boolean> => {
  try {
    const stats = await lstat(file);
    return stats.isFile() && stats.size > '[]\n'.length;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    return false;
  }
};

const dockerStores = async (root: string): Promise<readonly Store[]> => {
  const folder = join(root, 'var/lib/docker');
  const lists = (await namesIn(join(folder, 'image'))).map((driver) =>
    namesIn(join(folder, 'image', driver, 'imagedb/content/sha256')),
  );
  const filled = (await Promise.all(lists)).some(({ length }) => length > 0);
  return filled ? [{ socket: join(root, 'var/run/docker.sock'), folder, start: 'systemctl start docker' }] : [];
};

const containerdStores = async (root: string): Promise<readonly Store[]> => {
  const folder = join(root, 'var/lib/containerd');
  const blobs = await namesIn(join(folder, 'io.containerd.content.v1.content/blobs/sha256'));
  const socket = join(root, 'run/containerd/containerd.sock');
  return blobs.length > 0 ? [{ socket, folder, start: 'systemctl start containerd' }] : [];
};

/** Podman needs no service to run: that none answers says nothing about its images. */
const podmanStores = async (root: string): Promise<readonly Store[]> => {
  const homes = [join(root, 'root'), ...(await namesIn(join(root, 'home'))).map((name) => join(root, 'home', name))];
  const places = [
    { folder: join(root, 'var/lib/containers/storage'), socket: join(root, 'run/podman/podman.sock') },
    ...(await Promise.all(
      homes.map(async (home) => {
        const user = await stat(home).then(
          ({ uid }) => uid,
          () => 0,
        );
        return {
          folder: join(home, '.local/share/containers/storage'),
          socket: join(root, `run/user/${user}/podman/podman.sock`),
        };
      }),
    )),
  ];
  const filled = await Promise.all(
    places.map(async ({ folder }) => {
      const lists = (await namesIn(folder)).filter((name) => name.endsWith('-images'));
      return (await Promise.all(lists.map((name) => listsImages(join(folder, name, 'images.json'))))).includes(true);
    }),
  );
  return places
    .filter((_, position) => filled[position])
    .map((place) => ({ ...place, start: `podman system service --time=0 unix://${place.socket}` }));
};

const stores = { docker: dockerStores, podman: podmanStores, containerd: containerdStores } as const;

/** Adds what is stored at the usual places and told by nobody. `chosen`: a person said which engine is meant, and no other is. */
export const addIdleStores = async (
  engine: keyof typeof stores,
  root: string,
  survey: Survey,
  chosen: boolean,
): Promise<Survey> => {
  if (chosen) return survey;
  const idle = (await stores[engine](root)).map((store) => ({
    ...store,
    where: `${engine} at unix://${store.socket}`,
  }));
  const told = new Set([...survey.answered, ...survey.problems.map(({ where }) => where)]);
  const problems = idle
    .filter(({ where }) => !told.has(where))
    .map(({ where, folder, start }): Problem => ({
      where,
      fault: unavailable(
        'ENGINE_NOT_RUNNING',
        `${engine} keeps images in ${folder}, and does not answer at its socket: start it (${start}), or remove the images`,
        folder,
      ),
    }));
  const now = new Set(problems.map(({ where }) => where));
  return {
    ...survey,
    absent: survey.absent.filter((where) => !now.has(where)),
    problems: [...survey.problems, ...problems],
  };
};
