/** A port that is free now. */

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports of which systems give one to each outgoing connection and to each server without a port (RFC 6335 §6,
 * Linux from 32,768): until the port is used, no other program is likely to get it.
 */
const LOWEST = 20_000
const HIGHEST = 32_767

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
