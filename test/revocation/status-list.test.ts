import { randomBytes } from 'node:crypto'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inflate } from '../../src/revocation/inflate.ts'
import { isRevokedIn, parseStatusList, type StatusList } from '../../src/revocation/status-list.ts'
import { compress, pack } from '../support/status-list.ts'

async function parse(claim: unknown): Promise<StatusList> {
  const list = await parseStatusList(claim)
  if (list === undefined) throw new Error('not a list')
  return list
}

function statusesOf(list: StatusList): (boolean | undefined)[] {
  return Array.from({ length: list.length }, (_, index) => isRevokedIn(list, index))
}

describe('parseStatusList()', () => {
  it('reads the list of one bit of the draft (§4.1)', async () => {
    const list = await parse({ bits: 1, lst: 'eNrbuRgAAhcBXQ' })
    const statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    expect(statusesOf(list)).toEqual(statuses.map((status) => status !== 0))
  })

  it('reads the list of two bits of the draft (§4.1)', async () => {
    const list = await parse({ bits: 2, lst: 'eNo76fITAAPfAgc' })
    const statuses = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    expect(statusesOf(list)).toEqual(statuses.map((status) => status !== 0))
  })

  // The test vectors of the draft (appendix "Test vectors for Status List encoding").
  it.each<[bits: number, others: number[], lst: string]>([
    [
      1,
      [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345],
      'eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb',
    ],
    [
      2,
      [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345],
      'eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAAAAAAAAAAAAAAQG12SgAAAAAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw',
    ],
    [
      4,
      [
        0, 1993, 35460, 459495, 595669, 754353, 845645, 923232, 924445, 934534, 1004534, 1000345,
        1030203, 1030204, 1030205,
      ],
      'eNrt0EENgDAQADAIHwImkIIEJEwCUpCEBBQRHOy35Li1EjoOQGabAgAAAAAAAAAAAAAAAAAAACC1SQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABADrsCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADoxaEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIIoCgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACArpwKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGhqVkAzlwIAAAAAiGVRAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABx3AoAgLpVAQAAAAAAAAAAAAAAwM89rwMAAAAAAAAAAAjsA9xMBMA',
    ],
  ])('reads the test vector of %i bits of the draft', async (bits, others, lst) => {
    const list = await parse({ bits, lst })
    const revoked = statusesOf(list).flatMap((status, index) => (status ? [index] : []))
    expect(list.length).toBe(2 ** 20)
    expect(revoked).toEqual(others.toSorted((a, b) => a - b))
  })

  it.each([1, 2, 4, 8])('reads every entry of %i bits', async (bits) => {
    const statuses = Array.from({ length: 4096 }, (_, index) => (index * 37) % 2 ** bits)
    const list = await parse({ bits, lst: compress(pack(statuses, bits)) })
    expect(statusesOf(list)).toEqual(statuses.map((status) => status !== 0))
    expect(list.flags.buffer.byteLength).toBe(512)
  })

  it('has no entry before the first and after the last', async () => {
    const list = await parse({ bits: 1, lst: compress(new Uint8Array([255])) })
    for (const index of [-1, 8, 2 ** 31, 2 ** 32, 2 ** 53, 1e300]) {
      expect(isRevokedIn(list, index)).toBeUndefined()
    }
    expect(isRevokedIn(list, 7)).toBe(true)
  })

  it('keeps 125 kB for a million entries of any size', async () => {
    for (const bits of [1, 8]) {
      const bytes = new Uint8Array(randomBytes(125_000 * bits))
      const list = await parse({ bits, lst: compress(bytes) })
      expect([list.length, list.flags.buffer.byteLength]).toEqual([1_000_000, 125_000])
    }
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [1]],
    ['no bits', { lst: compress(new Uint8Array(8)) }],
    ['three bits', { bits: 3, lst: compress(new Uint8Array(8)) }],
    ['sixteen bits', { bits: 16, lst: compress(new Uint8Array(8)) }],
    ['bits as text', { bits: '1', lst: compress(new Uint8Array(8)) }],
    ['no lst', { bits: 1 }],
    ['lst as a list', { bits: 1, lst: ['eNrbuRgAAhcBXQ'] }],
    ['padded base64url', { bits: 1, lst: 'eNrbuRgAAhcBXQ==' }],
    ['base64', { bits: 1, lst: '+/==' }],
    ['nothing compressed', { bits: 1, lst: '' }],
    ['data that is not compressed', { bits: 1, lst: Buffer.alloc(64).toString('base64url') }],
    ['raw DEFLATE', { bits: 1, lst: deflateRawSync(Buffer.alloc(64)).toString('base64url') }],
    ['gzip', { bits: 1, lst: gzipSync(Buffer.alloc(64)).toString('base64url') }],
    [
      'a list that ends early',
      { bits: 1, lst: deflateSync(randomBytes(64)).subarray(0, 40).toString('base64url') },
    ],
    [
      'a wrong checksum',
      {
        bits: 1,
        lst: Buffer.concat([
          deflateSync(Buffer.alloc(64)).subarray(0, -4),
          Buffer.alloc(4),
        ]).toString('base64url'),
      },
    ],
    ['inherited members', Object.create({ bits: 1, lst: 'eNrbuRgAAhcBXQ' })],
  ])('rejects %s', async (_, claim) => {
    expect(await parseStatusList(claim)).toBeUndefined()
  })

  it('accepts a list of two MiB, and none that is longer', async () => {
    const ofLength = (length: number) => ({ bits: 1, lst: compress(new Uint8Array(length)) })
    const most = 2 * 1024 * 1024
    expect((await parse(ofLength(most))).length).toBe(most * 8)
    expect(await parseStatusList(ofLength(most + 1))).toBeUndefined()
  })

  it('stops at a compression bomb', async () => {
    const bomb = deflateSync(Buffer.alloc(1_000_000_000), { level: 9 })
    expect(bomb.byteLength).toBeLessThan(1_000_000)
    const before = process.memoryUsage().rss
    expect(await parseStatusList({ bits: 1, lst: bomb.toString('base64url') })).toBeUndefined()
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
  })
})

describe('inflate()', () => {
  it('accepts exactly the maximum', async () => {
    const bytes = new Uint8Array(deflateSync(Buffer.alloc(10_000, 7)))
    expect((await inflate(bytes, 10_000))?.byteLength).toBe(10_000)
    expect(await inflate(bytes, 9999)).toBeUndefined()
  })
})
