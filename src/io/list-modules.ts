/** Run by `fillCodeCache`: loads the module named as its argument, and writes the files that came with it, one a line. */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const [, , entry = ''] = process.argv;
const files = new Set<string>();
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    if (found.url.startsWith('file:')) files.add(fileURLToPath(found.url));
    return found;
  },
});
await import(entry);
process.stdout.write([...files].map((file) => `${file}\n`).join(''));
