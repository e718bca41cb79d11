/** Parsing URLs without exceptions, and the rule about unencrypted transport. */

export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/**
 * Whether the text is a URL in the syntax of RFC 3986. The URL parser also accepts and corrects texts such
 * as `https:host`, `https:///host`, `https://host\\path` and URLs with line breaks, but identifiers are
 * compared as text.
 */
export function isWellWritten(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\/(?!\/)(?:[!#$&-;=?-[\]_a-z~]|%[\da-f]{2})+$/i.test(text)
}

/**
 * Whether the host is this machine: a literal loopback address or a `localhost` name (RFC 6761 §6.3).
 * Another name that resolves to 127.0.0.1 does not count, because it may resolve to another address later.
 */
export function isLoopback(url: URL): boolean {
  const host = url.hostname
  if (host === 'localhost' || host === '[::1]' || host.endsWith('.localhost')) return true
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** Whether the transport is secure: https, or http to this machine. */
export function isSecureTransport(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (allowHttp || isLoopback(url))
}
