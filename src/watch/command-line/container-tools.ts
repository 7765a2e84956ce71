/** Command lines of docker, podman, nerdctl, buildah, skopeo, crane, crictl and ctr → what they do to images and containers. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventPlace, EventRights } from '../../core/event.ts';
import { text } from '../event-parts.ts';
import { readCompose } from './compose-tools.ts';
import { imageOfWord, rightsOf, type Deed, type DeedReader } from './deed.ts';
import { readOptions, wordSet, type ReadOptions } from './words.ts';

const globalFlags = wordSet('D debug tls tlsverify v version insecure-registry debug-full experimental remote r');

const runFlags = wordSet(
  'd i t P q detach interactive tty rm privileged init read-only publish-all quiet no-healthcheck oom-kill-disable sig-proxy ' +
    'disable-content-trust help no-hosts replace read-only-tmpfs rmi systemd-activation env-host http-proxy no-hostname',
);

const runVerb = /^(?:run|create)$/;

const rightsOfRun = ({ options }: ReadOptions): { readonly rights?: EventRights } => {
  const volumes = [...(options.get('v') ?? []), ...(options.get('volume') ?? [])];
  const mounts = (options.get('mount') ?? []).flatMap((mount) =>
    /(?:^|,)type=bind(?:,|$)/.test(mount) ? (/(?:^|,)(?:source|src)=([^,]+)/.exec(mount)?.slice(1) ?? []) : [],
  );
  const isHost = (...names: readonly string[]): boolean =>
    names.some((name) => options.get(name)?.includes('host') === true);
  const hostPaths = [
    ...volumes.map((volume) => volume.slice(0, Math.max(volume.indexOf(':'), 0))).filter((path) => /^[/.~]/.test(path)),
    ...mounts,
    ...(options.get('device') ?? []).map((device) => device.split(':', 1)[0] ?? ''),
  ];
  const privileged = options.get('privileged')?.some((value) => value !== 'false') === true;
  return rightsOf({
    ...(privileged ? { privileged } : {}),
    ...(isHost('network', 'net') ? { hostNetwork: true } : {}),
    ...(isHost('pid') ? { hostProcesses: true } : {}),
    ...(isHost('ipc') ? { hostIpc: true } : {}),
    ...(hostPaths.length === 0 ? {} : { hostPaths }),
    ...(options.has('cap-add') ? { capabilities: options.get('cap-add') ?? [] } : {}),
    ...(options.has('pull') ? { pullPolicy: options.get('pull')?.at(-1) ?? '' } : {}),
  });
};

const plainFlags = wordSet(
  'a all f force q quiet all-tags disable-content-trust no-prune rm no-cache pull push load squash time compress help ' +
    'i t d it privileged interactive tty detach tls-verify P latest l s size',
);

/** Of `load`, whose -i is a file. */
const quietFlags = wordSet('q quiet');

const simple: Readonly<Record<string, EventAction>> = {
  pull: 'pull',
  push: 'push',
  load: 'load',
  import: 'load',
  save: 'save',
  rmi: 'delete',
};

const containerVerbs: Readonly<Record<string, EventAction>> = {
  start: 'start',
  restart: 'start',
  stop: 'stop',
  kill: 'stop',
  rm: 'delete',
  attach: 'attach',
  cp: 'copy',
  export: 'save',
};

const containerTarget = (name: string | undefined): EventPlace => text('container', name);

const readVerb = (verb: string, words: readonly string[]): readonly Deed[] => {
  if (runVerb.test(verb)) {
    const read = readOptions(words, { flags: runFlags, stopAtWord: true });
    const [image, ...command] = read.rest;
    const more = command.length === 0 ? {} : { command };
    const place = containerTarget(read.options.get('name')?.at(-1));
    const deed: Omit<Deed, 'action'> = {
      image: imageOfWord(image),
      ...rightsOfRun(read),
      ...more,
      place,
    };
    return verb === 'run'
      ? [
          { action: 'create', ...deed },
          { action: 'start', ...deed },
        ]
      : [{ action: 'create', ...deed }];
  }
  const stopAtWord = verb === 'exec';
  const { options, rest } = readOptions(words, { flags: plainFlags, stopAtWord });
  const [first, second] = rest;
  if (verb === 'exec')
    return [
      {
        action: 'exec',
        place: containerTarget(first),
        ...(rest.length > 1 ? { command: rest.slice(1) } : {}),
        ...(options.has('privileged') ? { rights: { privileged: true } } : {}),
      },
    ];
  if (verb === 'tag') return [{ action: 'tag', image: imageOfWord(second), ...text('target', first) }];
  if (verb === 'commit')
    return [{ action: 'commit', image: imageOfWord(second), place: containerTarget(first), ...text('target', second) }];
  if (verb === 'login') return [{ action: 'login', place: text('registry', first ?? 'docker.io') }];
  if (verb === 'load' || verb === 'import') {
    const file = readOptions(words, { flags: quietFlags });
    const from = file.options.get('i')?.at(-1) ?? file.options.get('input')?.at(-1) ?? first;
    return [{ action: 'load', image: imageOfWord(verb === 'import' ? second : undefined), ...text('target', from) }];
  }
  const action = Object.hasOwn(simple, verb) ? simple[verb] : undefined;
  if (action !== undefined)
    return (rest.length === 0 ? [undefined] : rest).map((name) => ({ action, image: imageOfWord(name) }));
  const deed = Object.hasOwn(containerVerbs, verb) ? containerVerbs[verb] : undefined;
  if (deed === undefined) return [];
  if (verb === 'cp') return [{ action: 'copy', ...text('target', rest.join(' ')) }];
  return rest.map((name) => ({ action: deed, place: containerTarget(name) }));
};

