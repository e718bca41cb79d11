/** Parameters with one reading, for texts and for values that the application has parsed. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areClearParams, findClearParams } from '../../src/mcp/clear-params.ts'
import { parseJsonRpcText } from '../../src/mcp/json-rpc.ts'
import { BOUNDS } from '../support/fuzz.ts'
import { processorTime } from '../support/processor-time.ts'

const call = (params: string) => `{"method":"x","params":${params}}`
const isClear = (params: string) => findClearParams(call(params))[0]

describe('findClearParams()', () => {
  it.each([
    ['null'],
    ['[]'],
    ['{}'],
    ['""'],
    ['-0'],
    ['9007199254740991'],
    ['[-9007199254740991,1.5,1e-400]'],
    ['{"a":{"b":1},"b":{"b":1}}'],
    ['[{"a":1},{"a":1}]'],
    ['{"a":"\\"__proto__\\":1","b":"99999999999999999999"}'],
    ['{"\\\\":1,"\\"":2,"/":3}'],
    ['{"A":1,"a":2}'],
    ['{"a":"b","b":"a"}'],
    ['["a","a","a"]'],
    ['{"a":["b","b","b"],"b":1}'],
    ['0.99999999999999999999'],
    ['[1,2,"3",4]'],
    [' {\n"a" :\t1 , "b": [ ] } '],
  ])('accepts %s', (params) => {
    JSON.parse(params)
    expect(isClear(params)).toBe(true)
    expect(areClearParams(JSON.parse(params))).toBe(true)
  })

  it.each([
    ['{"a":1,"a":1}'],
    ['{"a":1,"b":[],"a":{}}'],
    ['{"":1,"":2}'],
    ['{"\\\\":1,"\\u005c":2}'],
    ['{"a":1 ,\n"\\u0061" : 2}'],
    ['[[{"a":{"b":[{"c":1,"c":2}]}}]]'],
    ['{"constructor":1,"constructor":2}'],
  ])('rejects a name that is there twice: %s', (params) => {
    JSON.parse(params)
    expect(isClear(params)).toBe(false)
  })

  it.each([
    ['{"__proto__":1}'],
    ['{"a":[{"\\u005f_proto__":{}}]}'],
    ['9007199254740992'],
    ['-9007199254740992'],
    ['{"a":90071992547409910}'],
    ['[1e16]'],
    ['[1E999]'],
    ['[-1.5e+300]'],
    ['{"a":9007199254740993.0}'],
  ])('rejects %s, also as a value', (params) => {
    JSON.parse(params)
    expect(isClear(params)).toBe(false)
    expect(areClearParams(JSON.parse(params))).toBe(false)
  })

  it('has one result for each call, and reads nothing but their params', () => {
    const odd = '{"a":1,"a":2}'
    const batch = [
      call('{"a":1}'),
      `{"result":${odd}}`,
      call(odd),
      `{"id":9007199254740993,"x":${odd},"method":"y"}`,
      `{"params":${odd},"method":"z"}`,
      `{"params":{"method":"x","params":${odd}},"method":"z"}`,
      `{"x":[{"method":"x","params":${odd}}],"method":"z","params":{}}`,
    ]
    expect(findClearParams(`[${batch.join()}]`)).toEqual([true, false, true, false, false, true])
    expect(findClearParams('[]')).toEqual([])
    expect(findClearParams(`{"result":${odd}}`)).toEqual([])
    expect(findClearParams('{"result":{"method":"x"}}')).toEqual([])
    expect(findClearParams('{"method":"params","x":9007199254740993}')).toEqual([true])
    for (const text of ['"x"', '1', 'null']) expect(findClearParams(text)).toEqual([])
  })

  it('accepts what JSON.stringify writes, and notices every member that is added twice', () => {
    const names = fc.constantFrom('a', 'b', '\\', '"', '\u0000', 'é', '__proto', 'params', 'method')
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(value, fc.nat(), (params, at) => {
        const text = JSON.stringify(params)
        expect(isClear(text)).toBe(true)
        const places = [...text.matchAll(/\{(?="(?:\\.|[^"\\])*":)/g)].filter(({ index }) =>
          isOutsideOfTexts(text, index),
        )
        const place = places[at % Math.max(1, places.length)]?.index
        if (place === undefined) return
        const name = /^"(?:\\.|[^"\\])*"/.exec(text.slice(place + 1))?.[0]
        const twice = `${text.slice(0, place + 1)}${name}:0,${text.slice(place + 1)}`
        JSON.parse(twice)
        expect(isClear(twice)).toBe(false)
      }),
      BOUNDS,
    )
  })

  it('takes a time that is linear in the length', () => {
    const bodies = [
      `{${Array.from({ length: 60_000 }, (_, index) => `"n${index}":${index}`).join()}}`,
      `[${'[],'.repeat(200_000)}1]`,
      `"${'\\\\'.repeat(400_000)}"`,
      `[1${'0'.repeat(800_000)}]`,
      `[${'-1.5e-7,'.repeat(100_000)}1]`,
    ]
    for (const params of bodies) {
      const parsing = processorTime(() =>
        expect(parseJsonRpcText(call(params), true).ok).toBe(true),
      )
      const finding = processorTime(() => findClearParams(call(params)))
      // Both walk the text once.
      expect(finding).toBeLessThan(100 + 20 * parsing)
    }
  })
})

function isOutsideOfTexts(text: string, index: number): boolean {
  return (text.slice(0, index).replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 0
}
