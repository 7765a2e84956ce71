/**
 * src/ → dist/: the JavaScript that the npm package carries, because Node strips no types below node_modules.
 * Run by `npm pack` and `npm publish`. Ends with status 1, and packs nothing, when the result could not work.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/**
 * Quoted relative paths that still end in `.ts`. The compiler rewrites imports and nothing else, so a worker started by such
 * a path would not be found: it must take its extension from `import.meta.filename`.
 */
export const stalePaths = (javaScript: string): readonly string[] =>
  [...javaScript.matchAll(/(['"`])(\.{1,2}\/[^'"`\n]*\.ts)\1/g)].map((match) => match[2] ?? '');

const problemsOf = (): readonly string[] => {
  const needed = ['dist/cli/main.js', 'rules', 'schemas'].filter((path) => !existsSync(join(root, path)));
  const files = existsSync(dist) ? readdirSync(dist, { recursive: true, withFileTypes: true }) : [];
  const stale = files
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) => stalePaths(readFileSync(file, 'utf8')).map((path) => `${relative(root, file)} names ${path}`));
  return [...needed.map((path) => `${path} is missing`), ...stale];
};

if (import.meta.main) {
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  // stdout belongs to npm pack, whose output others parse.
  const { status, stdout } = spawnSync(compiler, ['-p', join(import.meta.dirname, 'tsconfig.package.json')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stderr.write(stdout);
  const problems = status === 0 ? problemsOf() : ['the compiler reported errors'];
  for (const problem of problems) console.error(`prepack: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
