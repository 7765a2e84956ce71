/** A campaign's image and the name of a variant → the plan of one image: entries of each layer, config, name, base. Pure. */
import { deflateSync } from 'node:zlib';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import type { Machine } from './elf-tables.ts';
import { packProgram, writeProgram } from './elf-writer.ts';
import type { StatedPackage } from './package-records.ts';
import { seededBytes, seededNumbers } from './seeded.ts';
import type { BaseName, ContentSpec, FileSpec, HostileSpec, VariantName } from './specification.ts';
import { packWithUpx } from './upx-writer.ts';
import { isCoin, walletOf } from './wallets.ts';

export interface PlannedLayer {
  readonly createdBy: string;
  readonly entries: readonly TarEntrySpec[];
  /** To be stated by the base's package database. */
  readonly packages: readonly StatedPackage[];
}

export interface ImagePlan {
  readonly id: string;
  readonly name: string;
  readonly base: BaseName;
  readonly machine: Machine;
  readonly config: Readonly<Record<string, unknown>>;
  readonly layers: readonly PlannedLayer[];
  /** Paths where the decisive fact lies, without a leading slash. */
  readonly facts: readonly string[];
}

interface Making {
  readonly seed: string;
  readonly machine: Machine;
  readonly packed: boolean;
  readonly say: (text: string) => string;
}

const made: Readonly<Record<string, (seed: string, kind: string) => string>> = {
  wallet: (seed, kind) => {
    if (!isCoin(kind)) throw new Error(`no coin is called ${kind}`);
    return walletOf(kind, seed);
  },
  // Lengths and type in front of 32 bytes, as RFC 8709 states it; nobody has the private half.
  'ssh-key': (seed) => {
    const type = Buffer.from('ssh-ed25519');
    const [one, other] = [Buffer.alloc(4), Buffer.alloc(4)];
    one.writeUInt32BE(type.length);
    other.writeUInt32BE(32);
    return `${type.toString()} ${Buffer.concat([one, type, other, seededBytes(`${seed}/ssh`, 32)]).toString('base64')}`;
  },
  /** Of the three networks for documentation. */
  address: (seed, kind) => {
    const next = seededNumbers(`${seed}/address/${kind}`);
    return `${['192.0.2', '198.51.100', '203.0.113'][next(3)]}.${20 + next(230)}`;
  },
  hex: (seed, kind) =>
    Buffer.from(seededBytes(`${seed}/hex/${kind}`, 32))
      .toString('hex')
      .slice(0, Number(kind) || 8),
};

/** `«word»` is the variant's wording, `«kind:what»` a value made from the seed. */
const sayer = (words: HostileSpec['words'], wording: 0 | 1 | 2, seed: string): ((text: string) => string) => {
  const say = (text: string): string =>
    text.replaceAll(/«([a-z0-9-]+)(?::([a-z0-9-]+))?»/g, (_, word: string, what?: string): string => {
      const maker = made[word];
      if (maker !== undefined) return maker(seed, what ?? '');
      const wordings = words[word];
      if (wordings === undefined) throw new Error(`«${word}» has no wordings`);
      return say(wordings[wording]);
    });
  return say;
};

const sayAll = (value: unknown, say: (text: string) => string): unknown => {
  if (typeof value === 'string') return say(value);
  if (Array.isArray(value)) return value.map((item) => sayAll(item, say));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sayAll(member, say)]));
};

/** A shell script as its packed self: decoded and run by the shell that its first line names. */
const packScript = (text: string): string => {
  const shell = /^#!(\S+)/.exec(text)?.[1] ?? '/bin/sh';
  const lines = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n');
  return `#!${shell}\nbase64 -d <<'E' | ${shell}\n${lines}\nE\n`;
};

const packPython = (text: string): string =>
  `import base64 as b,zlib as z\nexec(z.decompress(b.b64decode('${deflateSync(text).toString('base64')}')))\n`;

const wrapPython = (text: string, rounds: number): string => {
  let wrapped = text;
  for (let round = 0; round < rounds; round += 1) {
    const encoded = deflateSync(wrapped).toString('base64');
    wrapped = `exec((lambda q:__import__('zlib').decompress(__import__('base64').b64decode(q[::-1])))('${encoded.split('').toReversed().join('')}'))\n`;
  }
  return wrapped;
};

