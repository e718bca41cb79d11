/** What a command receives from its process. */

/** The streams and environment of the process. */
export interface CommandIo {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Settles when the reader of `out` has gone. */
  readonly outFailed?: Promise<void> | undefined
  /** Reads the standard input to its end. */
  readonly stdin: () => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether `out` is a terminal with colours; `NO_COLOR` switches them off. */
  readonly outHasColors: boolean
  readonly errIsTerminal: boolean
  readonly columns: number | undefined
  /** The version of this package. */
  readonly version: string
}
