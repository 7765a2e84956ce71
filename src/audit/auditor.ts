/** An Image → Findings, Gaps, coverage and inventory, in one pass over its bytes, layers in parallel in scanning processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analyzer, InventoryEntry, RejectedRule, RuleLocations } from '../core/analyzer.ts';
import { defaultLimits, type Limits } from '../core/budget.ts';
import type { Context, ProgressStep } from '../core/context.ts';
import type { InstalledPackage, LayerSummary, RulesUsed } from '../core/dossier.ts';
import { isFault } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import { addCoverage, noCoverage, type Coverage, type Gap } from '../core/gap.ts';
import type { Identity } from '../core/identity.ts';
import type { Image, Layer } from '../core/image.ts';
import type { FactMemory, MemoryKind } from '../core/memory.ts';
import { copyCodeCache, fillCodeCache } from '../io/code-cache.ts';
import { conclude, resolveVisibility, sortAndCap, type TreeContext } from './conclude.ts';
import { usualWindowBytes } from './content-windows.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { LayerFacts } from './layer-facts.ts';
import { auditLayer } from './layer-job.ts';
import { layerKey, recallLayer, rememberLayer } from './layer-memory.ts';
import { layerName, reportLayer } from './layer-report.ts';
import { ScanPool } from './scan-pool.ts';
import { ScanProcess } from './scan-process.ts';

export interface AuditorOptions {
  readonly analyzers: readonly Analyzer[];
  readonly locations: RuleLocations;
  /** `touch`: facts that scanning processes read themselves were used. */
  readonly memory: FactMemory & { touch?(kind: MemoryKind, keys: readonly string[]): void };
  /** Where scanning processes may read the memory's facts of files themselves. */
  readonly memoryFolder?: string;
  /** Absolute path of the module that calls `runScanWorker`. */
  readonly workerEntry: string;
  readonly cores: number;
  /** One content may take so long, and a second more for each mebibyte. */
  readonly fileTimeoutMs?: number;
  /** Resident memory of one scanning process. */
  readonly processBytes?: number;
  /** A content larger than this is scanned in windows. */
  readonly windowBytes?: number;
  /** An archive larger than a window is spooled to a temporary file up to this size. */
  readonly spoolBytes?: number;
  /** How often a layer is begun again behind a file that ends the scanning process. */
  readonly restarts?: number;
  /** What parsers may spend in scanning processes. */
  readonly limits?: Limits;
}

export interface AuditResult {
  /** Of layers and analyzers, sorted and capped; what the source itself found is not among them. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly coverage: Coverage;
  readonly layers: readonly LayerSummary[];
  /** The image's, with the diffIDs of the bytes that were read. */
  readonly identity: Identity;
  readonly inventory: readonly InventoryEntry[];
  readonly rules: RulesUsed;
  /** Empty where no analyzer tells one. */
  readonly story: readonly string[];
  /** What runs when the image starts, and whose the files of the final tree are. */
  readonly context: TreeContext;
  readonly packages: readonly InstalledPackage[];
}

export interface Auditor extends AsyncDisposable {
  readonly rules: RulesUsed;
  readonly rejected: readonly RejectedRule[];
  /**
   * Never throws for anything in the image: what could not be read is a Gap. When the context is aborted with a Fault, so is the rest.
   * @throws whatever else the context was aborted with
   */
  audit(image: Image, context: Context): Promise<AuditResult>;
}

interface AuditedLayer {
  readonly facts: LayerFacts;
  readonly recalled: boolean;
}

const mebibyte = 2 ** 20;
const overlapBytes = 256 * 1024;
/**
 * A scanning process has a small heap, past which gigabytes of contents flow in buffers: they would keep the incremental collector at
 * work all the time, and helping threads would cost the cores that scan. Few functions are worth being compiled a second time for a run
 * of seconds.
 */
const engineFlags: readonly string[] = [
  '--max-old-space-size=1024',
  '--initial-old-space-size=64',
  '--no-incremental-marking',
  '--single-threaded-gc',
  '--invocation-count-for-turbofan=12000',
];
/** A scanning process that has grown past this is not kept for the next image: a new one starts in a third of a second. */
const idleProcessBytes = 256 * mebibyte;
const progressBytes = mebibyte;

