/** Settings → who must have signed: a trust file, or what the command line names. */
import type { Context } from '../../core/context.ts';
import { canKeepState, stateFolderOf } from '../../store/state-file.ts';
import type { TrustConfiguration, TrustFinding } from '../../trust/demand.ts';
import { readCommandLineTrust } from '../../trust/trust-file/command-line.ts';
import { lintTrust, readTrust, type TrustSurroundings } from '../../trust/trust-file/read-trust.ts';
import type { Settings } from '../settings.ts';
import { withHome } from '../user-folders.ts';

/** What is pinned at first use is kept in the state folder, which no setting switches off. It is made only when a file needs it. */
const surroundingsOf = ({ now, environment }: Pick<Context, 'now' | 'environment'>): TrustSurroundings => ({
  now: now(),
  get remembers() {
    return canKeepState(stateFolderOf(withHome(environment), '/'));
  },
  environment,
});

/** @throws {Fault} misuse: a trust file or key that cannot be used */
export const readTrustSettings = async (
  settings: Settings,
  context: Pick<Context, 'now' | 'environment'>,
): Promise<TrustConfiguration> => {
  const { trust, keys, certificateIdentity, certificateIdentityPattern, certificateIssuer, certificateIssuerPattern } =
    settings;
  if (trust !== undefined) return readTrust(trust, surroundingsOf(context));
  const subject = certificateIdentity ?? certificateIdentityPattern;
  const issuer = certificateIssuer ?? certificateIssuerPattern;
  return readCommandLineTrust(
    {
      keys,
      ...(subject === undefined || issuer === undefined
        ? {}
        : {
            identity: {
              subject: certificateIdentity === undefined ? { pattern: subject } : { exact: subject },
              issuer: certificateIssuer === undefined ? { pattern: issuer } : { exact: issuer },
            },
          }),
      ...(settings.trustedRoot === undefined ? {} : { trustedRoot: settings.trustedRoot }),
    },
    surroundingsOf(context),
  );
};

export const lintTrustOf = (
  file: string,
  context: Pick<Context, 'now' | 'environment'>,
): Promise<readonly TrustFinding[]> => lintTrust(file, surroundingsOf(context));
