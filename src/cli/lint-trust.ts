/** A trust file → what is wrong or dangerous in it, and the exit status. */
import { lintTrustOf } from '../app/verify/trust-settings.ts';
import type { Settings } from '../app/settings.ts';
import { toPlainText } from '../core/plain-text.ts';
import { toJsonText } from '../report/json-text.ts';
import { openCommandContext } from './command-context.ts';
import { paint, type Style, type Terminal } from './terminal.ts';

const styles: Readonly<Record<'fatal' | 'error' | 'warning', Style>> = {
  fatal: 'red',
  error: 'red',
  warning: 'yellow',
};

/** 0: nothing that is dangerous, or it is allowed with a reason; 1 otherwise. */
export const lintTrustFile = async (file: string, settings: Settings, terminal: Terminal): Promise<number> => {
  await using context = await openCommandContext(settings, terminal);
  const findings = await lintTrustOf(file, context);
  const refused = findings.filter(
    ({ severity, allowed }) => severity === 'fatal' || (severity === 'error' && allowed === undefined),
  );
  if (settings.format === 'json')
    await terminal.print(toJsonText({ schema: 'tidewaiter/trust-lint/v1', file, findings }));
  else {
    for (const { severity, line, path, message, code, allowed } of findings) {
      const place = `${file}${line === undefined ? '' : `:${line}`}${path === '' ? '' : `: ${path}`}`;
      await terminal.print(
        `${toPlainText(place, 400)}: ${paint(terminal, styles[severity], severity)}: ${toPlainText(message, 1000)} (${code})\n`,
      );
      if (allowed !== undefined) await terminal.print(`    allowed: ${toPlainText(allowed, 500)}\n`);
    }
    await terminal.print(
      findings.length === 0
        ? `${toPlainText(file, 400)}: nothing to complain about\n`
        : `${findings.length} in all, ${refused.length} that would be refused\n`,
    );
  }
  return refused.length > 0 ? 1 : 0;
};
