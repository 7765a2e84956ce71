/** The actions of the launch path → what an assessment must know of: each trait once for each place, with the words that show it. */
import type { Confidence, Evidence, Finding, Severity } from '../../core/finding.ts';
import type { Action } from '../../formats/records/action.ts';
import type { LaunchFiles, LaunchPart } from './launch-part.ts';
import type { LaunchTrait } from './launch-trait.ts';
import {
  agentsStopped,
  historyCleared,
  persistencePlanted,
  registryBlackholed,
  rivalsKilled,
} from './traits-of-defence.ts';
import { decodeAndRun, fetchAndRun, hiddenProgram, renamedProgram } from './traits-of-origin.ts';
import { hostEscape, remoteShell, scansForEngines, startsMiner } from './traits-of-reach.ts';
import { tellStory } from './tell-story.ts';

export const launchTraits: readonly LaunchTrait[] = [
  fetchAndRun,
  decodeAndRun,
  hiddenProgram,
  renamedProgram,
  remoteShell,
  hostEscape,
  scansForEngines,
  startsMiner,
  historyCleared,
  agentsStopped,
  rivalsKilled,
  registryBlackholed,
  persistencePlanted,
];

const maximumText = 300;

/** The line of the script in which the command begins. */
const excerpt = (action: Action, files: LaunchFiles): Evidence => {
  const path = action.script.replace(/^\/+/, '');
  const bytes = files.readFile(action.script);
  if (bytes === undefined) return { kind: 'file', path };
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(
    action.offset,
    action.offset + maximumText,
  );
  const newline = rest.indexOf(10);
  const line = newline < 0 ? rest : rest.subarray(0, newline);
  return { kind: 'excerpt', path, offset: action.offset, length: line.length, text: line.toString('utf8') };
};

const evidenceOf = (part: LaunchPart, action: Action, files: LaunchFiles): readonly [Evidence, ...Evidence[]] => {
  const [step] = tellStory([{ ...part, actions: [action] }]).steps;
  const told: readonly Evidence[] =
    step === undefined ? [] : [{ kind: 'config', field: 'launch path', value: step.text }];
  if (action.script !== '') return [excerpt(action, files), ...told];
  const command = part.command.slice(0, maximumText);
  const first: Evidence = part.isConfig
    ? { kind: 'config', field: part.named, value: command }
    : { kind: 'excerpt', path: part.named.replace(/^\/+/, ''), offset: 0, length: command.length, text: command };
  return [first, ...told];
};

const order: readonly Confidence[] = ['low', 'medium', 'high'];

/** A guess about what may happen is not as grave as the deed. */
const severityOf = (severity: Severity, confidence: Confidence, part: LaunchPart): Severity => {
  if (confidence === 'low') return severity === 'critical' ? 'high' : 'low';
  return part.trigger === 'build-on-top' && severity === 'critical' ? 'high' : severity;
};

/** At most one finding for each trait in each part: the surest, and the first among equals. */
export const findCandidates = (parts: readonly LaunchPart[], files: LaunchFiles): readonly Finding[] =>
  parts.flatMap((part) =>
    launchTraits.flatMap((trait): readonly Finding[] => {
      const matches = part.actions.flatMap((action) => {
        const confidence = trait.match(action, part.actions);
        return confidence === undefined ? [] : [{ action, confidence }];
      });
      const [best] = matches.toSorted((one, other) => order.indexOf(other.confidence) - order.indexOf(one.confidence));
      if (best === undefined) return [];
      const { id, title, severity, intent, techniques, advice } = trait;
      return [
        {
          rule: `launch-path/${id}`,
          title,
          severity: severityOf(severity, best.confidence, part),
          confidence: best.confidence,
          intent,
          techniques,
          advice,
          evidence: evidenceOf(part, best.action, files),
          ...(matches.length > 1 ? { more: matches.length - 1 } : {}),
        },
      ];
    }),
  );
