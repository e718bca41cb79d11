import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldList, takesList } from '../../../adapters/node/field-list.ts'

const NAMES = ['Vary', 'vary', 'VARY', 'Cache-Control', 'X-Other']
const fields = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.stringMatching(/^[!-~]{1,6}$/)))

describe('FieldList', () => {
  it('finds, sets and deletes the same fields as Headers', () => {
    fc.assert(
      fc.property(fields, fields, fc.constantFrom(...NAMES), (sent, set, deleted) => {
        const real = new Headers(sent.map(([name, value]) => [name, value]))
        const list = FieldList.of(sent.flat())
        for (const [name, value] of set) {
          real.set(name, value)
          list.set(name, value)
        }
        for (const each of [real, list]) each.delete(deleted)
        for (const name of [...NAMES, 'Absent']) {
          expect([list.get(name), list.has(name)]).toEqual([real.get(name), real.has(name)])
        }
      }),
    )
  })

  it('takes what writeHead takes', () => {
    const none = { 'X-None': undefined }
    expect(FieldList.of({ 'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 5, ...none }).fields).toEqual([
      'Set-Cookie',
      ['a=1', 'b=2'],
      'X-Number',
      5,
    ])
    expect(FieldList.of(['A', '1', 'B', '2']).fields).toEqual(['A', '1', 'B', '2'])
    expect(
      FieldList.of([
        ['A', '1'],
        ['B', '2'],
      ]).fields,
    ).toEqual(['A', '1', 'B', '2'])
    expect(FieldList.of(undefined).fields).toEqual([])
  })

  it('lists what Headers lists', () => {
    const [real, list] = [new Headers(), new FieldList()]
    const listed = [real, list].map((headers) => {
      headers.append('A-Number', '5')
      headers.append('Set-Cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      const visited: unknown[] = []
      headers.forEach(function (this: unknown, ...visit) {
        visited.push(this, ...visit.slice(0, 2), visit[2] === headers)
      }, 'self')
      return {
        visited,
        entries: [...headers.entries()],
        keys: [...headers.keys()],
        values: [...headers.values()],
        cookies: headers.getSetCookie(),
      }
    })
    expect(listed[1]).toEqual(listed[0])
    expect(listed[1]?.cookies).toEqual(['a=1', 'b=2'])
  })

  it('gives every value on its own', () => {
    const list = FieldList.of({ 'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 5 })
    expect([...list]).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-number', '5'],
    ])
    expect(list.get('set-cookie')).toBe('a=1, b=2')
  })
})

describe('takesList()', () => {
  it('is false where fields were set, or writeHead is another', () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()))
    expect(takesList(res, res.writeHead)).toBe(true)
    expect(takesList(res, () => res)).toBe(false)
    res.setHeader('X-Set', '1')
    expect(takesList(res, res.writeHead)).toBe(false)
  })
})
