/** What the scan is compared with: gzip and sha256sum over the layers; yara and clamdscan over the unpacked tree. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, runShell } from './command.ts';

/** Seconds of `gzip -dc | sha256sum` over each file in turn. */
export const timeGzip = async (files: readonly string[]): Promise<number> => {
  let seconds = 0;
  for (const file of files)
    seconds += (await runShell('gzip -dc "$FILE" | sha256sum >/dev/null', { environment: { FILE: file } })).seconds;
  return seconds;
};

export interface YaraRules {
  /** One source file with the rules that yara's own compiler accepts. */
  readonly file: string;
  readonly accepted: number;
  readonly all: number;
}

const externals = ['filename', 'filepath', 'extension', 'filetype', 'owner'].flatMap((name) => ['-d', `${name}=`]);

const rulePattern = /^[ \t]*(?:(?:private|global)\s+)*rule\s+\w+/gm;

/** A file of YARA rules → its imports and its rules one by one, cut where a line begins a rule. */
export const splitRules = (
  text: string,
): { readonly imports: readonly string[]; readonly rules: readonly string[] } => {
  const starts = [...text.matchAll(rulePattern)].map((match) => match.index);
  return {
    imports: [...text.matchAll(/^\s*import\s+"\w+"/gm)].map((match) => match[0].trim()),
    rules: starts.map((start, index) => text.slice(start, starts[index + 1] ?? text.length)),
  };
};

const compiles = async (file: string): Promise<boolean> =>
  (await run('yarac', [...externals, file, '/dev/null'], { accept: [0, 1, 255] })).status === 0;

const ruleFilesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.yara?$/.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Puts the rules of `folder` into one file for Debian's yara, leaving out what it does not understand. */
export const convertRules = async (folder: string, temporary: string): Promise<YaraRules> => {
  const imports = new Set<string>();
  const accepted: string[] = [];
  let all = 0;
  const probe = join(temporary, 'probe.yar');
  for (const file of ruleFilesBelow(folder)) {
    const parts = splitRules(readFileSync(file, 'utf8'));
    all += parts.rules.length;
    const head = `${parts.imports.join('\n')}\n`;
    const passes = async (rules: readonly string[]): Promise<boolean> => {
      writeFileSync(probe, head + rules.join('\n'));
      return await compiles(probe);
    };
    let taken: readonly string[] = [];
    if (await passes(parts.rules)) taken = parts.rules;
    else for (const rule of parts.rules) if (await passes([...taken, rule])) taken = [...taken, rule];
    if (taken.length === 0) continue;
    for (const line of parts.imports) imports.add(line);
    accepted.push(...taken);
  }
  const file = join(temporary, 'rules.yar');
  writeFileSync(file, `${[...imports].join('\n')}\n${accepted.join('\n')}`);
  if (!(await compiles(file))) throw new Error('the converted rules compile one by one and not together');
  return { file, accepted: accepted.length, all };
};

/** Seconds of the yara command over the tree, rules compiled beforehand, as many threads as here are cores. */
export const timeYara = async (rules: YaraRules, tree: string, threads: number): Promise<number> => {
  const compiled = `${rules.file}c`;
  await run('yarac', [...externals, rules.file, compiled]);
  const words = ['-C', '-N', '-r', '-w', '-p', String(threads), ...externals, compiled, tree];
  return (await run('yara', words, { accept: [0, 1], keepOutput: false })).seconds;
};

/** A ClamAV daemon of our own with generated signatures; stop it by disposing of it. */
export interface Clamd extends AsyncDisposable {
  timeScan(tree: string): Promise<number>;
}

export const openClamd = async (signatures: number, threads: number): Promise<Clamd> => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-clamd-'));
  const database = join(folder, 'db');
  mkdirSync(database);
  const lines = Array.from(
    { length: signatures },
    (_, index) => `Bench.Signature-${index}:0:*:${randomBytes(8 + (index % 17)).toString('hex')}`,
  );
  writeFileSync(join(database, 'bench.ndb'), `${lines.join('\n')}\n`);
  const socket = join(folder, 'clamd.sock');
  const configuration = join(folder, 'clamd.conf');
  const settings = {
    DatabaseDirectory: database,
    LocalSocket: socket,
    TemporaryDirectory: folder,
    PidFile: join(folder, 'clamd.pid'),
    Foreground: 'yes',
    // Its memory of clean files would make every run but the first one look fast.
    DisableCache: 'yes',
    MaxThreads: String(threads),
    OfficialDatabaseOnly: 'no',
    SelfCheck: '0',
    MaxScanSize: '4000M',
    MaxFileSize: '2000M',
    StreamMaxLength: '2000M',
    MaxScanTime: '0',
    MaxRecursion: '17',
    MaxFiles: '100000',
    FollowFileSymlinks: 'no',
    FollowDirectorySymlinks: 'no',
    CrossFilesystems: 'yes',
  };
  writeFileSync(
    configuration,
    `${Object.entries(settings)
      .map((pair) => pair.join(' '))
      .join('\n')}\n`,
  );
  const daemon = spawn('clamd', ['--config-file', configuration], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  const complaints: Buffer[] = [];
  daemon.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const hasEnded = (): boolean => daemon.exitCode !== null || daemon.signalCode !== null;
  const dispose = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    for (let tries = 0; !hasEnded() && tries < 50; tries += 1) await sleep(100);
    if (!hasEnded()) daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const ask = ['--config-file', configuration, '--no-summary', '--infected'];
  for (let tries = 0; ; tries += 1) {
    const { status } = await run('clamdscan', [...ask, '--ping', '1'], { accept: [0, 1, 2, 21] });
    if (status === 0) break;
    if (hasEnded() || tries > 60) {
      await dispose();
      throw new Error(`clamd did not start: ${Buffer.concat(complaints).toString().slice(-500)}`);
    }
    await sleep(250);
  }
  return {
    timeScan: async (tree) =>
      (await run('clamdscan', [...ask, '--multiscan', tree], { accept: [0, 1, 2], keepOutput: false })).seconds,
    [Symbol.asyncDispose]: dispose,
  };
};
