import { describe, expect, it } from 'vitest'
import { announcesContent, isEncoded, isUtf8 } from '../../src/http/content.ts'

describe('announcesContent()', () => {
  it.each([
    [{}, false],
    [{ 'Content-Type': 'application/json' }, false],
    [{ 'Content-Length': '0' }, false],
    [{ 'Content-Length': '000' }, false],
    [{ 'Content-Length': '1' }, true],
    [{ 'Content-Length': '10' }, true],
    [{ 'Content-Length': '' }, true],
    [{ 'Content-Length': '0, 5' }, true],
    [{ 'Content-Length': 'x' }, true],
    [{ 'Transfer-Encoding': 'chunked' }, true],
    [{ 'Transfer-Encoding': 'chunked', 'Content-Length': '0' }, true],
  ])('%j: %s', (headers, expected) => {
    expect(announcesContent(new Headers(headers as Record<string, string>))).toBe(expected)
  })
})

describe('isEncoded()', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['identity', false],
    [' IDENTITY', false],
    ['\tidentity ', false],
    [' ', false],
    ['gzip', true],
    ['identity, gzip', true],
  ])('%s: %s', (value, expected) => {
    const headers = new Headers(value === undefined ? {} : { 'Content-Encoding': value })
    expect(isEncoded(headers)).toBe(expected)
  })
})

describe('isUtf8()', () => {
  it.each([
    undefined,
    '',
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; charset=utf8',
    'application/json; Charset=Utf-8 ; x=y',
    'application/json; x=y;\tcharset=utf-8',
    'application/json; charset=utf-8, application/json; charset=utf-8',
  ])('accepts %s', (value) => {
    expect(isUtf8(new Headers(value === undefined ? {} : { 'Content-Type': value }))).toBe(true)
  })

  it.each([
    'application/json; charset=utf-16',
    'application/json; charset=utf-16le',
    'application/json; charset=UTF-7',
    'application/json; charset="utf-32"',
    'application/json; charset=iso-8859-1',
    'application/json; charset=us-ascii',
    'application/json; charset=',
    'application/json; charset',
    "application/json; charset='utf-8'",
    'application/json; charset = utf-16',
    'application/json; CHARSET=utf-16',
    'application/json; charset*=utf-16',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-16; charset=utf-8',
    'application/json; charset=utf-8-x',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8, text/plain; charset=utf-16',
    'application/json,charset=utf-16',
    'charset=utf-16',
  ])('rejects %s', (value) => {
    expect(isUtf8(new Headers({ 'Content-Type': value }))).toBe(false)
  })
})
