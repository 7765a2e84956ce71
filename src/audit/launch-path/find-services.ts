/** The init system that a container starts → the programs that it starts in turn: s6, runit, my_init, supervisor, systemd. */
import { baseName, parentOf } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { matchesPattern } from '../../formats/records/shell-values.pattern.ts';
import { cloudInit } from './find-machine-start.ts';
import type { LaunchFiles, LaunchPart } from './launch-part.ts';
import { findPackageScripts, packageRunner } from './package-scripts.ts';

interface Service {
  readonly trigger: LaunchPart['trigger'];
  readonly named: string;
  readonly command: string | readonly string[];
}

const maximumServices = 200;

const decode = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const script = (path: string): Service => ({ trigger: 'service', named: path, command: [path] });

/** Each file of a folder, run as it is. */
const everyFile = (folder: string, files: LaunchFiles): readonly Service[] =>
  files
    .listFolder(folder)
    .map((name) => `${folder}/${name}`)
    .filter((path) => files.locate(path) !== undefined)
    .map(script);

/** `FOLDER/NAME/run` of each name. */
const everyRun = (folder: string, files: LaunchFiles, names: readonly string[] = ['run']): readonly Service[] =>
  files
    .listFolder(folder)
    .flatMap((name) => names.map((file) => `${folder}/${name}/${file}`))
    .filter((path) => files.locate(path) !== undefined)
    .map(script);

const s6 = (files: LaunchFiles): readonly Service[] => [
  ...everyFile('/etc/cont-init.d', files),
  ...everyRun('/etc/services.d', files),
  ...everyRun('/etc/s6-overlay/s6-rc.d', files, ['up', 'run']),
  ...everyRun('/run/service', files),
];

const runit = (files: LaunchFiles): readonly Service[] => [
  ...['/etc/runit/1', '/etc/runit/2'].filter((path) => files.locate(path) !== undefined).map(script),
  ...everyRun('/etc/service', files),
  ...everyRun('/service', files),
];

const myInit = (files: LaunchFiles): readonly Service[] => [
  ...everyFile('/etc/my_init.d', files),
  ...(files.locate('/etc/rc.local') === undefined ? [] : [script('/etc/rc.local')]),
  ...everyRun('/etc/service', files),
];

interface Section {
  readonly name: string;
  readonly entries: readonly (readonly [string, string])[];
}

/** `[section]` and `key = value`, as supervisor and systemd write them; a backslash at the end goes on in the next line. */
const readSections = (text: string): readonly Section[] => {
  const sections: { name: string; entries: [string, string][] }[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const header = /^\s*\[([^\]]{1,200})\]/.exec(line)?.[1];
    if (header !== undefined) sections.push({ name: header, entries: [] });
    else if (!/^\s*[#;]/.test(line)) {
      const equals = line.indexOf('=');
      if (equals > 0) sections.at(-1)?.entries.push([line.slice(0, equals).trim(), line.slice(equals + 1).trim()]);
    }
  }
  return sections;
};

const entriesOf = (section: Section, key: string): readonly string[] =>
  section.entries.filter(([name]) => name.toLowerCase() === key.toLowerCase()).map(([, value]) => value);

const supervisorFiles = (args: readonly string[], files: LaunchFiles): readonly string[] => {
  const at = args.findIndex((arg) => arg === '-c' || arg === '--configuration');
  const own = args[at + 1];
  const inline = args.find((arg) => arg.startsWith('--configuration='))?.slice(16);
  const given = at >= 0 && own !== undefined ? own : inline;
  const mains = given === undefined ? ['/etc/supervisor/supervisord.conf', '/etc/supervisord.conf'] : [given];
  return [
    ...mains,
    ...['/etc/supervisor/conf.d', '/etc/supervisor.d', '/etc/supervisord.d'].flatMap((folder) =>
      files.listFolder(folder).map((name) => `${folder}/${name}`),
    ),
  ];
};

/** `[include] files = a.d/*.conf b.ini`, from the folder of the file that says so. */
const included = (section: Section, path: string, files: LaunchFiles): readonly string[] =>
  entriesOf(section, 'files')
    .flatMap((value) => value.split(/\s+/))
    .filter((word) => word !== '')
    .slice(0, maximumServices)
    .flatMap((word) => {
      const name = word.replace('%(here)s', parentOf(path));
      const whole = name.startsWith('/') ? name : `${parentOf(path)}/${name}`;
      const folder = parentOf(whole);
      return files
        .listFolder(folder)
        .filter((other) => matchesPattern(baseName(whole), other))
        .map((other) => `${folder}/${other}`);
    });

const sectionsOf = (path: string, files: LaunchFiles): readonly Section[] => {
  const bytes = files.readFile(path);
  return bytes === undefined ? [] : readSections(decode(bytes));
};

const withIncluded = (paths: readonly string[], files: LaunchFiles): readonly string[] => [
  ...new Set([
    ...paths,
    ...paths.flatMap((path) =>
      sectionsOf(path, files)
        .filter(({ name }) => name === 'include')
        .flatMap((section) => included(section, path, files)),
    ),
  ]),
];

/** `%(ENV_NAME)s` is the variable NAME of the environment that supervisor was started in; `%%` is a percent sign. */
const withVariables = (command: string, section: string, path: string): string =>
  command.replace(/%\((\w{1,100})\)(?:[sd]|0\dd)|%%/g, (_, name: string | undefined) => {
    if (name === undefined) return '%';
    if (name.startsWith('ENV_')) return `\${${name.slice(4)}}`;
    if (name === 'program_name') return section.replace(/^[^:]*:/, '');
    return name === 'here' ? parentOf(path) : name.endsWith('num') ? '0' : name;
  });

