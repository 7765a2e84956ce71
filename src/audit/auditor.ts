/** An Image → Findings, Gaps, coverage and inventory, in one pass over its bytes, layers in parallel in scanning processes. */
import type { Analyzer, RejectedRule, RuleLocations } from '../core/analyzer.ts';
import { defaultLimits, type Limits } from '../core/budget.ts';
import type { Context, ProgressStep } from '../core/context.ts';
import type { LayerSummary, RulesUsed } from '../core/dossier.ts';
import { isFault } from '../core/fault.ts';
import { addCoverage, noCoverage } from '../core/gap.ts';
import type { Identity } from '../core/identity.ts';
import type { Image, Layer } from '../core/image.ts';
import { noMemory, type FactMemory, type MemoryKind } from '../core/memory.ts';
import type { AuditConclusions, AuditResult } from './audit-result.ts';
import { conclude, resolveVisibility, sortAndCap } from './conclude.ts';
import { imageKey, recallImage, rememberImage } from './image-memory.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { LayerFacts } from './layer-facts.ts';
import { auditLayer } from './layer-job.ts';
import { layerKey, recallLayer, rememberLayer } from './layer-memory.ts';
import { layerName, reportLayer } from './layer-report.ts';
import { ScanPool } from './scan-pool.ts';
import type { ScanProcesses } from './scan-processes.ts';

export interface AuditorOptions {
  readonly analyzers: readonly Analyzer[];
  readonly locations: RuleLocations;
  /** `touch`: facts that scanning processes read themselves were used. */
  readonly memory: FactMemory & { touch?(kind: MemoryKind, keys: readonly string[]): void };
  /** Disposed of with the auditor, and where none can be opened. */
  readonly processes: ScanProcesses;
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

export interface Auditor extends AsyncDisposable {
  readonly rules: RulesUsed;
  readonly rejected: readonly RejectedRule[];
  /**
   * Never throws for anything in the image: what could not be read is a Gap. When the context is aborted with a Fault, so is the rest.
   * @throws whatever else the context was aborted with
   */
  audit(image: Image, context: Context): Promise<AuditResult>;
  /**
   * As `audit`, for who needs no more than the conclusions: those about the same image under the same rules are recalled as a whole.
   * `witness` is shown all that was seen; where there is one, only layers are recalled.
   */
  conclude(image: Image, context: Context, witness?: (seen: AuditResult) => void): Promise<AuditConclusions>;
}

interface AuditedLayer {
  readonly facts: LayerFacts;
  readonly recalled: boolean;
  /** Whether the next scan finds them in memory. */
  readonly kept: boolean;
}

interface Audited {
  readonly result: AuditResult;
  readonly kept: boolean;
}

const mebibyte = 2 ** 20;
/** A scanning process that has grown past this is not kept for the next image: a new one starts in a third of a second. */
const idleProcessBytes = 192 * mebibyte;
const progressBytes = mebibyte;
/** Processes that are started before the first is given a layer: it would wait for the starts of further ones. */
const startedAhead = 2;

class LayerAuditor implements Auditor {
  readonly #options: AuditorOptions;
  readonly #knowledge: Knowledge;
  readonly #pool: ScanPool;
  readonly #limits: Limits;

  constructor(options: AuditorOptions, knowledge: Knowledge) {
    this.#options = options;
    this.#knowledge = knowledge;
    const { processes, analyzers, limits = defaultLimits } = options;
    this.#limits = limits;
    this.#pool = new ScanPool(options.cores, () => processes.open(analyzers, knowledge, { ...options, limits }));
  }

  get rules(): RulesUsed {
    return this.#knowledge.rules;
  }

  get rejected(): readonly RejectedRule[] {
    return this.#knowledge.rejected;
  }

