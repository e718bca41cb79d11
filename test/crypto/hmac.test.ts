import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Hmac } from '../../src/crypto/hmac.ts'

const SECRET = 'x'.repeat(32)

afterEach(() => void vi.restoreAllMocks())

describe('Hmac', () => {
  it.each(['', 'text', 'é'])('signs %j as HMAC-SHA-256 in base64url', async (text) => {
    const expected = createHmac('sha256', SECRET).update(text).digest('base64url')
    expect(await new Hmac().sign(text, SECRET)).toBe(expected)
  })

  it('verifies the MAC of this text under this secret only', async () => {
    const hmac = new Hmac()
    const mac = await hmac.sign('text', SECRET)
    expect(await hmac.verify('text', mac, SECRET)).toBe(true)
    expect(await hmac.verify('text', mac, `${SECRET}y`)).toBe(false)
    for (const wrong of ['', mac.slice(1), `${mac}=`, `${mac}A`, '?']) {
      expect(await hmac.verify('text', wrong, SECRET)).toBe(false)
    }
    expect(await hmac.verify('other', mac, SECRET)).toBe(false)
  })

  it('imports each secret once, not extractable', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const hmac = new Hmac()
    const mac = await hmac.sign('text', SECRET)
    await hmac.verify('text', mac, SECRET)
    await hmac.sign('text', `${SECRET}y`)
    expect(importKey.mock.calls.map(([, , , extractable]) => extractable)).toEqual([false, false])
  })
})
