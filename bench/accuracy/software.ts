/** Software that no package owns → files below a root, as an honest build puts them there. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run, runShell } from '../command.ts';
import type { PackageSource } from '../debian.ts';
import type { Software } from './honest.ts';

const project = join(import.meta.dirname, '..', '..');

/** A module and what it needs, as far as it lies in this project's own `node_modules`. */
const withNeeds = (names: readonly string[]): ReadonlySet<string> => {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const file = join(project, 'node_modules', name, 'package.json');
    if (wanted.has(name) || !existsSync(file)) return;
    wanted.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly dependencies?: object;
      readonly optionalDependencies?: object;
    };
    for (const need of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) add(need);
  };
  for (const name of names) add(name);
  return wanted;
};

const copyModules = (names: readonly string[], to: string): void => {
  for (const name of withNeeds(names))
    cpSync(join(project, 'node_modules', name), join(to, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
};

const ruleFiles = (): readonly string[] => {
  const folder = join(project, 'rules', 'yara');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yar'))
    .map((name) => join(folder, name));
};

/** A text between quotes, as YARA writes it. */
const unescape = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, letter: string | undefined): string => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: '\n', r: '\r', t: '\t' }[letter ?? ''] ?? letter ?? '';
  });

/** The texts that rules look for, each once. Patterns and bytes in hexadecimal are left out. */
export const textsOf = (rules: string): readonly string[] => [
  ...new Set([...rules.matchAll(/^\s*\$\w* = "((?:[^"\\]|\\.)*)"/gm)].map(([, text = '']) => unescape(text))),
];

/** `NAME:0:*:HEX`, one for each text of our rules, from the four bytes on that ClamAV asks for: its extended signatures. */
export const clamavDatabase = (): string =>
  textsOf(
    ruleFiles()
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n'),
  )
    .map((text) => Buffer.from(text, 'latin1').toString('hex'))
    .filter((hex) => hex.length >= 8)
    .map((hex, index) => `Unix.Tool.Sample-${index}:0:*:${hex}\n`)
    .join('');

const writeRules = (as: 'yara' | 'clamav', to: string): void => {
  mkdirSync(to, { recursive: true });
  if (as === 'clamav') writeFileSync(join(to, 'samples.ndb'), clamavDatabase());
  else for (const file of ruleFiles()) copyFileSync(file, join(to, file.slice(file.lastIndexOf('/') + 1)));
};

const copyFromPackage = async (
  source: PackageSource,
  name: string,
  from: string,
  to: string,
  scratch: string,
): Promise<void> => {
  rmSync(scratch, { recursive: true, force: true });
  await source.download(name, scratch);
  const [archive = ''] = readdirSync(scratch).filter((file) => file.endsWith('.deb'));
  await run('dpkg-deb', ['--extract', join(scratch, archive), join(scratch, 'root')]);
  mkdirSync(to.endsWith('/') ? to : dirname(to), { recursive: true });
  // The pattern is ours, from honest.yaml: the shell expands it.
  await runShell(`cp -a "$SCRATCH"/root/${from} "$TO"`, { environment: { SCRATCH: scratch, TO: to } });
  rmSync(scratch, { recursive: true });
};

export const addSoftware = async (software: Software, root: string, source: PackageSource): Promise<void> => {
  const to = join(root, software.to);
  switch (software.kind) {
    case 'node':
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(process.execPath, to);
      return chmodSync(to, 0o755);
    case 'npm':
      return copyModules(software.modules, to);
    case 'pip':
      await run('python3', [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-compile',
        '--disable-pip-version-check',
        '--root-user-action=ignore',
        '--target',
        to,
        ...software.packages,
      ]);
      return;
    case 'copy':
      return await copyFromPackage(source, software.package, software.from, to, `${root}.copy`);
    case 'rules':
      return writeRules(software.as, to);
  }
};
