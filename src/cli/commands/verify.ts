/** `verify REF…`: who signed an image, and what was looked for where. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, type CommandPart } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const help = `
Who must have signed is said by --key FILE, by --certificate-identity with --certificate-oidc-issuer, or by --trust FILE:
a trust file of Tidewaiter, a trustpolicy.json of Notation, or a policy.json of Podman. With none of them verify shows what
lies beside the image, and trusts nobody. Answers are written as text or json.

Examples:
  tidewaiter verify --key cosign.pub registry.example/team/app:1.4
  tidewaiter verify --certificate-identity me@corp.example --certificate-oidc-issuer https://login.corp.example app:1
  tidewaiter verify --trust trust.yaml --format json registry.example/team/app:1.4 registry.example/team/db:7
  tidewaiter verify --key cosign.pub --offline oci:build/image
  tidewaiter verify --lint trust.yaml

Exit status: 0 trusted, 1 untrusted, 2 misuse, 3 inconclusive (something could not be reached).
Several references: the worst, in the order 2, 1, 3, 0. With --lint: 1 when something in the file is dangerous.`;

const run = async (references: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  const { lint } = command.opts<{ lint?: string }>();
  const settings = await readSettings(command, terminal);
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: verify writes text or json, not ${settings.format}`);
  if (lint !== undefined) {
    if (references.length > 0)
      throw misuse('REFERENCE_UNWANTED', '--lint reads a trust file and asks about no image: leave the references out');
    const { lintTrustFile } = await import('../lint-trust.ts');
    process.exitCode = await lintTrustFile(lint, settings, terminal);
    return;
  }
  if (references.length === 0)
    throw misuse(
      'REFERENCE_MISSING',
      'verify needs a reference to an image, for example: tidewaiter verify --key cosign.pub registry.example/team/app:1.4',
    );
  const { verifyReferences } = await import('../verify-references.ts');
  process.exitCode = await verifyReferences(references, settings, terminal);
};

export const verify: CommandPart = {
  id: 'verify',
  about: 'who signed an image: what was looked for, where, and what came of it',
  define(program, terminal) {
    const command = program
      .command(this.id)
      .summary(this.about)
      .description('Looks for the signatures that are demanded, in every place where they may lie, and checks them.')
      .argument('[REF...]', 'images whose signatures are looked for')
      .option('--lint <FILE>', 'instead of references: say what is wrong or dangerous in a trust file');
    addSettings(command, [
      'trust',
      'keys',
      'certificateIdentity',
      'certificateIdentityPattern',
      'certificateIssuer',
      'certificateIssuerPattern',
      'trustedRoot',
      'offline',
      'format',
      'output',
      'platform',
      'allPlatforms',
      'insecureRegistries',
      'certificateAuthorities',
      'trustedHosts',
      'timeoutSeconds',
      'at',
      'quiet',
      'verbose',
    ])
      .addHelpText('after', help)
      .action((references: readonly string[]) => run(references, command, terminal));
  },
};
