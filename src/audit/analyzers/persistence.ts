/** How an image comes back, stays hidden or lets somebody in: timetables, services, profiles, accounts, keys, libraries, rights, names. */
import type { Analyzer, Observation, Plain } from '../../core/analyzer.ts';
import { concludeArrangement } from '../persistence/conclude-arrangements.ts';
import { concludeLibraries } from '../persistence/conclude-libraries.ts';
import { concludeLogins, type Sighting } from '../persistence/conclude-logins.ts';
import { concludeNames } from '../persistence/conclude-names.ts';
import { concludeRights } from '../persistence/conclude-rights.ts';
import { viewImage } from '../persistence/image-view.ts';
import { placeOf } from '../persistence/place.ts';
import { persistenceInspector, type Fact, type PersistenceFacts } from '../persistence/inspect-file.ts';

/** Facts come from a process that reads hostile bytes: what is not of their shape is no fact. */
const isFacts = (facts: Plain): facts is PersistenceFacts & Plain =>
  typeof facts === 'object' &&
  facts !== null &&
  'facts' in facts &&
  Array.isArray((facts as PersistenceFacts).facts) &&
  'place' in facts;

const toSightings = (
  observation: Observation,
): readonly (Sighting<Fact> & { readonly place: PersistenceFacts['place'] })[] => {
  const { facts } = observation;
  return isFacts(facts) ? facts.facts.map((fact) => ({ seen: observation, fact, place: facts.place })) : [];
};

export const persistence: Analyzer = {
  id: 'persistence',
  about:
    'what starts by itself, who may log in, what hides: cron, services, profiles, keys, accounts, preloads, setuid, names',
  version: 2,
  readsAs: placeOf,
  open: () => persistenceInspector,
  conclude(subject, observations) {
    const view = viewImage(subject);
    const sightings = observations.flatMap(toSightings);
    return [
      ...sightings.flatMap(({ place, seen, fact }) =>
        concludeArrangement(place === '' ? 'unit' : place, seen, fact, view),
      ),
      ...concludeLogins(sightings),
      ...concludeLibraries(subject, sightings, view),
      ...concludeRights(view),
      ...concludeNames(subject, view),
    ];
  },
};
