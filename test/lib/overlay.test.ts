import { describe, expect, it } from 'vitest'
import { overlay } from '../../src/lib/overlay.ts'

describe('overlay()', () => {
  it('shows the object with other members', async () => {
    const request = new Request('https://rs.example/a', { method: 'POST', body: 'text' })
    const seen = overlay(request, { url: 'https://rs.example/b' })
    expect([seen.url, seen.method, 'body' in seen, 'cf' in seen]).toEqual([
      'https://rs.example/b',
      'POST',
      true,
      false,
    ])
    expect(seen).toBeInstanceOf(Request)
    expect(await seen.clone().text()).toBe('text')
    expect(request.url).toBe('https://rs.example/a')
  })

  it('shows them over members that cannot be changed, and members a host attached', () => {
    const request = Object.assign(new Request('https://rs.example/'), { cf: { colo: 'XYZ' } })
    Object.defineProperty(request, 'url', { value: 'fixed' })
    const seen = overlay(request, { url: 'other' })
    expect([seen.url, seen.cf.colo, 'cf' in seen]).toEqual(['other', 'XYZ', true])
  })
})
