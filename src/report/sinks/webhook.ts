/** Records → signed HTTP requests: one JSON object with a list of records. How a receiver checks the signature stands in docs/sinks.md. */
import { createHash, createHmac } from 'node:crypto';
import type { Sink } from '../../core/sink.ts';
import { toJsonLine } from '../json-text.ts';
import { openPoster, outcomeOf, plainHttpSetting } from '../delivery/post.ts';
import { formatSetting, toDocuments } from '../delivery/record-text.ts';

/** Of the time in seconds, a full stop and the body: whoever repeats an old request cannot give it a new time. */
const signatureOf = (key: string, seconds: number, body: string): string =>
  createHmac('sha256', key).update(`${seconds}.${body}`, 'utf8').digest('hex');

export const webhook: Sink = {
  id: 'webhook',
  about: 'HTTP POST requests with a list of records, signed with a shared key',
  settings: [
    { name: 'url', kind: 'text', required: true, about: 'where requests go, https:' },
    { name: 'key', kind: 'secret', required: true, about: 'the key that signs requests (HMAC-SHA256)' },
    { name: 'token', kind: 'secret', about: 'sent as `Authorization: Bearer`, for receivers that want one' },
    plainHttpSetting,
    formatSetting,
  ],
  open: async (settings, context) => {
    const poster = openPoster(settings, context, 64 * 1024);
    const key = settings.text('key') ?? '';
    const token = settings.text('token');
    return {
      async send(batch, signal) {
        const records = batch.flatMap((record) => toDocuments(record, settings.text('format')));
        const body = toJsonLine({ schema: 'tidewaiter/records/v1', records });
        const seconds = Math.floor(context.now().getTime() / 1000);
        const ids = createHash('sha256').update(JSON.stringify(batch.map(({ id }) => id)));
        const headers = {
          'content-type': 'application/json',
          // The same for the same records, sent again.
          'tidewaiter-delivery': ids.digest('hex').slice(0, 32),
          'tidewaiter-signature': `t=${seconds},v1=${signatureOf(key, seconds, body)}`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        return outcomeOf(await poster.post('', body, headers, signal), poster.url.host);
      },
      close: () => poster.close(),
    };
  },
};
