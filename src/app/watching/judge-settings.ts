/** `judge` of `watch:` in `tidewaiter.yaml` → which new images are judged, and where they may be taken from. */
import * as z from 'zod';
import type { Context } from '../../core/context.ts';
import { isFault, misuse } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import { readSecret } from './read-secret.ts';
import { secret } from './listener-shape.ts';

const host = z.string().min(1).max(300);

export const judgeSchema = z
  .union([
    z.boolean(),
    z.strictObject({
      engines: z
        .boolean()
        .optional()
        .describe('images of the engines that are listened to; true where nothing is said'),
      registries: z
        .array(
          z.union([
            host,
            z.strictObject({
              registry: host,
              user: z.string().min(1).max(256).optional(),
              password: secret.optional(),
              token: secret.optional().describe('sent as a bearer token, instead of user and password'),
            }),
          ]),
        )
        .max(1000)
        .optional()
        .describe('hosts, with port where it is not the usual one; no other is ever asked'),
      'at-once': z.number().int().min(1).max(2).optional().describe('1 where nothing is said'),
      queue: z
        .number()
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .describe('images that may wait; 1000 where nothing is said'),
      'timeout-seconds': z
        .number()
        .int()
        .min(10)
        .max(86_400)
        .optional()
        .describe('for one image; 1800 where nothing is said'),
    }),
  ])
  .describe('new images are judged by watch itself');

export interface JudgeSettings {
  readonly engines: boolean;
  /** Registry → `auths` entry of Docker's auth file, or undefined: nobody in particular. */
  readonly registries: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>;
  readonly atOnce: number;
  readonly queue: number;
  readonly timeoutMs: number;
  /** Somebody asked for it: what cannot be judged is told then. */
  readonly asked: boolean;
}

/** As references write it: `docker.io`, lower case. */
const canonical = (registry: string): string => {
  try {
    return parseRegistryReference(`${registry}/x`).registry;
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return '';
  }
};

type Entry = Exclude<NonNullable<Exclude<z.output<typeof judgeSchema>, boolean>['registries']>[number], string>;

const loginOf = (
  { registry, user, password, token }: Entry,
  environment: Context['environment'],
): Readonly<Record<string, string>> | undefined => {
  const where = `watch.judge, ${registry}`;
  if (token !== undefined && user === undefined && password === undefined)
    return { registrytoken: readSecret(token, environment, where) };
  if (user === undefined && password === undefined && token === undefined) return undefined;
  if (user === undefined || password === undefined || token !== undefined || user.includes(':'))
    throw misuse('SETTING_INVALID', `${where}: user and password, or token`);
  const pair = `${user}:${readSecret(password, environment, where)}`;
  return { auth: Buffer.from(pair, 'utf8').toString('base64') };
};

/** undefined: nothing is judged. Where nothing is said, images of engines are. @throws {Fault} misuse `SETTING_INVALID` */
export const toJudgeSettings = (
  given: z.output<typeof judgeSchema> | undefined,
  environment: Context['environment'],
): JudgeSettings | undefined => {
  if (given === false) return undefined;
  const own = typeof given === 'object' ? given : {};
  const registries = new Map<string, Readonly<Record<string, string>> | undefined>();
  for (const entry of own.registries ?? []) {
    const written = typeof entry === 'string' ? entry : entry.registry;
    const registry = canonical(written);
    if (registry === '' || written.includes('/') || (registry === 'docker.io' && !/docker\.io$/i.test(written)))
      throw misuse('SETTING_INVALID', `watch.judge: "${written.slice(0, 100)}" is no registry: HOST or HOST:PORT`);
    registries.set(registry, typeof entry === 'string' ? undefined : loginOf(entry, environment));
  }
  return {
    engines: own.engines ?? true,
    registries,
    atOnce: own['at-once'] ?? 1,
    queue: own.queue ?? 1000,
    timeoutMs: (own['timeout-seconds'] ?? 1800) * 1000,
    asked: given !== undefined,
  };
};
