/** Mining settings → facts that are remembered, and the finding that says them. */
import type { Observation } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { MiningSettings } from './settings.ts';

/** Plain data; no login and no password is kept. */
export interface SettingsFacts {
  readonly [name: string]: string | number | readonly string[];
  readonly form: MiningSettings['form'];
  readonly pool: string;
  readonly poolAt: number;
  readonly known: MiningSettings['pool']['known'];
  /** '' without a wallet. */
  readonly coin: string;
  readonly proof: 'checksum' | 'shape' | '';
  readonly wallet: string;
  readonly walletAt: number;
  readonly words: readonly string[];
}

export const toFacts = ({ form, pool, wallet, words, offset }: MiningSettings, text: string): SettingsFacts => ({
  form,
  pool: pool.address,
  poolAt: Math.max(0, text.indexOf(pool.address, offset)),
  known: pool.known,
  coin: wallet?.coin ?? '',
  proof: wallet?.proof ?? '',
  wallet: wallet?.address ?? '',
  walletAt: wallet === undefined ? 0 : Math.max(0, text.indexOf(wallet.address)),
  words: words.slice(0, 8),
});

const forms: Readonly<Record<MiningSettings['form'], string>> = {
  json: 'Settings name',
  command: 'A command line names',
  variables: 'Variables name',
  constants: 'A compiled script names',
};

type Statement = Omit<Finding, 'evidence' | 'more'>;

const statement = {
  intent: 'miner',
  techniques: ['T1496.001'],
  advice: 'Unless the image is for mining and you know who is paid, do not run it; block the pool.',
} as const;

export const describeSettings = ({ form, coin, proof }: SettingsFacts): Statement =>
  coin === ''
    ? {
        ...statement,
        rule: 'miner/pool-settings',
        title: `${forms[form]} a mining pool with a user and an algorithm`,
        severity: 'high',
        confidence: 'medium',
      }
    : {
        ...statement,
        rule: 'miner/pool-and-wallet',
        title: `${forms[form]} a mining pool and the ${coin} address that is paid (${proof === 'checksum' ? 'its checksum holds' : 'its shape holds'})`,
        severity: 'high',
        confidence: 'high',
      };

/** Manuals and pages explain how to mine; a miner could be given one as its settings, but then the rest of the image says so. */
const isDocument = (path: string): boolean =>
  /\.(?:md|markdown|rst|adoc|html?|tex|[1-9])(?:\.gz!\/data)?$/i.test(path) ||
  /(?:^|\/)(?:usr\/share\/(?:doc|man)|docs?)\//.test(path);

const excerptOf = (observation: Observation, offset: number, text: string): Evidence => ({
  kind: 'excerpt',
  path: observation.path,
  sha256: observation.sha256,
  layerIndex: observation.layerIndex,
  hidden: observation.hidden,
  offset,
  length: text.length,
  text,
});

export const toFinding = (facts: SettingsFacts, observation: Observation): Finding => {
  const evidence = [
    excerptOf(observation, facts.poolAt, facts.pool),
    ...(facts.wallet === '' ? [] : [excerptOf(observation, facts.walletAt, facts.wallet)]),
  ] as const;
  if (!isDocument(observation.path)) return { ...describeSettings(facts), evidence };
  return {
    ...describeSettings(facts),
    rule: 'miner/explained',
    title: 'A document shows how to mine',
    severity: 'info',
    confidence: 'low',
    evidence,
  };
};
