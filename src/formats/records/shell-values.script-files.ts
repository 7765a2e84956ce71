/** The files that a script sees: those of the image, and on top of them what the script has brought, written and moved. */
import { historyFile } from './shell-values.files.ts';
import type { FileState, ShellState } from './shell-values.machine.ts';
import type { EvaluationLimits } from './shell-values.meter.ts';
import { Recorder } from './shell-values.recorder.ts';
import { fromReadable, isKnown, joinValues, toExcerpt, toReadable, type Value } from './shell-values.value.ts';

export interface Surroundings {
  readonly readFile: (path: string) => Uint8Array | undefined;
  readonly listFolder: (path: string) => readonly string[];
  readonly limits: EvaluationLimits;
}

/** Linux, PATH_MAX. */
const longestPath = 4096;

export class ScriptFiles extends Recorder {
  state: ShellState;
  readonly files = new Map<string, FileState>();
  readonly surroundings: Surroundings;
  readonly #imageFiles = new Map<string, string | undefined>();

  constructor(state: ShellState, surroundings: Surroundings, script: string) {
    super(surroundings.limits, script);
    this.state = state;
    this.surroundings = surroundings;
  }

  path(name: string): string {
    // Something unknown may well be a whole path; and a slash inside a mark is none.
    if (name.startsWith('‹') || name.startsWith('/') ? !isKnown(name) : !isKnown(name) && !name.startsWith('.'))
      return name;
    const from = name.startsWith('/') ? name : `${this.state.directory}/${name}`;
    const parts: string[] = [];
    for (const part of from.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..') parts.pop();
      else parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  readFile(path: string): string | undefined {
    this.spend(1);
    if (path.length > longestPath) return undefined;
    if (this.#imageFiles.has(path)) return this.#imageFiles.get(path);
    const bytes = this.surroundings.readFile(toReadable(path));
    if (bytes !== undefined) this.spendText(bytes.length);
    const text =
      bytes === undefined
        ? undefined
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.#imageFiles.set(path, text);
    return text;
  }

  listFolder(path: string): readonly string[] {
    if (path.length > longestPath) return [];
    const inImage = this.surroundings.listFolder(toReadable(path)).map(fromReadable);
    this.spend(1 + (inImage.length + this.files.size) / 8);
    const prefix = path === '/' ? '/' : `${path}/`;
    const written = [...this.files.keys()]
      .filter((name) => name.startsWith(prefix) && name.length > prefix.length)
      .map((name) => name.slice(prefix.length).split('/', 1)[0] ?? '');
    return written.length === 0 ? inImage : [...new Set([...inImage, ...written])].toSorted();
  }

  write(name: string, content: Value, append: boolean): void {
    const path = this.path(name);
    if (
      /^\/dev\/(?:null|zero|full|stdout|stderr|stdin|tty|console|pts\/.*|fd\/.*)$|^\/proc\/(?:self|1|\$\$)\/fd\//.test(
        path,
      )
    )
      return;
    const before = append ? (this.files.get(path)?.content ?? (this.files.has(path) ? undefined : [''])) : [''];
    const text = content[0] ?? '';
    const origins = [
      ...(append ? (this.files.get(path)?.origins ?? []) : []),
      ...content.flatMap((one) => this.originsOf(one)),
    ].slice(0, 20);
    const whole = before === undefined ? undefined : joinValues(before, content);
    const forgets = !append && historyFile.test(path);
    this.act(forgets ? 'forget' : 'write', path, { to: path, origins, text: toExcerpt(text) });
    this.files.set(path, { ...(whole === undefined ? {} : { content: whole }), origins });
  }
}
