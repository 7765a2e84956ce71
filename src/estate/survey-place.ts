/** The places where one kind of engine may be → a Survey: nobody there, somebody who must not be asked, or what it says. */
import { realpath } from 'node:fs/promises';
import type { Context } from '../core/context.ts';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import { joinSurveys, noSurvey, type Holding, type Survey } from './finder.ts';

/** A place as a person would write it, the socket where it is one, and whether a person named it. */
interface Place {
  readonly label: string;
  readonly socketPath?: string;
  /** Nobody there is a problem then, and no matter of course. */
  readonly chosen: boolean;
}

const systemCodeOf = ({ cause }: Fault): string =>
  cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? '') : '';

const isUnreachedBy = (fault: Fault, codes: readonly string[]): boolean =>
  fault.code === 'ENGINE_UNREACHABLE' && codes.includes(systemCodeOf(fault));

const forbidden = (where: string): Fault =>
  unavailable(
    'ENGINE_FORBIDDEN',
    `${where} may not be asked by this user: run Tidewaiter as root, or as a user who may use that socket`,
    where,
  );

const toSurvey = (where: string, fault: Fault, chosen: boolean): Survey => {
  // Nobody listens: no such socket, no such folder, or one that an engine left behind.
  if (!chosen && isUnreachedBy(fault, ['ENOENT', 'ENOTDIR', 'ECONNREFUSED'])) return { ...noSurvey, absent: [where] };
  if (fault.code === 'NETWORK_OFFLINE')
    return { ...noSurvey, absent: [`${where} (on another machine, and --offline)`] };
  const problem = isUnreachedBy(fault, ['EACCES', 'EPERM']) ? forbidden(where) : fault;
  return { ...noSurvey, problems: [{ where, fault: problem }] };
};

/** Each socket once: distributions link one to the other. A path that cannot be resolved stays as it is. */
const distinct = async <P extends Place>(places: readonly P[]): Promise<readonly P[]> => {
  const seen = new Map<string, P>();
  for (const place of places) {
    const path = place.socketPath;
    const key = path === undefined ? place.label : await realpath(path).catch(() => path);
    if (!seen.has(key)) seen.set(key, place);
  }
  return [...seen.values()];
};

/** undefined: something else is spoken there, so that this engine is not. */
type Answer = readonly Holding[] | undefined;

/**
 * `list` may throw a Fault too, when what a person configured cannot be used.
 * @throws only what is no Fault, and the reason of an aborted signal
 */
export const surveyPlaces = async <P extends Place>(
  engine: string,
  { signal }: Pick<Context, 'signal'>,
  list: () => readonly P[] | Promise<readonly P[]>,
  ask: (place: P) => Promise<Answer>,
): Promise<Survey> => {
  const guard = async (where: string, chosen: boolean, work: () => Promise<Survey>): Promise<Survey> => {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isFault(thrown)) throw thrown;
      return toSurvey(where, thrown, chosen);
    }
  };
  return guard(engine, true, async () => {
    const surveys: Survey[] = [];
    const places = await distinct(await list());
    if (places.length === 0) surveys.push({ ...noSurvey, absent: [`${engine} (nothing is configured)`] });
    for (const place of places) {
      const where = `${engine} at ${place.label}`;
      surveys.push(
        await guard(where, place.chosen, async () => {
          const holdings = await ask(place);
          return holdings === undefined
            ? { ...noSurvey, absent: [where] }
            : { ...noSurvey, holdings, answered: [where] };
        }),
      );
    }
    return joinSurveys(surveys);
  });
};
