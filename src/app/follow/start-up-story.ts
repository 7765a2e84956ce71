/** What a machine was given to run when it starts → the same without secrets, and what it does, as the launch path of an image is told. */
import { launchTraits } from '../../audit/launch-path/find-candidates.ts';
import { tellStory } from '../../audit/launch-path/tell-story.ts';
import type { LaunchPart } from '../../audit/launch-path/launch-part.ts';
import { redacted } from '../../audit/launch-path/without-secrets.ts';
import { withoutSecrets } from '../../audit/secret/without-secrets.ts';
import { severityRank } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { parseShell } from '../../formats/records/shell.ts';
import { evaluateShell } from '../../formats/records/shell-values.ts';
import { parseUserData, type UserData } from '../../formats/records/user-data.ts';

export interface StartUpStory {
  /** At most 32 KiB of what stands there, in the words of whoever wrote it. */
  readonly script: string;
  /** A sentence without its subject each: `downloads http://… to /tmp/x`. */
  readonly story: readonly string[];
  /** Names of what no honest start does: those of the launch path of images that are grave on a machine too. */
  readonly traits: readonly string[];
  /** What it may do besides is not known, and why. Absent: everything was followed. */
  readonly unfollowed?: string;
}

const scriptCharacters = 32 * 1024;
const sentences = 24;
/** Of all parts of one machine together: a script is a stranger's, and nothing else happens while it is followed. */
const steps = 100_000;
const followedCharacters = 128 * 1024;

/** What a machine's own administrator does every day is none of them: mounting, and commands that are scheduled. */
const ofMachines: ReadonlySet<string> = new Set([
  'fetch-and-run',
  'decode-and-run',
  'hidden-program',
  'remote-shell',
  'scans-for-engines',
  'starts-miner',
  'security-agents-stopped',
  'rivals-killed',
  'hosts-blackholed',
]);

/** An include is fetched and done: as if a shell were given it. */
const withIncludes = ({ scripts, includes }: UserData): UserData['scripts'] => [
  ...scripts,
  ...includes.map((url) => ({ named: 'include', text: `curl -s '${url.replaceAll("'", '')}' | sh` })),
];

/** Of the scripts, and behind them of the includes. */
const partsOf = (data: UserData): readonly LaunchPart[] => {
  const encoded = new Map([...data.files].map(([path, content]) => [path, Buffer.from(content, 'utf8')]));
  let left = steps;
  let textLeft = followedCharacters;
  return withIncludes(data).map(({ named, text }): LaunchPart => {
    const followed = text.slice(0, textLeft);
    textLeft -= followed.length;
    const done = evaluateShell(parseShell(Buffer.from(followed, 'utf8'), { dialect: 'bash' }), {
      readFile: (path) => encoded.get(path),
      limits: { steps: Math.max(0, left), actions: 400 },
    });
    left -= done.steps;
    return {
      trigger: 'start',
      named,
      command: '',
      isConfig: false,
      actions: done.actions,
      limitsMet: followed.length < text.length ? [...done.limitsMet, 'actions'] : done.limitsMet,
    };
  });
};

const traitsOf = (parts: readonly LaunchPart[]): readonly string[] => {
  const grave = parts.flatMap(({ actions }) =>
    launchTraits.filter(
      (trait) =>
        ofMachines.has(trait.id) &&
        actions.some((action) => {
          const match = trait.match(action, actions);
          if (match === undefined || match === 'low') return false;
          const { confidence, severity = trait.severity } = typeof match === 'string' ? { confidence: match } : match;
          return confidence !== 'low' && severityRank(severity) >= severityRank('high');
        }),
    ),
  );
  return [...new Set(grave.map(({ id }) => id))].sort();
};

const unfollowedOf = (data: UserData, parts: readonly LaunchPart[]): readonly string[] => [
  ...data.unread,
  ...(parts.some(({ limitsMet }) => limitsMet.length > 0) ? ['more than is followed'] : []),
];

const tell = (data: UserData, parts: readonly LaunchPart[]): readonly string[] => {
  const { steps: told, more } = tellStory(parts.slice(0, data.scripts.length));
  const all = [
    ...data.includes.map((url) => `fetches ${redacted(url)} and does what it says`),
    ...told.map(({ text }) => text),
    ...unfollowedOf(data, parts).map((reason) => `holds what was not followed: ${reason}`),
  ];
  const over = Math.max(0, all.length - sentences) + more;
  return [...all.slice(0, sentences).map((one) => toPlainText(one, 400)), ...(over === 0 ? [] : [`and ${over} more`])];
};

export const toStartUpStory = (given: readonly Uint8Array[]): StartUpStory | undefined => {
  const read = given.slice(0, 8).map(parseUserData);
  const done = read.map((data) => ({ data, parts: partsOf(data) }));
  const story = done.flatMap(({ data, parts }) => tell(data, parts));
  const text = read.map((data) => data.text).join('\n');
  if (text === '' && story.length === 0) return undefined;
  const unfollowed = [
    ...done.flatMap(({ data, parts }) => unfollowedOf(data, parts)),
    ...(text.length > scriptCharacters ? ['more text than is kept'] : []),
  ];
  // Cut first: what is beyond is never looked at, and redaction costs time.
  return {
    script: withoutSecrets(redacted(text.slice(0, scriptCharacters))),
    story,
    traits: [...new Set(done.flatMap(({ parts }) => traitsOf(parts)))],
    ...(unfollowed.length === 0 ? {} : { unfollowed: [...new Set(unfollowed)].join('; ') }),
  };
};
