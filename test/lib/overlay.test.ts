import { describe, expect, it } from 'vitest'
import { overlay } from '../../src/lib/overlay.ts'

describe('overlay()', () => {
  it('replaces members of the object', async () => {
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

  it('replaces members that cannot be changed, and shows members that a host added', () => {
    const request = Object.assign(new Request('https://rs.example/'), { cf: { colo: 'XYZ' } })
    Object.defineProperty(request, 'url', { value: 'fixed' })
    const seen = overlay(request, { url: 'other' })
    expect([seen.url, seen.cf.colo, 'cf' in seen]).toEqual(['other', 'XYZ', true])
  })
})
