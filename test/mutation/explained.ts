/** Mutants that live because they change nothing that anybody could see, each read by a person. */

export interface Explanation {
  readonly file: string
  readonly was: string
  readonly becomes: string | readonly string[]
  /** Part of the line, where the file says the same in several places. */
  readonly where?: string
  readonly why: string
}

export const EXPLAINED: readonly Explanation[] = []
