// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code, as it stands in the sources.

/** Mutants that live because they change nothing that anybody could see, each read by a person. */

export interface Explanation {
  readonly file: string
  readonly was: string
  readonly becomes: string | readonly string[]
  /** Part of the line, where the file says the same in several places; after `^` its beginning. */
  readonly where?: string
  readonly why: string
}

const NOT_INHERITED =
  'what `JSON.parse` makes inherits no member of that name, so looking along the prototype finds the same.'
const FOR_THE_COMPILER = 'the fallback is for the compiler; the value is always there.'
const SHORTCUT = 'a shortcut: the long way comes to the same.'
const NARROWING = 'the first condition is for the compiler; the second refuses the same values.'
const ABSENT = 'a member that is `undefined` and one that is not there are read alike.'

export const EXPLAINED: readonly Explanation[] = [
  // Nonces
  {
    file: 'src/binding/dpop-nonce.ts',
    was: '1',
    becomes: '0',
    where: 'Number.parseInt(match[1]',
    why: '`parseInt` stops at the dot anyway.',
  },
  ...alike('src/binding/dpop-nonce.ts', FOR_THE_COMPILER, [
    ["''", "'mutant'"],
    ["match[1] ?? ''", 'match[1]'],
    ["this.#options.secrets[secretIndex] ?? ''", 'this.#options.secrets[secretIndex]'],
  ]),
  {
    file: 'src/binding/dpop-nonce.ts',
    was: '0',
    becomes: '1',
    where: 'for (let index = 0',
    why: 'the first character belongs to the time, from which the other text was made.',
  },
  {
    file: 'src/binding/dpop-nonce.ts',
    was: 'index < one.length',
    becomes: 'index <= one.length',
    why: 'beyond the end both are `NaN`, which differ in no bit.',
  },

  // Proofs
  {
    file: 'src/binding/dpop-proof.ts',
    was: "proof.length > MAX_PROOF_LENGTH || proof.includes(',')",
    becomes: 'proof.length > MAX_PROOF_LENGTH',
    why: 'no segment of a JWT holds a comma, so that two joined proofs are refused as no JWT.',
  },
  ...alike(
    'src/binding/dpop-proof.ts',
    'to await what is no promise gives the same; it only takes a turn.',
    [
      ["typeof finding === 'object' && 'then' in finding", 'true'],
      ["typeof finding === 'object' && 'then' in finding", "typeof finding === 'object'"],
    ],
  ),
  ...alike(
    'src/binding/dpop-proof.ts',
    'what is no key verifies nothing, and the refusal is the same.',
    [
      ["'unusable'", "''"],
      ["key === 'unusable'", 'false'],
    ],
  ),
  {
    file: 'src/binding/dpop-proof.ts',
    was: "'fresh'",
    becomes: "''",
    why: 'it is only asked whether the nonce was refused or is ageing.',
  },
  {
    file: 'src/binding/dpop-proof.ts',
    was: "typ !== 'dpop+jwt' || typeof alg !== 'string'",
    becomes: "typ !== 'dpop+jwt'",
    why: 'the condition is for the compiler: the allowed algorithms are texts.',
  },
  ...alike('src/binding/dpop-proof.ts', NOT_INHERITED, [
    ["Object.hasOwn(header, 'crit')", "'crit' in header"],
    ["Object.hasOwn(header, 'b64')", "'b64' in header"],
    ['Object.hasOwn(jwk, name)', 'name in jwk'],
  ]),
  {
    file: 'src/binding/dpop-proof.ts',
    was: 'htu !== target && normalizeTargetUri(htu) !== target',
    becomes: 'normalizeTargetUri(htu) !== target',
    why: 'a shortcut: the target is in normal form already.',
  },
  ...alike(
    'src/binding/dpop-proof.ts',
    'JSON has no `NaN`, infinities lie outside of every window, and both conditions refuse texts.',
    [
      [
        "typeof iat !== 'number' || !Number.isFinite(iat)",
        [
          "(typeof iat !== 'number') && (!Number.isFinite(iat))",
          "typeof iat !== 'number'",
          '!Number.isFinite(iat)',
        ],
      ],
    ],
  ),

  // Replay
  ...alike('src/binding/dpop-replay.ts', 'times are seconds since 1970: none is 0 or 1.', [
    ['0', '1', '#sweptAt = 0'],
    ['0', '1', '#forgottenTo = 0'],
  ]),
  {
    file: 'src/binding/dpop-replay.ts',
    was: '1',
    becomes: '0',
    where: 'Math.max(1, most',
    why: 'what a principal holds is a whole number, so any share above 0 lets it hold one.',
  },
  ...alike('src/binding/dpop-replay.ts', FOR_THE_COMPILER, [
    ['0', '1', 'const held = this.#counts.get(principal) ?? 0'],
    ['this.#counts.get(principal) ?? 0', 'this.#counts.get(principal)'],
  ]),
  ...alike(
    'src/binding/dpop-replay.ts',
    'a count of nothing is read like no count; only the name takes a place.',
    [
      ['1', '0', 'if (held > 1)'],
      ['held > 1', ['held >= 1', 'true']],
    ],
  ),
  ...alike('src/binding/dpop-replay.ts', 'how often it sweeps; proofs end by their own time.', [
    ['second === this.#sweptAt', 'false'],
    ['this.#sweptAt = second', ''],
  ]),

  // Keys of proofs
  {
    file: 'src/binding/proof-keys.ts',
    was: "typeof kty === 'string' && Object.hasOwn(MEMBERS, kty)",
    becomes: 'Object.hasOwn(MEMBERS, kty)',
    why: '`kty` is one of the members that have to be texts, as the next lines check.',
  },

  // Credentials
  ...alike(
    'src/http/authorization.ts',
    'what begins with a space names no scheme, whether it is cut there or not.',
    [
      ['0', '1', 'const name = space < 0'],
      ['space < 0', 'space <= 0', 'const name = space < 0'],
      ['0', '1', 'const token = space < 0'],
      ['space < 0', 'space <= 0', 'const token = space < 0'],
    ],
  ),
  ...alike('src/http/authorization.ts', SHORTCUT, [
    ["','", "''", 'if (!value.includes'],
    ["!value.includes(',')", 'false'],
  ]),
  {
    file: 'src/http/authorization.ts',
    was: "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]+ +\\S/i",
    becomes: "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]* +\\S/i",
    why: 'the parts were trimmed and begin with no space.',
  },

  // Browsers
  {
    file: 'src/http/cors.ts',
    was: "''",
    becomes: "'mutant'",
    where: 'Access-Control-Request-Headers',
    why: 'the name of no tool parameter is left out like no name at all.',
  },

  // Freshness
  ...alike(
    'src/http/freshness.ts',
    'neither the empty text nor this one is a directive or a date.',
    [
      ["''", "'mutant'"],
      ["headers.get('Date') ?? ''", "headers.get('Date')"],
    ],
  ),

  // Paths and targets
  ...alike('src/http/resource-path.ts', SHORTCUT, [
    ["'%'", "''"],
    ["!pathname.includes('%')", 'false'],
  ]),
  {
    file: 'src/http/resource-path.ts',
    was: 'parseUrl(`http://path.invalid${decodeURIComponent(pathname)}`)?.pathname',
    becomes: 'parseUrl(`http://path.invalid${decodeURIComponent(pathname)}`).pathname',
    why: 'what it throws is caught, and gives the same.',
  },
  ...alike('src/http/target-uri.ts', SHORTCUT, [
    ["'%'", "''"],
    ["!path.includes('%')", 'false'],
  ]),

  // MCP headers
  {
    file: 'src/mcp/header-agreement.ts',
    was: 'revision !== null && REVISION.test(revision)',
    becomes: 'REVISION.test(revision)',
    why: 'the condition is for the compiler: `null` as a text is no revision.',
  },

  // JSON-RPC
  ...alike('src/mcp/json-rpc.ts', NOT_INHERITED, [
    ["Object.hasOwn(message, 'method')", "'method' in message"],
    ["Object.hasOwn(message, 'result')", "'result' in message"],
    ["Object.hasOwn(message, 'error')", "'error' in message"],
    ["Object.hasOwn(message, 'id')", "'id' in message"],
  ]),
  {
    file: 'src/mcp/json-rpc.ts',
    was: "'response'",
    becomes: "''",
    why: 'it is only asked what is a call and what is neither.',
  },
  {
    file: 'src/mcp/json-structure.ts',
    was: 'at < text.length',
    becomes: 'at <= text.length',
    why: 'behind the end is no character of any kind.',
  },
  ...alike(
    'src/mcp/json-structure.ts',
    'a shortcut: of data no member is read, so none can be there twice.',
    [
      ["'data'", "''", 'const isKey'],
      ["current?.expectsKey === true && current.role !== 'data'", 'current?.expectsKey === true'],
    ],
  ),
  {
    file: 'src/mcp/json-structure.ts',
    was: 'break',
    becomes: '',
    why: 'the next case, the comma, changes a container that was closed here.',
  },
  ...alike(
    'src/mcp/json-structure.ts',
    'an object is asked for its key when it has one, and a list is not asked.',
    [
      ["''", "'mutant'", 'return { isArray'],
      [
        "{ isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray, key: '' }",
        '({ isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray })',
      ],
    ],
  ),
  ...alike('src/mcp/json-structure.ts', SHORTCUT, [
    ["'\\\\'", "''"],
    ["!literal.includes('\\\\')", 'false'],
  ]),
  {
    file: 'src/mcp/json-structure.ts',
    was: 'literal',
    becomes: 'undefined',
    why: 'such a text is no JSON, and what is said of it means nothing.',
  },
  ...alike(
    'src/mcp/json-structure.ts',
    'the quote that ends a string is never the first character, and -1 is before no escape.',
    [
      ['0', '1', 'while (end >= 0'],
      ['end >= 0', 'end > 0'],
      ['end >= 0 && isEscaped(text, end)', 'isEscaped(text, end)'],
      ['0', '1', 'return end < 0'],
      ['end < 0', 'end <= 0'],
    ],
  ),
  {
    file: 'src/mcp/json-structure.ts',
    was: 'index - first',
    becomes: 'index + first',
    why: 'a sum is odd when the difference is.',
  },

  // Operations and policies
  {
    file: 'src/mcp/operation.ts',
    was: '{ operation: Object.freeze({ method }), sentName: undefined, isNotification }',
    becomes: '({ operation: Object.freeze({ method }), isNotification })',
    why: ABSENT,
  },
  ...alike(
    'src/mcp/operation.ts',
    'said twice for the compiler: what is no text has no name, and what has no name is refused.',
    [
      ["typeof sent === 'string'", 'true'],
      ["typeof sent !== 'string' || name === undefined", 'name === undefined'],
    ],
  ),
  ...alike(
    'src/mcp/policy.ts',
    'what is kept under no name, or a broken one, is never looked up.',
    [
      ['normalizeName(method, name) ?? name', 'normalizeName(method, name)'],
      ['continue', '', '^continue'],
    ],
  ),
  {
    file: 'src/mcp/policy.ts',
    was: '{ method: key, name: undefined }',
    becomes: '({ method: key })',
    why: ABSENT,
  },
  {
    file: 'src/mcp/policy.ts',
    was: 'name === undefined',
    becomes: 'false',
    where: 'const named',
    why: 'the condition is for the compiler: no rule has that name.',
  },

  // Answers
  {
    file: 'src/token/answer-cache.ts',
    was: '0',
    becomes: '1',
    where: 'this.#refused.put',
    why: 'a thousand times one character is far from the bound.',
  },
  {
    file: 'src/token/answer-cache.ts',
    was: '{ claims, askedAt, until, size: 0 }',
    becomes: '({ askedAt, until, size: 0 })',
    why: ABSENT,
  },
  {
    file: 'src/token/answer-cache.ts',
    was: "typeof exp !== 'number'",
    becomes: 'false',
    why: 'without a number there is no time before which it would be taken.',
  },

  // JWTs as text
  ...alike('src/token/compact-jwt.ts', FOR_THE_COMPILER, [["''", "'mutant'", 'const [first']]),
  {
    file: 'src/token/compact-jwt.ts',
    was: '4',
    becomes: '5',
    why: 'four parts are too many already.',
  },
  {
    file: 'src/token/compact-jwt.ts',
    was: 'payload === undefined || signature === undefined',
    becomes: 'signature === undefined',
    why: 'the condition is for the compiler: what has a third part has a second.',
  },
  {
    file: 'src/token/compact-jwt.ts',
    was: 'text === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: `undefined` is no JSON.',
  },
  {
    file: 'src/token/compact-jwt.ts',
    was: "Object.hasOwn(header, 'alg')",
    becomes: "'alg' in header",
    why: NOT_INHERITED,
  },
  {
    file: 'src/token/compact-jwt.ts',
    was: '/=+$/',
    becomes: '/=*$/',
    why: 'to replace nothing by nothing changes nothing.',
  },

  // Claims
  {
    file: 'src/token/claims.ts',
    was: 'nbf !== undefined && nbf > now + policy.toleranceSeconds',
    becomes: 'nbf > now + policy.toleranceSeconds',
    why: 'the condition is for the compiler: `undefined` is greater than nothing.',
  },
  {
    file: 'src/token/claims.ts',
    was: '{ audience: [], matched: undefined, isAccepted: policy.allowMissing }',
    becomes: '({ audience: [], isAccepted: policy.allowMissing })',
    why: ABSENT,
  },
  {
    file: 'src/token/claims.ts',
    was: 'present === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: no claim has that name, and no value grants nothing.',
  },
  {
    file: 'src/token/claims.ts',
    was: 'substitute === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: no claim has that name.',
  },
  {
    file: 'src/token/claims.ts',
    was: "typeof value === 'number' && Number.isFinite(value)",
    becomes: 'Number.isFinite(value)',
    why: NARROWING,
  },

  // JWTs
  {
    file: 'src/token/jwt.ts',
    was: "typeof alg !== 'string' || !rules.algorithms.has(alg)",
    becomes: '!rules.algorithms.has(alg)',
    why: NARROWING,
  },
  ...alike('src/token/jwt.ts', NOT_INHERITED, [
    ["Object.hasOwn(header, 'crit')", "'crit' in header"],
    ["Object.hasOwn(header, 'b64')", "'b64' in header"],
  ]),
  ...alike('src/token/signed-answer.ts', NOT_INHERITED, [
    ["Object.hasOwn(header, 'crit')", "'crit' in header"],
    ["Object.hasOwn(header, 'b64')", "'b64' in header"],
  ]),
  {
    file: 'src/token/signed-answer.ts',
    was: "typeof alg !== 'string' || !isSupportedAlgorithm(alg)",
    becomes: '!isSupportedAlgorithm(alg)',
    why: NARROWING,
  },
  {
    file: 'src/token/answer.ts',
    was: '{ tenant: undefined }',
    becomes: '({  })',
    why: ABSENT,
  },

  // Introspection and its client
  ...alike('src/token/client-authentication.ts', FOR_THE_COMPILER, [
    ["''", "'mutant'", 'signingAlgorithmOf'],
    ["signingAlgorithmOf(privateKey) ?? ''", 'signingAlgorithmOf(privateKey)'],
  ]),
]

/** Several changes in one file for one reason: what it was, what it becomes, and where. */
function alike(
  file: string,
  why: string,
  changes: readonly (readonly [string, string | readonly string[], string?])[],
): Explanation[] {
  return changes.map(([was, becomes, where]) => ({
    file,
    was,
    becomes,
    why,
    ...(where === undefined ? {} : { where }),
  }))
}
