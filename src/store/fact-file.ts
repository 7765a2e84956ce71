/** Where facts of earlier scans lie, for who only asks whether there are any. */
import { join } from 'node:path';

export const factFileIn = (folder: string): string => join(folder, 'facts.sqlite');
