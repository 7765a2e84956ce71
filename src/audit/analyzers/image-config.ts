/** The image's config → findings about what it starts, as whom, with which environment, and how it was built. OCI image-spec config.md. */
import type { Analyzer, Subject } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { ImageConfig } from '../../core/image.ts';
import { toPlainText } from '../../core/plain-text.ts';
import {
  decodeAndRun,
  fetchAndRun,
  matchTrait,
  minerArguments,
  reverseShell,
  startTraits,
  type CommandTrait,
  unfolded,
} from '../image-config/command-traits.ts';
import { findCommandSecrets, findEnvironmentSecrets, type FoundSecret } from '../image-config/secrets.ts';

const excerptLength = 300;

const configProof = (field: string, value: string): Evidence => ({
  kind: 'config',
  field,
  value: toPlainText(value, excerptLength),
});

const historyProof = (step: number, value: string): Evidence => ({
  kind: 'history',
  field: `step ${step + 1}`,
  value: toPlainText(value, excerptLength),
});

type Statement = Omit<Finding, 'evidence' | 'more'>;

const stateTrait = ({ id, title, severity, confidence, intent, techniques, advice }: CommandTrait): Statement => ({
  rule: `image-config/${id}`,
  title,
  severity,
  confidence,
  intent,
  techniques,
  advice,
});

/** Words are joined as a shell would show them: a trait is the same whether the config holds one string or a list. */
const startCommands = (config: ImageConfig): readonly (readonly [field: string, command: string])[] => {
  const commands: (readonly [string, string])[] = [];
  if (config.entrypoint.length + config.command.length > 0)
    commands.push([
      config.entrypoint.length > 0 ? 'Entrypoint' : 'Cmd',
      [...config.entrypoint, ...config.command].join(' '),
    ]);
  if (config.healthcheck.length > 1) commands.push(['Healthcheck', config.healthcheck.slice(1).join(' ')]);
  return commands;
};

const judgeStart = (config: ImageConfig): readonly Finding[] =>
  startCommands(config).flatMap(([field, command]) =>
    startTraits.flatMap((trait): readonly Finding[] => {
      const excerpt = matchTrait(trait, unfolded(command));
      return excerpt === undefined ? [] : [{ ...stateTrait(trait), evidence: [configProof(field, excerpt)] }];
    }),
  );

/** ONBUILD runs in somebody else's build, with their secrets. */
const judgeOnBuild = (config: ImageConfig): readonly Finding[] =>
  config.onBuild.flatMap((step): readonly Finding[] => {
    const trait = [fetchAndRun, decodeAndRun].find((candidate) => matchTrait(candidate, step) !== undefined);
    if (trait === undefined) return [];
    return [
      {
        ...stateTrait(trait),
        rule: `image-config/onbuild-${trait.id}`,
        title: 'Every image built on this one downloads or decodes a program and runs it',
        severity: 'medium',
        confidence: 'medium',
        advice: 'It runs in your build, with what your build can read. Build on an image without it.',
        evidence: [configProof('OnBuild', matchTrait(trait, step) ?? step)],
      },
    ];
  });

/** A shell pipe in a build step is how many honest images install things: worth knowing, no reason for an alarm. */
const judgeHistory = (config: ImageConfig): readonly Finding[] =>
  config.history.flatMap(({ createdBy }, step): readonly Finding[] => {
    const excerpt = matchTrait(fetchAndRun, createdBy);
    if (excerpt === undefined) return [];
    return [
      {
        ...stateTrait(fetchAndRun),
        rule: 'image-config/built-by-fetch-and-run',
        title: 'A build step ran a program straight from the network',
        severity: 'info',
        confidence: 'high',
        intent: 'hygiene',
        techniques: [],
        advice: 'The next build may run something else. Pin what is downloaded by its digest.',
        evidence: [historyProof(step, excerpt)],
      },
    ];
  });

