/** What the launch path does → sentences that a person reads in order: "downloads … to …", "makes it executable", "runs it as … with pool …". */
import { toPlainText } from '../../core/plain-text.ts';
import type { Action, ActionKind } from '../../formats/records/action.ts';
import type { LaunchPart, LaunchTrigger } from './launch-part.ts';
import { namedPool } from './miner-arguments.ts';
import { redacted, withoutSecrets } from './without-secrets.ts';

export interface StoryStep {
  readonly trigger: LaunchTrigger;
  readonly named: string;
  /** A sentence without its subject: `downloads http://192.0.2.10/x to /tmp/x`. Not yet made safe to show. */
  readonly text: string;
  readonly kind: ActionKind;
  /** It may not happen; it goes on in the background; it happens again and again. */
  readonly conditional: boolean;
  readonly background: boolean;
  readonly repeats: boolean;
  /** Where it says so: a script of the image with the byte, or '' for the command itself. */
  readonly script: string;
  readonly offset: number;
}

export interface Story {
  readonly steps: readonly StoryStep[];
  /** How many more there were. */
  readonly more: number;
}

const maximumSteps = 200;

/** Variables that change what programs do; all others are of no interest here, and may be secrets. */
const tellingVariable =
  /^(?:LD_(?:PRELOAD|LIBRARY_PATH|AUDIT)|PATH|BASH_ENV|ENV|PROMPT_COMMAND|(?:https?|all|ftp)_proxy|DOCKER_HOST|PYTHONSTARTUP|PYTHONPATH|NODE_OPTIONS|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS)$/i;

const shorten = (text: string, maximum = 160): string => (text.length > maximum ? `${text.slice(0, maximum)}…` : text);

const through = ({ through: programs }: Action): string =>
  programs.length === 0 ? '' : ` through ${programs.join(', ')}`;

const argumentsOf = (action: Action): string => {
  const words = withoutSecrets(action.arguments.slice(0, 30).map((word) => word.slice(0, 200))).join(' ');
  const found = namedPool(action.arguments);
  if (found?.isSure === true) return ` with pool ${found.pool}${words === '' ? '' : ` (${shorten(words)})`}`;
  return words === '' ? '' : ` with ${shorten(words)}`;
};

const cameFrom = (action: Action): string => {
  const parts = action.origins.slice(0, 4).map(({ kind, from }) => {
    switch (kind) {
      case 'download':
        return `downloaded from ${shorten(from)}`;
      case 'decode':
        return `decoded from ${from}`;
      case 'connection':
        return `received from ${from}`;
      default:
        return `unpacked in ${from}`;
    }
  });
  return parts.length === 0 ? '' : `, ${parts.join(' and ')}`;
};

/** The name, or `it` when the step before spoke of the same thing. */
const subject = (what: string, before: Action | undefined): string =>
  before !== undefined && (before.to === what || before.what === what) ? 'it' : what;

const runSentence = (action: Action, before: Action | undefined): string => {
  const { what, origins } = action;
  const input =
    origins.length > 0 && /^(?:\/\S*\/)?(?:(?:ba|da|a|z|k)?sh|eval|python[\d.]*|perl|node|php|ruby)$|code$/.test(what);
  if (input) return `runs with ${what} what it has${cameFrom(action).replace(/^,/, '')}${through(action)}`;
  if (what === 'eval' && action.text !== undefined) return `runs with eval: ${shorten(action.text)}`;
  const it = subject(what, before);
  const name = it === 'it' && before?.to === what ? `it as ${what}` : it === 'it' ? 'it' : what;
  return `runs ${name}${argumentsOf(action)}${it === 'it' ? '' : cameFrom(action)}${through(action)}`;
};

const serviceVerbs: ReadonlyMap<string, string> = new Map([
  ['enable', 'enables'],
  ['restart', 'restarts'],
  ['link', 'links'],
  ['status', 'asks about'],
]);

