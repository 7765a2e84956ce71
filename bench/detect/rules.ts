/** Generated Sigma rules in the shapes, and in the proportions, of published ones; each with the values of a record that fires it. */
import type { Random } from '../../test/builders/random.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface BenchRule {
  readonly text: string;
  readonly logsource: Readonly<Record<string, string>>;
  /** What a record of the log source must have besides. */
  readonly fires: Fields;
}

interface Shape {
  /** Of a hundred rules. */
  readonly share: number;
  readonly make: (random: Random) => Omit<BenchRule, 'text'> & { readonly detection: string };
}

const list = (values: readonly string[], indent = 12): string =>
  values.map((value) => `\n${' '.repeat(indent)}- '${value}'`).join('');

const some = <Item>(count: number, make: () => Item): readonly Item[] => Array.from({ length: count }, make);

/** Programs that many rules speak of and many events come from. */
export const windowsTools = [
  'powershell.exe',
  'cmd.exe',
  'rundll32.exe',
  'wscript.exe',
  'reg.exe',
  'schtasks.exe',
  'net.exe',
  'svchost.exe',
];
export const linuxTools = ['bash', 'sh', 'curl', 'wget', 'python3', 'crontab', 'chmod', 'find', 'cat', 'systemctl'];

const windowsProcess = { product: 'windows', category: 'process_creation' };
const linuxProcess = { product: 'linux', category: 'process_creation' };

const windowsTool = (random: Random): string =>
  random.below(3) > 0 ? random.pick(windowsTools) : `${random.word(4)}.exe`;
const linuxTool = (random: Random): string => (random.below(3) > 0 ? random.pick(linuxTools) : random.word(4));

const commandOf = (random: Random): string =>
  `${random.pick(['-', '--', '/', ' '])}${random.word(3 + random.below(3))}`;

