/** `rules list|check|add|update`: the knowledge that scans use. */
import type { Command } from 'commander';
import { misuse } from '../../core/fault.ts';
import { addSettings, readSettings, textOrJson, type CommandPart } from '../command.ts';
import { paint, type Terminal } from '../terminal.ts';

const help = `
Rules are YARA files (.yar, .yara) for what is in images, Sigma files (.yml, .yaml) for what happens, feeds of
known-bad hashes (.txt, .csv), and records of malicious packages in the Open Source Vulnerability format
(.json, one or many; a folder of them; a .zip, as its database publishes them).

Examples:
  tidewaiter rules list
  tidewaiter rules list --format navigator     which techniques they look for, as a layer of the ATT&CK Navigator
  tidewaiter rules check our-rules/            which files are accepted, and why the rest is not
  tidewaiter rules check --cost our-rules/     which rules are slow, and why
  tidewaiter rules add our-rules/              use them in every scan of this user
  tidewaiter rules update                      fetch the signed feeds that tidewaiter.yaml names (docs/feeds.md)
  tidewaiter rules add npm.zip                 malicious npm packages, of all records in the zip`;

const checkHelp = `
Examples:
  tidewaiter rules check our-rules/            files and lines that are not accepted, why, and what to write instead
  tidewaiter rules check --format json a.yml   the same for programs
  tidewaiter rules check --cost our-rules/     which rules are slow, and why

Placeholders of Sigma rules stand for what tidewaiter.yaml says below watch:, as in replay and watch.

Exit status: 0 when every rule is accepted, 1 when one is not, 2 misuse.`;

const runList = async (command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { listRules } = await import('../../app/rules.ts');
  const { installedFeeds } = await import('../../app/installed-feeds.ts');
  const { rules, rejected, version } = await listRules(settings, terminal.environment);
  const now = new Date();
  const feeds = settings.defaultRules ? await installedFeeds(terminal.environment, now) : [];
  if (settings.format === 'json') {
    const shown = rules.map(({ id, title, severity, confidence, intent, techniques, file, line }) => ({
      id,
      title,
      severity,
      confidence,
      intent,
      techniques,
      file,
      line,
    }));
    await terminal.print(
      `${JSON.stringify({ schema: 'tidewaiter/rules/v1', version, rules: shown, rejected, feeds }, undefined, 2)}\n`,
    );
    return;
  }
  if (settings.format === 'navigator') {
    const { toCoverageLayer } = await import('../../report/attack/coverage-layer.ts');
    const { toJsonText } = await import('../../report/json-text.ts');
    await terminal.print(toJsonText(toCoverageLayer(rules, version)));
    return;
  }
  const { toPlainText } = await import('../../core/plain-text.ts');
  for (const { id, title, severity } of rules)
    await terminal.print(`${severity.padEnd(8)} ${paint(terminal, 'bold', id)}  ${toPlainText(title, 200)}\n`);
  for (const { name, version: count, created, expires, expired } of feeds) {
    const days = Math.max(0, Math.floor((now.getTime() - Date.parse(created)) / 86_400_000));
    const until = expired
      ? paint(terminal, 'yellow', `expired on ${expires.slice(0, 10)}`)
      : `good until ${expires.slice(0, 10)}`;
    await terminal.print(`feed     ${paint(terminal, 'bold', name)}  version ${count}, ${days} days old, ${until}\n`);
  }
  await terminal.print(
    `\n${rules.length} rules${rejected.length === 0 ? '' : `, ${rejected.length} not accepted`}; version ${version}\n`,
  );
};

const runCheck = async (paths: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  if (settings.format !== 'text' && settings.format !== 'json')
    throw misuse('SETTING_INVALID', `--format: rules check writes text or json, not ${settings.format}`);
  const { checkRulesAt, measureRulesAt } = await import('../../app/rules.ts');
  const { toPlainText } = await import('../../core/plain-text.ts');
  const check = await checkRulesAt(paths, settings.watch);
  const cost =
    command.opts<{ readonly cost?: boolean }>().cost === true ? await measureRulesAt(paths, settings.watch) : undefined;
  const rejected = Object.values(check).reduce((sum, part) => sum + part.rejected.length, 0);
  process.exitCode = rejected === 0 ? 0 : 1;
  if (settings.format === 'json') {
    await terminal.print(`${JSON.stringify({ ...check, ...(cost === undefined ? {} : { cost }) }, undefined, 2)}\n`);
    return;
  }
  for (const [kind, part] of Object.entries(check)) {
    await terminal.print(`${paint(terminal, 'bold', kind)}: ${part.accepted} accepted, ${part.rejected.length} not\n`);
    for (const { file, line, reason } of part.rejected)
      await terminal.print(`  ${toPlainText(`${file}:${line}`, 400)}: ${toPlainText(reason, 600)}\n`);
    for (const { file, line, reason } of 'remarks' in part ? part.remarks : [])
      await terminal.print(`  ${toPlainText(`${file}:${line}`, 400)}: accepted; ${toPlainText(reason, 600)}\n`);
  }
  if (cost === undefined) return;
  if (cost.sigma !== undefined) {
    await terminal.print(
      `\n${paint(terminal, 'bold', 'cost of sigma')}: ${cost.sigma.eventsPerSecond.toLocaleString('en')} events/s on one core with all of them\n`,
    );
    for (const { id, microseconds, reasons } of cost.sigma.slow)
      await terminal.print(
        `  ${microseconds.toFixed(1).padStart(6)} µs an event  ${paint(terminal, 'bold', toPlainText(id, 200))}  ${reasons.join('; ')}\n`,
      );
    if (cost.sigma.slow.length === 0) await terminal.print('  no rule stands out\n');
  }
  if (check.yara.accepted === 0) return;
  await terminal.print(
    `\n${paint(terminal, 'bold', 'cost')}: ${cost.megabytesPerSecond.toFixed(0)} MB/s on one core with all of them\n`,
  );
  for (const { id, share, seconds, reasons } of cost.slow)
    await terminal.print(
      `  ${(share * 100).toFixed(0).padStart(3)} %  ${seconds.toFixed(1)} s for 100 MB  ${paint(terminal, 'bold', id)}  ${reasons.map((reason) => toPlainText(reason, 300)).join('; ')}\n`,
    );
  if (cost.slow.length === 0) await terminal.print('  no rule stands out\n');
};