const groups = wordSet('container image builder buildx manifest pod');

const serviceFlags = wordSet(
  'd q t detach quiet tty init read-only no-healthcheck no-resolve-image with-registry-auth force help',
);

/** Docker Swarm: a service is what makes containers on other machines. */
const readService = ([verb = '', ...words]: readonly string[]): readonly Deed[] => {
  const read = readOptions(words, { flags: serviceFlags, stopAtWord: verb === 'create' });
  const named = read.options.get('name')?.at(-1);
  if (verb === 'create') {
    const [image, ...command] = read.rest;
    const more = command.length === 0 ? {} : { command };
    return [{ action: 'create', image: imageOfWord(image), ...rightsOfRun(read), ...more, ...text('target', named) }];
  }
  const image = read.options.get('image')?.at(-1);
  const [name] = read.rest;
  if (verb === 'update' && image !== undefined)
    return [{ action: 'change', image: imageOfWord(image), ...rightsOfRun(read), ...text('target', name) }];
  return verb === 'rm' ? read.rest.map((one) => ({ action: 'delete', target: one })) : [];
};

/** What a file that is given to an engine asks for is not in the words. */
const fromFile = (file: string | undefined): readonly Deed[] => [
  { action: 'create', image: imageOfWord(undefined), ...text('target', file) },
];

const stackFlags = wordSet('d detach prune q quiet with-registry-auth help');

const readStack = ([verb = '', ...words]: readonly string[]): readonly Deed[] => {
  const { options, rest } = readOptions(words, { flags: stackFlags });
  if (verb !== 'deploy' && verb !== 'up') return [];
  return fromFile(options.get('c')?.at(-1) ?? options.get('compose-file')?.at(-1) ?? rest[0]);
};

const playFlags = wordSet('start replace quiet q build tls-verify no-hosts wait help');

/** `podman kube play FILE`, and as it was called before. */
const readPlay = (words: readonly string[]): readonly Deed[] =>
  fromFile(readOptions(words, { flags: playFlags }).rest[0]);

const buildFlags = wordSet(
  'q quiet no-cache pull push load squash compress rm force-rm layers tls-verify all-platforms provenance sbom help',
);

/** docker, podman, nerdctl, and buildah, whose `bud` builds. */
export const readDocker: DeedReader = (words, tool) => {
  const { rest } = readOptions(words, { flags: globalFlags, stopAtWord: true });
  let [verb = '', ...more] = rest;
  if (verb === 'compose') return readCompose(more, tool);
  if (verb === 'service') return readService(more);
  if (verb === 'stack') return readStack(more);
  if ((verb === 'kube' && more[0] === 'play') || (verb === 'play' && more[0] === 'kube'))
    return readPlay(more.slice(1));
  const group = groups.has(verb) ? verb : '';
  if (group !== '') [verb = '', ...more] = more;
  if (group === 'image' && verb === 'rm') verb = 'rmi';
  if (verb === 'bud') verb = 'build';
  if (verb === 'from' || (group === 'pod' && verb === 'create')) verb = verb === 'from' ? 'create' : '';
  if (verb === 'build') {
    const { options, rest } = readOptions(more, { flags: buildFlags });
    const names = [...(options.get('t') ?? []), ...(options.get('tag') ?? [])];
    const images = names.length === 0 ? [imageOfWord(undefined)] : names.map(imageOfWord);
    return images.flatMap((image): readonly Deed[] => {
      const deed: Deed = { action: 'build', image, ...text('target', rest[0]) };
      return options.has('push') ? [deed, { action: 'push', image }] : [deed];
    });
  }
  return readVerb(verb, more);
};

