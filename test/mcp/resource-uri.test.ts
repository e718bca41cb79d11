/** Spellings of one URI: equal by RFC 3986, by `new URL`, or in file systems. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeUri, ruleKeyOf } from '../../src/mcp/resource-uri.ts'
import { BOUNDS, SEED, TIMEOUT } from '../support/fuzz.ts'
import { processorTime } from '../support/processor-time.ts'

describe('normalizeUri() gives', () => {
  it.each([
    // §6.2.2.1: case
    ['FILE:///a', 'file:///a'],
    ['HTTPS://Files.Example/A', 'https://files.example/A'],
    ['Note://Shelf/A', 'note://shelf/A'],
    ['NoTe://ShElF/A', 'note://shelf/A'],
    ['note://U@Shelf/a', 'note://U@shelf/a'],
    ['note://x/%c3%a4?%c3', 'note://x/%C3%A4?%C3'],
    ['note://%c3%84/a', 'note://%C3%84/a'],
    // §6.2.2.2: escapes of unreserved characters
    ['file:///diary%2Etxt', 'file:///diary.txt'],
    ['file:///d%69ary%2etxt', 'file:///diary.txt'],
    ['note://x/%41%5a%61%7a%30%39%2d%2e%5f%7e', 'note://x/AZaz09-._~'],
    ['note://%41%42/c', 'note://ab/c'],
    ['note://%55@x/c', 'note://U@x/c'],
    ['note://x/?%41', 'note://x/?A'],
    ['urn:%61', 'urn:a'],
    ['note://x/%252e%2540%20%2b', 'note://x/%252e%2540%20%2B'],
    ['note://x/a%2fb%5cc', 'note://x/a%2Fb%5Cc'],
    ['note://x/%C2%B5%zz%', 'note://x/%C2%B5%zz%'],
    // §6.2.2.3: dot segments
    ['file:///a/./b', 'file:///a/b'],
    ['file:///a/../b/..', 'file:///'],
    ['file:///a/%2e%2E/b/%2e', 'file:///b/'],
    ['file:///../../b', 'file:///b'],
    ['note://x/a/b/..', 'note://x/a/'],
    ['note://x/a/.', 'note://x/a/'],
    ['note://x/a/...', 'note://x/a/...'],
    ['note://x/..a/.b', 'note://x/..a/.b'],
    ['note://x//a///..', 'note://x//a//'],
    ['urn:a/../b', 'urn:/b'],
    ['urn:./../b', 'urn:b'],
    ['urn:..', 'urn:'],
    ['urn:.', 'urn:'],
    ['urn:./', 'urn:'],
    ['urn:.a/..', 'urn:/'],
    ['urn:a:./b', 'urn:a:./b'],
    ['note:/a/../b', 'note:/b'],
    // The fragment and an empty query are removed. Dots in a query are text.
    ['file:///a#x', 'file:///a'],
    ['file:///a#', 'file:///a'],
    ['file:///a?#?x', 'file:///a'],
    ['note://x/a?', 'note://x/a'],
    ['note://x/a?b/../c?d#e', 'note://x/a?b/../c?d'],
    ['note://x?a\\b', 'note://x?a\\b'],
    ['note://x?a\\b?c', 'note://x?a\\b?c'],
    ['note://A@B@C/d', 'note://A%40B@c/d'],
    ['note://x/a?#', 'note://x/a'],
    // Equal by `new URL` only.
    [' file:///a\n', 'file:///a'],
    ['fi\tle:///\r\na', 'file:///a'],
    ['\u0000file:///a\u0000', 'file:///a'],
    ['file://localhost/a', 'file:///a'],
    ['file:/a', 'file:///a'],
    ['file:a', 'file:///a'],
    ['file:\\\\\\a\\..\\b', 'file:///b'],
    ['https://files.example:443', 'https://files.example/'],
    ['note://x:/a', 'note://x/a'],
    ['note://x', 'note://x'],
    ['file:///ä ö', 'file:///%C3%A4%20%C3%B6'],
  ])('%j as %j', (text, uri) => {
    expect(normalizeUri(text)).toBe(uri)
  })
})

describe('normalizeUri() rejects', () => {
  it.each([
    [''],
    ['no uri'],
    ['/relative'],
    ['//host/a'],
    [':a'],
    ['1:a'],
    ['%66ile:///a'],
    ['https://'],
    ['note://x:port/'],
    // Programs read these differently.
    ['file:///a%00'],
    ['note://x/?%00'],
    ['file:///a\u0000b'],
    ['note://x/a\\b'],
    ['urn:a\\b'],
    ['file:///a%2Fb'],
    ['file:///a%2f..%2fb'],
    ['file:///a%5Cb'],
    // `new URL` and the RFC read these differently.
    ['file:///C:/..'],
    ['file:///a\\b/../c'],
    ['https:////h/../x'],
    ['note://x/%2%65'],
    ['note:/.//host'],
    ['urn:a/..//host'],
    ['urn:a #x'],
  ])('%j', (text) => {
    expect(normalizeUri(text)).toBeUndefined()
  })
})

describe('ruleKeyOf() gives one key to', () => {
  it.each([
    ['note://x/a,b', 'note://x/a%2Cb'],
    ['note://x/(a)', 'note://x/%28a%29'],
    ["note://x/!$&'()*+,;=:@", 'note://x/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
    ['note://x/[a]|{b}^`"<>', 'note://x/%5Ba%5D%7C%7Bb%7D%5E%60%22%3C%3E'],
    ['note://x', 'note://x/'],
    ['note://x?a', 'note://x/?a'],
    ['urn:a,b', 'urn:a%2Cb'],
    ['urn:a://b,c', 'urn:a://b%2Cc'],
    ['file:///a/b', 'file:////a///b'],
    ['file:///a', 'file:///a?x'],
    ['file:///a/', 'file:///a//'],
  ])('%j and %j', (one, other) => {
    const [first, second] = [one, other].map((uri) => normalizeUri(uri))
    expect([first, second]).toEqual([expect.any(String), expect.any(String)])
    expect(ruleKeyOf(String(second))).toBe(ruleKeyOf(String(first)))
  })
})

describe('ruleKeyOf() gives different keys to', () => {
  it.each([
    ['note://x/a/b', 'note://x/a%2Fb'],
    ['note://x/a?b', 'note://x/a%3Fb'],
    ['note://x/a', 'note://x/a%23b'],
    ['note://x/%2C', 'note://x/%252C'],
    ['note://x/%7F', 'note://x/\u007e'],
    ['note://x/a', 'note://x/a?b'],
    ['note://x/?a,b', 'note://x/?a%2Cb'],
    ['note://x/a/b', 'note://x/a//b'],
    ['note://x/a', 'note://x/a/'],
    ['note://x/a', 'note://y/a'],
    ['file:///x/a', 'file://x/a'],
    ['file:///a', 'file:///a/'],
    ['file:///a', 'file:///A'],
    ['urn:a', 'urn:a/'],
    ['note:/a', 'note://a'],
  ])('%j and %j', (one, other) => {
    const [first, second] = [one, other].map((uri) => normalizeUri(uri))
    expect([first, second]).toEqual([expect.any(String), expect.any(String)])
    expect(ruleKeyOf(String(second))).not.toBe(ruleKeyOf(String(first)))
  })
})

describe(`normalizeUri(), seed ${SEED}`, { timeout: TIMEOUT }, () => {
  const spelt = fc.constantFrom(
    ...['a', 'A', 'b', '.', '..', '/', '\\', ':', '@', '?', '#', '%', '%2', '%25', '%2e', '%2E'],
    ...['%61', '%41', '%2F', '%5C', '%00', '%c3', 'ä', ' ', '\t', '\n', '\u0000', 'C:', 'C|', '|'],
    ...['//', '/./', '/../', '/%2e%2e/', '*', '{x}', ',', '%2C', '~', '%7e', ';', '&', '='],
  )
  const start = fc.constantFrom(
    ...['file:///', 'FILE://localhost/', 'file:', 'https://Files.Example', 'https://h:443/'],
    ...['note://Shelf/', 'note:', 'NOTE:/', 'urn:', ' https:\\\\h', 'note://', 'ws://h'],
  )
  const uri = fc
    .tuple(start, fc.array(spelt, { maxLength: 8 }))
    .map(([scheme, rest]) => scheme + rest.join(''))

  it('is idempotent', () => {
    fc.assert(
      fc.property(uri, (text) => {
        const normal = normalizeUri(text)
        if (normal !== undefined) expect(normalizeUri(normal)).toBe(normal)
      }),
      BOUNDS,
    )
  })

  it('gives one result to spellings that new URL or the RFC read as one URI', () => {
    fc.assert(
      fc.property(uri, fc.func(fc.nat()), (text, choose) => {
        const normal = normalizeUri(text)
        if (normal === undefined) return
        for (const other of [URL.parse(text)?.href, literally(text), respelt(text, choose)]) {
          // Rejected is fine, too: no rule is evaded.
          expect([normal, undefined]).toContain(normalizeUri(String(other)))
        }
      }),
      BOUNDS,
    )
  })

  it('gives one result, or none, to any two texts that are equal for new URL or the RFC', () => {
    const seen = new Map<string, string>()
    fc.assert(
      fc.property(uri, (text) => {
        const normal = normalizeUri(text)
        if (normal === undefined) return
        for (const reader of [
          `url ${withoutFragment(URL.parse(text)?.href)}`,
          `rfc ${literally(text)}`,
        ]) {
          expect(seen.get(reader) ?? normal).toBe(normal)
          seen.set(reader, normal)
        }
      }),
      { ...BOUNDS, numRuns: 3 * Number(BOUNDS.numRuns) },
    )
  })

  it('takes linear time', () => {
    const time = processorTime(() => {
      for (const part of ['../', './', '/..', '%2e/', '%41', 'a/', '//', '#', '?', '@', '\\']) {
        normalizeUri(`note://x/${part.repeat(200_000)}`)
        normalizeUri(`urn:${part.repeat(200_000)}`)
        ruleKeyOf(`file:///${part.repeat(200_000)}`)
      }
    })
    expect(time).toBeLessThan(10_000)
  })

  it('takes as long for a hostile authority as for a path', () => {
    const time = processorTime(() => {
      for (const part of ['\u00e9', '%C3', '%c3', 'A', '\u200d', 'a@', '\u00e9@']) {
        for (const scheme of ['note', 'https', 'file']) {
          expect(normalizeUri(`${scheme}://${part.repeat(500_000)}/`)).toBeUndefined()
        }
      }
    })
    expect(time).toBeLessThan(4000)
  })
})

describe('normalizeUri() reads an authority', () => {
  it('of up to 2,048 characters', () => {
    expect(normalizeUri(`note://${'A'.repeat(2048)}/b`)).toBe(`note://${'a'.repeat(2048)}/b`)
    expect(normalizeUri(`note://${'A'.repeat(2049)}/b`)).toBeUndefined()
    // Each letter becomes two escapes.
    expect(normalizeUri(`note://${'\u00e9'.repeat(341)}/b`)).toMatch(/^note:\/\/(%C3%A9)+\/b$/)
    expect(normalizeUri(`note://${'\u00e9'.repeat(342)}/b`)).toBeUndefined()
  })
})

/** An independent implementation of RFC 3986 §6.2.2, with the input and output buffers of the RFC. */
function literally(text: string): string | undefined {
  const match = /^([^:/?#]+):(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(text)
  if (match === null) return undefined
  const [, scheme = '', authority = '', path = '', query = ''] = match.map((part) => part ?? '')
  const host = authority.includes('@') ? authority.lastIndexOf('@') + 1 : 0
  const place = decoded(authority.slice(0, host)) + lower(decoded(authority.slice(host)))
  return `${lower(scheme)}:${decoded(place)}${resolved(decoded(path))}${decoded(query)}`
}

function resolved(path: string): string {
  let [input, output] = [path, '']
  while (input !== '') {
    if (/^\.\.?\//.test(input)) input = input.replace(/^\.\.?\//, '')
    else if (/^\/\.(?:\/|$)/.test(input)) input = input.replace(/^\/\.(?:\/|$)/, '/')
    else if (/^\/\.\.(?:\/|$)/.test(input)) {
      input = input.replace(/^\/\.\.(?:\/|$)/, '/')
      output = output.replace(/\/?[^/]*$/, '')
    } else if (input === '.' || input === '..') input = ''
    else {
      const [segment = ''] = /^\/?[^/]*/.exec(input) ?? []
      output += segment
      input = input.slice(segment.length)
    }
  }
  return output
}

function decoded(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase()
  })
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Escapes some unreserved characters after the scheme. */
function respelt(text: string, choose: (at: number) => number): string {
  const start = text.search(/[^:/\\]*$/)
  const escaped = [...text].map((character, at) => {
    if (at < start || !/[A-Za-z0-9._~-]/.test(character) || choose(at) % 2 === 0) return character
    const code = character.charCodeAt(0).toString(16)
    // Not after a percent sign: that would change the text.
    return /%[0-9a-f]?$/i.test(text.slice(0, at)) ? character : `%${code}`
  })
  return escaped.join('')
}

function withoutFragment(href: string | undefined): string | undefined {
  return href?.replace(/#.*$/s, '')
}
