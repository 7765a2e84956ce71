/** The form of `sensors`, `push` and `sinks` of `watch:` in `tidewaiter.yaml`. */
import * as z from 'zod';
import { sinkRecordTypes } from '../../core/sink.ts';

const name = z.string().min(1).max(64);
const path = z.string().min(1).max(4096);
export const secret = z
  .union([z.string().min(1).max(4096), z.strictObject({ variable: name }), z.strictObject({ file: path })])
  .describe('written out, or where it stands: a variable or a file');
const place = z
  .strictObject({ cluster: name.optional(), account: name.optional(), region: name.optional(), host: name.optional() })
  .describe('what is known of the place and not said by the records');

export const sensorSchema = z.strictObject({
  sensor: name.describe('whose records they are'),
  files: z.array(path).min(1).max(1000).optional().describe('paths or patterns of logs to follow'),
  from: z.enum(['beginning', 'end']).optional().describe('where a log begins that was never followed'),
  input: path.optional().describe('a named pipe, or - for standard input'),
  sweep: z
    .strictObject({
      registry: z.string().min(1).max(300),
      repositories: z
        .array(z.string().min(1).max(300))
        .min(1)
        .max(1000)
        .optional()
        .describe('names, or patterns over what the registry lists; absent: everything that it lists'),
      'every-seconds': z.number().min(10).max(86_400).optional(),
    })
    .optional()
    .describe('tags that are walked now and then, of a registry that notifies nobody'),
  engine: z.string().max(4096).optional().describe('address of the engine, unix://…; empty: where its client looks'),
});

export const pushSchema = z.strictObject({
  listen: z.string().max(300).describe('HOST:PORT'),
  tls: z.strictObject({ certificate: path, key: path, clients: path.optional() }).optional(),
  'behind-proxy': z.boolean().optional().describe('something in front ends TLS'),
  paths: z
    .array(
      z.strictObject({
        path: z.string().max(200),
        sensor: name,
        token: z.union([secret, z.array(secret).min(1).max(10)]).optional(),
        signature: z.strictObject({ secret, header: name.optional() }).optional(),
        place: place.optional(),
      }),
    )
    .min(1)
    .max(100),
});

export const sinkSchema = z
  .looseObject({
    sink: name,
    name: name.optional(),
    types: z.array(z.enum(sinkRecordTypes)).min(1).optional(),
    'spool-megabytes': z.number().min(1).max(1_000_000).optional(),
  })
  .describe('its other members are the settings of the sink');

/** Members of `watch:`. */
export const listenerShape = {
  sensors: z.array(sensorSchema).max(1000).optional(),
  push: z.array(pushSchema).max(20).optional(),
  sinks: z.array(sinkSchema).max(50).optional(),
} as const;
