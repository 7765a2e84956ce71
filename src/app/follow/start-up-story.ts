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
}

const scriptCharacters = 32 * 1024;
const sentences = 24;
/** Of all parts of one machine together. */
const steps = 100_000;

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

const partsOf = (data: UserData, scripts: UserData['scripts']): readonly LaunchPart[] => {
  const encoded = new Map([...data.files].map(([path, content]) => [path, Buffer.from(content, 'utf8')]));
  let left = steps;
  return scripts.map(({ named, text }): LaunchPart => {
    const done = evaluateShell(parseShell(Buffer.from(text, 'utf8'), { dialect: 'bash' }), {
      readFile: (path) => encoded.get(path),
      limits: { steps: Math.max(0, left), actions: 400 },
    });
    left -= done.steps;
    return { trigger: 'start', named, command: '', isConfig: false, actions: done.actions, limitsMet: done.limitsMet };
  });
};

/** An include is fetched and done: as if a shell were given it. */
const withIncludes = ({ scripts, includes }: UserData): UserData['scripts'] => [
  ...scripts,
  ...includes.map((url) => ({ named: 'include', text: `curl -s '${url.replaceAll("'", '')}' | sh` })),
];

const traitsOf = (data: UserData): readonly string[] => {
  const grave = partsOf(data, withIncludes(data)).flatMap(({ actions }) =>
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

const tell = (data: UserData): readonly string[] => {
  const parts = partsOf(data, data.scripts);
  const { steps: told, more } = tellStory(parts);
  const unfollowed = new Set(parts.flatMap(({ limitsMet }) => limitsMet));
  const all = [
    ...data.includes.map((url) => `fetches ${redacted(url)} and does what it says`),
    ...told.map(({ text }) => text),
    ...data.unread.map((reason) => `holds what was not followed: ${reason}`),
    ...(unfollowed.size === 0 ? [] : ['does more than was followed']),
  ];
  const over = Math.max(0, all.length - sentences) + more;
  return [...all.slice(0, sentences).map((one) => toPlainText(one, 400)), ...(over === 0 ? [] : [`and ${over} more`])];
};

export const toStartUpStory = (given: readonly Uint8Array[]): StartUpStory | undefined => {
  const read = given.slice(0, 8).map(parseUserData);
  const story = read.flatMap(tell);
  const text = read.map((data) => data.text).join('\n');
  if (text === '' && story.length === 0) return undefined;
  // Cut first: what is beyond is never looked at, and redaction costs time.
  return {
    script: withoutSecrets(redacted(text.slice(0, scriptCharacters))),
    story,
    traits: [...new Set(read.flatMap(traitsOf))],
  };
};
