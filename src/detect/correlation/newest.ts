/** The time up to which events have come, by their own clocks, of which single ones may be wrong by years. */

/** Events agree on the time when no day lies between them. */
const agreeMs = 86_400_000;
/** So many that agree with each other, one after the other, are believed against what was believed before. */
const witnesses = 16;

/**
 * Follows the newest event. One that leaps ahead by more than a day moves nothing until others say the same; when those that come are
 * all older by more than a day, it was the leap that was wrong, and the time goes back to theirs. So one wrong clock makes no other event
 * too late, and a quiet week costs nothing: what is newer than the newest is never late.
 */
export class Newest {
  #at = Number.NEGATIVE_INFINITY;
  #ahead = 0;
  #nearestAhead = Number.POSITIVE_INFINITY;
  #behind = 0;
  #newestBehind = Number.NEGATIVE_INFINITY;

  get at(): number {
    return this.#at;
  }

  #believe(at: number): void {
    this.#at = at;
    this.#ahead = 0;
    this.#nearestAhead = Number.POSITIVE_INFINITY;
    this.#behind = 0;
    this.#newestBehind = Number.NEGATIVE_INFINITY;
  }

  see(at: number): void {
    if (this.#at === Number.NEGATIVE_INFINITY) this.#believe(at);
    else if (at > this.#at + agreeMs) {
      this.#behind = 0;
      this.#nearestAhead = Math.min(this.#nearestAhead, at);
      if (++this.#ahead >= witnesses) this.#believe(this.#nearestAhead);
    } else if (at < this.#at - agreeMs) {
      this.#ahead = 0;
      this.#newestBehind = Math.max(this.#newestBehind, at);
      if (++this.#behind >= witnesses) this.#believe(this.#newestBehind);
    } else this.#believe(Math.max(this.#at, at));
  }
}
