/** What a machine was given to run when it starts → the same without secrets, and what it does, as the launch path of an image is told. */
import { tellStory } from '../../audit/launch-path/tell-story.ts';
import type { LaunchPart } from '../../audit/launch-path/launch-part.ts';
import { redacted } from '../../audit/launch-path/without-secrets.ts';
import { withoutSecrets } from '../../audit/secret/without-secrets.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { parseShell } from '../../formats/records/shell.ts';
import { evaluateShell } from '../../formats/records/shell-values.ts';
import { parseUserData, type UserData } from '../../formats/records/user-data.ts';

export interface StartUpStory {
  /** At most 32 KiB of what stands there, in the words of whoever wrote it. */
  readonly script: string;
  /** A sentence without its subject each: `downloads http://… to /tmp/x`. */
  readonly story: readonly string[];
}

const scriptCharacters = 32 * 1024;
const sentences = 24;
/** Of all parts of one machine together. */
const steps = 100_000;

const partsOf = (data: UserData): readonly LaunchPart[] => {
  const encoded = new Map([...data.files].map(([path, content]) => [path, Buffer.from(content, 'utf8')]));
  let left = steps;
  return data.scripts.map(({ named, text }): LaunchPart => {
    const done = evaluateShell(parseShell(Buffer.from(text, 'utf8'), { dialect: 'bash' }), {
      readFile: (path) => encoded.get(path),
      limits: { steps: Math.max(0, left), actions: 400 },
    });
    left -= done.steps;
    return { trigger: 'start', named, command: '', isConfig: false, actions: done.actions, limitsMet: done.limitsMet };
  });
};

const tell = (data: UserData): readonly string[] => {
  const parts = partsOf(data);
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
  return { script: withoutSecrets(redacted(text.slice(0, scriptCharacters))), story };
};