  async audit(image: Image, context: Context): Promise<AuditResult> {
    return (await this.#audit(image, context)).result;
  }

  async conclude(image: Image, context: Context, witness?: (seen: AuditResult) => void): Promise<AuditConclusions> {
    const { memory } = this.#options;
    const layerKeys = image.layers.map((layer) => this.#keyOf(layer));
    const key = memory === noMemory ? undefined : imageKey(image, layerKeys, this.rules.version);
    const known = key === undefined || witness !== undefined ? undefined : recallImage(key, memory);
    if (known !== undefined) {
      memory.touch?.(
        'layer',
        layerKeys.flatMap((name) => name ?? []),
      );
      for (const [index, { size = 0 }] of image.layers.entries())
        context.progress(progressOf(index, image.layers.length, size, size, 'done'));
      return { ...known, rules: this.rules };
    }
    const { result, kept } = await this.#audit(image, context);
    witness?.(result);
    const { inventory: _, context: __, ...conclusions } = result;
    if (key !== undefined && kept) rememberImage(key, conclusions, memory);
    return conclusions;
  }

  #keyOf(layer: Layer): string | undefined {
    return layerKey(layer, this.#knowledge.key, this.#limits);
  }

  async #audit(image: Image, context: Context): Promise<Audited> {
    const { analyzers, memory } = this.#options;
    const audited = await this.#auditLayers(image.layers, context);
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
    const result: AuditResult = {
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
    return { result, kept: audited.every(({ kept }) => kept) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await this.#options.processes[Symbol.asyncDispose]();
  }

  /** Largest first, so that no core is left alone with one at the end. Layers with the same bytes are read once. */
  async #auditLayers(layers: readonly Layer[], context: Context): Promise<readonly AuditedLayer[]> {
    const order = [...layers.entries()].sort(([, one], [, other]) => (other.size ?? 0) - (one.size ?? 0));
    // Not shared with audits of other images: another source of the same digest may give other bytes, or none.
    const running = new Map<string, Promise<AuditedLayer>>();
    const results: AuditedLayer[] = [];
    this.#startAhead(layers);
    await Promise.all(
      order.map(async ([index, layer]) => {
        const key = this.#keyOf(layer);
        const same = key === undefined ? undefined : running.get(key);
        const audited = same ?? this.#auditLayer(layer, index, layers.length, key, context);
        if (key !== undefined) running.set(key, audited);
        results[index] = await audited;
        // What is idle now has no layer of this image to wait for.
        this.#pool.relieve(idleProcessBytes);
      }),
    );
    return results;
  }

  /** Where no layer can be recalled: processes load their modules while the first is told the rules. */
  #startAhead(layers: readonly Layer[]): void {
    const { memory, processes, cores } = this.#options;
    if (memory.isEmpty?.() !== true) return;
    const different = new Set(layers.map((layer) => this.#keyOf(layer) ?? layer)).size;
    processes.startAhead(Math.min(startedAhead, cores, different) - this.#pool.size);
  }

  async #auditLayer(
    layer: Layer,
    index: number,
    count: number,
    key: string | undefined,
    context: Context,
  ): Promise<AuditedLayer> {
    const { memory, restarts = 4, fileTimeoutMs = 10_000, processBytes = 1536 * mebibyte } = this.#options;
    const step = (state: ProgressStep['state'], done: number): void =>
      context.progress(progressOf(index, count, layer.size, done, state));
    const known = key === undefined ? undefined : await this.#recall(layer, key, context);
    if (known !== undefined) {
      step('done', layer.size ?? known.stored);
      return { facts: known, recalled: true, kept: true };
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
    const kept = key !== undefined && rememberLayer(layer, key, facts, memory);
    memory.remember(
      'file',
      [...state.learned].map(([name, value]) => ({ key: name, value: Buffer.from(value) })),
    );
    memory.touch?.('file', [...state.recalled]);
    return { facts, recalled: false, kept };
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
}

const progressOf = (
  index: number,
  count: number,
  total = 0,
  done: number,
  state: ProgressStep['state'],
): ProgressStep => ({ id: `layer-${index}`, label: `layer ${index + 1} of ${count}`, done, total, state });

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

/**
 * Loads what the analyzers know. Scanning processes are started when the first layer is read; one is started at once where nothing is
 * remembered that could spare it.
 * @throws {Fault} misuse for rules that cannot be used
 */
export const openAuditor = async (options: AuditorOptions): Promise<Auditor> => {
  const { memory, processes } = options;
  try {
    if (memory.isEmpty?.() === true) processes.startAhead(1);
    return new LayerAuditor(options, await loadKnowledge(options.analyzers, options.locations));
  } catch (thrown) {
    await processes[Symbol.asyncDispose]();
    throw thrown;
  }
};
