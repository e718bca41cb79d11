/** Where the server listens. */

import { fail, type Result, succeed } from '../../lib/result.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Parses `host:port`; an IPv6 address stands in brackets. */
export function parseAddress(text: unknown): Result<Address, string> {
  const [, bracketed, plain, digits = ''] =
    typeof text === 'string'
      ? (/^(?:\[([\da-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text) ?? [])
      : []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65_535) {
    return fail('must be a host and a port, such as 127.0.0.1:8080 or [::1]:8080')
  }
  return succeed({ host, port })
}

/** The URL of an address. */
export function formatAddress(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
