/** `watch`: the second flow, live. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const help = `
What is listened to stands below watch: in tidewaiter.yaml; docs/watch.md describes it:

  watch:
    sensors:
      - { sensor: docker }
      - { sensor: auditd, files: [/var/log/audit/audit.log] }
    push:
      - listen: 127.0.0.1:8765
        paths: [{ path: /audit, sensor: kubernetes-audit }]
    judge: { registries: [registry.example] }
    sinks:
      - { sink: file, path: /var/log/tidewaiter/incidents.jsonl }

When all of it listens, one line for each says where, on standard error. Findings, incidents and gaps are printed as they
come, and sent to every sink. It ends at SIGTERM or SIGINT, with everything kept; after a crash it goes on where it was.

Examples:
  tidewaiter watch                                             what tidewaiter.yaml of this folder names
  tidewaiter watch --config /etc/tidewaiter/tidewaiter.yaml --format json
  docker events --format '{{json .}}' | tidewaiter watch       with { sensor: docker, input: - } below sensors

Exit status: 0 when it was ended, 2 misuse, 3 when it cannot go on.`;

const run = async (command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: watch writes text or json, not ${settings.format}`);
  const { watchFromTerminal } = await import('../watch-live.ts');
  await watchFromTerminal(settings, terminal, command.opts<{ readonly listen?: string }>().listen);
};

export const watch: CommandPart = {
  id: 'watch',
  about: 'find what happens while it happens: engines, clusters, clouds and hosts',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description(
        'Listens to what is configured, asks every Sigma rule, judges new images, and joins what belongs together into incidents.',
      )
      .option('--listen <ADDRESS>', 'PORT of 127.0.0.1, or HOST:PORT: answer /healthz, /readyz and /metrics there');
    addSettings(command, [
      'format',
      'policy',
      'cores',
      'rules',
      'defaultRules',
      'offline',
      'certificateAuthorities',
      'insecureRegistries',
      'quiet',
      'verbose',
      'ownNames',
    ])
      .addHelpText('after', help)
      .action(() => run(command, terminal));
  },
};
