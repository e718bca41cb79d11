/** URLs as values: parsing that does not throw, and the one rule about unencrypted transport. */

export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/**
 * Whether the text is a URL as RFC 3986 writes one. The parser mends much that is not, `https:host`
 * and `https://host\\path` and line breaks in the middle, and text is what identifiers are compared as.
 */
export function isWellWritten(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[!-~]+$/i.test(text) && !/["<>\\^`{|}]/.test(text)
}

/**
 * Whether this machine itself is meant. Only literal loopback addresses and the `localhost` names
 * (RFC 6761 §6.3) count: a name that merely resolves to 127.0.0.1 can be made to resolve elsewhere.
 */
export function isLoopback(url: URL): boolean {
  const host = url.hostname
  if (host === 'localhost' || host === '[::1]' || host.endsWith('.localhost')) return true
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** Whether the transport is protected: https, or http that never leaves this machine. */
export function isSecureTransport(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (allowHttp || isLoopback(url))
}
