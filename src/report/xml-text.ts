/** Text that somebody else wrote → character data and attribute values of XML 1.0, visible and harmless. */
import { toPlainText } from '../core/plain-text.ts';

/** Plain text first: control characters, lone surrogates and noncharacters, which XML 1.0 cannot hold at all, become visible escapes. */
export const xmlText = (text: string, maximum = 2000): string =>
  toPlainText(text, maximum)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
