/**
 * Installs what package-lock.json and scripts/runtime/package-lock.json lock: `install.mjs none|production|development [--node]`.
 * Started by scripts/with-node.sh on any Node from 14 on, hence plain JavaScript and no newer syntax.
 * Progress goes to stderr. Exit status 0: everything is in place; 2: it is not, and the last line says what to do.
 *
 * Interrupted at any moment, it leaves the old state or the new one: npm works in a staging folder inside the clone, and
 * the result is renamed into place together with its stamp. No package's install script is ever run.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = join(root, '.tidewaiter');
const lock = join(work, 'install.lock');
const runtime = join(root, 'scripts', 'runtime');
const ownNode = "Install Node 24 or newer, from your system's packages or https://nodejs.org, and run this again.";

const say = (text) => process.stderr.write(`tidewaiter: ${text}\n`);

/** A reason to stop that a person can act upon. */
class Problem extends Error {}

const readText = (file) => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
};

const stampOf = (folder, flavour) => join(folder, 'node_modules', `.tidewaiter-${flavour}`);
const isStamped = (folder, flavour) => {
  const lockfile = readText(join(folder, 'package-lock.json'));
  return lockfile !== undefined && readText(stampOf(folder, flavour)) === lockfile;
};

/** True when npm, run by hand, has installed exactly what the lockfile asks for: such an installation is kept. */
const isInstalledByHand = (flavour) => {
  const hidden = readText(join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  const wanted = JSON.parse(readText(join(root, 'package-lock.json'))).packages;
  const present = JSON.parse(hidden).packages;
  return Object.keys(wanted)
    .filter((key) => key !== '' && !wanted[key].optional && (flavour === 'development' || !wanted[key].dev))
    .every(
      (key) =>
        present[key] !== undefined &&
        present[key].version === wanted[key].version &&
        present[key].integrity === wanted[key].integrity &&
        fs.existsSync(join(root, key, 'package.json')),
    );
};

const writeStamps = (folder, flavour) => {
  const lockfile = fs.readFileSync(join(folder, 'package-lock.json'));
  if (flavour === 'development') fs.writeFileSync(stampOf(folder, 'development'), lockfile);
  fs.writeFileSync(stampOf(folder, 'production'), lockfile);
};

/** Where to go when the folder cannot be written to. */
const explainWriteError = (error) => {
  const name = `the folder ${root}`;
  if (error.code === 'EROFS' || error.code === 'EACCES' || error.code === 'EPERM')
    return new Problem(
      `${name} cannot be written to, and the dependencies are not installed yet. Copy it to a folder of your own and run it there.`,
    );
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new Problem(
      `there is no space left for the dependencies in ${root} (about 80 MB, and 190 MB for Node). Make room and run this again.`,
    );
  if (error.code === 'EBUSY' || error.code === 'EXDEV')
    return new Problem(`node_modules in ${root} is a mount point and cannot be replaced. Run: npm ci --ignore-scripts`);
  return error;
};

/** What npm said → one sentence that says what to do. */
const explainNpmFailure = (output) => {
  const codes = [...output.matchAll(/^npm (?:error|ERR!) (?:code |errno )([A-Z][A-Z0-9_]+)/gm)].map(
    (match) => match[1],
  );
  let code =
    codes[0] ||
    (/\b(E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|INTEGRITY|NOSPC))\b/.exec(output) || [])[1] ||
    '';
  if (code === '' && /http fetch GET 404 /.test(output)) code = 'E404';
  const log = (/A complete log of this run can be found in:\s*(?:npm (?:error|ERR!)\s*)?(\S.*)/.exec(output) || [])[1];
  const more = log ? ` npm's log: ${log.trim()}` : '';
  if (
    /^(?:ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EPIPE|ERR_SOCKET|EIDLETIMEOUT|ERR_INVALID_PROTOCOL|FETCH_ERROR)/.test(
      code,
    )
  )
    return `the package registry cannot be reached (${code}). Check the network and npm's proxy and registry settings, and run this again.${more}`;
  if (/CERT|SSL|TLS|VERIFY_LEAF|ISSUER/.test(code))
    return `the package registry's TLS certificate is not trusted (${code}). Point npm at your authority (npm config set cafile FILE) and run this again.${more}`;
  if (/^E(?:40[137])$/.test(code))
    return `the package registry refused the request (${code}). Check npm's registry settings and login, and run this again.${more}`;
  if (code === 'E404' || code === 'ETARGET' || code === 'ENOVERSIONS')
    return `the package registry does not have a locked package (${code}). Point npm at a complete registry (npm config set registry URL) and run this again.${more}`;
  if (/^E5\d\d$/.test(code)) return `the package registry failed (${code}). Try again later.${more}`;
  if (code === 'EINTEGRITY')
    return `a package differs from what the lockfile promises (EINTEGRITY), so nothing was installed. Try another registry or clear npm's cache (npm cache clean --force); if it stays, report it.${more}`;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `there is no space left for the dependencies (about 80 MB, and 190 MB for Node). Make room and run this again.${more}`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `npm may not write to its cache or to this folder (${code}). Check who owns ~/.npm and ${root}, and run this again.${more}`;
  if (code === 'EUSAGE' || code === 'EBADENGINE')
    return `npm does not accept the lockfile (${code}); npm 8 or newer is needed. Update npm, or restore package-lock.json, and run this again.${more}`;
  const said = /^npm (?:error|ERR!) (?!code |errno |syscall |path |A complete)(.{3,200})/m.exec(output);
  const reason = said ? said[1].replace(/[^\x20-\x7e]+/g, ' ').trim() : code || 'it gave no reason';
  return `npm could not install the dependencies: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}${more}`;
};

