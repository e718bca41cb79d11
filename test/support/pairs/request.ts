/** The route and the request of a case. */

import type { Requirements } from '../../../src/index.ts'
import { makeProof } from '../holder.ts'
import { RESOURCE } from '../issuer.ts'
import type { Material } from './build.ts'
import { APP, type Case, CERTIFICATE } from './factors.ts'

export function routeOf({ scopes, acr, login, optional }: Case): Requirements {
  return {
    ...{ none: {}, write: { scopes: ['write'] }, any: { scopes: { anyOf: ['admin', 'write'] } } }[
      scopes
    ],
    ...(acr === 'none' ? {} : { acrValues: ['strong'] }),
    ...(login === 'none' ? {} : { maxAgeSeconds: 300 }),
    ...(optional === 'no' ? {} : { optional: true }),
  }
}

export function certificateOf({ certificate }: Case): { certificate: string } | undefined {
  return {
    none: undefined,
    own: { certificate: CERTIFICATE },
    other: { certificate: 'B'.repeat(43) },
  }[certificate]
}

export async function requestOf(
  each: Case,
  { texts, holder, thief }: Material,
  sessionId: string,
): Promise<Request> {
  const text = texts.get(each.token) ?? ''
  const headers = new Headers()
  const authorization = {
    ...{
      Bearer: `Bearer ${text}`,
      DPoP: `DPoP ${text}`,
      Basic: 'Basic dTpw',
      malformed: 'Bearer a b',
    },
    ...{ twice: `Bearer ${text}, Bearer ${text}`, none: undefined, field: undefined },
  }[each.scheme]
  if (authorization !== undefined) headers.set('Authorization', authorization)
  if (each.scheme === 'field') headers.set('X-Token', text)
  if (each.scheme === 'DPoP' && each.proof !== 'none') {
    const claims = { htm: each.method, ...(each.proof === 'ath' ? { ath: 'other' } : {}) }
    const signer = each.proof === 'other' ? thief : holder
    headers.set('DPoP', await makeProof(signer, text, { claims }))
    if (each.proof === 'two') headers.append('DPoP', await makeProof(holder, text, { claims }))
  }
  const origin = { none: undefined, own: new URL(RESOURCE).origin, app: APP, null: 'null' }[
    each.origin
  ]
  if (origin !== undefined) headers.set('Origin', origin)
  if (each.session !== 'none') {
    headers.set('Mcp-Session-Id', each.session === 'own' ? sessionId : 'id.forged')
  }
  const body = each.method === 'POST' ? BODIES[each.body] : undefined
  return new Request(RESOURCE, { method: each.method, headers, body: body ?? null })
}

function call(name: string): string {
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}"}}`
}

export const BODIES: Readonly<Record<Case['body'], string | undefined>> = {
  ...{
    read: call('read'),
    write: call('write'),
    help: call('help'),
    any: call('any'),
    deny: call('deny'),
  },
  batch: `[${call('read')},${call('write')}]`,
  mixed: `[${call('help')},${call('read')}]`,
  response: '{"jsonrpc":"2.0","id":1,"result":{}}',
  ambiguous: `{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"write"}}`,
  empty: undefined,
}
