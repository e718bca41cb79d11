/** The rules for the requirements of `protect()`. */

import { describe, expect, it } from 'vitest'
import { bearerAuth } from '../../adapters/node/index.ts'
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
    for (const acrValues of ['gold', '', null, new Set(['gold'])]) {
      expect(problems({ acrValues })).toEqual([
        { path: 'requirements.acrValues', message: expect.stringMatching(/^expected an array, /) },
      ])
    }
    expect(problems({ acrValues: [1] })).toEqual([
      { path: 'requirements.acrValues[0]', message: 'expected a string, found a number' },
    ])
    for (const scopes of ['a', null, 1, () => ['a']]) {
      const message = expect.stringMatching(
        /^expected an array of scopes or \{ anyOf: \[...\] \}, /,
      )
      expect(problems({ scopes })).toEqual([{ path: 'requirements.scopes', message }])
    }
  })

  it.each<[scopes: unknown, path: string, message: string]>([
    [[1], 'scopes[0]', 'expected a string, found a number'],
    [{}, 'scopes.anyOf', 'is missing'],
    [new Set(['a']), 'scopes.anyOf', 'is missing'],
    [{ anyOf: 'a' }, 'scopes.anyOf', 'expected an array, found a string'],
    [{ anyOf: [1] }, 'scopes.anyOf[0]', 'expected a string, found a number'],
    [
      { anyOf: [] },
      'scopes.anyOf',
      'is empty, so no token can satisfy it; name at least one scope',
    ],
    [
      { anyOf: ['a'], allOf: ['b'] },
      'scopes.allOf',
      'is not a requirement; remove it or correct its spelling',
    ],
    [
      { anyOf: ['a'], allOf: undefined },
      'scopes.allOf',
      'is not a requirement; remove it or correct its spelling',
    ],
  ])('rejects the scopes %j', (scopes, path, message) => {
    const problems = problemsOf(() => protect(made(RESOURCE), handler, { scopes } as object))
    expect(problems).toEqual([{ path: `requirements.${path}`, message }])
  })

  it.each([
    ['certificate', { thumbprint: 'x' }, 'expected a string, found an object'],
    ['waitUntil', true, 'expected a function, found a boolean'],
  ])('rejects a %s that is %j', (name, value, message) => {
    const problems = problemsOf(() => protect(made(RESOURCE), handler, { [name]: value } as object))
    expect(problems).toEqual([{ path: `requirements.${name}`, message }])
  })

  it('rejects an optional that is not a boolean', () => {
    const problems = (optional: unknown) =>
      problemsOf(() => protect(made(RESOURCE), handler, { optional } as object))
    for (const optional of ['true', 'false', 1, 0, null, {}]) {
      expect(problems(optional)).toEqual([
        {
          path: 'requirements.optional',
          message: expect.stringMatching(/^expected a boolean, found /),
        },
      ])
    }
    expect([true, false, undefined].flatMap(problems)).toEqual([])
  })

  it('rejects unknown requirements', () => {
    const misspelt = { scope: ['admin'] } as object
    expect(problemsOf(() => protect(made(RESOURCE), handler, misspelt))).toEqual([
      { path: 'requirements.scope', message: 'is not a requirement; did you mean scopes?' },
    ])
  })

  it('rejects a list in place of requirements', () => {
    const problem = { path: 'requirements', message: 'must be an object such as { scopes: [] }' }
    for (const list of [['admin'], []] as object[]) {
      expect(problemsOf(() => protect(made(RESOURCE), handler, list))).toEqual([problem])
      expect(problemsOf(() => bearerAuth(made(RESOURCE), list))).toEqual([problem])
    }
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
