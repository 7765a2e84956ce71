/** The specifications → images on disk, built once and kept: OCI layouts that share their layers. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isInstalled } from '../command.ts';
import { type LayerFile, writeLayout } from '../oci-layout.ts';
import { Bases } from './bases.ts';
import { dropMergedLinks, installPackages } from './debian-root.ts';
import { type HonestSpec, readHonest } from './honest.ts';
import { LayerStore } from './layers.ts';
import { type ImagePlan, planLayers, planTwin, planVariant } from './reconstruct.ts';
import { addSoftware, clamavDatabase } from './software.ts';
import { type Column, type HostileSpec, readCampaigns, type VariantName } from './specification.ts';

/** Raised when the builders change; the specifications count by their content. */
const recipe = 1;

interface BuiltBase {
  readonly id: string;
  /** As `tidewaiter scan` takes it. */
  readonly reference: string;
  readonly about: string;
}

export interface HostileImage extends BuiltBase {
  readonly kind: 'hostile';
  readonly campaign: string;
  readonly class: HostileSpec['class'];
  readonly variant: VariantName;
  readonly caught: readonly Column[];
  readonly silent: readonly Column[];
  readonly fact: HostileSpec['fact'];
  /** Where the decisive fact lies; none: in the config or the name. */
  readonly facts: readonly string[];
}

export interface HonestImage extends BuiltBase {
  readonly kind: 'twin' | 'packages' | 'unowned';
}

export type BenchImage = HostileImage | HonestImage;

const digestOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly machine: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Other parts are another image. */
  readonly parts: unknown;
}

class ImageBuilder {
  readonly #folder: string;
  readonly #store: LayerStore;
  readonly #bases: Bases;

  constructor(folder: string, store: LayerStore, bases: Bases) {
    this.#folder = folder;
    this.#store = store;
    this.#bases = bases;
  }

  /** Kept as it is when it was built from the same parts; its note is written last. Returns the reference. */
  async #build(
    { id, name, machine, config, parts }: Asked,
    make: () => Promise<readonly LayerFile[]>,
  ): Promise<string> {
    const layout = join(this.#folder, id.replaceAll('/', '.'));
    const note = join(layout, 'made-from');
    const digest = digestOf(recipe, name, machine, config, parts);
    if (!existsSync(note) || readFileSync(note, 'utf8') !== digest) {
      writeLayout(layout, await make(), { architecture: machine, config, name });
      writeFileSync(note, digest);
    }
    return `oci:${layout}:${name}`;
  }

  async fromPlan(plan: ImagePlan, spec: unknown): Promise<string> {
    const base = this.#bases.layersOf(plan.base, plan.machine);
    const parts = [base.map(({ digest }) => digest), spec];
    const added = plan.layers.flatMap(({ entries }) => entries);
    return await this.#build({ ...plan, parts }, async () => [
      ...base,
      ...plan.layers.map(({ createdBy, entries, packages }) =>
        this.#store.addEntries(
          [...entries, ...this.#bases.databaseEntries(plan.base, plan.machine, packages, added)],
          createdBy,
        ),
      ),
    ]);
  }

  /** A layer from what `fill` puts into a folder. */
  async #folderLayer(name: string, createdBy: string, fill: (root: string) => Promise<void>): Promise<LayerFile> {
    const root = join(this.#folder, name);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    await fill(root);
    const layer = await this.#store.addFolder(root, createdBy);
    rmSync(root, { recursive: true });
    return layer;
  }

  async honest(spec: HonestSpec): Promise<string> {
    const base = this.#bases.layersOf(spec.base, 'amd64');
    // Where our rules are what the image holds, other rules are another image.
    const rules = spec.software.some(({ kind }) => kind === 'rules') ? clamavDatabase() : '';
    const parts = [base.map(({ digest }) => digest), spec, ...(rules === '' ? [] : [rules])];
    const name = `registry.example/honest/${spec.id}:1`;
    const make = async (): Promise<readonly LayerFile[]> => {
      const source = await this.#bases.source();
      const layers = [...base];
      const { packages, software } = spec;
      if (packages.length > 0)
        layers.push(
          await this.#folderLayer(`${spec.id}.root`, `RUN apt-get install -y ${packages.join(' ')}`, async (root) => {
            const archives = await source.fetchBeyond(packages, this.#bases.debianStatusFile);
            await installPackages(archives, root, this.#bases.debianStatus);
            dropMergedLinks(root);
          }),
        );
      if (software.length > 0)
        layers.push(
          await this.#folderLayer(`${spec.id}.software`, 'COPY --from=build /out /', async (root) => {
            for (const one of software) await addSoftware(one, root, source);
          }),
        );
      for (const { createdBy, entries } of planLayers(spec.layers, `honest/${spec.id}`))
        layers.push(this.#store.addEntries(entries, createdBy));
      return layers;
    };
    return await this.#build({ id: `honest/${spec.id}`, name, machine: 'amd64', config: spec.config, parts }, make);
  }
}

const buildReconstructions = async (builder: ImageBuilder): Promise<readonly BenchImage[]> => {
  const images: BenchImage[] = [];
  for (const { id, campaign, images: specs } of readCampaigns())
    for (const spec of specs) {
      for (const variant of spec.variants) {
        const plan = planVariant(id, spec, variant);
        const { about, caught, silent, fact } = spec;
        const reference = await builder.fromPlan(plan, [spec, variant]);
        const own = { id: plan.id, reference, about, campaign, variant, caught, silent, fact, facts: plan.facts };
        images.push({ kind: 'hostile', class: spec.class, ...own });
      }
      const twin = planTwin(id, spec);
      const reference = await builder.fromPlan(twin, [spec.words, spec.twin]);
      images.push({ kind: 'twin', id: twin.id, reference, about: spec.twin.about });
    }
  return images;
};

/** Two at a time: unpacking waits for the disk, packing for the processor. */
const buildHonest = async (builder: ImageBuilder, say: (text: string) => void): Promise<readonly BenchImage[]> => {
  const specs = readHonest();
  const images: BenchImage[] = [];
  const queue = [...specs.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [position, spec] = next;
      if (position % 5 === 0) say(`honest images: ${position} of ${specs.length}`);
      images.push({ kind: spec.kind, id: spec.id, about: spec.about, reference: await builder.honest(spec) });
    }
  };
  await Promise.all([work(), work()]);
  return images;
};

const needed = ['apt-get', 'dpkg-deb', 'tar', 'gzip', 'cp', 'python3'];

/** The images in `folder`: what is not there yet, or was made from other specifications, is built. */
export const openImages = async (folder: string, say: (text: string) => void): Promise<readonly BenchImage[]> => {
  const missing = needed.filter((command) => !isInstalled(command));
  if (missing.length > 0)
    throw new Error(`the honest images are built from packages; not installed: ${missing.join(' ')}`);
  const place = join(folder, 'accuracy');
  const store = new LayerStore(join(place, 'layers'));
  const bases = new Bases(join(place, 'bases'), store);
  say('bases');
  await bases.open(recipe);
  const builder = new ImageBuilder(join(place, 'images'), store, bases);
  say('reconstructions and twins');
  const reconstructions = await buildReconstructions(builder);
  const images = [...reconstructions, ...(await buildHonest(builder, say))];
  bases.close();
  store.forgetUnused();
  return images.toSorted((one, other) => (one.id < other.id ? -1 : 1));
};
