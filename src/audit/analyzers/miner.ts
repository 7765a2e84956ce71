/** Texts and image configs → findings about mining set up in them: a pool and the wallet that is paid, verified; and bandwidth sold. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Analyzer, Inspector, Observation, Subject } from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import type { Finding } from '../../core/finding.ts';
import type { ImageConfig } from '../../core/image.ts';
import { viewOf } from '../../core/inventory-view.ts';
import { findSellers, holdsAccount } from '../miner/bandwidth-sellers.ts';
import { describeSettings, toFacts, toFinding, type SettingsFacts } from '../miner/mining-finding.ts';
import { parseDomains, PoolNames } from '../miner/pools.ts';
import { findMiningConstants, findMiningSettings } from '../miner/settings.ts';
import { WalletScanner } from '../miner/wallet-scan.ts';
import { loadProgramNames, sortOfProgram, type ProgramNames } from '../tool-combination/program-names.ts';

/** What sets a miner up is short; in longer texts the rules look for what miners need. */
const longestText = 64 * 1024;

const isText = (kind: FileKind): boolean => kind === 'text' || kind === 'script' || kind === 'pem';

/** What was frozen from a script has no mark of its own. */
const isCompiled = (kind: FileKind): boolean => kind === 'python-bytecode' || kind === 'data';

const openMinerInspector = (domains: readonly string[]): Inspector => {
  const pools = new PoolNames(domains);
  const scanner = new WalletScanner();
  return {
    scope: () => '',
    wants: ({ size }, kind) => (isText(kind) || isCompiled(kind)) && size <= longestText,
    inspect(file, content) {
      // Without a wallet that can be verified there is nothing to say here that the rules do not say.
      if (file.windowOffset > 0 || !scanner.holdsWallet(content)) return undefined;
      const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
      const find = isText(file.kind) ? findMiningSettings : findMiningConstants;
      const settings = find(text, pools);
      return settings.length === 0 ? undefined : { facts: settings.map((one) => toFacts(one, text)) };
    },
  };
};

const fileFindings = (observations: readonly Observation[]): readonly Finding[] =>
  observations.flatMap((observation) =>
    (observation.facts as readonly SettingsFacts[]).map((facts) => toFinding(facts, observation)),
  );

/** `$NAME` and `${NAME}` by the image's own environment: a command may name there what it passes on. */
const expand = (command: string, environment: readonly string[]): string => {
  const values = new Map(
    environment.map((variable) => [variable.split('=', 1)[0] ?? '', variable.slice(variable.indexOf('=') + 1)]),
  );
  return command.replaceAll(
    /\$\{?([A-Za-z_]\w{0,60})\}?/g,
    (all, name: string) => values.get(name)?.slice(0, 400) ?? all,
  );
};

const commandOf = (config: ImageConfig): string => [...config.entrypoint, ...config.command].join(' ').slice(0, 20_000);

const configFindings = (config: ImageConfig, pools: PoolNames): readonly Finding[] => {
  const environment = config.environment.join('\n').slice(0, 100_000);
  const places: readonly (readonly [field: string, text: string])[] = [
    [config.entrypoint.length > 0 ? 'Entrypoint' : 'Cmd', expand(commandOf(config), config.environment)],
    ['Healthcheck', expand(config.healthcheck.slice(1).join(' '), config.environment)],
    ['Env', environment],
  ];
  return places.flatMap(([field, text]) =>
    findMiningSettings(text, pools)
      .slice(0, 1)
      .map((settings): Finding => ({
        ...describeSettings(toFacts(settings, text)),
        evidence: [
          { kind: 'config', field, value: settings.pool.address },
          ...(settings.wallet === undefined
            ? []
            : [{ kind: 'config', field, value: `${settings.wallet.coin} ${settings.wallet.address}` } as const]),
        ],
      })),
  );
};

const startOf = (config: ImageConfig): string =>
  `${commandOf(config)}\n${config.environment.join('\n').slice(0, 100_000)}`;

const sellerFindings = (config: ImageConfig): readonly Finding[] =>
  findSellers(startOf(config)).map((name): Finding => ({
    rule: 'miner/sells-bandwidth',
    title: `The image sells the machine’s network connection through ${name}${holdsAccount(startOf(config)) ? ', for an account that stands in it' : ''}`,
    // Where the account is the image's own, it is not whoever runs it that earns.
    severity: holdsAccount(startOf(config)) ? 'high' : 'medium',
    confidence: 'high',
    intent: 'dual-use',
    techniques: ['T1496.002'],
    advice: 'Ask who earns with it: your address becomes the origin of strangers’ traffic.',
    // What it is started with may hold a login: the program alone is shown.
    evidence: [{ kind: 'config', field: 'start command', value: [...config.entrypoint, ...config.command][0] ?? '' }],
  }));

const statements: Readonly<Record<string, Omit<Finding, 'evidence' | 'more'>>> = {
  miner: {
    rule: 'miner/program-name',
    title: 'A program has the name of a coin miner',
    severity: 'medium',
    confidence: 'medium',
    intent: 'miner',
    techniques: ['T1496.001'],
    advice: 'Unless it is what you run the image for, find out which build step brought it.',
  },
  'bandwidth-seller': {
    rule: 'miner/bandwidth-seller-name',
    title: 'A program has the name of a client that sells the machine’s network connection',
    severity: 'low',
    confidence: 'medium',
    intent: 'dual-use',
    techniques: ['T1496.002'],
    advice: 'Ask who earns with it: your address becomes the origin of strangers’ traffic.',
  },
};

const nameFindings = ({ inventory }: Subject, names: ProgramNames): readonly Finding[] =>
  viewOf(inventory).programs.flatMap(({ path, sha256, size, layerIndex, hidden }): readonly Finding[] => {
    const statement = statements[sortOfProgram(names, path) ?? ''];
    if (statement === undefined) return [];
    return [
      {
        ...statement,
        evidence: [{ kind: 'file', path, size, layerIndex, hidden, ...(sha256 === undefined ? {} : { sha256 }) }],
      },
    ];
  });

/** Structured-clone data. */
interface MinerKnowledge {
  readonly domains: readonly string[];
  readonly names: ProgramNames;
}

export const miner: Analyzer = {
  id: 'miner',
  about: 'mining pools and verified wallets in settings, scripts and the image’s config; bandwidth sold to strangers',
  version: 1,
  async load(locations) {
    const { builtIn } = locations;
    const text = builtIn === undefined ? '' : readFileSync(join(builtIn, 'known', 'mining-pools.domains'), 'utf8');
    const domains = parseDomains(text);
    // Names are only looked at when concluding: facts do not depend on them.
    const names = loadProgramNames(locations).data as ProgramNames;
    const digest = createHash('sha256').update(domains.join('\n')).digest('hex');
    const data: MinerKnowledge = { domains, names };
    return { digest, counts: { pool: domains.length }, rejected: [], data, gaps: [] };
  },
  open: (data) => openMinerInspector((data as MinerKnowledge).domains),
  conclude(subject, observations, data) {
    const { domains, names } = data as MinerKnowledge;
    const { config } = subject;
    const ofConfig =
      config === undefined ? [] : [...configFindings(config, new PoolNames(domains)), ...sellerFindings(config)];
    return [...ofConfig, ...fileFindings(observations), ...nameFindings(subject, names)];
  },
};
