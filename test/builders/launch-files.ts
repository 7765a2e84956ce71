/** A few files of an image, by absolute path, as the launch path reads them; and a config that starts something. */
import { noConfig, type ImageConfig } from '../../src/core/image.ts';
import type { LaunchFiles } from '../../src/audit/launch-path/launch-part.ts';

export const launchFiles = (files: Readonly<Record<string, string>>): LaunchFiles => {
  const held = new Map(Object.entries(files));
  return {
    readFile: (path) => {
      const text = held.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    },
    locate: (path) => (held.has(path) ? path.slice(1) : undefined),
    listFolder: (path) => {
      const prefix = `${path}/`;
      const below = [...held.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
      return [...new Set(below.map((name) => name.split('/', 1)[0] ?? ''))].toSorted();
    },
  };
};

export const startingConfig = (parts: Partial<ImageConfig>): ImageConfig => ({
  ...noConfig,
  environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ...parts,
});