const supervisor = (args: readonly string[], files: LaunchFiles): readonly Service[] =>
  withIncluded(supervisorFiles(args, files), files).flatMap((path) => {
    return sectionsOf(path, files)
      .filter(({ name }) => /^(?:program|eventlistener|fcgi-program):/.test(name))
      .flatMap((section) =>
        entriesOf(section, 'command').map((command): Service => ({
          trigger: 'service',
          named: path,
          command: withVariables(command, section.name, path),
        })),
      );
  });

const unitFolders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Units that are wanted at the start: links in `*.wants`. Without them the units an administrator wrote. */
const systemd = (files: LaunchFiles): readonly Service[] => {
  const names = new Set<string>();
  for (const folder of unitFolders)
    for (const name of files.listFolder(folder))
      if (/\.(?:wants|requires)$/.test(name)) for (const unit of files.listFolder(`${folder}/${name}`)) names.add(unit);
  const paths = [...names].flatMap((name) =>
    unitFolders
      .map((folder) => `${folder}/${name}`)
      .filter((path) => files.locate(path) !== undefined)
      .slice(0, 1),
  );
  // systemd.unit(5): what stands in `NAME.d` is read after the unit, from every folder that may hold one.
  const withDropIns = paths.flatMap((path) => [
    path,
    ...unitFolders.flatMap((folder) => {
      const dropIns = `${folder}/${baseName(path)}.d`;
      return files
        .listFolder(dropIns)
        .filter((name) => name.endsWith('.conf'))
        .map((name) => `${dropIns}/${name}`);
    }),
  ]);
  return withDropIns.flatMap((path) => {
    const sections = readSections(decode(files.readFile(path) ?? new Uint8Array()));
    return sections
      .flatMap((section) => ['ExecStartPre', 'ExecStart', 'ExecStartPost'].flatMap((key) => entriesOf(section, key)))
      .filter((command) => command !== '')
      .map((command): Service => ({ trigger: 'service', named: path, command: command.replace(/^[-@:+!]+/, '') }));
  });
};

const byProgram: readonly (readonly [RegExp, (args: readonly string[], files: LaunchFiles) => readonly Service[]])[] = [
  [/^(?:s6-svscan|s6-overlay|s6-overlay-suexec|s6-linux-init)$/, (_, files) => s6(files)],
  [/^(?:runsvdir|runit|runit-init|runsvdir-start)$/, (_, files) => runit(files)],
  [/^my_init$/, (_, files) => myInit(files)],
  [/^supervisord$/, supervisor],
  [/^systemd$/, (_, files) => [...systemd(files), ...cloudInit(files)]],
  [/^cloud-init$/, (_, files) => cloudInit(files)],
  [/^openrc(?:-init)?$/, (_, files) => inittab(files)],
];

/** sysvinit and busybox: `id:levels:action:command` (inittab(5)), and the links of the run level that is usual. */
const inittab = (files: LaunchFiles): readonly Service[] => {
  const bytes = files.readFile('/etc/inittab');
  const lines = bytes === undefined ? [] : decode(bytes).split('\n').slice(0, 500);
  const commands = lines.flatMap(
    (line) => /^[^#:]*:[^:]*:(?:sysinit|boot|bootwait|wait|once|respawn|askfirst):(.+)$/.exec(line)?.[1] ?? [],
  );
  return [
    ...commands.map((command): Service => ({
      trigger: 'service',
      named: '/etc/inittab',
      command: command.replace(/^[-+]/, ''),
    })),
    ...['/etc/rcS.d', '/etc/rc2.d', '/etc/runlevels/sysinit', '/etc/runlevels/boot', '/etc/runlevels/default'].flatMap(
      (folder) =>
        files
          .listFolder(folder)
          .filter((name) => folder.startsWith('/etc/runlevels/') || name.startsWith('S'))
          .map((name): Service => ({
            trigger: 'service',
            named: `${folder}/${name}`,
            command: [`${folder}/${name}`, 'start'],
          })),
    ),
    ...['/etc/rc.local', '/etc/init.d/rcS'].filter((path) => files.locate(path) !== undefined).map(script),
    ...everyFile('/etc/local.d', files).filter(({ named }) => named.endsWith('.start')),
  ];
};

/** `/init` is s6's, `/sbin/init` mostly systemd's: what lies in the image says so. */
const byPath = (path: string, files: LaunchFiles): readonly Service[] => {
  if (path === '/init') return s6(files);
  if (path === '/sbin/init' || path === '/usr/sbin/init')
    return [...systemd(files), ...runit(files), ...inittab(files), ...cloudInit(files)];
  return [];
};

/** What the programs that start would start; each once. */
export const findServices = (
  start: readonly string[],
  actions: readonly Action[],
  files: LaunchFiles,
  directory: string,
): readonly Service[] => {
  const programs = [
    start,
    ...actions
      .filter(({ kind }) => kind === 'run')
      .map(({ what, arguments: args }): readonly string[] => [what, ...args]),
  ];
  const found = new Map<string, Service>();
  const different = new Map(programs.slice(0, 500).map((words) => [words.join('\0'), words]));
  for (const [program = '', ...args] of different.values()) {
    const services = [
      ...byPath(program, files),
      ...byProgram.filter(([pattern]) => pattern.test(baseName(program))).flatMap(([, find]) => find(args, files)),
      ...(packageRunner.test(baseName(program))
        ? findPackageScripts(args, directory, files).map((one): Service => ({ trigger: 'service', ...one }))
        : []),
    ];
    for (const service of services)
      if (found.size < maximumServices) found.set(`${service.named} ${String(service.command)}`, service);
  }
  return [...found.values()];
};
