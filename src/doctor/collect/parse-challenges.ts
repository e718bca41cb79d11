/** Lenient parser for `WWW-Authenticate` (RFC 9110 §11.6.1) that also reports the first syntax error. */

/** One challenge. Parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

/** The challenges, and the first violation of the grammar. */
interface ParsedChallenges {
  readonly challenges: readonly Challenge[]
  readonly problem: string | undefined
}

/** How the problem of a value ends that is neither quoted nor a token. */
export const UNQUOTED = 'must be quoted'

const SCHEME = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?: +|$|(?=[ \t]*,))/
const PARAM = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*/
const QUOTED = /^"((?:[^"\\]|\\.)*)"/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/
/** An unquoted value that is not a token. Servers send these; it ends at the next comma. */
const LOOSE = /^[^",\s]+/
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/

const SEPARATOR = /^[ \t]*(?:,[ \t]*)+/

/** Parses every challenge of a header value. Does not throw. */
export function readChallenges(header: string): ParsedChallenges {
  const challenges: { scheme: string; params: Map<string, string> }[] = []
  let rest = header.trim()
  let problem: string | undefined
  const report = (what: string): void => {
    problem ??= what
  }
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest)
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    return match[1] ?? match[0]
  }

  // RFC 9110 §5.6.1.2: a list may have empty elements.
  take(SEPARATOR)
  while (rest !== '') {
    const name = take(PARAM)
    if (name === undefined) {
      const scheme = take(SCHEME)
      if (scheme === undefined) {
        report('it contains text that is neither a scheme nor a parameter')
        break
      }
      challenges.push({ scheme, params: new Map() })
      // RFC 9110 §11.2: other schemes may have a token68 instead of parameters.
      if (!/^(bearer|dpop)$/i.test(scheme)) take(TOKEN68)
    } else {
      const value = takeValue(name, take, report)
      const params = challenges.at(-1)?.params
      if (params === undefined) report('it starts with a parameter instead of a scheme')
      else if (params.has(name.toLowerCase())) report(`${name} occurs twice`)
      params?.set(name.toLowerCase(), value)
    }
    if (rest !== '' && take(SEPARATOR) === undefined && challenges.at(-1)?.params.size !== 0) {
      report('a comma between parameters is missing')
      take(/^\s+/)
    }
  }
  return { challenges, problem }
}

function takeValue(
  name: string,
  take: (pattern: RegExp) => string | undefined,
  report: (what: string) => void,
): string {
  const quoted = take(QUOTED)
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1')
  const loose = take(LOOSE)
  if (loose === undefined) report(`${name} has no value`)
  else if (loose.replace(TOKEN, '') !== '') report(`the value of ${name} ${UNQUOTED}`)
  return loose ?? ''
}
