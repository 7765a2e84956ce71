/** What the join of events may remember, and what was dropped to keep within it. */

export interface IncidentLimits {
  /** Images, containers, machines, addresses and people: about two kilobytes each. */
  readonly nodes: number;
  /** Of one thing and one kind of step, those that no finding names. */
  readonly momentsOfStep: number;
  /** Of one thing, those that findings name. */
  readonly flaggedMoments: number;
  readonly findings: number;
  /** Processes that are known to run in a container; events by whose id a finding finds its step. */
  readonly processes: number;
  readonly events: number;
  /** How long after a pull or a launch what follows belongs to it, where nothing but an address or a login joins the two. */
  readonly joinMs: number;
  /** Findings of one subject with more time between them: the incident is opened again. */
  readonly quietMs: number;
}

export const defaultIncidentLimits: IncidentLimits = {
  nodes: 50_000,
  momentsOfStep: 4,
  flaggedMoments: 32,
  findings: 10_000,
  processes: 50_000,
  events: 100_000,
  joinMs: 24 * 3_600_000,
  quietMs: 24 * 3_600_000,
};

/** Counted since the beginning. Above zero, an incident may lack a step, or there may be one that nobody was told of. */
export interface DroppedJoins {
  nodes: number;
  moments: number;
  findings: number;
  /** Names of one thing beyond the bound: references, addresses, instances. */
  names: number;
  /** Connections from an address behind which several images run: they were joined to none. */
  ambiguous: number;
}

export const nothingDropped = (): DroppedJoins => ({ nodes: 0, moments: 0, findings: 0, names: 0, ambiguous: 0 });
