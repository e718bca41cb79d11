/**
 * Keeps tests on this machine: whatever goes beyond loopback fails, and fails the test even if the
 * code under test swallowed the error. Child processes are not covered; see CONTRIBUTING.md.
 */

import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

interface Guard {
  /** Where something wanted to go, since it was last asked. */
  readonly attempts: string[]
}

/** Shared by all copies of this file in a process: files of one project may not be isolated. */
const GUARD = Symbol.for('mcp-gatehouse.test.network')
const LOOPBACK_NAME = /^(?:.+\.)?localhost\.?$/i
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i

/** Takes effect once in a process, before any test. */
export function guardNetwork(): void {
  const holder = globalThis as { [GUARD]?: Guard }
  if (holder[GUARD] !== undefined) return
  holder[GUARD] = { attempts: [] }
  guardFetch()
  guardSockets()
  guardNames()
  syncBuiltinESMExports()
}

/** What was attempted since this was last called. */
export function takeAttempts(): string[] {
  return (globalThis as { [GUARD]?: Guard })[GUARD]?.attempts.splice(0) ?? []
}

/** Whether a host is this machine: by name or by address, without asking. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return LOOPBACK_NAME.test(bare) || LOOPBACK_ADDRESS.test(bare)
}

function blockedAttempt(place: string): Error {
  ;(globalThis as { [GUARD]?: Guard })[GUARD]?.attempts.push(place)
  return new Error(`A test wanted to go to ${place}: give it a fetch, or a server on loopback.`)
}

function guardFetch(): void {
  const real = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const { protocol, hostname, origin } = new URL(input instanceof Request ? input.url : input)
    const isWeb = protocol === 'http:' || protocol === 'https:'
    if (isWeb && !isLoopbackHost(hostname)) throw blockedAttempt(origin)
    return real(input, init)
  }
}

/** Every TCP connection of Node begins here: `net`, `tls`, `http`, `https`, `http2` and its own fetch. */
function guardSockets(): void {
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const place = foreignPlaceIn(args)
    if (place !== undefined) {
      const error = blockedAttempt(place)
      Object.assign(this, { connecting: true })
      // As a connection fails: later, when whatever wants to hear of it listens.
      setImmediate(() => this.destroy(error))
      return this
    }
    return Reflect.apply(connect, this, args)
  } as typeof connect
}

/** Arguments are `(options)`, `(port, host)`, `(path)`, or what `net.connect` made of one of these. */
function foreignPlaceIn([first, second]: readonly unknown[]): string | undefined {
  if (Array.isArray(first)) return foreignPlaceIn(first)
  const isPort = typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))
  const { host, port, path } = (
    typeof first === 'object' && first !== null
      ? first
      : isPort
        ? { port: first, host: typeof second === 'string' ? second : undefined }
        : { path: first }
  ) as { host?: string; port?: unknown; path?: unknown }
  // `path` of an HTTP request is not a socket, but that has a port, too.
  if (port === undefined && path !== undefined) return undefined
  return host === undefined || isLoopbackHost(host) ? undefined : `${host}:${port}`
}

function guardNames(): void {
  const { lookup } = dns
  dns.lookup = ((name: string, ...rest: unknown[]) => {
    if (isLoopbackHost(name)) return Reflect.apply(lookup, dns, [name, ...rest])
    const callback = rest.at(-1) as (error: Error) => void
    const error = blockedAttempt(name)
    queueMicrotask(() => callback(error))
  }) as typeof lookup
  const { lookup: promised } = dns.promises
  dns.promises.lookup = (async (name: string, ...rest: unknown[]) => {
    if (!isLoopbackHost(name)) throw blockedAttempt(name)
    return Reflect.apply(promised, dns.promises, [name, ...rest])
  }) as typeof promised
}
