import type { AddressInfo, Server } from 'node:net'

export const PORT = Number(process.env['PORT'] ?? 3000)

/** Listens on loopback and prints the origin. */
export function listen(server: Server): void {
  server.listen(PORT, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}
