/** Writes audit records to a file, one JSON object for each line. For Node, Deno and Bun. */

import { createWriteStream } from 'node:fs'
import type { AuditRecord } from 'mcp-gatehouse'

/** A log, and how to end it. */
export interface AuditFile {
  /** For the option `audit`. */
  audit(record: AuditRecord): void
  /** Writes what is left, and closes the file. Call it before the process ends. */
  close(): Promise<void>
}

/**
 * Opens a file for appending. Only its owner can read it, because records name persons.
 *
 * @param path The file.
 * @param onError Receives the error if the file cannot be written; records are lost from then on.
 */
export function openAuditFile(path: string, onError: (error: Error) => void): AuditFile {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.on('error', onError)
  return {
    audit(record) {
      // JSON escapes line breaks, so a name that a client chose cannot begin a line.
      stream.write(`${JSON.stringify(record)}\n`)
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  }
}
