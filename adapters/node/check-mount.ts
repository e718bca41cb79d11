/** Where Express mounts `metadata()`. */

import type { IncomingMessage } from 'node:http'

/** Express removes the path that middleware is mounted at from `url`, and has it in `baseUrl`. */
export function checkMount(req: IncomingMessage, places: readonly string[]): void {
  const { baseUrl } = req as { baseUrl?: string }
  if (!baseUrl || baseUrl.startsWith('/.well-known')) return
  if (places.some((each) => each.startsWith(`${baseUrl}/`))) return
  throw new TypeError(
    `metadata() is mounted at ${baseUrl}, where it never sees the request for the metadata: RFC 9728 puts it at the root of the host. Use app.use(metadata(resource)), without a path.`,
  )
}
