/** Findings that no rule file states: about the image as a whole, its layers and its structure. */
import type { Explanation } from './words.ts';

const changed =
  'Do not run it. Fetch it again from its origin; if the mismatch stays, the registry, the archive or the path between was tampered with.';
const compareNames =
  'Do not load this archive: engines differ in which image they take. Write it again from its origin.';

export const findings = {
  'image/archive-ambiguous': {
    means:
      'The archive that holds the image can be read in two ways; the evidence names the code, which can be explained too.',
    advice: compareNames,
  },
  'image/archive-disagrees': {
    means:
      'manifest.json and index.json of one archive describe different images: one engine loads this, another that.',
    advice: compareNames,
  },
  'image/config-digest-mismatch': {
    means: 'The config is not the one that the manifest names by its digest.',
    advice: changed,
  },
  'image/config-size-mismatch': {
    means:
      'The config has another size than the manifest states: readers that stop at the stated size see something else.',
    advice: 'Build or push the image again with a current tool.',
  },
  'image/engine-id-mismatch': {
    means: 'The engine gave another image than the one whose id it told.',
    advice:
      'Do not trust this engine’s store before you know why. Remove the image, pull it again by digest and scan it in the registry.',
  },
  'image/history-mismatch': {
    means: 'The build history has other steps than there are layers, so no build step can be named for a layer.',
    advice: 'Nothing urgent. Build with a tool that keeps its history.',
  },
  'image/index-digest-mismatch': { means: 'The index is not the one that its digest names.', advice: changed },
  'image/layer-count-mismatch': {
    means:
      'Manifest and config disagree about the number of layers: programs that read the image take different content.',
    advice: 'Do not run it. Build it again.',
  },
  'image/manifest-digest-mismatch': { means: 'The manifest is not the one that its digest names.', advice: changed },
  'image/manifest-size-mismatch': {
    means:
      'The manifest has another size than the index states: readers that stop at the stated size see something else.',
    advice: 'Build or push the image again with a current tool.',
  },
  'image/platform-ambiguous': {
    means:
      'The index offers different images for the same platform, and engines differ in which one they run. Only the first was judged.',
    advice: 'Name the manifest by its digest, or judge all with --all-platforms.',
  },
  'image/platform-mismatch': {
    means: 'The index says that the image is for one platform, its config says another.',
    advice: 'Ask the publisher which is right before you use it.',
  },
  'image/whiteout-name': {
    means:
      'A file of the folder is named like a deletion mark (.wh.NAME): packed into an image it vanishes and deletes another.',
    advice: 'Find out what made it. Its content was examined; the finding says under which name.',
  },
  'layer/diff-id-mismatch': { means: 'A layer unpacks to other bytes than the config states.', advice: changed },
  'layer/digest-mismatch': { means: 'A layer is not the one that the manifest names by its digest.', advice: changed },
  'layer/size-mismatch': { means: 'A layer does not have the size that the manifest states.', advice: changed },
} as const satisfies Readonly<Record<string, Explanation>>;
