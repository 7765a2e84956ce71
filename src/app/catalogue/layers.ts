/** Codes of a layer as such: its blob, its packing, its whiteouts, the table of contents that it may carry. */
import type { Explanation } from './words.ts';

const lazyPull =
  'Do not pull it lazily (stargz snapshotter, partial pulls of Podman): such engines go by the table. Build the image again.';

export const layers = {
  LAYER_COMPRESSION_UNSUPPORTED: {
    means: 'The layer is packed with lz4 or lzma, which no engine unpacks. It was not examined.',
    advice: 'Push the image again with gzip or zstd layers.',
  },
  LAYER_COMPRESSION_UNUSUAL: {
    means: 'The layer is packed with xz or bzip2: some engines unpack it, others refuse it. It was examined.',
    advice: 'Push the image again with gzip or zstd layers.',
  },
  LAYER_ENCRYPTED: {
    means: 'The layer is encrypted (ocicrypt). Without its key nothing in it can be seen.',
    advice: 'Decrypt it where the key is (skopeo copy --decryption-key KEY … oci:DIR) and scan that copy.',
  },
  LAYER_ENTRY_TWICE: {
    means:
      'The layer holds an entry twice, with the same content. Engines take it; some other tools fail at the second.',
    advice: 'Nothing urgent. Find out which build step packs the file twice.',
  },
  LAYER_LINKS_TOO_MANY: {
    means: 'The layer’s paths lead through more and longer links than any honest layer has. Nothing behind was read.',
    advice: 'Treat it as an attack until you know what wrote the layer.',
  },
  LAYER_LINKS_UNREAD: {
    means:
      'A link puts a file where programs look for settings (cron, services, logins, package databases). It was not read under that name: it is too large, or a second reading failed.',
    advice: 'Scan again. If it stays, look at the file yourself: it was examined under its other name only.',
  },
  LAYER_LINK_BELOW: {
    means:
      'A hard link leads to a file that only a lower layer holds: engines that stack layers (overlay) refuse the layer, others share the file.',
    advice: 'Build the layer again with a current builder.',
  },
  LAYER_LINK_BROKEN: {
    means:
      'A hard link leads to nothing that the layer holds before it, or to a folder; or a path leads through links in a circle. Engines refuse the layer, other readers find something.',
    advice: 'Build the layer again with a current builder. Do not believe tools that show the file.',
  },
  LAYER_MEDIA_TYPE_DISAGREES: {
    means:
      'The layer is packed another way than its media type says: engines that believe the type see something else, or nothing.',
    advice: 'Push the image again with a current tool; do not run it before.',
  },
  LAYER_NOT_TAR: {
    means: 'The layer is no tar. Its bytes were examined as one file.',
    advice:
      'Right for artifacts such as models or WASM: accept it in your policy for them. In a container image it is wrong: build it again.',
  },
  LAYER_OVERLAY_DELETION: {
    means:
      'A device 0/0 or an attribute (trusted.overlay.opaque, …whiteout) is how overlay file systems mark what is deleted. Engines that stack layers obey it; to all others what lies below stays. Both are judged as there.',
    advice: 'Do not run it before you know what wrote the layer: no builder leaves such marks. Build the image again.',
  },
  LAYER_OVERLAY_REDIRECT: {
    means:
      'An attribute (trusted.overlay.redirect, …metacopy) makes engines that stack layers show another folder’s or file’s content in this place; to all others the place is empty.',
    advice: 'Do not run it: no builder leaves such a mark. Find out what wrote the layer.',
  },
  LAYER_OVERLAY_TRACE: {
    means: 'An entry carries attributes in which an overlay file system of another machine kept its state.',
    advice: 'Nothing urgent. Build the layer with a builder that leaves them out.',
  },
  LAYER_PATH_OVER_LINK: {
    means:
      'A path goes through a link of a lower layer. Engines that stack layers (overlay) make a folder in its place, others follow the link: the finding names both places.',
    advice:
      'Judge the file in both places. Build the layer again with a builder that knows the layers below, or write the path that the link leads to.',
  },
  LAYER_PATH_THROUGH_LINK: {
    means:
      'The layer stores a path through a link that it has made itself. Engines follow the link; the file was judged where it lands. The finding names both paths.',
    advice: 'Nothing urgent where it is one of the merged folders (bin, lib). Elsewhere find out what wrote it so.',
  },
  LAYER_PATH_TWICE: {
    means:
      'The layer holds one path twice, with different content, mode, type or target: engines keep the last, other tools the first. Both were examined.',
    advice: 'Do not run it before you know what wrote the layer. Build the image again with a current builder.',
  },
  LAYER_TOO_LARGE: {
    means: 'The stored layer is larger than 64 GiB, and was not read on.',
    advice: 'Split what the build step writes into several layers.',
  },
  LAYER_TRUNCATED: {
    means: 'The layer as stored ends before the size that the manifest states. What would have followed is not known.',
    advice: 'Copy or push the image again; do not run this copy.',
  },
  LAYER_UNAVAILABLE: {
    means: 'The source broke off in the middle of this layer. Another gap of the same layer says why.',
    advice: 'Remove that cause and scan again.',
  },
  TOC_AMBIGUOUS: {
    means:
      'The layer’s table of contents (eStargz, zstd:chunked) names a field twice: readers differ on which one counts.',
    advice: lazyPull,
  },
  TOC_DISAGREES: {
    means:
      'The layer’s table of contents (eStargz, zstd:chunked) lists other files than its tar: engines that pull lazily run other content than was examined.',
    advice: lazyPull,
  },
  TOC_INVALID: {
    means:
      'The layer’s table of contents (eStargz, zstd:chunked) cannot be read, so it could not be compared with the tar.',
    advice: lazyPull,
  },
  TOC_TOO_LARGE: {
    means: 'The layer’s table of contents (eStargz, zstd:chunked) is larger than the tools that use it read.',
    advice: lazyPull,
  },
  TOC_UNCHECKED: {
    means:
      'Comparing the layer’s table of contents with its tar needs a second reading, which failed or gave other bytes.',
    advice: 'Scan again. If the bytes differ each time, something between here and the registry changes them.',
  },
  WHITEOUT_HAS_CONTENT: {
    means:
      'A deletion mark (.wh.NAME) carries content, which no engine unpacks: a place to hide something. The content was examined.',
    advice: 'Find out what made the layer, and build it again.',
  },
  WHITEOUT_INVALID: {
    means: 'A deletion mark names no file; engines differ in what they delete.',
    advice: 'Build the image again with a current builder.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
