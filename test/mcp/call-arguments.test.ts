import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/contract/errors.ts'
import { argumentsIn, createArgumentsReader } from '../../src/mcp/call-arguments.ts'
import type { JsonRpcCall } from '../../src/mcp/json-rpc.ts'
import { thrownBy } from '../support/thrown-by.ts'

describe('createArgumentsReader()', () => {
  it('reads once, when a decision does, and freezes what it gives', () => {
    let reads = 0
    const reader = createArgumentsReader(() => {
      reads += 1
      return { value: { list: [1] } }
    })
    expect([reads, Object.isFrozen(reader.call)]).toEqual([0, true])
    const given = reader.call.arguments() as { list: unknown[] }
    expect(given).toEqual({ list: [1] })
    expect([Object.isFrozen(given), Object.isFrozen(given.list)]).toEqual([true, true])
    expect(reader.call.arguments()).toBe(given)
    expect([reads, reader.isAmbiguous()]).toEqual([1, false])
  })

  it('reads absent arguments as undefined', () => {
    const reader = createArgumentsReader(() => ({ value: undefined }))
    expect([reader.call.arguments(), reader.isAmbiguous()]).toEqual([undefined, false])
  })

  it('throws for arguments with more than one reading, every time, and stores that', () => {
    let reads = 0
    const reader = createArgumentsReader(() => {
      reads += 1
      return undefined
    })
    expect(reader.isAmbiguous()).toBe(false)
    for (const _ of [1, 2]) {
      const error = thrownBy(() => reader.call.arguments())
      expect(error).toBeInstanceOf(AuthError)
      expect(error).toMatchObject({ code: 'body_invalid', status: 400 })
      expect(reader.isAmbiguous()).toBe(true)
    }
    expect(reads).toBe(1)
  })
})

describe('argumentsIn()', () => {
  const params = { name: 'x', arguments: { a: 1 } }
  const call = (method: string): JsonRpcCall => ({ method, params, isNotification: false })

  it.each(['tools/call', 'prompts/get'])('are a member of the params of %s', (method) => {
    expect(argumentsIn(call(method))).toEqual({ a: 1 })
  })

  it.each(['tools/list', 'completion/complete', 'x'])('are the params of %s', (method) => {
    expect(argumentsIn(call(method))).toBe(params)
  })
})
