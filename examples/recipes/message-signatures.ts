import type { BindingFeature } from 'mcp-gatehouse/core'

const INPUT = /^sig=(\("@method" "@target-uri" "authorization"\);created=(\d+))$/

/** Tokens that are bound to a key by `cnf.jwk` (RFC 7800 §3.2); it signs each request (RFC 9421). */
export function messageSignatures(): BindingFeature {
  return {
    kind: 'binding',
    name: 'messageSignatures',
    metadata: () => ({ message_signatures_supported: true }),
    create: () => ({ method: 'jwk', check: (jwk, _, call) => checkSignature(jwk, call) }),
  }
}

async function checkSignature(
  jwk: unknown,
  { request, now }: { request: Request | undefined; now: number },
) {
  const headers = request?.headers ?? new Headers()
  const [, input = '', created] = INPUT.exec(headers.get('Signature-Input') ?? '') ?? []
  const [, signature] = /^sig=:([\w+/]+=*):$/.exec(headers.get('Signature') ?? '') ?? []
  if (request === undefined || created === undefined || signature === undefined) {
    return { ok: false, error: { code: 'binding_missing' } } as const
  }
  const target = [`"@method": ${request.method}`, `"@target-uri": ${request.url}`]
  const token = [
    `"authorization": ${headers.get('Authorization')}`,
    `"@signature-params": ${input}`,
  ]
  const base = new TextEncoder().encode([...target, ...token].join('\n'))
  const bytes = Uint8Array.from(atob(signature), (each) => each.charCodeAt(0))
  const key = await crypto.subtle.importKey('jwk', jwk as JsonWebKey, 'Ed25519', false, ['verify'])
  const isSigned = await crypto.subtle.verify('Ed25519', key, bytes, base)
  return isSigned && Math.abs(now - Number(created)) <= 60
    ? ({ ok: true, value: undefined } as const)
    : ({ ok: false, error: { code: 'binding_mismatch' } } as const)
}
