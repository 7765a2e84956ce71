/** An event of a container → the same with what its image says of the program and the destination: drift, and behaviour in the first minutes. */
import type { Event } from '../../core/event.ts';
import { resolveInImage, type ProgramInventories, type ProgramInventory } from '../../core/program-inventory.ts';
import type { Placeholders } from '../../detect/placeholders.ts';
import { driftOf, inventoryOf, isInContainer } from './drift.ts';
import { openHostSide } from './drift-host.ts';
import { LatePrograms } from './drift-late.ts';
import { openMounts } from './drift-mounts.ts';
import { placeOfProgram } from './drift-path.ts';
import { openFirstBehaviours } from './first-behaviour.ts';
import type { KnownFacts } from './known-facts.ts';

/** Name of the parameter that says how long after its start what a container does is its first behaviour. */
export const windowParameter = 'FirstDeployWindow';

const usualWindowMs = 600_000;
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m`. What is no such span is the usual one. */
export const windowOf = (parameters: Placeholders): number => {
  const [value = ''] = Object.hasOwn(parameters, windowParameter) ? (parameters[windowParameter] ?? []) : [];
  const [, count, unit = ''] = /^(\d{1,4})([smhd])$/.exec(value) ?? [];
  return count === undefined ? usualWindowMs : Number(count) * (units[unit] ?? 0);
};

const isOfImage = ({ process }: Event, inventory: ProgramInventory | undefined): boolean => {
  const place = process?.executable === undefined ? undefined : placeOfProgram(process.executable);
  if (inventory === undefined || place?.kind !== 'file') return false;
  const path = resolveInImage(inventory, place.path);
  return path !== undefined && inventory.file(path) !== undefined;
};

export interface RunFacts extends KnownFacts {
  /**
   * Programs that ran before, and of which the event lets something be known: told again, of those that drifted. `place` puts to an
   * event what is known of its container now.
   */
  late(event: Event, place: (event: Event) => Event): readonly Event[];
}

/** Tells more than `facts` does, of events in containers. */
export const withRunFacts = (facts: KnownFacts, inventories: ProgramInventories, windowMs: number): RunFacts => {
  const hosts = openHostSide();
  const behaviours = openFirstBehaviours({ windowMs });
  const late = new LatePrograms();
  const mounts = openMounts();
  const tellOfInside = (event: Event, inventoryOf: () => ProgramInventory | undefined): Event => {
    const { action, process, connection } = event;
    const isExec = action === 'exec' && process !== undefined;
    const behaviour = behaviours.tell(event, inventoryOf);
    const inventory = isExec ? inventoryOf() : undefined;
    const told = {
      ...(inventory === undefined ? {} : driftOf(event, inventory, mounts.of(event))),
      ...(behaviour === undefined ? {} : { first_behaviour: behaviour }),
    };
    if (isExec && inventory === undefined) late.note(event);
    if (Object.keys(told).length === 0) return event;
    if (isExec) return { ...event, process: { ...process, ...told } };
    return connection === undefined ? event : { ...event, connection: { ...connection, ...told } };
  };
  const tellOfRun = (event: Event): Event => {
    mounts.learn(event);
    const inside = isInContainer(event);
    let found: ProgramInventory | undefined | null = null;
    const inventory = (): ProgramInventory | undefined => {
      if (found === null) found = inside ? inventoryOf(event, inventories) : undefined;
      return found;
    };
    const isHost = event.action === 'exec' && hosts.isHost(event, () => isOfImage(event, inventory()));
    return inside && !isHost ? tellOfInside(event, inventory) : event;
  };
  return {
    tell: (event) => tellOfRun(facts.tell(event)),
    late: (event, place) =>
      late.take(event).flatMap((before) => {
        const placed = place(before);
        const inventory = inventoryOf(placed, inventories);
        const known = tellOfInside(facts.tell(placed), () => inventory);
        return inventory !== undefined && 'drift' in (known.process ?? {}) ? [known] : [];
      }),
  };
};
