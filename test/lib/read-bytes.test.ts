import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBytes } from '../../src/lib/read-bytes.ts'

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
  it('joins whatever chunks it comes in, up to the limit and not a byte beyond', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(40), async (parts, maxBytes) => {
        const whole = Uint8Array.from(parts.flatMap((part) => [...part]))
        const read = await readBytes(streamOf(parts), maxBytes)
        expect(read).toEqual(whole.length > maxBytes ? undefined : whole)
      }),
    )
  })

  it('reads no body as no bytes', async () => {
    expect(await readBytes(null, 0)).toEqual(new Uint8Array())
  })

  it('cancels an endless stream as soon as it is too long', async () => {
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

  it('does not wait for a stream that never finishes cancelling', async () => {
    const stuck = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => new Promise<void>(() => {}),
    })
    expect(await readBytes(stuck, 5)).toBeUndefined()
  })

  it('passes the failure of the stream on', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    })
    await expect(readBytes(broken, 5)).rejects.toThrow('gone')
  })
})
