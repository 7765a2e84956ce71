/** A ManifestDocument → what it is in words, when no engine would run it: OCI 1.1 artifacts and the conventions before them. */
import type { Descriptor } from '../../core/image.ts';
import { isImageConfigType, isImageLayerType } from '../media-type.ts';

interface ArtifactDocument {
  readonly kind: 'image' | 'index';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** First match wins. Tried on artifactType, config type and layer types. */
const artifacts: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.cncf\.helm\./, 'a Helm chart'],
  [/^application\/(?:vnd\.(?:wasm|module\.wasm|bytecodealliance\.wasm|wasmcloud)[.+]|wasm$)/, 'a WASM module'],
  [/^application\/vnd\.dev\.cosign\.|^application\/vnd\.dev\.sigstore\.bundle/, 'a cosign signature'],
  [/^application\/vnd\.cncf\.notary\.signature$/, 'a Notary signature'],
  [/^(?:application\/(?:spdx|vnd\.cyclonedx|vnd\.syft)[.+]|text\/spdx)/, 'an SBOM'],
  [/^application\/vnd\.in-toto\b|^application\/vnd\.dsse\.envelope/, 'an in-toto attestation'],
  [/^application\/vnd\.(?:ollama|cncf\.model|cnai\.model|docker\.ai)\./, 'a machine learning model'],
  [/^application\/vnd\.sylabs\.sif\./, 'a Singularity image'],
  [/^application\/vnd\.docker\.plugin\./, 'a Docker plugin'],
  [/^application\/vnd\.docker\.volume\./, 'a volume'],
  [/^application\/vnd\.docker\.compose\./, 'a Compose project'],
  [/^application\/vnd\.cncf\.openpolicyagent\./, 'an Open Policy Agent bundle'],
  [/^application\/vnd\.cncf\.flux\./, 'a Flux source'],
  [/^application\/vnd\.cnab\./, 'a CNAB bundle'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'a build cache'],
];

const describeType = (type: string): string | undefined => artifacts.find(([pattern]) => pattern.test(type))?.[1];

/** What Docker's classic store takes for a config or a layer, besides the proper types, for the sake of old registries. */
const isTolerated = (type: string): boolean =>
  /^application\/vnd\.(?:oci\.image|docker)[.+]/.test(type) ||
  type === 'application/octet-stream' ||
  type === 'application/json' ||
  type === 'text/html';

/**
 * True when some engine would unpack and start it. A layer with an image layer's type is enough: containerd does not look at the
 * config's type, nor does Podman in schema 2. So a config type or artifactType never makes an image look like something else.
 */
const isRunnable = (config: Descriptor, layers: readonly Descriptor[]): boolean =>
  layers.some(({ mediaType }) => isImageLayerType(mediaType)) ||
  (isTolerated(config.mediaType) &&
    (layers.some(({ mediaType }) => isTolerated(mediaType)) ||
      (layers.length === 0 && isImageConfigType(config.mediaType))));

/**
 * A noun phrase such as `a Helm chart`, or undefined for what may run as an image and must be audited as one. An index is described
 * only when it holds nothing: what its manifests are is decided one by one.
 */
export const describeArtifact = (document: ArtifactDocument): string | undefined => {
  const { artifactType, config, layers = [], manifests = [] } = document;
  if (document.kind === 'index' || config === undefined) {
    if (artifactType === undefined || manifests.length > 0) return undefined;
    return describeType(artifactType) ?? `an artifact of type ${artifactType}`;
  }
  if (isRunnable(config, layers)) return undefined;
  const types = [artifactType ?? '', config.mediaType, ...layers.map(({ mediaType }) => mediaType)];
  for (const type of types) {
    const known = describeType(type);
    if (known !== undefined) return known;
  }
  const name =
    types.find((type) => type !== '' && type !== 'application/vnd.oci.empty.v1+json' && !isImageConfigType(type)) ??
    'unstated';
  return `an artifact of type ${name}`;
};
