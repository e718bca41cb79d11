/** Ends the stream of a response that nothing reads. */

import { ignore } from './promise.ts'

/** Not awaited: the server may keep the stream open for long, and its failure is of no interest. */
export function discardBody({ body }: { readonly body: ReadableStream | null }): void {
  body?.cancel().catch(ignore)
}