const copyFlags = wordSet(
  'a all q quiet preserve-digests remove-signatures src-tls-verify dest-tls-verify insecure debug v',
);
const bare = (word: string | undefined): string | undefined => word?.replace(/^docker:\/\//, '');

/** skopeo and crane: between registries, and between those and files. */
export const readCopyTool: DeedReader = (words) => {
  const [verb = '', ...more] = readOptions(words, { flags: copyFlags, stopAtWord: true }).rest;
  const [first, second] = readOptions(more, { flags: copyFlags }).rest;
  if (verb === 'copy' || verb === 'cp' || verb === 'sync')
    return [
      { action: 'pull', image: imageOfWord(bare(first)), ...text('target', second) },
      { action: 'push', image: imageOfWord(bare(second)), ...text('target', first) },
    ];
  if (verb === 'pull' || verb === 'export') return [{ action: 'pull', image: imageOfWord(bare(first)) }];
  if (verb === 'push') return [{ action: 'push', image: imageOfWord(second), ...text('target', first) }];
  if (verb === 'append' || verb === 'mutate' || verb === 'tag') return [{ action: 'tag', image: imageOfWord(first) }];
  return verb === 'delete' ? [{ action: 'delete', image: imageOfWord(bare(first)) }] : [];
};

const crictlFlags = wordSet('D debug i interactive t tty q quiet s sync a all f force h help');

export const readCrictl: DeedReader = (words) => {
  const [verb = '', ...more] = readOptions(words, { flags: crictlFlags, stopAtWord: true }).rest;
  const { rest } = readOptions(more, { flags: crictlFlags, stopAtWord: verb === 'exec' });
  if (verb === 'pull') return [{ action: 'pull', image: imageOfWord(rest[0]) }];
  if (verb === 'rmi') return rest.map((name) => ({ action: 'delete', image: imageOfWord(name) }));
  if (verb === 'exec') return [{ action: 'exec', place: { containerId: rest[0] ?? '' }, command: rest.slice(1) }];
  if (verb === 'run' || verb === 'create' || verb === 'runp')
    return [{ action: 'create', image: imageOfWord(undefined), ...text('target', rest.join(' ')) }];
  const action = Object.hasOwn(containerVerbs, verb) ? containerVerbs[verb] : undefined;
  return action === undefined ? [] : rest.map((id) => ({ action, place: { containerId: id } }));
};

const ctrFlags = wordSet(
  'debug d detach t tty rm privileged net-host read-only null-io all-platforms local plain-http k skip-verify no-unpack sync',
);

/** ctr and `nerdctl`'s elder: its names are written in full. */
export const readCtr: DeedReader = (words) => {
  const outer = readOptions(words, { flags: ctrFlags, stopAtWord: true });
  const namespace = outer.options.get('n')?.at(-1) ?? outer.options.get('namespace')?.at(-1);
  const place = { engine: 'containerd', ...text('namespace', namespace) };
  const [group = '', ...words1] = outer.rest;
  const short: Readonly<Record<string, string>> = {
    i: 'images',
    image: 'images',
    c: 'containers',
    container: 'containers',
    t: 'tasks',
    task: 'tasks',
  };
  const noun = Object.hasOwn(short, group) ? (short[group] ?? group) : group;
  const read = (from: readonly string[], stopAtWord = true): ReadOptions =>
    readOptions(from, { flags: ctrFlags, stopAtWord });
  if (noun === 'run') {
    const { rest, options } = read(words1);
    const deed = {
      image: imageOfWord(rest[0]),
      place: { ...place, ...text('container', rest[1]) },
      ...(rest.length > 2 ? { command: rest.slice(2) } : {}),
      ...rightsOf({
        ...(options.has('privileged') ? { privileged: true } : {}),
        ...(options.has('net-host') ? { hostNetwork: true } : {}),
      }),
    };
    return [
      { action: 'create', ...deed },
      { action: 'start', ...deed },
    ];
  }
  const [verb = '', ...words2] = words1;
  const { rest } = read(words2, verb === 'exec');
  if (noun === 'images') {
    const actions: Readonly<Record<string, EventAction>> = {
      pull: 'pull',
      push: 'push',
      rm: 'delete',
      export: 'save',
      tag: 'tag',
      import: 'load',
    };
    const action = Object.hasOwn(actions, verb) ? actions[verb] : undefined;
    if (action === undefined) return [];
    const name = action === 'save' || action === 'tag' ? rest[1] : action === 'load' ? undefined : rest[0];
    return [{ action, image: imageOfWord(name), place, ...(action === 'load' ? text('target', rest[0]) : {}) }];
  }
  if (noun === 'containers' && verb === 'create')
    return [{ action: 'create', image: imageOfWord(rest[0]), place: { ...place, ...text('container', rest[1]) } }];
  if (noun === 'tasks' && verb === 'exec')
    return [{ action: 'exec', place: { ...place, ...text('container', rest[0]) }, command: rest.slice(1) }];
  const deeds: Readonly<Record<string, EventAction>> = { start: 'start', kill: 'stop', rm: 'delete', delete: 'delete' };
  const action = Object.hasOwn(deeds, verb) ? deeds[verb] : undefined;
  return action === undefined ? [] : [{ action, place: { ...place, ...text('container', rest[0]) } }];
};