const sentence = (action: Action, before: Action | undefined): string | undefined => {
  const { kind, what, from = '', to } = action;
  switch (kind) {
    case 'download':
      return to === undefined ? `fetches ${from}` : `downloads ${from} to ${to}`;
    case 'upload':
      return `sends ${from} to ${to ?? 'an address'}`;
    case 'write':
      return `writes ${what}${cameFrom(action)}`;
    case 'copy':
      return `copies ${subject(from, before)} to ${to ?? ''}`;
    case 'rename':
      return `renames ${subject(from, before)} to ${to ?? ''}`;
    case 'link':
      return `links ${to ?? ''} to ${from}`;
    case 'make-executable':
      return `makes ${subject(what, before)} executable`;
    case 'unpack':
      return `unpacks ${subject(what, before)} into ${to ?? ''}`;
    case 'decode':
      return `decodes ${what}${action.text === undefined ? '' : ': '}${shorten(action.text ?? '', 100)}`;
    case 'run':
      return runSentence(action, before);
    case 'connect':
      return action.givesShell === true ? `gives a shell to ${to ?? ''} with ${what}` : `connects to ${to ?? ''}`;
    case 'listen':
      return action.givesShell === true
        ? `gives a shell to whoever connects to ${to ?? ''}`
        : `listens on ${to ?? ''} with ${what}`;
    case 'delete':
      return `deletes ${subject(what, before)}`;
    case 'install':
      return `installs ${shorten(action.arguments.join(' ')) || 'packages'} with ${what}`;
    case 'schedule':
      return `schedules with ${what}: ${shorten(action.text ?? from)}`;
    case 'service':
      return `${serviceVerbs.get(action.arguments[0] ?? '') ?? 'starts'} the service ${what}`;
    case 'kill':
      return `stops ${what}`;
    case 'environment':
      return tellingVariable.test(what) ? `sets ${what} to ${to ?? ''}` : undefined;
    case 'account':
      return `changes accounts with ${what}${to === undefined ? '' : ` (${to})`}`;
    case 'mount':
      return `mounts ${what}`;
    case 'enter-host':
      return what === 'chroot' ? `changes its root to ${to ?? ''}` : `enters the namespaces of process ${to ?? ''}`;
    case 'load-module':
      return `loads the kernel module ${what}`;
    case 'setting':
      return `changes settings with ${[what, ...withoutSecrets(action.arguments.slice(0, 30).map((word) => word.slice(0, 200)))].join(' ').slice(0, 160)}`;
    case 'forget':
      return `clears the history of commands (${what})`;
    default:
      return kind satisfies never;
  }
};

const marks = ({ conditional, background, repeats }: Action): string =>
  `${background ? ', in the background' : ''}${repeats ? ', again and again' : ''}${conditional ? ', on a condition' : ''}`;

const sameDeed = (one: Action, other: Action): boolean =>
  one.kind === other.kind &&
  one.what === other.what &&
  one.from === other.from &&
  one.to === other.to &&
  one.arguments.join(' ') === other.arguments.join(' ') &&
  one.through.join(' ') === other.through.join(' ');

/** The whole story in order. What a part has told already is not told again. */
export const tellStory = (parts: readonly LaunchPart[]): Story => {
  const steps: StoryStep[] = [];
  let more = 0;
  for (const { trigger, named, actions } of parts) {
    const known = new Set<string>();
    let before: Action | undefined;
    // Folders are made accessible all the time: only what is brought or run is worth telling.
    const touched = new Set(
      actions.filter(({ kind }) => kind !== 'make-executable').flatMap(({ what, to }) => [what, to ?? what]),
    );
    for (const action of actions) {
      if (action.kind === 'make-executable' && !touched.has(action.what)) continue;
      const isSame = before !== undefined && sameDeed(action, before);
      const told = isSame ? undefined : sentence(action, before);
      before = action;
      if (told === undefined) continue;
      const mark = marks(action);
      // A script that starts itself as another user tells the same again.
      if (known.has(told + mark)) continue;
      known.add(told + mark);
      if (steps.length >= maximumSteps) {
        more += 1;
        continue;
      }
      const text = redacted(told.slice(0, 1000)) + mark;
      const { kind, conditional, background, repeats, script, offset } = action;
      steps.push({ trigger, named, text, kind, conditional, background, repeats, script, offset });
    }
  }
  return { steps, more };
};

const openings: Readonly<Record<LaunchTrigger, (named: string) => string>> = {
  start: () => 'At its start it',
  'health-check': () => 'As its health check it',
  'build-on-top': () => 'In every build on top of it, it',
  service: (named) => `As the service ${named} it`,
  schedule: (named) => `On schedule, by ${named}, it`,
  'shell-start': (named) => `When its shell reads ${named}, it`,
};

/** One plain sentence a step, safe to show. */
export const toSentences = (parts: readonly LaunchPart[]): readonly string[] => {
  const { steps, more } = tellStory(parts);
  const sentences = steps.map(({ trigger, named, text }, index) => {
    const before = steps[index - 1];
    const goesOn = before?.trigger === trigger && before.named === named;
    return toPlainText(`${goesOn ? 'Then it' : openings[trigger](named)} ${text}.`, 500);
  });
  return more === 0 ? sentences : [...sentences, `And ${more} more steps.`];
};
