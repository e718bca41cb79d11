/** What all stores on Cloudflare have in common. */

/** A reserved host (RFC 2606 §2): no request from outside has it, and no page is cached under it. */
export const ORIGIN = 'https://mcp-gatehouse.invalid/'

/** What to do about a binding that is not set. */
export const BIND = 'name the binding in wrangler.jsonc, and pass it from env'
