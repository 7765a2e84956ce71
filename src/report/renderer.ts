/** The interface of a renderer: Verdicts → one text. Pure; equal input gives equal bytes. */
import type { Lesson } from '../core/lesson.ts';
import type { Verdict } from '../core/verdict.ts';

export interface RenderOptions {
  /** Terminal colours. Only `text` uses them. */
  readonly colour: boolean;
  /** Columns to wrap at; 0 never wraps. Only `text` uses it. */
  readonly width: number;
  readonly toolVersion: string;
  /** One image was asked for: formats that can say one thing or a list say one thing. */
  readonly single: boolean;
  /** Findings of severity info and every proof in full, where a renderer would count them instead. */
  readonly verbose?: boolean;
  /** Lessons by name, for renderers that show more of one than where it is. */
  readonly lessons?: ReadonlyMap<string, Lesson>;
  /** What to do about an assessment, or about a gap of this code, for renderers that people read. */
  readonly adviceOn?: (id: string) => string | undefined;
}

export interface Renderer {
  readonly id: string;
  readonly about: string;
  readonly mediaType: string;
  /** Every string of an image is hostile: whatever it holds, it cannot leave the place where the renderer puts it. Ends with a line end. */
  render(verdicts: readonly Verdict[], options: RenderOptions): string;
}
