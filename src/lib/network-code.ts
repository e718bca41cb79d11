/** The code of a network error. */

const NETWORK_CODE = /^[A-Z][A-Z\d_]{2,47}$/

/**
 * The code of an exception of `fetch`, such as `ENOTFOUND`: its own on Bun, that of its cause on Node. Deno and
 * workerd have only texts, which may repeat addresses and what was sent.
 */
export function networkCode(error: unknown): string | undefined {
  try {
    const { code, cause }: { code?: unknown; cause?: unknown } = Object(error)
    const found: unknown = code ?? Object(cause).code
    return typeof found === 'string' && NETWORK_CODE.test(found) ? found : undefined
  } catch {
    // A member of the application's exception throws itself.
    return undefined
  }
}
