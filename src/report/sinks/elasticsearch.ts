/**
 * Records → documents of Elasticsearch or OpenSearch, by their bulk interface. A document's id is the record's, and documents are only
 * created: what is sent again is there once. Of what changes, one document holds the latest state, whatever the order of arrival.
 */
import { misuse, unavailable } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Sink, SinkOutcome, SinkRecord, SinkRefusal, SinkSettings } from '../../core/sink.ts';
import { toJsonLine } from '../json-text.ts';
import { openPoster, outcomeOf, plainHttpSetting, type Answer } from '../delivery/post.ts';
import { formatSetting, toDocuments } from '../delivery/record-text.ts';
import { numberAt, objectAt, objectIn, objectsAt, textAt } from '../delivery/value-reader.ts';

const largestAnswer = 16 * 1024 * 1024;

/** For each document its record's id, in the order in which they are sent. */
interface Bulk {
  readonly body: string;
  readonly records: readonly string[];
}

const toBulk = (batch: readonly SinkRecord[], format: string | undefined, latest: boolean): Bulk => {
  const records: string[] = [];
  const lines: string[] = [];
  for (const record of batch)
    toDocuments(record, format).forEach((document, position) => {
      const state = latest ? record.state : undefined;
      const name = state?.of ?? record.id;
      const _id = position === 0 ? name : `${name}/${position}`;
      records.push(record.id);
      // `create`: data streams take nothing else, and what is there stays as it is. An older revision is refused as a conflict.
      const action =
        state === undefined
          ? { create: { _id } }
          : { index: { _id, version: state.revision, version_type: 'external_gte' } };
      lines.push(toJsonLine(action), toJsonLine({ '@timestamp': record.at, ...document }));
    });
  return { body: lines.map((line) => `${line}\n`).join(''), records };
};

const parseAnswer = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};

/** 409: it is there already, or a later state of it. What is busy or broken there is no fault of the document. */
const isThere = (status: number): boolean => (status >= 200 && status < 300) || status === 409;
const isLater = (status: number): boolean => status === 429 || status === 401 || status === 403 || status >= 500;

const readItems = ({ text, retryAfterMs }: Answer, records: readonly string[], host: string): SinkOutcome => {
  const items = objectsAt(objectIn(parseAnswer(text)), 'items', records.length + 1).map((item) =>
    objectAt(item, 'index' in item ? 'index' : 'create'),
  );
  const statuses = items.map((item) => numberAt(item, 'status'));
  if (items.length !== records.length || statuses.includes(undefined))
    throw unavailable('SINK_UNREACHABLE', `${host} does not answer as a bulk interface does`, host);
  const reasonOf = (position: number): string => {
    const error = objectAt(items[position] ?? {}, 'error');
    const words = [textAt(error, 'type', 100), textAt(error, 'reason', 300)].filter(Boolean).join(': ');
    return `${host} answers ${statuses[position]} for the record${words === '' ? '' : `: ${words}`}`;
  };
  const busy = statuses.findIndex((status) => isLater(status ?? 0));
  // The whole batch again: what is there already is not doubled.
  if (busy >= 0)
    return {
      state: 'later',
      reason: reasonOf(busy),
      ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
    };
  const refused = new Map<string, SinkRefusal>();
  statuses.forEach((status, position) => {
    const id = records[position] ?? '';
    if (!isThere(status ?? 0)) refused.set(id, { id, reason: reasonOf(position) });
  });
  return { state: 'taken', refused: [...refused.values()] };
};

const authorizationOf = (settings: SinkSettings): string | undefined => {
  const [key, user, password] = [settings.text('api-key'), settings.text('user'), settings.text('password')];
  if (key !== undefined && user !== undefined)
    throw misuse('SINK_SETTING_INVALID', 'the sink elasticsearch takes api-key, or user and password, not both');
  if ((user === undefined) !== (password === undefined))
    throw misuse('SINK_SETTING_INVALID', 'the sink elasticsearch takes user and password together');
  if (key !== undefined) return `ApiKey ${key}`;
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
};

/** As the server's own rules have it: lower case, and nothing that has a meaning in a path. */
const indexPattern = /^[a-z0-9][a-z0-9._-]{0,254}$/;

export const elasticsearch: Sink = {
  id: 'elasticsearch',
  about: 'documents of Elasticsearch or OpenSearch, each record once',
  settings: [
    { name: 'url', kind: 'text', required: true, about: 'the server, https:, with a path in front where it has one' },
    { name: 'index', kind: 'text', default: 'tidewaiter', about: 'index, alias or data stream' },
    { name: 'api-key', kind: 'secret', about: 'an API key as the server gives it out (base64)' },
    { name: 'user', kind: 'text', about: 'a user name, with password' },
    { name: 'password', kind: 'secret', about: 'its password' },
    {
      name: 'incidents',
      kind: 'choice',
      values: ['latest', 'each'],
      default: 'latest',
      about:
        'latest: one document for each incident, as it is now; each: one for each of its states, as data streams need it',
    },
    plainHttpSetting,
    formatSetting,
  ],
  open: async (settings, context) => {
    const index = settings.text('index') ?? '';
    if (!indexPattern.test(index))
      throw misuse('SINK_SETTING_INVALID', `${toPlainText(index, 100)} is no name of an index: a-z 0-9 . _ -`);
    const authorization = authorizationOf(settings);
    const poster = openPoster(settings, context, largestAnswer);
    const { host } = poster.url;
    return {
      async send(batch, signal) {
        const bulk = toBulk(batch, settings.text('format'), settings.text('incidents') !== 'each');
        const headers = {
          'content-type': 'application/x-ndjson',
          ...(authorization === undefined ? {} : { authorization }),
        };
        const answer = await poster.post(`${index}/_bulk`, bulk.body, headers, signal);
        const outcome = outcomeOf(answer, host);
        return outcome.state === 'taken' ? readItems(answer, bulk.records, host) : outcome;
      },
      close: () => poster.close(),
    };
  },
};
