/** Starts and stops HTTP servers on the loopback interface. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The demo listens on loopback only: other machines cannot reach it. */
const LOOPBACK = '127.0.0.1'

/**
 * Listens on a loopback port and returns the origin for clients.
 *
 * @param server The server, not yet listening.
 * @param port The preferred port; if it is in use, any free port. 0: any free port.
 * @returns The origin, `http://127.0.0.1:<port>`.
 */
export async function listen(server: Server, port = 0): Promise<string> {
  try {
    await listenOn(server, port)
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await listenOn(server, 0)
  }
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

/**
 * Stops a server at once, open connections included.
 *
 * @param server The listening server.
 * @returns A promise that resolves when the port is free.
 */
export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    // Idle keep-alive connections would delay the end by seconds.
    server.closeAllConnections()
  })
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
