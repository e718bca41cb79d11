/** Loopback addresses: the issuer serves nothing else. */

const HOST = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && HOST.test(new URL(text).hostname)
}

/** Whether a `Host` is this server's: a page of another site may resolve its own name to 127.0.0.1. */
export function isLoopbackHost(host: string | null): boolean {
  return host !== null && isLoopbackUrl(`http://${host}`)
}
