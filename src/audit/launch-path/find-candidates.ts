/** The actions of the launch path → what an assessment must know of: each trait once for each place, with the words that show it. */
import { severityRank, type Confidence, type Evidence, type Finding, type Severity } from '../../core/finding.ts';
import type { Action } from '../../formats/records/action.ts';
import type { LaunchFiles, LaunchPart } from './launch-part.ts';
import type { LaunchMatch, LaunchTrait } from './launch-trait.ts';
import {
  agentsStopped,
  historyCleared,
  persistencePlanted,
  registryBlackholed,
  rivalsKilled,
} from './traits-of-defence.ts';
import { decodeAndRun, fetchAndRun, hiddenProgram, renamedProgram } from './traits-of-origin.ts';
import { hostEscape, remoteShell, scansForEngines, sellsBandwidth, startsMiner } from './traits-of-reach.ts';
import { tellStory } from './tell-story.ts';
import { redacted } from './without-secrets.ts';
import { toPlainText } from '../../core/plain-text.ts';

export const launchTraits: readonly LaunchTrait[] = [
  fetchAndRun,
  decodeAndRun,
  hiddenProgram,
  renamedProgram,
  remoteShell,
  hostEscape,
  scansForEngines,
  startsMiner,
  sellsBandwidth,
  historyCleared,
  agentsStopped,
  rivalsKilled,
  registryBlackholed,
  persistencePlanted,
];

const maximumText = 300;

const shown = (text: string): string => toPlainText(redacted(text.slice(0, 2 * maximumText)), maximumText);

/** The line of the script in which the command begins. */
const excerpt = (action: Action, files: LaunchFiles): Evidence => {
  const path = files.locate(action.script) ?? action.script.replace(/^\/+/, '');
  const bytes = files.readFile(action.script);
  if (bytes === undefined) return { kind: 'file', path };
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(
    action.offset,
    action.offset + maximumText,
  );
  const newline = rest.indexOf(10);
  const line = newline < 0 ? rest : rest.subarray(0, newline);
  return { kind: 'excerpt', path, offset: action.offset, length: line.length, text: shown(line.toString('utf8')) };
};

const evidenceOf = (part: LaunchPart, action: Action, files: LaunchFiles): readonly [Evidence, ...Evidence[]] => {
  const [step] = tellStory([{ ...part, actions: [action] }]).steps;
  const told: readonly Evidence[] =
    step === undefined ? [] : [{ kind: 'config', field: 'launch path', value: shown(step.text) }];
  if (action.script !== '') return [excerpt(action, files), ...told];
  const command = shown(part.command);
  const first: Evidence = part.isConfig
    ? { kind: 'config', field: part.named, value: command }
    : {
        kind: 'excerpt',
        path: files.locate(part.named) ?? part.named.replace(/^\/+/, ''),
        offset: 0,
        length: command.length,
        text: command,
      };
  return [first, ...told];
};

const order: readonly Confidence[] = ['low', 'medium', 'high'];

/** A guess about what may happen is not as grave as the deed. */
const severityOf = (severity: Severity, confidence: Confidence, part: LaunchPart): Severity => {
  if (confidence === 'low') return severity === 'critical' ? 'high' : severity === 'medium' ? 'medium' : 'low';
  return part.trigger === 'build-on-top' && severity === 'critical' ? 'high' : severity;
};

/** At most one finding for each trait in each part: the surest, and the first among equals. */
export const findCandidates = (parts: readonly LaunchPart[], files: LaunchFiles): readonly Finding[] =>
  parts.flatMap((part) =>
    launchTraits.flatMap((trait): readonly Finding[] => {
      const matches = part.actions.flatMap((action) => {
        if (trait.beyondConfig === true && part.isConfig && action.script === '') return [];
        const found = trait.match(action, part.actions);
        if (found === undefined) return [];
        const match: LaunchMatch = typeof found === 'string' ? { confidence: found } : found;
        return [
          {
            action,
            confidence: match.confidence,
            severity: severityOf(match.severity ?? trait.severity, match.confidence, part),
          },
        ];
      });
      const [best] = matches.toSorted(
        (one, other) =>
          severityRank(other.severity) - severityRank(one.severity) ||
          order.indexOf(other.confidence) - order.indexOf(one.confidence),
      );
      if (best === undefined) return [];
      const { id, title, intent, techniques, advice } = trait;
      return [
        {
          rule: `launch-path/${id}`,
          title,
          severity: best.severity,
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
