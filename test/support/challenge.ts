/** A strict reader of `WWW-Authenticate` (RFC 9110 §11.6.1), independent of how we write it. */

export interface ParsedChallenge {
  readonly scheme: string
  readonly params: Readonly<Record<string, string>>
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/
const QUOTED = /^"((?:[^"\\]|\\.)*)"/

/** Parses by the grammar; throws on anything the grammar does not allow, and on repeated names. */
export function parseChallenges(header: string): ParsedChallenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = []
  let rest = header
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest)
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    return match[1] ?? match[0]
  }
  while (rest !== '') {
    const name = take(TOKEN)
    if (name === undefined) throw new Error(`no token at: ${rest}`)
    if (rest.startsWith('=')) {
      rest = rest.slice(1)
      const value = take(QUOTED) ?? take(TOKEN)
      const current = challenges.at(-1)
      if (value === undefined || current === undefined) throw new Error(`no value at: ${rest}`)
      if (name in current.params) throw new Error(`${name} is repeated`)
      current.params[name] = value
    } else {
      if (take(/^ +/) === undefined) throw new Error(`a bare scheme: ${name}`)
      challenges.push({ scheme: name, params: {} })
      continue
    }
    if (rest !== '' && take(/^ *, */) === undefined) throw new Error(`no comma at: ${rest}`)
  }
  return challenges
}
