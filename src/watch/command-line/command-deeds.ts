/** A process's arguments → what they do to images and machines, through `sudo`, `env` and `sh -c` as deep as they hide it. */
import type { Event, EventProcess } from '../../core/event.ts';
import { bounded, commandLimit, capped } from '../event-parts.ts';
import { readAws, readAz, readGcloud } from './cloud-tools.ts';
import { readHelm, readKubectl } from './cluster-tools.ts';
import { readCompose } from './compose-tools.ts';
import { readCopyTool, readCrictl, readCtr, readDocker } from './container-tools.ts';
import type { Deed, DeedReader } from './deed.ts';
import { splitCommands } from './words.ts';

const readers: Readonly<Record<string, DeedReader>> = {
  docker: readDocker,
  podman: readDocker,
  nerdctl: readDocker,
  buildah: readDocker,
  'docker-compose': readCompose,
  'podman-compose': readCompose,
  skopeo: readCopyTool,
  crane: readCopyTool,
  crictl: readCrictl,
  ctr: readCtr,
  kubectl: readKubectl,
  oc: readKubectl,
  helm: readHelm,
  aws: readAws,
  gcloud: readGcloud,
  az: readAz,
};

const engineOf: Readonly<Record<string, string>> = {
  docker: 'docker',
  podman: 'podman',
  nerdctl: 'containerd',
  'docker-compose': 'docker',
  'podman-compose': 'podman',
  ctr: 'containerd',
};

/** Programs that only start another, with those of their options that take a value. */
const starters: Readonly<Record<string, string>> = {
  sudo: 'u g h p C r t T U D',
  doas: 'u C',
  env: 'u C S',
  nohup: '',
  nice: 'n',
  ionice: 'c n p',
  setsid: '',
  stdbuf: 'i o e',
  time: 'f o',
  timeout: 'k s',
  chroot: '',
  exec: 'a',
  command: '',
  k3s: '',
  microk8s: '',
  nsenter: 't S G',
  xargs: 'I n P L d',
  busybox: '',
  wsl: 'd u',
};

const shellName = /^-?(?:ba|da|k|z|a|fi)?sh$/;
/** Shells of Windows, and what stands before the command that they are given. */
const windowsShell = /^(?:cmd|powershell|pwsh)$/i;
const windowsScript = /^(?:\/[ck]|-c|-command)$/i;

/** What a shell reads before a command: its own words, and values for the command alone. */
const beforeCommand = /^(?:then|do|else|if|elif|while|until|!|\{|[A-Za-z_]\w*=.*)$/s;
const depthLimit = 4;

const nameOf = (word: string): string =>
  word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).replace(/\.exe$/i, '');

export interface ToolDeed extends Deed {
  readonly tool: string;
  readonly words: readonly string[];
}

/** Words behind the options and assignments of a program that starts another. */
const inner = (words: readonly string[], valued: readonly string[], tool: string): readonly string[] => {
  let index = 1;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') return words.slice(index + 1);
    if (word.startsWith('-')) {
      if (/^-[A-Za-z]$/.test(word) && valued.includes(word.slice(1))) index += 1;
    } else if (!/^[A-Za-z_]\w*=/.test(word)) break;
  }
  // Their first word is no program: a time, a folder.
  return words.slice(tool === 'timeout' || tool === 'chroot' ? index + 1 : index);
};

const read = (given: readonly string[], depth: number): readonly ToolDeed[] => {
  const start = given.findIndex((word) => !beforeCommand.test(word));
  const words = start > 0 ? given.slice(start) : given;
  const first = words[0];
  if (start < 0 || first === undefined || depth > depthLimit) return [];
  const name = nameOf(first);
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader !== undefined) {
    const engine = Object.hasOwn(engineOf, name) ? engineOf[name] : undefined;
    return reader(words.slice(1), name).map((deed) => ({
      ...deed,
      place: { ...(engine === undefined ? {} : { engine }), ...deed.place },
      tool: name,
      words,
    }));
  }
  if (Object.hasOwn(starters, name)) return read(inner(words, (starters[name] ?? '').split(' '), name), depth + 1);
  const isWindows = windowsShell.test(name);
  if (!isWindows && !shellName.test(name)) return [];
  const option = words.findIndex((word, index) => index > 0 && (isWindows ? windowsScript : /^-[a-z]*c$/).test(word));
  // Theirs is all that follows.
  const script = option < 0 ? undefined : isWindows ? words.slice(option + 1).join(' ') : words[option + 1];
  return script === undefined || script.length > commandLimit
    ? []
    : splitCommands(script).flatMap((command) => read(command, depth + 1));
};

const couldBe = new RegExp(Object.keys(readers).join('|'));

/** Of a process, by its words where they are known and by its command line where not. */
export const commandDeeds = (process: EventProcess): readonly ToolDeed[] => {
  const line = process.commandLine;
  const words = process.arguments;
  if (words !== undefined && words.length > 0) return words.some((word) => couldBe.test(word)) ? read(words, 0) : [];
  if (line === undefined || line.length > commandLimit || !couldBe.test(line)) return [];
  return splitCommands(line).flatMap((command) => read(command, 0));
};

/**
 * The event of a process that began, and one more for each thing that its command line does to an image or a machine: what
 * was asked for, not what came of it.
 */
export const withDeeds = (event: Event): readonly Event[] => {
  if (event.process === undefined || event.outcome === 'failure' || event.outcome === 'denied') return [event];
  const deeds = commandDeeds(event.process);
  if (deeds.length === 0) return [event];
  return capped([
    event,
    ...deeds.map((deed, index): Event => {
      const { tool, words, action, image, place, rights, target, command } = deed;
      return {
        id: `${event.id}/command/${index}`,
        at: event.at,
        logsource: { category: 'command', product: tool },
        action,
        ...(event.actor === undefined ? {} : { actor: event.actor }),
        // Where the command was given; what it was given for replaces what is the same kind of place.
        place: { ...event.place, ...place },
        ...(image === undefined ? {} : { image }),
        ...(rights === undefined ? {} : { rights }),
        ...(target === undefined || target === '' ? {} : { target: bounded(target) }),
        process:
          command === undefined
            ? (event.process ?? {})
            : { arguments: command, commandLine: bounded(command.join(' '), commandLimit) },
        fields: { tool, words },
      };
    }),
  ]);
};
