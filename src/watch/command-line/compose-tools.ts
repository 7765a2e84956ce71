/** Command lines of Compose → what they do: images stand in its file, and are unknown here. */
import type { EventAction } from '../../core/event-action.ts';
import { text } from '../event-parts.ts';
import { imageOfWord, type Deed, type DeedReader } from './deed.ts';
import { readOptions, wordSet } from './words.ts';

const outerFlags = wordSet('all-resources compatibility dry-run verbose help h v version');

const flags = wordSet(
  'd detach build no-build force-recreate no-recreate no-deps no-start quiet-pull q quiet remove-orphans wait rm T i t it P ' +
    'interactive tty no-TTY privileged use-aliases service-ports ignore-pull-failures include-deps no-cache pull push help s stop f force v volumes',
);

const verbs: Readonly<Record<string, readonly EventAction[]>> = {
  up: ['create', 'start'],
  create: ['create'],
  start: ['start'],
  restart: ['start'],
  pull: ['pull'],
  push: ['push'],
  build: ['build'],
};

/** Of these alone, what follows the first word belongs to the command inside. */
const inside = wordSet('run exec');

export const readCompose: DeedReader = (words) => {
  const outer = readOptions(words, { flags: outerFlags, stopAtWord: true });
  const [verb = '', ...more] = outer.rest;
  const file = outer.options.get('f')?.at(-1) ?? outer.options.get('file')?.at(-1);
  const { rest } = readOptions(more, { flags, stopAtWord: inside.has(verb) });
  const unknown = { image: imageOfWord(undefined), ...text('target', file ?? 'the file of the folder') };
  if (inside.has(verb)) {
    const [service, ...command] = rest;
    const deed: Omit<Deed, 'action'> = {
      place: text('container', service),
      ...(command.length === 0 ? {} : { command }),
    };
    return verb === 'exec' ? [{ action: 'exec', ...deed }] : [{ action: 'create', ...deed, ...unknown }];
  }
  const actions = Object.hasOwn(verbs, verb) ? (verbs[verb] ?? []) : [];
  return actions.map((action) => ({ action, ...unknown }));
};
