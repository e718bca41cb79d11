import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { redisDocumentStore, redisReplayStore } from '../../adapters/redis.ts'

/** A client that records commands and gives the same reply to all. */
function createClient(reply: unknown) {
  const commands: string[][] = []
  const command = async (...args: string[]): Promise<unknown> => {
    commands.push(args)
    return reply
  }
  return { commands, command }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const inSeconds = (seconds: number): number => Date.now() / 1000 + seconds

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('redisReplayStore()', () => {
  test('sends one atomic command that expires with the proof', async () => {
    const { command, commands } = createClient('OK')
    expect(await redisReplayStore(command).add('digest', inSeconds(300.5))).toBe(true)
    const [sent] = commands
    expect(commands).toHaveLength(1)
    expect(sent?.slice(0, 5)).toEqual(['SET', 'mcp-gatehouse:dpop:digest', '1', 'NX', 'PX'])
    expect(sent?.[5]).toBe('300500')
  })

  test.each([
    ['text', 'OK', true],
    ['bytes', utf8('OK'), true],
    ['nil', null, false],
  ])('understands a reply in %s', async (_, reply, expected) => {
    const { command } = createClient(reply)
    expect(await redisReplayStore(command).add('digest', inSeconds(300))).toBe(expected)
  })

  test.each([['QUEUED'], [undefined], [1], [true], [utf8('QUEUED')]])(
    'takes %s neither for new nor for seen',
    async (reply) => {
      const { command } = createClient(reply)
      const adding = redisReplayStore(command).add('digest', inSeconds(300))
      await expect(adding).rejects.toThrow(TypeError)
    },
  )

  test('sends no lifetime that Redis rejects', async () => {
    const { command, commands } = createClient('OK')
    await redisReplayStore(command).add('digest', inSeconds(-5))
    expect(commands[0]?.at(-1)).toBe('1')
  })
})

describe('redisDocumentStore()', () => {
  test('returns text and bytes as text, and undefined for nil', async () => {
    for (const [reply, expected] of [
      ['ä', 'ä'],
      [utf8('ä'), 'ä'],
      [null, undefined],
    ]) {
      const { command, commands } = createClient(reply)
      expect(await redisDocumentStore(command).get('key')).toBe(expected)
      expect(commands).toEqual([['GET', 'key']])
    }
  })

  test('rejects if the command function does not return the reply', async () => {
    const { command } = createClient(undefined)
    await expect(redisDocumentStore(command).get('key')).rejects.toThrow(TypeError)
  })

  test('sets with an expiry', async () => {
    const { command, commands } = createClient('OK')
    await redisDocumentStore(command).set('key', 'value', 4200)
    expect(commands).toEqual([['SET', 'key', 'value', 'PX', '4200000']])
  })
})
