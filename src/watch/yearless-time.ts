/** A date of a log that leaves the year out → the year in which it was. */
const day = 86_400_000;

/** `Jan  2 03:04:05`: of this year, or of the last one when that would be tomorrow. */
export const yearlessTime = (written: string, receivedAt: number): number | undefined => {
  const year = new Date(receivedAt).getUTCFullYear();
  for (const candidate of [year, year - 1]) {
    const time = Date.parse(`${written} ${candidate} UTC`);
    if (Number.isNaN(time)) return undefined;
    if (time <= receivedAt + day) return time;
  }
  return undefined;
};
