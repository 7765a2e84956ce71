/** The interface of a finder: one kind of engine → the images that it holds and runs. */
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import type { Fault } from '../core/fault.ts';
import type { Use } from '../core/use.ts';

/** How an image's bytes are had from where it was found. */
export interface Reading {
  /** In the grammar of a person's references; by digest, never by a name that somebody may move meanwhile. */
  readonly reference: string;
  /** Variables that lead the source to this engine and no other. */
  readonly environment: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]`, where the reference names an index. */
  readonly platform?: string;
}

/** An image at one engine. */
export interface Holding {
  /** Each of these names this image and no other: digests of its config and its manifest. */
  readonly exact: readonly Digest[];
  /** Each of these names it, and may name others: digests of indexes, and those of which the engine does not say what they are of. */
  readonly loose: readonly Digest[];
  /** Absent: this engine gives no bytes. */
  readonly reading?: Reading;
  /** Never empty. */
  readonly uses: readonly Use[];
}

export interface Problem {
  /** The engine and where it was looked for. */
  readonly where: string;
  readonly fault: Fault;
}

export interface Survey {
  readonly holdings: readonly Holding[];
  /** Where an engine answered. */
  readonly answered: readonly string[];
  /** Where none is: no error. */
  readonly absent: readonly string[];
  /** One is there, and did not say all: what it holds may be anything. */
  readonly problems: readonly Problem[];
}

export interface Machine {
  /** Where the machine's root is mounted: `/`, but in tests and in containers that look at their host. */
  readonly root: string;
}

/** A part of `estate/finders/`. It reads lists only: nothing is started, pulled or changed. */
export interface Finder {
  readonly id: string;
  readonly about: string;
  /** What goes wrong at an engine is a `Problem`. @throws only what `context.signal` was aborted with */
  find(machine: Machine, context: Context): Promise<Survey>;
}

export const noSurvey: Survey = { holdings: [], answered: [], absent: [], problems: [] };

export const joinSurveys = (surveys: readonly Survey[]): Survey => ({
  holdings: surveys.flatMap(({ holdings }) => holdings),
  answered: surveys.flatMap(({ answered }) => answered),
  absent: surveys.flatMap(({ absent }) => absent),
  problems: surveys.flatMap(({ problems }) => problems),
});