/** npm, while it runs. */
let child;
/** True while the lock is ours. */
let locked = false;

/** Runs npm in a folder and gives what it printed; rejects with a Problem that says what to do. */
const runNpm = (folder, flavour) =>
  new Promise((resolve, reject) => {
    const flags = [
      '--ignore-scripts',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--no-progress',
      '--no-update-notifier',
      '--loglevel=http',
    ];
    const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
    const dev = flavour === 'development' ? '--include=dev' : '--omit=dev';
    child = spawn('npm', ['ci', dev, ...flags, ...patience], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = Date.now();
    const ticker = setInterval(() => say(`still installing (${Math.round((Date.now() - started) / 1000)} s)`), 15000);
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => {
      clearInterval(ticker);
      reject(error);
    });
    child.on('close', (status) => {
      clearInterval(ticker);
      child = undefined;
      const text = Buffer.concat(output).toString('utf8');
      if (status === 0) resolve(text);
      else reject(new Problem(explainNpmFailure(text)));
    });
  });

const remove = (path) => fs.rmSync(path, { recursive: true, force: true, maxRetries: 3 });

/** npm ci in a staging folder, then one rename. `accept` looks at the staged folder and may throw a Problem. */
const installInto = async (folder, flavour, accept) => {
  const staging = fs.mkdtempSync(join(work, 'staging-'));
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    if (fs.existsSync(join(folder, file))) fs.copyFileSync(join(folder, file), join(staging, file));
  const output = await runNpm(staging, flavour);
  fs.mkdirSync(join(staging, 'node_modules'), { recursive: true });
  accept(staging, output);
  writeStamps(staging, flavour);
  const place = join(folder, 'node_modules');
  const old = join(staging, 'old');
  let moved = false;
  try {
    fs.renameSync(place, old);
    moved = true;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  try {
    fs.renameSync(join(staging, 'node_modules'), place);
  } catch (error) {
    if (moved) fs.renameSync(old, place);
    throw error;
  }
  remove(staging);
};

const installModules = async (asked) => {
  // A tree that has the developer's tools keeps them.
  const flavour =
    asked === 'development' ||
    fs.existsSync(stampOf(root, 'development')) ||
    fs.existsSync(join(root, 'node_modules', 'typescript'))
      ? 'development'
      : asked;
  say(
    `installing the ${flavour === 'development' ? 'dependencies and developer tools' : 'dependencies'} into ${join(root, 'node_modules')} (once; about ${flavour === 'development' ? 190 : 80} MB)`,
  );
  await installInto(root, flavour, () => undefined);
};

const isGlibc = () => {
  const report = process.report && process.report.getReport();
  return Boolean(report && report.header && report.header.glibcVersionRuntime);
};

const machine = `${process.platform}-${process.arch}`;
const found = `Node 24 or newer is needed, ${process.version} is installed`;

/** Before anything is fetched. @throws {Problem} when this machine cannot have what is missing */
const checkMachine = (missing) => {
  const isNpmThere = (process.env.PATH || '')
    .split(delimiter)
    .some((folder) => fs.existsSync(join(folder || '.', 'npm')));
  if (missing.node && machine !== 'linux-x64' && machine !== 'linux-arm64')
    throw new Problem(`${found}, and none can be brought along for ${machine}. ${ownNode}`);
  if (missing.node && !isGlibc())
    throw new Problem(
      `${found}, and the one that could be brought along needs glibc, which this system does not use. ${ownNode}`,
    );
  if (!isNpmThere)
    throw new Problem(
      `${missing.node ? `${found}; to bring it along` : 'to install the dependencies'}, npm is needed once and is not on PATH. Install npm (on Debian: apt-get install npm) and run this again.`,
    );
};

const installNode = async () => {
  const { version } = JSON.parse(readText(join(runtime, 'package-lock.json'))).packages[`node_modules/node-${machine}`];
  say(`${found}: bringing ${version} along into ${join(runtime, 'node_modules')} (once; about 190 MB)`);
  await installInto(runtime, 'production', (staging, output) => {
    // To npm the package is optional, so that npm passes over the other architecture's: its absence is for us to notice.
    if (!fs.existsSync(join(staging, 'node_modules', '.bin', 'node')))
      throw new Problem(
        explainNpmFailure(`${output}
npm error the package node-${machine} was not installed`),
      );
  });
};

const sleep = (timeMs) => new Promise((resolve) => setTimeout(resolve, timeMs));

/**
 * One installation at a time. The holder touches the file every second; a file that has not changed for five seconds of our
 * own watching was left behind by a killed process. Should two ever get in, each has its own staging folder.
 */
const takeLock = async () => {
  try {
    // Not `recursive`: on a read-only file system that reports ENOENT.
    fs.mkdirSync(work);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  let seen;
  let since = Date.now();
  for (let told = false; ;) {
    try {
      fs.closeSync(fs.openSync(lock, 'wx'));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!told) say('another installation is under way here: waiting for it');
    told = true;
    await sleep(200);
    const stat = fs.existsSync(lock) ? fs.statSync(lock) : undefined;
    if (stat === undefined || stat.mtimeMs !== seen) {
      seen = stat && stat.mtimeMs;
      since = Date.now();
    } else if (Date.now() - since > 5000) {
      remove(lock);
    }
  }
};

const sweep = () => {
  for (const name of fs.readdirSync(work)) if (name.startsWith('staging-')) remove(join(work, name));
};

const interrupt = (signal, status) => {
  process.on(signal, () => {
    // What is staged is swept by the next installation: npm may still be writing there.
    if (child) child.kill('SIGKILL');
    if (locked) remove(lock);
    process.exit(status);
  });
};

const main = async ([flavour, node]) => {
  const missing = () => ({
    modules: flavour !== 'none' && !isStamped(root, flavour),
    node: node === '--node' && !isStamped(runtime, 'production'),
  });
  let { modules } = missing();
  if (modules && isInstalledByHand(flavour)) {
    modules = false;
    try {
      writeStamps(root, flavour);
    } catch (error) {
      // A read-only clone stays as it is: without the stamp each start comes here, and works.
      if (error.code !== 'EROFS' && error.code !== 'EACCES') throw error;
      if (!missing().node) return;
    }
  }
  if (!modules && !missing().node) return;
  checkMachine({ modules, node: missing().node });
  const started = Date.now();
  await takeLock();
  locked = true;
  const heartbeat = setInterval(() => {
    if (fs.existsSync(lock)) fs.utimesSync(lock, new Date(), new Date());
  }, 1000);
  try {
    sweep();
    // Somebody else may have done it while we waited.
    if (missing().modules) await installModules(flavour);
    if (missing().node) await installNode();
    say(`ready after ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    clearInterval(heartbeat);
    locked = false;
    sweep();
    remove(lock);
  }
};

interrupt('SIGINT', 130);
interrupt('SIGTERM', 143);
interrupt('SIGHUP', 129);
main(process.argv.slice(2)).catch((error) => {
  const problem = explainWriteError(error);
  if (!(problem instanceof Problem)) throw problem;
  say(problem.message);
  process.exitCode = 2;
});
