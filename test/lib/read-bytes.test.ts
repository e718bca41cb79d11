import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readBytes, readBytesWithin } from '../../src/lib/read-bytes.ts'

function streamOf(
  chunks: readonly Uint8Array[],
  onCancel?: () => void,
): ReadableStream<Uint8Array> {
  const open = [...chunks]
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = open.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => onCancel?.(),
    },
    { highWaterMark: 0 },
  )
}

describe('readBytes()', () => {
  it('joins chunks of any size, up to exactly maxBytes', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(40), async (parts, maxBytes) => {
        const whole = Uint8Array.from(parts.flatMap((part) => [...part]))
        const read = await readBytes(streamOf(parts), maxBytes)
        expect(read).toEqual(whole.length > maxBytes ? undefined : whole)
      }),
    )
  })

  it('returns no bytes without a body', async () => {
    expect(await readBytes(null, 0)).toEqual(new Uint8Array())
  })

  it('cancels an endless stream after maxBytes', async () => {
    let pulled = 0
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(10))
        },
        cancel() {
          cancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    expect(await readBytes(endless, 25)).toBeUndefined()
    expect([pulled, cancelled]).toEqual([3, true])
  })

  it('does not await a cancellation that never finishes', async () => {
    const stuck = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => new Promise<void>(() => {}),
    })
    expect(await readBytes(stuck, 5)).toBeUndefined()
  })

  it('throws the error of the stream', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    })
    await expect(readBytes(broken, 5)).rejects.toThrow('gone')
  })
})

/** A stream that sends the same chunk without end, at once or on each pull. */
function endlessly(chunk: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream(
    { pull: (controller) => controller.enqueue(chunk) },
    { highWaterMark: 0 },
  )
}

describe('readBytes() with small chunks', () => {
  const bytesInPieces = (count: number) =>
    streamOf(Array.from({ length: count }, (_, index) => Uint8Array.of(index % 251)))

  it('accepts 1,024 chunks, and more in proportion to maxBytes', async () => {
    const whole = (count: number) => Uint8Array.from({ length: count }, (_, index) => index % 251)
    for (const [maxBytes, pieces] of [
      [1024, 1024],
      [262_144, 1024],
      [1_048_576, 4096],
    ] as const) {
      expect(await readBytes(bytesInPieces(pieces), maxBytes)).toEqual(whole(pieces))
      expect(await readBytes(bytesInPieces(pieces + 1), maxBytes)).toBeUndefined()
    }
  })

  it('stops at a stream of endless empty chunks', async () => {
    expect(await readBytes(endlessly(new Uint8Array()), 10)).toBeUndefined()
  })

  it('rejects chunks that are not bytes', async () => {
    const texts = new ReadableStream({ pull: (controller) => controller.enqueue('text') })
    await expect(readBytes(texts, 10)).rejects.toThrow('A body is a stream of bytes.')
  })
})

describe('readBytesWithin()', () => {
  it('returns the bytes and clears its timer', async () => {
    vi.useFakeTimers()
    try {
      expect(await readBytesWithin(readerOf([Uint8Array.of(1, 2)]), 2, 1000)).toEqual(
        Uint8Array.of(1, 2),
      )
      expect(await readBytesWithin(readerOf([Uint8Array.of(1, 2)]), 1, 1000)).toBe('too_large')
      expect(await readBytesWithin(undefined, 0, 1000)).toEqual(new Uint8Array())
      const broken = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error('gone')),
      })
      await expect(readBytesWithin(broken.getReader(), 5, 1000)).rejects.toThrow('gone')
      const released = readerOf([])
      released.releaseLock()
      await expect(readBytesWithin(released, 5, 1000)).rejects.toThrow(TypeError)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('cancels a stream that stalls, without awaiting the cancellation', async () => {
    vi.useFakeTimers()
    try {
      let cancelled = false
      const stopping = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Uint8Array.of(1)),
        cancel() {
          cancelled = true
          return new Promise<void>(() => {})
        },
      })
      const outcome = readBytesWithin(stopping.getReader(), 10, 50)
      await vi.advanceTimersByTimeAsync(49)
      expect(cancelled).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect([await outcome, cancelled, vi.getTimerCount()]).toEqual(['timeout', true, 0])
    } finally {
      vi.useRealTimers()
    }
  })
})

function readerOf(chunks: readonly Uint8Array[]): ReadableStreamDefaultReader<Uint8Array> {
  return streamOf(chunks).getReader()
}
