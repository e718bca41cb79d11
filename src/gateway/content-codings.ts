/**
 * Whether `fetch` decoded a body. `Content-Encoding` and `Content-Length` stay in its response in both cases, and hosts
 * decode different codings. The table below was measured on each of them.
 */

interface Decoder {
  /** The host, as `navigator.userAgent` begins. */
  readonly host: RegExp
  readonly decodes: RegExp
  /** Values whose body the host never decodes. For values that match neither pattern, it may depend on the version. */
  readonly keeps: RegExp
}

const DECODERS: readonly Decoder[] = [
  {
    host: /^Node\.js\//,
    decodes: /^(?:x-gzip|gzip|deflate|br)(?:\s*,\s*(?:x-gzip|gzip|deflate|br)){0,4}$/i,
    // Newer versions decode zstd.
    keeps: /^(?!.*zstd)/i,
  },
  { host: /^Bun\//, decodes: /^(?:x-gzip|gzip|deflate|br|zstd)$/i, keeps: /^[^,]*$/ },
  { host: /^Deno\//, decodes: /^(?:gzip|br)$/i, keeps: /^/ },
  { host: /^Cloudflare-Workers$/, decodes: /^(?:gzip|br)$/, keeps: /^/ },
  { host: /^/, decodes: /^(?:gzip|br)$/, keeps: /^$/ },
]

/**
 * @param codings The value of `Content-Encoding`.
 * @returns `undefined` where it is not known whether the body was decoded.
 */
export function isDecoded(
  codings: string,
  userAgent = globalThis.navigator?.userAgent ?? '',
): boolean | undefined {
  // The coding that changes nothing: without the field the body is the same.
  if (codings.toLowerCase() === 'identity') return true
  const decoder = DECODERS.find(({ host }) => host.test(userAgent))
  if (decoder?.decodes.test(codings) === true) return true
  return decoder?.keeps.test(codings) === true ? false : undefined
}
