/** Command lines of kubectl and those that speak as it does → what they do to pods and images. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventPlace } from '../../core/event.ts';
import { text } from '../event-parts.ts';
import { imageOfWord, rightsOf, type Deed, type DeedReader } from './deed.ts';
import { readOptions, wordSet } from './words.ts';

const flags = wordSet(
  'i t it stdin tty rm privileged A all-namespaces w watch attach expose quiet q R recursive force insecure-skip-tls-verify ' +
    'leave-stdin-open all ignore-daemonsets delete-emptydir-data now help h server-side force-conflicts record prune',
);

const verbs: Readonly<Record<string, EventAction>> = {
  apply: 'create',
  create: 'create',
  replace: 'change',
  patch: 'change',
  edit: 'change',
  scale: 'change',
  delete: 'delete',
  attach: 'attach',
  cp: 'copy',
  'port-forward': 'connect',
  debug: 'create',
};

const podOf = (word: string | undefined): string | undefined => word?.replace(/^(?:pods?|po)\//, '');

/** kubectl, oc, k3s kubectl, microk8s kubectl. What stands in a file that it is given is not in its words: the image is then unknown. */
export const readKubectl: DeedReader = (words) => {
  const { options, rest } = readOptions(words, { flags });
  const dashes = words.indexOf('--');
  const command = dashes < 0 ? [] : words.slice(dashes + 1);
  const own = command.length === 0 ? rest : rest.slice(0, rest.length - command.length);
  const [verb = '', first, ...others] = own;
  const option = (...names: readonly string[]): string | undefined =>
    names.map((name) => options.get(name)?.at(-1)).find((value) => value !== undefined && value !== '');
  const place: EventPlace = {
    ...text('namespace', option('n', 'namespace')),
    ...text('cluster', option('context', 'cluster')),
  };
  const privileged =
    option('overrides') !== undefined && /"privileged"\s*:\s*true/.test(option('overrides') ?? '') ? true : undefined;
  // Debugging a node is a pod with the root of its file system and its namespaces.
  const onNode = verb === 'debug' && /^nodes?\//.test(first ?? '');
  const rights = rightsOf({
    ...(onNode ? { hostPaths: ['/'], hostNetwork: true, hostProcesses: true, hostIpc: true } : {}),
    ...(privileged === undefined ? {} : { privileged }),
    ...(/"hostNetwork"\s*:\s*true/.test(option('overrides') ?? '') ? { hostNetwork: true } : {}),
    ...(/"hostPID"\s*:\s*true/.test(option('overrides') ?? '') ? { hostProcesses: true } : {}),
  });
  const more = command.length === 0 ? {} : { command };
  if (verb === 'run')
    return (['create', 'start'] as const).map((action) => ({
      action,
      image: imageOfWord(option('image')),
      place: { ...place, ...text('pod', first) },
      ...rights,
      ...more,
    }));
  if (verb === 'exec') {
    const words = command.length === 0 ? own.slice(2) : command;
    return [
      {
        action: 'exec',
        place: { ...place, ...text('pod', podOf(first)), ...text('container', option('c', 'container')) },
        ...(words.length === 0 ? {} : { command: words }),
      },
    ];
  }
  if (verb === 'set' && first === 'image')
    return others.slice(1).flatMap((pair): readonly Deed[] => {
      const equals = pair.indexOf('=');
      if (equals < 0) return [];
      const container = text('container', pair.slice(0, equals));
      return [
        {
          action: 'change',
          image: imageOfWord(pair.slice(equals + 1)),
          place: { ...place, ...container },
          ...text('target', others[0]),
        },
      ];
    });
  const action = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (action === undefined) return [];
  const image = option('image');
  const file = option('f', 'filename', 'k', 'kustomize');
  const target = file ?? own.slice(1).join(' ');
  if (
    action === 'create' &&
    image === undefined &&
    file === undefined &&
    !/^(?:deploy|deployment|job|cronjob)/.test(first ?? '')
  )
    return [{ action, place, ...text('target', target) }];
  return [
    {
      action,
      place: { ...place, ...(verb === 'debug' || verb === 'attach' ? text('pod', podOf(first)) : {}) },
      ...(action === 'create' || image !== undefined ? { image: imageOfWord(image) } : {}),
      ...rights,
      ...text('target', target),
      ...more,
    },
  ];
};

const helmFlags = wordSet('i install dry-run wait atomic force debug create-namespace dependency-update devel');

/** What a chart holds is not in the words of helm. */
export const readHelm: DeedReader = (words) => {
  const { options, rest } = readOptions(words, { flags: helmFlags });
  const [verb = '', name, chart] = rest;
  const place = text('namespace', options.get('n')?.at(-1) ?? options.get('namespace')?.at(-1));
  if (verb === 'install' || verb === 'upgrade')
    return [{ action: 'create', image: imageOfWord(undefined), place, ...text('target', chart ?? name) }];
  return verb === 'uninstall' ? [{ action: 'delete', place, ...text('target', name) }] : [];
};