class LayerAuditor implements Auditor {
  readonly #options: AuditorOptions;
  readonly #knowledge: Knowledge;
  readonly #pool: ScanPool;
  readonly #limits: Limits;
  #folder: string | undefined;
  #codeCache: string | undefined;

  constructor(options: AuditorOptions, knowledge: Knowledge) {
    this.#options = options;
    this.#knowledge = knowledge;
    this.#limits = options.limits ?? defaultLimits;
    this.#pool = new ScanPool(options.cores, () => this.#openProcess());
  }

  get rules(): RulesUsed {
    return this.#knowledge.rules;
  }

  get rejected(): readonly RejectedRule[] {
    return this.#knowledge.rejected;
  }

  async audit(image: Image, context: Context): Promise<AuditResult> {
    const { analyzers, memory } = this.#options;
    const audited = await this.#auditLayers(image.layers, context);
    this.#pool.relieve(idleProcessBytes);
    if (context.signal.aborted && !isFault(context.signal.reason)) throw context.signal.reason;
    const facts = audited.map((layer) => layer.facts);
    const identity = identityOf(image, facts);
    const resolved = resolveVisibility(image.layers, facts);
    const concluded = conclude(image, identity, resolved, analyzers, (id) => this.#knowledge.dataOf(id));
    const reports = image.layers.map((layer, index) =>
      reportLayer(layer, index, resolved.facts[index] ?? noFacts, (path) => concluded.placementOf(index, path)),
    );
    if (audited.some(({ recalled }) => !recalled))
      memory.remember('file', [{ key: this.#knowledge.key, value: new Uint8Array(1) }]);
    return {
      findings: sortAndCap([...reports.flatMap(({ findings }) => findings), ...concluded.findings]),
      gaps: [...this.#knowledge.gaps, ...reports.flatMap(({ gaps }) => gaps), ...concluded.gaps],
      coverage: facts.reduce((sum, { coverage }) => addCoverage(sum, coverage), noCoverage),
      layers: image.layers.map((layer, index) => summaryOf(layer, index, audited[index])),
      identity,
      inventory: concluded.inventory,
      rules: this.rules,
      story: concluded.story,
      context: concluded.context,
      packages: concluded.packages,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    if (this.#folder !== undefined) await fillCodeCache({ entry: this.#options.workerEntry, flags: engineFlags });
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Largest first, so that no core is left alone with one at the end. Layers with the same bytes are read once. */
  async #auditLayers(layers: readonly Layer[], context: Context): Promise<readonly AuditedLayer[]> {
    const order = [...layers.entries()].sort(([, one], [, other]) => (other.size ?? 0) - (one.size ?? 0));
    // Not shared with audits of other images: another source of the same digest may give other bytes, or none.
    const running = new Map<string, Promise<AuditedLayer>>();
    const results: AuditedLayer[] = [];
    await Promise.all(
      order.map(async ([index, layer]) => {
        const key = layerKey(layer, this.#knowledge.key, this.#limits);
        const same = key === undefined ? undefined : running.get(key);
        const audited = same ?? this.#auditLayer(layer, index, layers.length, key, context);
        if (key !== undefined) running.set(key, audited);
        results[index] = await audited;
      }),
    );
    return results;
  }

  async #auditLayer(
    layer: Layer,
    index: number,
    count: number,
    key: string | undefined,
    context: Context,
  ): Promise<AuditedLayer> {
    const { memory, restarts = 4, fileTimeoutMs = 10_000, processBytes = 1536 * mebibyte } = this.#options;
    const label = `layer ${index + 1} of ${count}`;
    const step = (state: ProgressStep['state'], done: number): void =>
      context.progress({ id: `layer-${index}`, label, done, total: layer.size ?? 0, state });
    const known = key === undefined ? undefined : await this.#recall(layer, key, context);
    if (known !== undefined) {
      step('done', layer.size ?? known.stored);
      return { facts: known, recalled: true };
    }
    let shown = 0;
    step('running', 0);
    const { facts, state } = await auditLayer(layer, titleOf(layer, index), layerName(index, layer), {
      pool: this.#pool,
      context,
      watch: { fileTimeoutMs, memoryBytes: processBytes },
      restarts,
      recallFiles: memory.recall('file', this.#knowledge.key) !== undefined,
      onProgress: (stored) => {
        if (stored - shown < progressBytes) return;
        shown = stored;
        step('running', stored);
      },
    });
    step(facts.diffId === undefined ? 'failed' : 'done', facts.stored);
    if (key !== undefined) rememberLayer(layer, key, facts, memory);
    memory.remember(
      'file',
      [...state.learned].map(([name, value]) => ({ key: name, value: Buffer.from(value) })),
    );
    memory.touch?.('file', [...state.recalled]);
    return { facts, recalled: false };
  }

  /** A source that fails here fails again when the layer is read, which tells it. */
  async #recall(layer: Layer, key: string, context: Context): Promise<LayerFacts | undefined> {
    try {
      return await recallLayer(layer, key, this.#options.memory, context);
    } catch (thrown) {
      if (isFault(thrown)) return undefined;
      throw thrown;
    }
  }

  #openProcess(): ScanProcess {
    const {
      workerEntry,
      memoryFolder = '',
      windowBytes = usualWindowBytes,
      spoolBytes = 8192 * mebibyte,
    } = this.#options;
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'tidewaiter-scan-'));
      this.#codeCache = copyCodeCache({ entry: workerEntry, flags: engineFlags }, this.#folder);
    }
    return new ScanProcess({
      entry: workerEntry,
      folder: this.#folder,
      flags: engineFlags,
      codeCache: this.#codeCache,
      init: {
        analyzers: this.#options.analyzers
          .filter((analyzer) => analyzer.open !== undefined)
          .map(({ id }) => ({ id, data: this.#knowledge.dataToOpen(id) })),
        limits: this.#limits,
        arenaBytes: 2 * windowBytes,
        windowBytes,
        overlapBytes: Math.min(overlapBytes, windowBytes / 4),
        spoolFolder: this.#folder,
        spoolBytes,
        memoryFolder,
        knowledgeKey: this.#knowledge.key,
      },
    });
  }
}

const noFacts: LayerFacts = {
  stored: 0,
  bytes: 0,
  rows: [],
  sha256: [],
  kinds: [],
  facts: [],
  gaps: [],
  remarks: [],
  coverage: noCoverage,
  circumstantial: true,
};

/** What content that is no tar is called: an artifact's title, or the digest that names it. */
const titleOf = ({ annotations, digest }: Layer, index: number): string =>
  annotations?.['org.opencontainers.image.title'] ?? digest ?? `layer-${index}`;

const identityOf = (image: Image, facts: readonly LayerFacts[]): Identity => {
  const named = image.layers.every(({ digest, diffId }) => digest !== undefined || diffId !== undefined);
  const diffIds = facts.flatMap(({ diffId }) => diffId ?? []);
  return named && diffIds.length === image.layers.length ? { ...image.identity, diffIds } : image.identity;
};

const summaryOf = (layer: Layer, index: number, audited: AuditedLayer | undefined): LayerSummary => {
  const diffId = audited?.facts.diffId ?? layer.diffId;
  return {
    index,
    ...(layer.digest === undefined ? {} : { digest: layer.digest }),
    ...(diffId === undefined ? {} : { diffId }),
    mediaType: layer.mediaType,
    ...(layer.createdBy === undefined ? {} : { createdBy: layer.createdBy }),
    bytes: audited?.facts.bytes ?? 0,
    files: audited?.facts.coverage.files.seen ?? 0,
    recalled: audited?.recalled ?? false,
  };
};

/** Loads what the analyzers know. Scanning processes are started when the first layer is read. @throws {Fault} misuse for rules that cannot be used */
export const openAuditor = async (options: AuditorOptions): Promise<Auditor> =>
  new LayerAuditor(options, await loadKnowledge(options.analyzers, options.locations));
