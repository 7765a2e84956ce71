/** `replay --sensor ID FILE…`: records of the past through the second flow. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const help = `
Sensors: docker podman containerd cri kubernetes-audit kubernetes-event registry-notification cloudtrail aws-event
gcp-audit azure-activity auditd falco tetragon tracee windows-eventlog application-log flow.

Files are JSON (one object, several, an array, a wrapper such as Records), JSON lines, or the sensor's own text; gzip
too; - is standard input. Records of several sensors are joined: name the others with --also. Nobody is contacted.

Examples:
  docker events --since 24h --until 0s --format '{{json .}}' | tidewaiter replay --sensor docker -
  tidewaiter replay --sensor cloudtrail AWSLogs/*.json.gz
  tidewaiter replay --sensor docker events.json --also auditd=/var/log/audit/audit.log --also flow=conn.log
  tidewaiter replay --format json --fail-on incident --sensor kubernetes-audit audit.log | jq 'select(.type == "incident")'

Exit status: 0 when every record was read, 1 with --fail-on when there is one, 2 misuse, 3 with gaps.`;

interface ReplayOptions {
  readonly sensor?: string;
  readonly also?: readonly string[];
  readonly failOn?: string;
  readonly keep?: boolean;
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

const sourcesOf = (files: readonly string[], { sensor, also = [] }: ReplayOptions) => {
  if (sensor === undefined) throw misuse('SENSOR_UNKNOWN', 'replay needs to know whose records they are: --sensor ID');
  const others = also.map((text) => {
    const equals = text.indexOf('=');
    if (equals <= 0 || equals === text.length - 1)
      throw misuse('SETTING_INVALID', `--also: "${text}" is not written ID=FILE`);
    return { sensor: text.slice(0, equals), file: text.slice(equals + 1) };
  });
  const sources = [...files.map((file) => ({ sensor, file })), ...others];
  if (files.length === 0) throw misuse('RECORDS_NOT_FOUND', 'replay needs files, or - for standard input');
  if (sources.filter(({ file }) => file === '-').length > 1)
    throw misuse('SETTING_INVALID', 'standard input can be read only once');
  return sources;
};

const run = async (files: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  const options = command.opts<ReplayOptions>();
  const failOn = options.failOn ?? 'never';
  if (!['never', 'finding', 'incident'].includes(failOn))
    throw misuse('SETTING_INVALID', `--fail-on: "${failOn}" is none of finding, incident, never`);
  const sources = sourcesOf(files, options);
  const settings = await readSettings(command, terminal);
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: replay writes text or json, not ${settings.format}`);
  const { replayToTerminal } = await import('../replay-records.ts');
  process.exitCode = await replayToTerminal(sources, settings, terminal, {
    failOn: failOn as 'never' | 'finding' | 'incident',
    keep: options.keep === true,
  });
};

export const replay: CommandPart = {
  id: 'replay',
  about: 'find what happened in records of engines, clusters, clouds and hosts',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description('Reads records of the past, asks every Sigma rule, and joins what belongs together into incidents.')
      .argument('[FILE...]', 'files of records, or - for standard input')
      .option('--sensor <ID>', 'whose records they are')
      .option('--also <ID=FILE>', 'records of another sensor, joined with them; may be repeated', collect)
      .option('--fail-on <WORD>', 'exit with status 1 when there is one: finding or incident (default: never)')
      .option('--keep', 'remember events and incidents for "tidewaiter hunt"');
    addSettings(command, [
      'format',
      'rules',
      'defaultRules',
      'cache',
      'cacheFolder',
      'timeoutSeconds',
      'quiet',
      'verbose',
      'ownNames',
    ])
      .addHelpText('after', help)
      .action((given: readonly string[]) => run(given, command, terminal));
  },
};
