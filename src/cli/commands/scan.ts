/** `scan REF…`: audit and judge images; the main job. */
import type { Command } from 'commander';
import { formats } from '../../app/settings.ts';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
References:
  nginx, registry.example/team/app:1, docker://NAME@sha256:…     an image in a registry
  oci:DIR[:TAG]  oci-archive:FILE[:TAG]  docker-archive:FILE     an image in files
  docker-daemon:NAME                                             an image in Docker or Podman
  containerd:[NAMESPACE//]NAME                                   an image in containerd
  rootfs:DIR                                                     an unpacked tree

Examples:
  tidewaiter scan nginx:1.27
  tidewaiter scan --platform linux/arm64 registry.example/team/app:1
  tidewaiter scan --format sarif --output app.sarif oci-archive:app.tar
  tidewaiter scan --rules our-rules/ --fail-on warn docker-daemon:app
  tidewaiter scan --trust trust.yaml registry.example/team/app:1
  tidewaiter scan --running --format json --output deployed.json
  tidewaiter scan --attest attest.pem --attest-push registry.example/team/app:1
  docker save app | gzip > app.tgz && tidewaiter scan docker-archive:app.tgz

Exit status: 0 allowed, 1 denied, 2 misuse, 3 could not decide (gaps, unreachable).
Several references: the worst, in the order 2, 1, 3, 0.`;

const run = async (references: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  if (command.opts<{ running?: boolean }>().running === true) {
    if (references.length > 0)
      throw misuse('REFERENCE_UNWANTED', '--running judges what the engines hold: leave the references out');
    const settings = await readSettings(command, terminal);
    if (settings.attest !== undefined)
      throw misuse('SETTING_INVALID', '--attest signs verdicts on references: name them instead of --running');
    const { scanRunning } = await import('../scan-running.ts');
    process.exitCode = await scanRunning(settings, terminal);
    return;
  }
  if (references.length === 0)
    throw misuse('REFERENCE_MISSING', 'scan needs a reference to an image, for example: tidewaiter scan nginx:1.27');
  const settings = await readSettings(command, terminal);
  // Scanning processes load their modules while we load ours.
  const { startScanning } = await import('../../app/scan-processes.ts');
  await using processes = await startScanning(settings, terminal.environment);
  const { scanReferences } = await import('../scan-references.ts');
  process.exitCode = await scanReferences(references, settings, terminal, processes);
};

export const scan: CommandPart = {
  id: 'scan',
  about: 'judge images: what is inside, how bad it is, and what could not be seen',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description('Reads every byte of each image, judges it by policy and reports.')
      .argument('[REF...]', 'images to judge')
      .option('--running', 'instead of references: every image stored or running in the engines of this machine');
    addSettings(command, 'all', formats)
      .addHelpText('after', examples)
      .action((references: readonly string[]) => run(references, command, terminal));
  },
};
