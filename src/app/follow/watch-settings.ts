/** `watch:` of `tidewaiter.yaml` → what the second flow goes by: the parameters of rules, and what somebody said is nothing. */
import * as z from 'zod';
import { misuse } from '../../core/fault.ts';
import { watchShape } from '../watching/watch-shape.ts';
import type { SuppressionRule } from '../../detect/incidents/incidents.ts';

const values = z.array(z.string().min(1).max(1024)).min(1).max(10_000);
const span = z.string().regex(/^\d{1,4}[smhd]$/, 'a number with s, m, h or d, such as 15m');

/** The knobs that ATT&CK gives AN0691 and AN0692, each by its own name. */
const knobs = {
  ImageRegistryAllowList: values.optional().describe('beginnings of references that may be run, with a * behind them'),
  TimeWindow: span.optional().describe('how long after its image came what a container does belongs to the same story'),
  SuspiciousBinaries: values.optional().describe('names of programs that a serving container seldom needs'),
  NamespaceScope: values.optional().describe('namespaces that are looked at'),
  OutboundCIDRBlockList: values.optional().describe('networks that containers should not speak with'),
  ApprovedImageCatalog: values
    .optional()
    .describe('machine images, owners or beginnings of names that may be launched'),
  UserDataInspection: values.optional().describe('what a start-up script must not hold'),
  FirstBootWindow: span.optional().describe('how long after its launch what a machine does is its first boot'),
  VMTagScope: values.optional().describe('values of tags of the machines that are looked at'),
} as const;

const suppressionSchema = z.strictObject({
  rule: z.string().min(1).max(512).optional().describe('id of a rule; absent: all'),
  about: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('a digest, a reference, a container, an instance or a login; absent: all'),
  reason: z.string().min(1).max(1024),
  until: z.iso.date().or(z.iso.datetime()).describe('from then on it no longer holds'),
});

export const watchSchema = z.strictObject({
  ...knobs,
  parameters: z
    .record(z.string().regex(/^\w{1,64}$/), values)
    .optional()
    .describe('values of other placeholders of rules'),
  suppressions: z.array(suppressionSchema).max(10_000).optional(),
  ...watchShape,
});

export interface WatchSettings {
  /** Values by the name of the placeholder: they replace those that rules/sigma/parameters.yaml gives. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly suppressions: readonly SuppressionRule[];
}

export const noWatchSettings: WatchSettings = { parameters: {}, suppressions: [] };

/** @throws {Fault} misuse `SETTING_INVALID`, naming the key */
export const readWatchSettings = (value: unknown, fileName: string): WatchSettings => {
  if (value === undefined || value === null) return noWatchSettings;
  const read = watchSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = ['watch', ...(issue?.path ?? [])].join('.');
    throw misuse('SETTING_INVALID', `${path} in ${fileName}: ${issue?.message ?? 'not understood'}`);
  }
  const {
    parameters = {},
    suppressions = [],
    sensors: _sensors,
    push: _push,
    sinks: _sinks,
    judge: _judge,
    enrichment: _enrichment,
    listen: _listen,
    ...own
  } = read.data;
  const given = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
  );
  return {
    parameters: { ...parameters, ...Object.fromEntries(given) },
    suppressions: suppressions.map(({ rule, about, reason, until }) => {
      if (rule === undefined && about === undefined)
        throw misuse('SETTING_INVALID', `watch.suppressions in ${fileName}: each needs a rule, or what it is about`);
      return {
        ...(rule === undefined ? {} : { rule }),
        ...(about === undefined ? {} : { about }),
        reason,
        until: Date.parse(until),
      };
    }),
  };
};
