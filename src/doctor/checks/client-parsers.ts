/**
 * Checks how clients read the challenge. Both SDKs search the field for `name="value"` instead of parsing
 * it, so a challenge that follows the grammar can still be misread.
 */

import type { Evidence } from '../evidence.ts'
import {
  allClientsExcept,
  type CheckResult,
  checksOf,
  error,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'

const SDK = allClientsExcept(
  { vscode: 'It parses the field and is not affected.' },
  'Clients that use an official MCP SDK misread the challenge.',
)

export const CLIENT_PARSERS = checksOf<Evidence>('Challenge', [
  {
    id: 'challenge-first',
    spec: 'RFC 9110 §11.6.1',
    means: SDK,
    remedy: 'Send the Bearer challenge first, before Basic, DPoP and other schemes.',
    evaluate: ({ rejection: { challenges } }) => {
      if (!challenges.some(isBearer)) return undefined
      if (hasTwoBearer(challenges)) {
        return error('There are two Bearer challenges: clients read values of either.')
      }
      return challenges[0] !== undefined && isBearer(challenges[0])
        ? pass('Clients find the Bearer challenge.')
        : error(
            `The first challenge is ${challenges[0]?.scheme}: clients look for Bearer at the start only.`,
          )
    },
  },
  {
    id: 'challenge-spelling',
    spec: 'RFC 9110 §11.2, §11.4',
    means: SDK,
    remedy:
      'Write parameters as name="value", with lower-case names, without white space around the equals sign and without backslashes.',
    evaluate: ({ rejection: { header, challenge } }) => {
      if (header === undefined || challenge === undefined) return undefined
      const bare = header.replace(/"(?:[^"\\]|\\.)*"/g, '""')
      const problems = SPELLINGS.flatMap(([pattern, what]) => (pattern.test(bare) ? [what] : []))
      if (/"[^"]*\\/.test(header)) problems.push('a backslash in a quoted value')
      return problems.length === 0
        ? pass('Clients can read every parameter.')
        : error(`Clients cannot read the challenge: ${problems.join(', ')}.`, {
            expected: 'name="value", name="value"',
            received: quoteUntrusted(header),
          })
    },
  },
  {
    id: 'challenge-scope-form',
    spec: 'RFC 6749 §3.3; RFC 6750 §3',
    means: allClientsExcept({}, 'It requests one scope with that text, which does not exist.'),
    remedy: 'Separate scopes by single spaces, in one scope parameter.',
    evaluate: ({ rejection: { header, challenge, challenges } }) =>
      challenge === undefined || header === undefined || hasTwoBearer(challenges)
        ? undefined
        : checkScope(challenge.params, header),
  },
])

/** In the field without the contents of quoted values. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/[A-Za-z_]\s+=|=\s+["A-Za-z]/, 'white space around an equals sign'],
  [/(?:^|[\s,])[a-z_]*[A-Z][A-Za-z_]*\s*=/, 'an upper-case name'],
  [/=\s*['\u2018\u2019\u201c\u201d]/, 'quotation marks other than "'],
  [/""\s*;/, 'a semicolon between parameters'],
  [/^\s*(?:Bearer|DPoP)\s*,\s*[A-Za-z_]+\s*=/i, 'a comma after the scheme'],
]

function isBearer({ scheme }: { readonly scheme: string }): boolean {
  return scheme.toLowerCase() === 'bearer'
}

/** Reported by `challenge-first`. */
function hasTwoBearer(challenges: readonly { readonly scheme: string }[]): boolean {
  return challenges.filter(isBearer).length > 1
}

function checkScope(params: ReadonlyMap<string, string>, header: string): CheckResult | undefined {
  const scope = params.get('scope')
  const read = readByClients('scope', header)
  if (read !== undefined && read !== scope) {
    return error(
      `Clients read another scope than that of the challenge: ${quoteUntrusted(read)}.`,
      {
        expected: scope === undefined ? 'no scope' : quoteUntrusted(scope),
        received: quoteUntrusted(read),
      },
    )
  }
  if (scope === undefined) return undefined
  const comparison = { expected: 'scope="one two"', received: quoteUntrusted(scope) }
  if (/^\s*\[/.test(scope)) return error('The scopes are a JSON list.', comparison)
  const separator = SEPARATORS.find(([text]) => scope.includes(text))
  if (separator !== undefined) {
    return error(`The scopes are separated by ${separator[1]}.`, comparison)
  }
  return /^\s|\s$|\s\s|[\t\n]/.test(scope)
    ? warn('The scopes are not separated by single spaces.', comparison)
    : pass('The scopes are separated by spaces.')
}

/**
 * The value that both SDKs read. They take the first text `name=` of the whole field, also inside a URL or
 * another quoted value, and two quotation marks for an empty one.
 */
function readByClients(name: string, header: string): string | undefined {
  const [, quoted, bare] = new RegExp(`${name}=(?:"([^"]+)"|([^\\s,]+))`).exec(header) ?? []
  return quoted ?? bare
}

const SEPARATORS = [
  [',', 'commas'],
  [';', 'semicolons'],
  ['|', 'vertical bars'],
  ['%20', 'encoded spaces (%20)'],
] as const
