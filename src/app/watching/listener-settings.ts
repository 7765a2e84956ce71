/** `sensors`, `push` and `sinks` of `watch:` in `tidewaiter.yaml` → what is listened to, and where what is found goes. */
import * as z from 'zod';
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import type { SinkEntry } from '../../report/delivery/open-deliveries.ts';
import type { HttpPushSettings } from '../../watch/listeners/http-push.ts';
import type { EnrichmentSetting } from '../follow/enrich-shape.ts';
import { sensorOf } from '../follow/replay.ts';
import { toJudgeSettings, type JudgeSettings } from './judge-settings.ts';
import type { pushSchema, sensorSchema, sinkSchema } from './listener-shape.ts';
import { readSecret } from './read-secret.ts';
import { watchShape } from './watch-shape.ts';

const schema = z.object(watchShape);

export type SensorSetting = z.output<typeof sensorSchema>;

/** What it says answers for an image: from others it would keep images from being judged. */
const ownSensors = ['judgement', 'cloud-facts'];

export interface ListenerSettings {
  readonly sensors: readonly SensorSetting[];
  readonly push: readonly HttpPushSettings[];
  readonly sinks: readonly SinkEntry[];
  /** Where others ask how the watch is. Absent: nowhere. */
  readonly listen?: string;
  /** Absent: no image is judged. */
  readonly judge?: JudgeSettings;
  /** Whom to ask about machines and their images. */
  readonly enrichment: EnrichmentSetting;
}

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
      : { tokens: (Array.isArray(token) ? token : [token]).map((one) => readSecret(one, environment, 'watch.push')) }),
    ...(signature === undefined
      ? {}
      : {
          signature: {
            secret: readSecret(signature.secret, environment, 'watch.push'),
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

/** Sensors whose engine tells by itself what happens. */
const engines: ReadonlySet<string> = new Set(['docker', 'podman', 'containerd']);

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
  const { sensors = [], push = [], sinks = [], judge: judging, enrichment = {}, listen } = read.data;
  const watched = [...sensors, ...push.flatMap(({ paths }) => paths)].map(({ sensor }) => sensor);
  if (watched.some((sensor) => ownSensors.includes(sensor)))
    throw misuse(
      'SETTING_INVALID',
      `watch in ${fileName}: nobody but watch itself says what it judged, or what it was told`,
    );
  for (const { sensor, files, input, engine, sweep } of sensors) {
    sensorOf(sensor);
    const ways = [files, input, engine, sweep].filter((way) => way !== undefined).length;
    if (ways > 1 || (ways === 0 && !engines.has(sensor)))
      throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: ${sensor} needs one of files, input and engine`);
    if (sweep !== undefined && sensor !== 'registry-notification')
      throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: a sweep belongs to registry-notification`);
    if (engine !== undefined && !engines.has(sensor))
      throw misuse(
        'SETTING_INVALID',
        `watch.sensors in ${fileName}: only docker, podman and containerd have an engine to listen to`,
      );
  }
  if (sensors.filter(({ input }) => input === '-').length > 1)
    throw misuse('SETTING_INVALID', `watch.sensors in ${fileName}: standard input can be read only once`);
  const judge = toJudgeSettings(judging, environment);
  return {
    sensors,
    push: push.map((one) => toPush(one, environment)),
    sinks: sinks.map(toSink),
    ...(listen === undefined ? {} : { listen }),
    ...(judge === undefined ? {} : { judge }),
    enrichment,
  };
};
