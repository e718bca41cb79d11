/** The encoder and the decoder that the library shares. Each one more takes time when the library is loaded. */

export const ENCODER = /* @__PURE__ */ new TextEncoder()

/** Throws for bytes that are not UTF-8, and keeps a byte order mark as a character. */
export const DECODER = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
