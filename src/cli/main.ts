/** The terminal face: words on the command line → a command, and whatever goes wrong → words and an exit status. */
import { enableCompileCache } from 'node:module';
import { isAbsolute, join } from 'node:path';

// Not Node's default, which lies in the folder for temporary files, nor below the working directory: what others may write there
// would be run as ours.
const { XDG_CACHE_HOME, HOME } = process.env;
const isFolder = (path: string | undefined): path is string => path !== undefined && isAbsolute(path);
const caches = isFolder(XDG_CACHE_HOME) ? XDG_CACHE_HOME : isFolder(HOME) ? join(HOME, '.cache') : undefined;
if (caches !== undefined) enableCompileCache(join(caches, 'tidewaiter', 'code'));

const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
