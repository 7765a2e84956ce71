/** Findings, chain and verdict of one subject → how bad it is, and whether somebody must be told. */
import { severities, severityRank, type Severity } from '../../core/finding.ts';
import type { ChainStep, ChainStepKind, Detection, IncidentVerdict } from '../../core/incident.ts';

const raise = (severity: Severity, by: number): Severity =>
  severities[Math.min(severityRank(severity) + by, severities.length - 1)] ?? severity;

const atLeast = (severity: Severity, least: Severity): Severity =>
  severityRank(severity) < severityRank(least) ? least : severity;

/** Kinds of steps that findings speak of. */
export const stepsFound = (findings: readonly Detection[], chain: readonly ChainStep[]): ReadonlySet<ChainStepKind> => {
  const events = new Set(findings.flatMap(({ events }) => events));
  return new Set(chain.filter(({ event }) => events.has(event)).map(({ step }) => step));
};

export const isRunning = (chain: readonly ChainStep[]): boolean =>
  chain.some(({ step }) => ['start', 'launch', 'command', 'drift', 'egress'].includes(step));

export const isBad = (verdict: IncidentVerdict | undefined): boolean =>
  verdict !== undefined &&
  (verdict.assessment === 'malicious' || (verdict.decision === 'deny' && verdict.assessment !== 'incomplete'));

/** One weak sign is remembered and told nobody; two at different steps of one chain, or one that is not weak, are an incident. */
export const isIncident = (findings: readonly Detection[], chain: readonly ChainStep[]): boolean => {
  const worst = Math.max(...findings.map(({ severity }) => severityRank(severity)));
  return (
    worst >= severityRank('medium') ||
    (worst >= severityRank('low') &&
      stepsFound(
        findings.filter(({ severity }) => severity !== 'info'),
        chain,
      ).size > 1)
  );
};

/** How it came, what it did inside, where it connected to. */
const phasesOf = (steps: ReadonlySet<ChainStepKind>): ReadonlySet<string> =>
  new Set(
    [...steps].map((step) => (step === 'egress' ? step : step === 'command' || step === 'drift' ? 'inside' : 'came')),
  );

/**
 * The worst finding; a degree more when findings lie at different steps, since they confirm each other; at least high when they lie at
 * its coming, its commands and its connections, or when a command was found that is no weak sign alone, as downloads are, and the
 * subject spoke to the outside afterwards; critical when what is known to be bad runs.
 */
export const severityOf = (
  findings: readonly Detection[],
  chain: readonly ChainStep[],
  verdict: IncidentVerdict | undefined,
): Severity => {
  const ranked = findings.map(({ severity }) => severityRank(severity));
  let severity = severities[Math.max(...ranked)] ?? 'medium';
  const found = stepsFound(
    findings.filter(({ severity }) => severity !== 'info'),
    chain,
  );
  if (found.size > 1 && severityRank(severity) < severityRank('high')) severity = raise(severity, 1);
  const [command] = chain.filter(
    ({ step, event }) =>
      (step === 'command' || step === 'drift') &&
      findings.some(
        ({ events, severity: own }) => severityRank(own) >= severityRank('medium') && events.includes(event),
      ),
  );
  if (command !== undefined && chain.some(({ step, at }) => step === 'egress' && at >= command.at))
    severity = atLeast(severity, 'high');
  if (
    found.has('egress') &&
    (found.has('command') || found.has('drift')) &&
    severityRank(severity) >= severityRank('high')
  )
    severity = 'critical';
  if (phasesOf(found).size === 3) severity = atLeast(severity, 'high');
  if (isBad(verdict)) severity = isRunning(chain) ? 'critical' : atLeast(severity, 'high');
  return severity;
};