/** Words of a build step that no build has a use for. What only states how the image starts is judged there. */
const judgeBuildSteps = (config: ImageConfig): readonly Finding[] =>
  config.history.flatMap(({ createdBy }, step): readonly Finding[] => {
    if (/^(?:\/bin\/sh -c #\(nop\)\s{1,4})?(?:CMD|ENTRYPOINT|HEALTHCHECK|ENV|LABEL|ARG|COPY|ADD)\b/.test(createdBy))
      return [];
    return [minerArguments, reverseShell].flatMap((trait): readonly Finding[] => {
      const excerpt = matchTrait(trait, unfolded(createdBy));
      if (excerpt === undefined) return [];
      return [
        {
          ...stateTrait(trait),
          rule: `image-config/built-with-${trait.id}`,
          title:
            trait === minerArguments
              ? 'A build step held the arguments of a coin miner'
              : 'A build step gave a shell to somebody elsewhere',
          severity: 'medium',
          confidence: 'medium',
          advice: 'Look at what that step left behind, and build anew without it: the machine that built it ran it.',
          evidence: [historyProof(step, excerpt)],
        },
      ];
    });
  });

const stateSecret = (secret: FoundSecret, place: string): Statement => ({
  rule: `image-config/secret-in-${place}`,
  title: `The ${place} holds ${secret.what}`,
  severity: secret.isCertain ? 'high' : 'low',
  confidence: secret.isCertain ? 'high' : 'low',
  intent: 'exposure',
  techniques: ['T1552.001'],
  advice: 'Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets.',
});

const judgeSecrets = (config: ImageConfig): readonly Finding[] => [
  ...config.environment.flatMap((variable) =>
    findEnvironmentSecrets(variable).map((secret): Finding => ({
      ...stateSecret(secret, 'environment'),
      evidence: [configProof('Env', `${secret.name}=${secret.redacted}`)],
    })),
  ),
  ...config.history.flatMap(({ createdBy }, step) =>
    findCommandSecrets(createdBy).map((secret): Finding => ({
      ...stateSecret(secret, 'history'),
      evidence: [historyProof(step, secret.redacted)],
    })),
  ),
];

const writableByAnybody = /^\/?(?:tmp|var\/tmp|dev\/shm|run\/shm|dev)\//;

const judgePreload = (config: ImageConfig): readonly Finding[] =>
  config.environment.flatMap((variable): readonly Finding[] => {
    const match = /^(LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES)=(.+)$/s.exec(variable);
    if (match === null) return [];
    const odd = (match[2] ?? '').split(/[\s:]+/).some((path) => writableByAnybody.test(path) || /\/\.[^/]/.test(path));
    return [
      {
        rule: odd ? 'image-config/preload-from-odd-place' : 'image-config/preload',
        title: odd
          ? 'A library from an odd place is forced into every program'
          : 'A library is forced into every program',
        severity: odd ? 'medium' : 'info',
        confidence: 'medium',
        intent: odd ? 'implant' : 'dual-use',
        techniques: ['T1574.006'],
        advice: 'Find out what the library changes: allocators are honest, what hides files and processes is not.',
        evidence: [configProof('Env', variable)],
      },
    ];
  });

const judgeStartPlace = (config: ImageConfig): readonly Finding[] => {
  const [program = ''] = [...config.entrypoint, ...config.command];
  if (!writableByAnybody.test(program)) return [];
  return [
    {
      rule: 'image-config/starts-from-odd-place',
      title: 'The image starts a program from a folder that is meant for temporary files',
      severity: 'medium',
      confidence: 'medium',
      intent: 'implant',
      techniques: ['T1204.003', 'T1036.005'],
      advice: 'Look at the program: builders put programs elsewhere, droppers put them there.',
      evidence: [configProof(config.entrypoint.length > 0 ? 'Entrypoint' : 'Cmd', program)],
    },
  ];
};

const isRoot = (user: string): boolean => /^(?:|root|0+)(?::.*)?$/.test(user);

const remoteAccessPorts: readonly string[] = ['22/tcp', '23/tcp', '2375/tcp', '3389/tcp', '5900/tcp'];

const judgeExposure = (config: ImageConfig): readonly Finding[] => {
  const findings: Finding[] = [];
  if (isRoot(config.user))
    findings.push({
      rule: 'image-config/runs-as-root',
      title: 'The program runs as root unless told otherwise',
      severity: 'info',
      confidence: 'high',
      intent: 'hygiene',
      techniques: [],
      advice: 'Set USER in the build, or a user when you run it.',
      evidence: [configProof('User', config.user === '' ? '(not set)' : config.user)],
    });
  for (const port of config.exposedPorts)
    if (remoteAccessPorts.includes(port.includes('/') ? port : `${port}/tcp`))
      findings.push({
        rule: 'image-config/exposes-remote-access',
        title: 'The image offers a port for remote access',
        severity: 'info',
        confidence: 'medium',
        intent: 'hygiene',
        techniques: ['T1021'],
        advice: 'Containers are entered through their engine; ask what the port is for.',
        evidence: [configProof('ExposedPorts', port)],
      });
  return findings;
};

/** A person who reads the label sees something else than a program that compares it. */
const judgeLabels = (config: ImageConfig): readonly Finding[] =>
  Object.entries(config.labels).flatMap(([name, value]): readonly Finding[] => {
    const text = `${name}=${value}`;
    // Line breaks and tabs are ordinary in descriptions.
    const visible = text.replaceAll(/[\n\r\t]/g, ' ').slice(0, 100_000);
    if (!/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u.test(visible)) return [];
    return [
      {
        rule: 'image-config/invisible-text',
        title: 'A label holds invisible or direction-changing characters',
        severity: 'low',
        confidence: 'high',
        intent: 'impersonation',
        techniques: ['T1036'],
        advice: 'Compare it character by character with what you expect.',
        evidence: [configProof(`Labels ${toPlainText(name, 100)}`, value)],
      },
    ];
  });

const judgeConfig = ({ config }: Subject): readonly Finding[] =>
  config === undefined
    ? []
    : [
        judgeStart,
        judgeOnBuild,
        judgeHistory,
        judgeBuildSteps,
        judgeSecrets,
        judgePreload,
        judgeStartPlace,
        judgeExposure,
        judgeLabels,
      ].flatMap((look) => look(config));

export const imageConfig: Analyzer = {
  id: 'image-config',
  about: 'what the image starts, as whom, with which environment, and how it was built',
  version: 1,
  conclude: judgeConfig,
};
