/** Verdicts → the public JSON, `tidewaiter/verdict/v1`. */
import { toJsonText } from '../json-text.ts';
import type { Renderer } from '../renderer.ts';
import { toVerdictDocument } from '../verdict-document.ts';

export const json: Renderer = {
  id: 'json',
  about: 'everything there is, for programs: one object, or an array for several images',
  mediaType: 'application/json',
  render(verdicts, { single }) {
    const documents = verdicts.map(toVerdictDocument);
    return toJsonText(single && documents.length === 1 ? documents[0] : documents);
  },
};
