import { describe, expect, it } from 'vitest'
import { type ConfigProblem, checkRequirements, type Requirements } from '../src/index.ts'
import { problemsOf } from './support/config-problems.ts'

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
