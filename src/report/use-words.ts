/** Where an image is, and what it was before → the words of a report. What engines say is made plain here. */
import { toPlainText } from '../core/plain-text.ts';
import type { Use } from '../core/use.ts';
import type { EarlierVerdict } from '../core/verdict.ts';
import { shortDigest } from './amounts.ts';

const shown = (text: string): string => toPlainText(text, 200);

/** `running in docker at unix:///run/docker.sock: container web (0123456789ab); called team/app:1`. */
export const useWords = ({ engine, at, state, names, namespace, container, pod }: Use): string => {
  const place = `${state} in ${engine} at ${shown(at)}${namespace === undefined ? '' : `, namespace ${shown(namespace)}`}`;
  const id =
    container === undefined
      ? ''
      : shown(/^[0-9a-f]{64}$/.test(container.id) ? container.id.slice(0, 12) : container.id);
  const name = container?.name;
  const who = [
    container === undefined
      ? ''
      : `container ${name === undefined || name === container.id ? id : `${shown(name)} (${id})`}`,
    pod === undefined ? '' : `pod ${shown(pod.namespace)}/${shown(pod.name)}`,
    pod?.node === undefined ? '' : `on ${shown(pod.node)}`,
  ].filter((part) => part !== '');
  const called = names.length === 0 ? '' : `; called ${names.slice(0, 5).map(shown).join(', ')}`;
  return `${place}${who.length === 0 ? '' : `: ${who.join(' ')}`}${called}`;
};

export const turnedWords = ({ assessment, decision, at, rules }: EarlierVerdict): string =>
  `it turned bad: judged ${assessment} (${decision}) at ${shown(at)}, by rules ${shown(shortDigest(rules))}`;
