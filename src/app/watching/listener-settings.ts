/** `sensors`, `push` and `sinks` of `watch:` in `tidewaiter.yaml` → what is listened to, and where what is found goes. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import type { SinkEntry } from '../../report/delivery/open-deliveries.ts';
import type { HttpPushSettings } from '../../watch/listeners/http-push.ts';
import { sensorOf } from '../follow/replay.ts';
import { listenerShape, type pushSchema, type secret, type sensorSchema, type sinkSchema } from './listener-shape.ts';

const schema = z.object(listenerShape);

export type SensorSetting = z.output<typeof sensorSchema>;

export interface ListenerSettings {
  readonly sensors: readonly SensorSetting[];
  readonly push: readonly HttpPushSettings[];
  readonly sinks: readonly SinkEntry[];
}

type Secret = z.output<typeof secret>;

/** The value never goes into a message. */
const readSecret = (given: Secret, environment: Context['environment']): string => {
  if (typeof given === 'string') return given;
  if ('variable' in given) {
    const value = environment[given.variable];
    if (value !== undefined && value !== '') return value;
    throw misuse('SETTING_INVALID', `watch.push: the variable ${given.variable} is not set`);
  }
  try {
    return readFileSync(given.file, 'utf8').trimEnd();
  } catch (thrown) {
    throw misuse('SETTING_INVALID', `watch.push: cannot read ${given.file}: ${(thrown as Error).message}`);
  }
};

const toPush = (given: z.output<typeof pushSchema>, environment: Context['environment']): HttpPushSettings => ({
  listen: given.listen,
  ...(given.tls === undefined
    ? {}
    : {
        tls: {
          certificate: given.tls.certificate,
          key: given.tls.key,
          ...(given.tls.clients === undefined ? {} : { clients: given.tls.clients }),
        },
      }),
  ...(given['behind-proxy'] === undefined ? {} : { behindProxy: given['behind-proxy'] }),
  paths: given.paths.map(({ path: at, sensor, token, signature, place: known }) => ({
    path: at,
    sensor: sensorOf(sensor).id,
    ...(token === undefined
      ? {}
      : { tokens: (Array.isArray(token) ? token : [token]).map((one) => readSecret(one, environment)) }),
    ...(signature === undefined
      ? {}
      : {
          signature: {
            secret: readSecret(signature.secret, environment),
            ...(signature.header === undefined ? {} : { header: signature.header.toLowerCase() }),
          },
        }),
    ...(known === undefined
      ? {}
      : { place: Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) }),
  })),
});

const toSink = ({
  sink,
  name: called,
  types,
  'spool-megabytes': megabytes,
  ...settings
}: z.output<typeof sinkSchema>): SinkEntry => ({
  sink,
  ...(called === undefined ? {} : { name: called }),
  ...(types === undefined ? {} : { types }),
  ...(megabytes === undefined ? {} : { spoolMegabytes: megabytes }),
  settings,
});

/** @throws {Fault} misuse `SETTING_INVALID`, naming the key; `SENSOR_UNKNOWN` */
export const readListenerSettings = (
  value: unknown,
  fileName: string,
  environment: Context['environment'],
): ListenerSettings => {
  const read = schema.safeParse(value ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    const at = ['watch', ...(issue?.path ?? [])].join('.');
    throw misuse('SETTING_INVALID', `${at} in ${fileName}: ${issue?.message ?? 'not understood'}`);
  }
  const { sensors = [], push = [], sinks = [] } = read.data;
  for (const { sensor, files, input, engine, sweep } of sensors) {
    sensorOf(sensor);
    const ways = [files, input, engine, sweep].filter((way) => way !== undefined).length;
    if (ways > 1 || (ways === 0 && sensor !== 'docker' && sensor !== 'podman'))
      throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: ${sensor} needs one of files, input and engine`);
    if (sweep !== undefined && sensor !== 'registry-notification')
      throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: a sweep belongs to registry-notification`);
    if (engine !== undefined && sensor !== 'docker' && sensor !== 'podman')
      throw misuse(
        'SETTING_INVALID',
        `watch.sensors in ${fileName}: only docker and podman have an engine to listen to`,
      );
  }
  if (sensors.filter(({ input }) => input === '-').length > 1)
    throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: standard input can be read only once`);
  return { sensors, push: push.map((one) => toPush(one, environment)), sinks: sinks.map(toSink) };
};
