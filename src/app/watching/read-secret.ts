/** A secret of the configuration, written out or where it stands → its value, which never goes into a message. */
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import type { secret } from './listener-shape.ts';

type Secret = z.output<typeof secret>;

/** @throws {Fault} misuse `SETTING_INVALID`, with `where` of the configuration it stands */
export const readSecret = (given: Secret, environment: Context['environment'], where: string): string => {
  if (typeof given === 'string') return given;
  if ('variable' in given) {
    const value = environment[given.variable];
    if (value !== undefined && value !== '') return value;
    throw misuse('SETTING_INVALID', `${where}: the variable ${given.variable} is not set`);
  }
  try {
    return readFileSync(given.file, 'utf8').trimEnd();
  } catch (thrown) {
    throw misuse('SETTING_INVALID', `${where}: cannot read ${given.file}: ${(thrown as Error).message}`);
  }
};
