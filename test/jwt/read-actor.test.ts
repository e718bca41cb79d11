import { describe, expect, it } from 'vitest'
import { readActor } from '../../src/jwt/read-actor.ts'
import type { JsonObject } from '../../src/lib/json.ts'

const INVALID = { ok: false, error: 'token_claims' }

function chain(length: number): JsonObject {
  let act: JsonObject = { sub: 'first' }
  for (let count = 1; count < length; count++) act = { sub: `s${count}`, act }
  return { act }
}

describe('readActor()', () => {
  it.each([[{}], [{ act: null }], [{ act: undefined }], [{ sub: 'x' }]])(
    'gives no actor for %j',
    (claims) => {
      expect(readActor(claims)).toEqual({ ok: true, value: undefined })
    },
  )

  it('gives every actor, frozen', () => {
    const inner = { client_id: 'app', act: null }
    const read = readActor({ act: { sub: 'agent', iss: 'https://as.example', act: inner } })
    expect(read).toEqual({
      ok: true,
      value: {
        subject: 'agent',
        issuer: 'https://as.example',
        clientId: undefined,
        actor: { subject: undefined, issuer: undefined, clientId: 'app', actor: undefined },
      },
    })
    const actor = read.ok ? read.value : undefined
    expect([Object.isFrozen(actor), Object.isFrozen(actor?.actor)]).toEqual([true, true])
  })

  it('gives up to eight actors', () => {
    expect(readActor(chain(8)).ok).toBe(true)
    expect(readActor(chain(9))).toEqual(INVALID)
  })

  it.each([
    ['a text', 'agent'],
    ['a number', 5],
    ['a list', [{ sub: 'agent' }]],
    ['false', false],
    ['an actor without a name', { iss: 'https://as.example' }],
    ['an actor with a blank name', { sub: ' ' }],
    ['a subject that is a number', { sub: 5, client_id: 'app' }],
    ['a subject that is null', { sub: null, client_id: 'app' }],
    ['a client that is a list', { sub: 'agent', client_id: ['app'] }],
    ['an issuer that is an object', { sub: 'agent', iss: {} }],
    ['an inner actor that is invalid', { sub: 'agent', act: { sub: '' } }],
    ['an inner actor that is a text', { sub: 'agent', act: 'x' }],
  ])('rejects %s', (_, act) => {
    expect(readActor({ act })).toEqual(INVALID)
  })

  it('reads own members only, and undefined ones as absent', () => {
    const act = { __proto__: { sub: 5, iss: {}, act: 'x' }, client_id: 'app', sub: undefined }
    const inherited = { __proto__: { iss: {}, act: 'x' }, sub: 'agent' }
    expect(readActor({ act })).toMatchObject({ ok: true, value: { clientId: 'app' } })
    expect(readActor({ act: inherited })).toEqual({
      ok: true,
      value: { subject: 'agent', issuer: undefined, clientId: undefined, actor: undefined },
    })
  })
})