const contentOf = (file: FileSpec, { seed, machine, packed, say }: Making): Partial<TarEntrySpec> => {
  if (file.delete !== undefined) return { type: 'deletion' };
  if (file.link !== undefined) return { type: 'symlink', target: say(file.link) };
  if (file.wrapped !== undefined) return { content: wrapPython(say(file.wrapped.text), file.wrapped.rounds) };
  if (file.script !== undefined) {
    const text = say(file.script);
    const isPython = /^#!\S*(?:\/env )?python/.test(text);
    return { mode: 0o755, content: packed ? (isPython ? packPython(text) : packScript(text)) : text };
  }
  if (file.program !== undefined) {
    const { go, upx, strings, exports, ...traits } = file.program;
    const program = writeProgram({
      ...traits,
      strings: strings.map(say),
      exports: exports.map(say),
      machine,
      seed: `${seed}/${file.path}`,
      ...(go === undefined ? {} : { goModule: say(go) }),
    });
    const pack = packed && traits.linkage !== 'library' ? 'own' : upx ? 'upx' : 'none';
    const content = {
      none: () => program,
      upx: () => packWithUpx(program, machine),
      own: () => packProgram(program, machine, `${seed}/${file.path}`),
    }[pack]();
    return { mode: 0o755, content };
  }
  if (file.text === undefined) throw new Error(`${file.path} has no content`);
  return { content: say(file.text) };
};

const toEntry = (file: FileSpec, making: Making): TarEntrySpec => {
  const path = making.say(file.path).replace(/^\/+/, '');
  const entry = { path, modified: 1_700_000_000, ...contentOf(file, making) };
  return {
    ...entry,
    ...(file.mode === undefined ? {} : { mode: file.mode }),
    ...(file.uid === undefined ? {} : { uid: file.uid, gid: file.uid }),
  };
};

/** Each file in a layer of its own; programs arrive under another name, and a later step moves them where they belong. */
const splitLayers = (layers: readonly PlannedLayer[], seed: string): readonly PlannedLayer[] =>
  layers.flatMap((layer, position) => [
    ...layer.entries.flatMap((entry, index): readonly PlannedLayer[] => {
      const one = (createdBy: string, entries: readonly TarEntrySpec[]): PlannedLayer => ({
        createdBy,
        entries,
        packages: [],
      });
      if (entry.mode !== 0o755 || entry.type !== undefined) return [one(layer.createdBy, [entry])];
      const staged = `var/tmp/${Buffer.from(seededBytes(`${seed}/${position}/${index}`, 6)).toString('hex')}`;
      return [
        one(`COPY part${index} /${staged}`, [{ ...entry, path: staged, mode: 0o644 }]),
        one(`RUN mv /${staged} /${entry.path} && chmod 755 /${entry.path}`, [
          { path: staged, type: 'deletion' },
          entry,
        ]),
      ];
    }),
    ...(layer.packages.length > 0 ? [{ ...layer, entries: [] }] : []),
  ]);

const toLayers = (layers: ContentSpec['layers'], making: Making): readonly PlannedLayer[] =>
  layers.map(({ by, files, packages }) => ({
    createdBy: making.say(by),
    entries: files.map((file) => toEntry(file, making)),
    packages: packages.map((one) => ({ ...one, version: making.say(one.version), files: one.files.map(making.say) })),
  }));

/** Layers that say everything themselves: those of honest images. */
export const planLayers = (layers: ContentSpec['layers'], seed: string): readonly PlannedLayer[] =>
  toLayers(layers, { seed, machine: 'amd64', packed: false, say: sayer({}, 0, seed) });

const planContent = (content: ContentSpec, id: string, base: BaseName, making: Making): ImagePlan => {
  const { say } = making;
  const layers = toLayers(content.layers, making);
  const facts = content.layers.flatMap(({ files }) =>
    files.filter(({ fact }) => fact).map(({ path }) => say(path).replace(/^\/+/, '')),
  );
  const config = sayAll(content.config, say) as Readonly<Record<string, unknown>>;
  return { id, name: say(content.name), base, machine: making.machine, config, layers, facts: [...new Set(facts)] };
};

const wordingOf = (variant: VariantName): 0 | 1 | 2 => (variant === 'elsewhere' ? 1 : variant === 'renamed' ? 2 : 0);

export const planVariant = (campaign: string, spec: HostileSpec, variant: VariantName): ImagePlan => {
  const seed = `${campaign}/${spec.id}/${variant}`;
  const machine = variant === 'arm64' ? 'arm64' : 'amd64';
  const [first = 'debian', second = first] = spec.bases;
  // The Debian base is of the machine that builds: another architecture stands on one that has both.
  const base = variant === 'other-base' ? second : variant === 'arm64' && first === 'debian' ? 'alpine' : first;
  const making = {
    seed,
    machine,
    packed: variant === 'packed',
    say: sayer(spec.words, wordingOf(variant), seed),
  } as const;
  const plan = planContent(spec, seed, base, making);
  return variant === 'split' ? { ...plan, layers: splitLayers(plan.layers, seed) } : plan;
};

export const planTwin = (campaign: string, spec: HostileSpec): ImagePlan => {
  const seed = `${campaign}/${spec.id}/twin`;
  const making = { seed, machine: 'amd64', packed: false, say: sayer(spec.words, 0, seed) } as const;
  return planContent(spec.twin, seed, spec.twin.bases[0] ?? 'debian', making);
};