const shapes: readonly Shape[] = [
  {
    share: 22,
    make: (random) => {
      const tools = some(1 + random.below(3), () => windowsTool(random));
      const words = some(2 + random.below(8), () => commandOf(random));
      return {
        logsource: windowsProcess,
        detection: `    selection_img:
        - Image|endswith:${list(tools.map((tool) => `\\${tool}`))}
        - OriginalFileName:${list(tools)}
    selection_cli:
        CommandLine|contains:${list(words)}
    filter_main_parent:
        ParentImage|endswith: '\\${random.word(4)}.exe'
    condition: all of selection_* and not 1 of filter_main_*`,
        fires: {
          Image: `C:\\Windows\\System32\\${tools[0] ?? ''}`,
          CommandLine: `${tools[0] ?? ''} ${words.at(-1) ?? ''} x`,
        },
      };
    },
  },
  {
    share: 14,
    make: (random) => {
      const words = some(2 + random.below(3), () => commandOf(random));
      return {
        logsource: windowsProcess,
        detection: `    selection:
        CommandLine|contains|all:${list(words)}
    condition: selection`,
        fires: { CommandLine: `run ${words.join(' x ')}` },
      };
    },
  },
  {
    share: 5,
    make: (random) => {
      const word = random.word(4);
      return {
        logsource: windowsProcess,
        detection: `    selection:
        Image|endswith: '\\${random.pick(windowsTools)}'
        CommandLine|contains|windash: ' -${word} '
    condition: selection`,
        fires: { Image: `C:\\Windows\\${random.pick(windowsTools)}`, CommandLine: `x /${word} y` },
      };
    },
  },
  {
    share: 8,
    make: (random) => {
      const key = `\\${random.word(4)}\\${random.word(4)}`;
      return {
        logsource: { product: 'windows', category: 'registry_set' },
        detection: `    selection:
        TargetObject|contains: '${key}'
        Details: 'DWORD (0x00000001)'
    condition: selection`,
        fires: { TargetObject: `HKLM\\SOFTWARE${key}\\Value`, Details: 'DWORD (0x00000001)' },
      };
    },
  },
  {
    share: 16,
    make: (random) => {
      const tool = linuxTool(random);
      const words = some(1 + random.below(5), () => commandOf(random));
      return {
        logsource: linuxProcess,
        detection: `    selection:
        Image|endswith: '/${tool}'
        CommandLine|contains:${list(words)}
    condition: selection`,
        fires: { Image: `/usr/bin/${tool}`, CommandLine: `${tool} ${words[0] ?? ''} x` },
      };
    },
  },
  {
    share: 2,
    make: (random) => {
      const word = random.word(3);
      return {
        logsource: linuxProcess,
        detection: `    selection:
        Image|endswith: '/${random.pick(linuxTools)}'
        CommandLine|re: '\\s-{1,2}${word}=[0-9]{1,5}'
    condition: selection`,
        fires: { Image: `/usr/bin/${random.pick(linuxTools)}`, CommandLine: `x --${word}=17` },
      };
    },
  },
  {
    share: 4,
    make: (random) => {
      const words = some(2, () => random.word(4));
      return {
        logsource: { product: 'linux', service: 'auditd' },
        detection: `    execve:
        type: 'EXECVE'
    keywords:
        '|all':${list(words)}
    condition: execve and keywords`,
        fires: { type: 'EXECVE', a0: words[0], a1: words[1] },
      };
    },
  },
  {
    share: 4,
    make: (random) => {
      const path = `/etc/${random.word(3)}`;
      return {
        logsource: { product: 'linux', service: 'auditd' },
        detection: `    selection:
        type: 'PATH'
        name:
            - '${path}*'
            - '/home/*/.${random.word(3)}'
    condition: selection`,
        fires: { type: 'PATH', name: `${path}/x` },
      };
    },
  },
  {
    share: 10,
    make: (random) => {
      const source = random.pick(['ec2', 'iam', 's3', 'sts', 'lambda', 'rds']);
      const names = some(1 + random.below(4), () => random.word(5));
      return {
        logsource: { product: 'aws', service: 'cloudtrail' },
        detection: `    selection:
        eventSource: '${source}.amazonaws.com'
        eventName:${list(names)}
    filter:
        userIdentity.arn|contains: ':role/${random.word(4)}'
    condition: selection and not filter`,
        fires: { eventSource: `${source}.amazonaws.com`, eventName: names[0] },
      };
    },
  },
  {
    share: 10,
    make: (random) => {
      const name = `MICROSOFT.${random.word(4)}/${random.word(4)}/WRITE`;
      return {
        logsource: { product: 'azure', service: 'activitylogs' },
        detection: `    selection:
        operationName:${list([name, `${name}/${random.word(2)}`])}
    condition: selection`,
        fires: { operationName: name.toLowerCase() },
      };
    },
  },
  {
    share: 5,
    make: (random) => {
      const resource = random.word(4);
      return {
        logsource: { product: 'kubernetes', service: 'audit' },
        detection: `    selection:
        verb: 'create'
        objectRef.resource: '${resource}'
    condition: selection`,
        fires: { verb: 'create', objectRef: { resource, name: 'x' } },
      };
    },
  },
];

const wheel = shapes.flatMap((shape) => Array.from({ length: shape.share }, () => shape));

const logsourceText = (logsource: Readonly<Record<string, string>>): string =>
  Object.entries(logsource)
    .map(([part, word]) => `    ${part}: ${word}`)
    .join('\n');

export const makeRules = (random: Random, count: number): readonly BenchRule[] =>
  Array.from({ length: count }, (_, number) => {
    const { detection, logsource, fires } = random.pick(wheel).make(random);
    return {
      text: `title: Generated rule ${number}\nid: generated-${number}\nstatus: test\nlogsource:\n${logsourceText(logsource)}\ndetection:\n${detection}\nlevel: medium\n`,
      logsource,
      fires,
    };
  });
