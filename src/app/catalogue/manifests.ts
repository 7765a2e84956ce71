/** Codes of what describes an image: index, manifest, config, platform. */
import type { Explanation } from './words.ts';

const rebuild = 'Do not run it. Build or push the image again with a current tool.';
const twoReadings =
  'Do not run it: one tool may show you another image than the engine runs. Build or push it again with a current tool.';

export const manifests = {
  ARTIFACT_NOT_IMAGE: {
    means:
      'The reference names a Helm chart, a signature, a model or another artifact that no engine runs. Its content was examined as files.',
    advice: 'If you meant an image, check the reference. Otherwise accept the gap in your policy for such references.',
  },
  CONFIG_AMBIGUOUS: {
    means:
      'The image config names a field twice (also in other case): readers differ on which value counts, for example which program starts.',
    advice: twoReadings,
  },
  CONFIG_INVALID: {
    means:
      'The image config is no JSON, or a field that engines act on has a wrong type. The layers were examined all the same.',
    advice: rebuild,
  },
  CONFIG_TOO_LARGE: {
    means: 'The image config is larger than 8 MiB, or nested deeper than any honest one.',
    advice: rebuild,
  },
  DIGEST_INVALID: {
    means:
      'Where a digest must be is none, or one that can be forged (MD5, SHA-1). Tidewaiter takes sha256 and sha512.',
    advice: rebuild,
  },
  INDEX_LOOP: {
    means: 'An index contains itself, directly or through others.',
    advice: rebuild,
  },
  INDEX_TOO_DEEP: {
    means: 'Indexes lie in each other more than four deep.',
    advice: 'Scan the digest of the inner index or manifest that you mean.',
  },
  INDEX_TOO_LARGE: {
    means: 'An index lists more than 1000 manifests.',
    advice: 'Scan the digest of the manifest that you mean.',
  },
  LAYER_MISSING: {
    means: 'The config names a layer that the manifest does not have: what would be in it cannot be known.',
    advice: 'Do not run it. Fetch the image again from its origin, or build it again.',
  },
  MANIFEST_AMBIGUOUS: {
    means:
      'The manifest can be read in two ways: a field occurs twice or in other case, or embedded data are not what their digest names.',
    advice: twoReadings,
  },
  MANIFEST_INVALID: {
    means:
      'The manifest or index is no JSON, or lacks what the OCI specification demands. The message names the field.',
    advice: rebuild,
  },
  MANIFEST_KIND_DISAGREES: {
    means: 'An index stands where an image manifest is announced, or the other way round.',
    advice: rebuild,
  },
  MANIFEST_TOO_LARGE: {
    means: 'The manifest or index is larger than 8 MiB, or nested deeper than any honest one.',
    advice: rebuild,
  },
  MANIFEST_TYPE_UNKNOWN: {
    means: 'The media type is none of the manifests and indexes that container engines run.',
    advice: 'Check the reference. If it is meant to be an image, push it as an OCI image or Docker schema 2.',
  },
  MEDIA_TYPE_DISAGREES: {
    means:
      'The manifest, its descriptor, the registry’s Content-Type and the fields themselves do not agree on what it is.',
    advice: twoReadings,
  },
  PLATFORM_INVALID: {
    means: 'What --platform says is no platform.',
    advice: 'Write os/architecture or os/architecture/variant, for example linux/arm64.',
  },
  PLATFORM_NOT_FOUND: {
    means: 'There is no image for this platform; the message lists those that there are.',
    advice: 'Choose one with --platform, or judge all of them with --all-platforms.',
  },
  PLATFORM_NOT_STORED: {
    means:
      'The index lists an image that this copy does not hold, as after a pull of one platform only. It was not judged.',
    advice: 'Scan the registry with --all-platforms, or leave that flag out.',
  },
  SCHEMA1_REFUSED: {
    means:
      'A Docker schema 1 manifest. Its layers cannot be tied to their unpacked content, and engines no longer run it.',
    advice: 'Pull the image with an old engine and push it again with a current one.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
