/** Settings → a desk that knows whose signatures are demanded, with all verifiers. */
import type { Context } from '../../core/context.ts';
import type { TrustConfiguration } from '../../trust/demand.ts';
import { formatFinding } from '../../trust/trust-file/read-trust.ts';
import { verifiers } from '../../trust/verifiers/index.ts';
import { demandsTrust, type Settings } from '../settings.ts';
import { readTrustSettings } from './trust-settings.ts';
import { openTrustDesk, type TrustDesk } from './trust-desk.ts';

export interface ConfiguredDesk {
  readonly desk: TrustDesk;
  /** Absent where nobody's signature is demanded. */
  readonly configuration?: TrustConfiguration;
}

/** @throws {Fault} misuse: a trust file or key that cannot be used */
export const openConfiguredDesk = async (settings: Settings, context: Context): Promise<ConfiguredDesk> => {
  const configuration = demandsTrust(settings) ? await readTrustSettings(settings, context) : undefined;
  for (const finding of configuration?.findings ?? [])
    if (finding.allowed === undefined) context.log.warn(formatFinding(finding));
  const asked = configuration === undefined ? {} : { configuration };
  return { desk: openTrustDesk(context.environment, { ...asked, verifiers }), ...asked };
};
