/** What starts a machine, and not a container: cloud-init's scripts and user data; and what a file system without a config would start. */
import { createHash } from 'node:crypto';
import { parseUserData } from '../../formats/records/user-data.ts';
import type { LaunchFiles, NamedCommand } from './launch-part.ts';

const maximumFolders = 50;

const every = (folder: string, files: LaunchFiles): readonly string[] =>
  files
    .listFolder(folder)
    .slice(0, maximumFolders)
    .map((name) => `${folder}/${name}`);

const whereItIs = (paths: readonly string[], files: LaunchFiles): readonly string[] =>
  paths.filter((path) => files.locate(path) !== undefined);

/** A script that has the shell write what cloud-init writes. No text holds its own digest: none can end its here-document early. */
const written = (held: ReadonlyMap<string, string>): string =>
  [...held]
    .map(([path, text]) => {
      const end = createHash('sha256').update(text).digest('hex');
      return `cat > '${path.replaceAll("'", '')}' <<'${end}'\n${text}\n${end}\n`;
    })
    .join('');

/** `user-data` of any data source, vendors' settings, and folders of scripts (cloud-init, "Directory layout"). */
export const cloudInit = (files: LaunchFiles): readonly NamedCommand[] => {
  const instances = ['/var/lib/cloud/instance', ...every('/var/lib/cloud/instances', files)];
  const data = whereItIs(
    [
      ...every('/var/lib/cloud/seed', files).flatMap((folder) => [`${folder}/user-data`, `${folder}/vendor-data`]),
      ...instances.flatMap((folder) => [`${folder}/user-data.txt`, `${folder}/vendor-data.txt`]),
      '/etc/cloud/cloud.cfg',
      ...every('/etc/cloud/cloud.cfg.d', files),
    ],
    files,
  );
  const scripts = whereItIs(
    [
      ...['per-boot', 'per-instance', 'per-once', 'vendor'].flatMap((when) =>
        every(`/var/lib/cloud/scripts/${when}`, files),
      ),
      ...instances.flatMap((folder) => every(`${folder}/scripts`, files)),
    ],
    files,
  );
  return [
    ...data.flatMap((path): readonly NamedCommand[] => {
      const bytes = files.readFile(path);
      if (bytes === undefined) return [];
      const { scripts: texts, files: held, includes } = parseUserData(bytes);
      const commands = [
        ...texts.map(({ text }) => text),
        ...includes.map((url) => `curl '${url.replaceAll("'", '')}' | sh`),
      ];
      return commands.map((text) => ({ trigger: 'service', named: path, command: `${written(held)}${text}` }));
    }),
    ...scripts.map((path): NamedCommand => ({ trigger: 'service', named: path, command: [path] })),
  ];
};

const inits: readonly string[] = ['/sbin/init', '/usr/sbin/init', '/lib/systemd/systemd', '/usr/lib/systemd/systemd'];
const settings: readonly string[] = ['/etc/inittab', '/etc/rc.local'];

/** What builders of images call the script that starts them. */
const startScript =
  /^(?:docker[-_])?(?:entry(?:point)?|start(?:up)?|run|init|boot(?:strap)?|launch|cmd|main)(?:[-_]\w{1,20})?(?:\.(?:sh|bash|py|js|pl|rb|php))?$/;

/** And the code that it starts, in the folders of applications. */
const startCode = /^(?:app|server|index|worker|bot|agent|__main__)\.(?:py|js|mjs|cjs|pl|rb|php)$/;
const applications: readonly string[] = ['/app', '/srv', '/usr/src/app'];

/** Start commands of a file system that no config belongs to: a machine's init, and scripts by the names that they have everywhere. */
export const assumedStarts = (files: LaunchFiles): readonly NamedCommand[] => {
  const isMachine =
    whereItIs([...inits, ...settings], files).length > 0 ||
    files.listFolder('/etc/systemd/system').length > 0 ||
    files.listFolder('/etc/cloud').length + files.listFolder('/var/lib/cloud').length > 0;
  const scripts = ['', '/usr/local/bin', '/usr/local/sbin', '/opt', ...applications].flatMap((folder) =>
    files
      .listFolder(folder)
      .filter((name) => startScript.test(name) || (applications.includes(folder) && startCode.test(name)))
      .map((name) => `${folder}/${name}`),
  );
  return [
    ...(isMachine ? [{ trigger: 'start', named: '/sbin/init', command: ['/sbin/init'] } as const] : []),
    ...whereItIs(scripts, files)
      // A compiled one says nothing, but for the init that has services of its own.
      .filter((path) => path === '/init' || files.readFile(path) !== undefined)
      .slice(0, maximumFolders)
      .map((path): NamedCommand => ({ trigger: 'start', named: path, command: [path] })),
  ];
};
