/** Reading `WWW-Authenticate` (RFC 9110 §11.6.1) as servers really send it, and telling what is wrong with it. */

/** One challenge. Parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

/** What could be read, and the first thing that the grammar does not allow. */
export interface ReadChallenges {
  readonly challenges: readonly Challenge[]
  readonly problem: string | undefined
}

const SCHEME = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?: +|$|(?= *,))/
const PARAM = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) *= */
const QUOTED = /^"((?:[^"\\]|\\.)*)"/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/
/** What servers leave unquoted though it is no token: read it all the same, up to the next comma. */
const LOOSE = /^[^",\s]+/
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*(?= *(?:,|$))/

/** Reads every challenge of a header value. Never throws. */
export function readChallenges(header: string): ReadChallenges {
  const challenges: { scheme: string; params: Map<string, string> }[] = []
  let rest = header.trim()
  let problem: string | undefined
  const blame = (what: string): void => {
    problem ??= what
  }
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest)
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    return match[1] ?? match[0]
  }

  while (rest !== '') {
    const name = take(PARAM)
    if (name === undefined) {
      const scheme = take(SCHEME)
      if (scheme === undefined) {
        blame('it has text that is neither a scheme nor a parameter')
        break
      }
      challenges.push({ scheme, params: new Map() })
      // RFC 9110 §11.2: a scheme may have a token68 instead of parameters; not those of ours.
      if (!/^(bearer|dpop)$/i.test(scheme)) take(TOKEN68)
    } else {
      const value = takeValue(name, take, blame)
      const params = challenges.at(-1)?.params
      if (params === undefined) blame('it begins with a parameter instead of a scheme')
      else if (params.has(name.toLowerCase())) blame(`${name} is given twice`)
      params?.set(name.toLowerCase(), value)
    }
    if (rest !== '' && take(/^ *(?:, *)+/) === undefined && challenges.at(-1)?.params.size !== 0) {
      blame('a comma is missing between its parameters')
      take(/^\s+/)
    }
  }
  return { challenges, problem }
}

function takeValue(
  name: string,
  take: (pattern: RegExp) => string | undefined,
  blame: (what: string) => void,
): string {
  const quoted = take(QUOTED)
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1')
  const loose = take(LOOSE)
  if (loose === undefined) blame(`${name} has no value`)
  else if (loose.replace(TOKEN, '') !== '') blame(`the value of ${name} needs quotation marks`)
  return loose ?? ''
}