const runAdd = async (source: string, command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { addRules } = await import('../../app/rules.ts');
  const { paths, replaced, check } = await addRules(source, terminal.environment);
  if (settings.format === 'json') {
    await terminal.print(`${JSON.stringify({ paths, replaced, ...check }, undefined, 2)}\n`);
    return;
  }
  for (const [kind, part] of Object.entries(check))
    if (part.accepted + part.rejected.length > 0)
      await terminal.print(`${kind}: ${part.accepted} accepted, ${part.rejected.length} not\n`);
  if (check.package.others > 0)
    await terminal.print(`${check.package.others} records are about flaws, not about malice, and were left out\n`);
  await terminal.print(
    `${replaced ? 'replaced' : 'added'} ${paths.join(' and ')}\nEvery scan uses it now; delete it there to stop that.\n`,
  );
};

/** More are in JSON. */
const foundShown = 20;

const runUpdate = async (names: readonly string[], command: Command, terminal: Terminal): Promise<void> => {
  const settings = await readSettings(command, terminal);
  const { openCommandContext } = await import('../command-context.ts');
  const { updateRules } = await import('../../app/rules-update.ts');
  const { toPlainText } = await import('../../core/plain-text.ts');
  await using context = await openCommandContext(settings, terminal);
  const outcomes = await updateRules(settings.feeds, names, context);
  process.exitCode = outcomes.some(({ outcome }) => outcome === 'refused') ? 1 : 0;
  if (settings.format === 'json') {
    await terminal.print(
      `${JSON.stringify({ schema: 'tidewaiter/rules-update/v1', feeds: outcomes }, undefined, 2)}\n`,
    );
    return;
  }
  for (const { name, outcome, version, created = '', code, reason = '', found = [] } of outcomes) {
    await terminal.print(
      outcome === 'refused'
        ? `${paint(terminal, 'bold', name)}: ${paint(terminal, 'red', 'refused')}: ${toPlainText(reason, 400)} (${code})\n`
        : `${paint(terminal, 'bold', name)}: ${outcome === 'current' ? 'already at' : 'now at'} version ${version} of ${created.slice(0, 10)}\n`,
    );
    for (const { name: bad, images, events, last } of found.slice(0, foundShown)) {
      const where = [
        ...images.slice(0, 3).map((reference) => `in ${reference}`),
        ...(events === 0 ? [] : [`${events} events${last === undefined ? '' : `, the last on ${last.slice(0, 10)}`}`]),
      ];
      await terminal.print(
        `  ${paint(terminal, 'red', 'was here')}: ${toPlainText(bad, 200)}: ${toPlainText(where.join('; '), 600)}\n`,
      );
    }
    if (found.length > foundShown) await terminal.print(`  and ${found.length - foundShown} more\n`);
    if (found.length > 0) await terminal.print(`  "tidewaiter hunt ${name}" tells who, where and when\n`);
  }
};

export const rules: CommandPart = {
  id: 'rules',
  about: 'list, check, add and update the rules that scans use',
  define(program, terminal) {
    const group = program.command(this.id).summary(this.about).description(this.about).addHelpText('after', help);
    const list = group.command('list').description('every rule that a scan would use');
    addSettings(list, ['format', 'rules', 'defaultRules'], [...textOrJson, 'navigator']).action(() =>
      runList(list, terminal),
    );
    const check = group
      .command('check')
      .description('compile rules and feeds: what is accepted, and why the rest is not')
      .argument('<PATH...>', 'files or folders')
      .option('--cost', 'time the rules and name the slow ones, with the reason');
    addSettings(check, ['format'])
      .addHelpText('after', checkHelp)
      .action((paths: readonly string[]) => runCheck(paths, check, terminal));
    const add = group
      .command('add')
      .description('use these rules in every scan of this user')
      .argument('<SOURCE>', 'file, folder or zip');
    addSettings(add, ['format']).action((source: string) => runAdd(source, add, terminal));
    const update = group
      .command('update')
      .description('fetch signed feeds; one that is unsigned, older than before or expired is refused (exit status 1)')
      .argument('[FEED...]', 'names of configured feeds (default: all)');
    addSettings(update, [
      'format',
      'offline',
      'timeoutSeconds',
      'insecureRegistries',
      'certificateAuthorities',
      'trustedHosts',
      'quiet',
      'verbose',
    ]).action((names: readonly string[]) => runUpdate(names, update, terminal));
  },
};
