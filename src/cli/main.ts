/** The terminal face: words on the command line → a command, and whatever goes wrong → words and an exit status. */
import { enableCompileCache } from 'node:module';

enableCompileCache();

const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
