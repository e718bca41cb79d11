import { describe, expect, it } from 'vitest'
import { type ConfigProblem, checkRequirements, type Requirements } from '../src/index.ts'
import { problemsOf } from './support/config-problems.ts'

/** It would require nothing: its scopes are not an own member. */
class Route {
  get scopes() {
    return ['notes:read']
  }
}

describe('checkRequirements()', () => {
  it('accepts requirements that protect() accepts, and none', () => {
    checkRequirements(undefined)
    checkRequirements({})
    checkRequirements({ scopes: ['notes:read'], acrValues: ['gold'], maxAgeSeconds: 300 })
  })

  it.each([
    ['a text', 'notes:read', 'must be an object such as { scopes: [] }'],
    ['null', null, 'must be an object such as { scopes: [] }'],
    ['a promise', Promise.resolve({}), 'is a promise; wait for it first'],
    ['a Map', new Map([['scopes', ['notes:read']]]), 'must be a plain object'],
    ['an instance with accessors', new Route(), 'must be a plain object'],
  ])('rejects %s', (_, requirements, message) => {
    expect(mistakesOf(requirements)).toEqual([{ path: 'requirements', message }])
  })

  it('reports every mistake at once', () => {
    const requirements = { scope: ['notes:read'], maxAgeSeconds: -1 }
    expect(mistakesOf(requirements).map(({ path }) => path)).toEqual([
      'requirements.maxAgeSeconds',
      'requirements.scope',
    ])
  })
})

function mistakesOf(requirements: unknown): readonly ConfigProblem[] {
  return problemsOf(() => checkRequirements(requirements as Requirements))
}
