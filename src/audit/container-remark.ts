/** An ambiguity that a parser remarked on → a Finding `container-format/what`: content that one reader sees and another does not. */
import type { Finding, Placement, Severity } from '../core/finding.ts';
import type { PlacedRemark } from './layer-facts.ts';

interface Weight {
  readonly severity: Severity;
  readonly title: string;
}

/**
 * What each code weighs in the structure of a layer. Codes that honest writers produce are `info` or `low`; everything from `medium`
 * on keeps an image from being clean. A code that is not here is `medium`.
 */
const layerWeights: Readonly<Record<string, Weight>> = {
  PATH_ESCAPES: { severity: 'high', title: 'A name leads out of the image' },
  TOC_DISAGREES: { severity: 'high', title: 'The table of contents lists other files than the layer holds' },
  LAYER_MEDIA_TYPE_DISAGREES: { severity: 'medium', title: 'The layer is not packed the way its media type says' },
  DATA_AFTER_END: { severity: 'medium', title: 'Data follow the end of a layer' },
  TAR_END_BROKEN: { severity: 'medium', title: 'A layer goes on behind a broken end mark' },
  LAYER_PATH_TWICE: { severity: 'medium', title: 'A layer holds one path twice, with different content' },
  LAYER_ENTRY_TWICE: { severity: 'low', title: 'A layer holds one entry twice' },
  LAYER_PATH_THROUGH_LINK: { severity: 'low', title: 'A layer stores a path through a link of its own' },
  LAYER_PATH_OVER_LINK: { severity: 'medium', title: 'A path goes through a link of a lower layer' },
  LAYER_LINK_BROKEN: { severity: 'medium', title: 'A hard link leads to nothing that engines can link to' },
  LAYER_LINK_BELOW: { severity: 'medium', title: 'A hard link leads to a file of a lower layer' },
  LAYER_OVERLAY_DELETION: { severity: 'medium', title: 'A mark of overlay file systems hides lower layers' },
  LAYER_OVERLAY_REDIRECT: {
    severity: 'high',
    title: 'A mark of overlay file systems shows other content in this place',
  },
  LAYER_OVERLAY_TRACE: { severity: 'low', title: 'A layer holds state of an overlay file system' },
  TAR_XATTRS_DISAGREE: { severity: 'medium', title: 'An entry has two values for one attribute' },
  TAR_PADDING_USED: { severity: 'medium', title: 'Bytes hide in the padding of a layer' },
  WHITEOUT_HAS_CONTENT: { severity: 'low', title: 'A whiteout carries content' },
  WHITEOUT_INVALID: { severity: 'medium', title: 'A whiteout names no file' },
};

/**
 * In an archive inside a layer less is at stake: it is a package's business what its archives look like, and shaded jars and
 * test data of honest packages show most of these. What hides files from a reader stays serious.
 */
const memberWeights: Readonly<Record<string, Severity>> = {
  PATH_ESCAPES: 'medium',
  ZIP_MEMBER_UNLISTED: 'medium',
};

const toKebabCase = (code: string): string => code.toLowerCase().replaceAll('_', '-');

/** `layer`: how the layer is called, for a remark about the layer itself. */
export const containerFinding = (remark: PlacedRemark, layer: string, placement: Placement): Finding => {
  const { code, where, reason, nested: inMember } = remark;
  const known = layerWeights[code];
  const severity = inMember ? (memberWeights[code] ?? 'low') : (known?.severity ?? 'medium');
  return {
    rule: `container-format/${toKebabCase(code)}`,
    title: inMember ? 'An archive can be read in two ways' : (known?.title ?? 'A layer can be read in two ways'),
    severity,
    confidence: severity === 'low' ? 'low' : 'medium',
    intent: 'tampering',
    techniques: ['T1027'],
    advice:
      'Find out what wrote it: content may be hidden from one tool and shown to another. Build the image again with a current builder.',
    evidence: [
      where === ''
        ? { kind: 'name', field: layer, value: reason }
        : {
            kind: 'excerpt',
            path: where,
            offset: 0,
            length: 0,
            text: reason,
            ...placement,
          },
    ],
  };
};
