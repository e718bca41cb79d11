import { describe, expect, it } from 'vitest'
import { readChallenges } from '../../../src/doctor/collect/parse-challenges.ts'
import { parseChallenges } from '../../support/challenge.ts'

function read(header: string) {
  const { challenges, problem } = readChallenges(header)
  const plain = challenges.map(({ scheme, params }) => [scheme, Object.fromEntries(params)])
  return { plain, problem }
}

describe('readChallenges() reads', () => {
  it.each([
    'Bearer scope="a b", resource_metadata="https://rs.example/x,y"',
    'Bearer realm=mcp, DPoP algs="ES256 EdDSA", error="invalid_token"',
    'Bearer a="with \\"quotes\\" inside", b="="',
  ])('the same as the strict parser: %s', (header) => {
    const strict = parseChallenges(header).map(({ scheme, params }) => [
      scheme,
      Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, value.replaceAll('\\"', '"')]),
      ),
    ])
    expect(read(header)).toEqual({ plain: strict, problem: undefined })
  })

  it.each([
    ['Bearer', [['Bearer', {}]]],
    [
      'Bearer, Basic realm="x"',
      [
        ['Bearer', {}],
        ['Basic', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate YWJj==, Bearer',
      [
        ['Negotiate', {}],
        ['Bearer', {}],
      ],
    ],
    ['bearer Scope = "a"', [['bearer', { scope: 'a' }]]],
    ['Bearer scope\t=\t"a"\t,\terror="b"', [['Bearer', { scope: 'a', error: 'b' }]]],
    [
      ',\t, Bearer scope="a", ,\t, DPoP\t,, Negotiate YWJj==\t, ,',
      [
        ['Bearer', { scope: 'a' }],
        ['DPoP', {}],
        ['Negotiate', {}],
      ],
    ],
    [', ,', []],
    ['', []],
  ] as const)('schemes with and without parameters: %s', (header, plain) => {
    expect(read(header)).toEqual({ plain, problem: undefined })
  })
})

describe('readChallenges() continues after, and reports,', () => {
  it.each([
    ['Bearer resource_metadata=https://rs.example/x', /must be quoted/, 'https://rs.example/x'],
    ['Bearer scope="a" resource_metadata="u"', /comma/, 'u'],
    ['Bearer resource_metadata="u", resource_metadata="v"', /twice/, 'v'],
    ['Bearer error=, resource_metadata="u"', /no value/, 'u'],
  ])('%s', (header, problem, metadata) => {
    const { challenges, problem: reported } = readChallenges(header)
    expect(reported).toMatch(problem)
    expect(challenges[0]?.params.get('resource_metadata')).toBe(metadata)
  })

  it('text that is not a challenge', () => {
    expect(readChallenges('"Bearer"').problem).toMatch(/neither/)
    expect(readChallenges('realm="x"').problem).toMatch(/starts with a parameter/)
    expect(readChallenges('Bearer d="Expected "Bearer <x>"."').problem).toMatch(
      /comma between parameters is missing/,
    )
  })
})
