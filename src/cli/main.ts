/** The terminal face: words on the command line → a command, and whatever goes wrong → words and an exit status. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Not Node's default, which lies in the folder for temporary files: what others may write there would be run as ours.
const { XDG_CACHE_HOME, HOME } = process.env;
const caches = XDG_CACHE_HOME ?? (HOME === undefined ? undefined : join(HOME, '.cache'));
if (caches !== undefined) enableCompileCache(join(caches, 'tidewaiter', 'code'));

const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
