/** What all correlations together may remember, and what was dropped to keep within it. */

export interface DetectorLimits {
  /** How much later than the newest event one may come and still be correlated: clocks differ by minutes, and logs are held up. */
  readonly latenessMs: number;
  /** Entries that all groups of all correlations may remember: about a kilobyte each. */
  readonly entries: number;
  readonly groups: number;
  /** Ids of correlated events by which one is known when it comes again. */
  readonly ids: number;
  /** Entries of one group, give or take an eighth; a correlation whose count asks for more gets that many. */
  readonly entriesOfGroup: number;
}

export const defaultLimits: DetectorLimits = {
  latenessMs: 900_000,
  entries: 200_000,
  groups: 50_000,
  ids: 100_000,
  entriesOfGroup: 10_000,
};

/** Counted since the detector was opened. Unless it says otherwise, a number above zero means that a correlation may have missed something. */
export interface Dropped {
  /** Matches that came too late to be correlated. */
  late: number;
  /** Matches of events from the future, by the caller's clock. */
  early: number;
  /** Events that came again, as they do where delivery is at least once: correlated the first time only. Nothing is missed. */
  doubled: number;
  /** Matches without a value for a field of `group-by`. */
  ungrouped: number;
  /** Matches whose value could not be counted or summed. */
  unusable: number;
  /** Groups and entries forgotten for want of room. */
  groups: number;
  entries: number;
  /** Late matches of which not every window was looked at, since so many were behind them. */
  windows: number;
}

export const noneDropped = (): Dropped => ({
  late: 0,
  early: 0,
  doubled: 0,
  ungrouped: 0,
  unusable: 0,
  groups: 0,
  entries: 0,
  windows: 0,
});

/** The account of memory that correlations share. */
export interface Account {
  readonly limits: DetectorLimits;
  readonly dropped: Dropped;
  entries: number;
  groups: number;
}
