/** One thing about a name that makes it look like another's. */

export const nameParts = ['registry', 'namespace', 'repository', 'tag'] as const;
export type NamePart = (typeof nameParts)[number];

export interface Trait {
  readonly part: NamePart;
  /** 1 a remark, 2 odd, 3 telling, 5 and more hardly ever honest. Those of one name add up. */
  readonly points: number;
  /** The part as written. */
  readonly value: string;
  /** What is said of the part: `looks like docker.io with two letters swapped`. */
  readonly says: string;
  /** What was probably meant, in full: `docker.io/library/nginx`. */
  readonly original?: string;
}
