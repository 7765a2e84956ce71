/** A lesson: two minutes' reading about one trick. How it works, how to recognise it, what to do instead. */

export interface LessonSection {
  readonly heading: string;
  /** Plain text. A list's entries begin with `- `. */
  readonly paragraphs: readonly string[];
}

export interface Lesson {
  /** As `explain` and the findings name it. */
  readonly id: string;
  readonly title: string;
  readonly sections: readonly LessonSection[];
}
