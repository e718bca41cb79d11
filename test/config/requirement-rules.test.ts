/** The rules for the requirements of `protect()`. */

import { describe, expect, it } from 'vitest'
import { protect, protectedResource } from '../../src/index.ts'
import { GOOD } from '../support/config-cases.ts'
import { problemsOf } from '../support/config-problems.ts'
import { RESOURCE } from '../support/issuer.ts'

describe('protect()', () => {
  const handler = () => new Response('handled')
  const made = (resource: string) => protectedResource({ ...GOOD, resource })

  it('rejects invalid scopes', () => {
    expect(problemsOf(() => protect(made(RESOURCE), handler, { scopes: ['a b', 'c'] }))).toEqual([
      { path: 'requirements.scopes[0]', message: expect.stringMatching(/RFC 6749/) },
    ])
    expect(
      problemsOf(() => protect(made(RESOURCE), handler, { scopes: { anyOf: ['offline_access'] } })),
    ).toMatchObject([{ path: 'requirements.scopes.anyOf[0]' }])
  })

  it('rejects a string and an invalid list in place of scopes', () => {
    const problems = (requirements: object) =>
      problemsOf(() => protect(made(RESOURCE), handler, requirements))
    const list = 'must be an array of authentication context classes'
    for (const acrValues of ['gold', '', null, new Set(['gold']), [1]]) {
      expect(problems({ acrValues })).toEqual([{ path: 'requirements.acrValues', message: list }])
    }
    const scoped = 'must be an array of scopes or { anyOf: [...] }'
    const both = { anyOf: ['a'], allOf: ['b'] }
    const lists = ['a', null, {}, new Set(['a']), { anyOf: 'a' }, { anyOf: [1] }, [1], both]
    for (const scopes of lists) {
      expect(problems({ scopes })).toEqual([{ path: 'requirements.scopes', message: scoped }])
    }
  })

  it('rejects an optional that is not a boolean', () => {
    const problems = (optional: unknown) =>
      problemsOf(() => protect(made(RESOURCE), handler, { optional } as object))
    for (const optional of ['true', 'false', 1, 0, null, {}]) {
      expect(problems(optional)).toEqual([
        { path: 'requirements.optional', message: 'must be true or false' },
      ])
    }
    expect([true, false, undefined].flatMap(problems)).toEqual([])
  })

  it('rejects unknown requirements', () => {
    const misspelt = { scope: ['admin'] } as object
    expect(problemsOf(() => protect(made(RESOURCE), handler, misspelt))).toEqual([
      { path: 'requirements.scope', message: expect.stringMatching(/spelling/) },
    ])
    const list = ['admin'] as object
    expect(problemsOf(() => protect(made(RESOURCE), handler, list))).toMatchObject([
      { path: 'requirements.0' },
    ])
  })

  it('rejects a promise of requirements', () => {
    const problem = { path: 'requirements', message: 'is a promise; wait for it first' }
    const promised = Promise.resolve({ scopes: ['admin'] })
    expect(problemsOf(() => protect(made(RESOURCE), handler, promised as object))).toEqual([
      problem,
    ])
  })

  it('rejects an empty list, and two resources with one path', () => {
    expect(problemsOf(() => protect([], handler))).toMatchObject([{ path: 'resources' }])
    const shared = [made('https://a.example/mcp'), made('https://b.example/mcp')]
    expect(problemsOf(() => protect(shared, handler))).toEqual([
      { path: 'resources[1]', message: expect.stringMatching(/the path \/mcp/) },
    ])
  })
})
