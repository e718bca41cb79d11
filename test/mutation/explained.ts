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
  ...alike('src/binding/dpop-proof.ts', '`isUsableKey` refuses `d` and `k` as well.', [
    [
      "['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']",
      [
        "['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']",
        "['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']",
      ],
    ],
  ]),
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
  ...alike('src/http/request-target.ts', SHORTCUT, [
    ['PLAIN_URL.test(url) || parseTarget(url) !== undefined', 'parseTarget(url) !== undefined'],
    ['PLAIN_PATH.test(pathname)', 'undefined'],
    ['PLAIN_URL.test(url)', 'false', 'return true'],
    [
      'isPlainPath(pathname) || textsOf(pathname).every((text) => text === pathname)',
      'textsOf(pathname).every((text) => text === pathname)',
    ],
    ['isPlainPath(pathname)', 'false', 'return [pathname]'],
    ['known.get(text) ?? read(text)', 'read(text)'],
    ['known.set(text, texts)', ''],
    [
      '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
      [
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)+(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)+\\/?(?:\\?[\\w/~.=&-]*)?$/',
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]+)?$/',
      ],
    ],
    ["/^(?:\\/[\\w.~!$&'()*+,=:@-]+)*\\/?$/", "/^(?:\\/[\\w.~!$&'()*+,=:@-]+)+\\/?$/"],
    ["'\\\\'", "''"],
    ["!DOTS.test(path) && !path.includes('\\\\')", 'false'],
    ['isPlainPath(path) && !DOTS.test(path)', 'false'],
  ]),
  ...alike('src/http/resource-path.ts', SHORTCUT, [
    ['isPlainPath(path) && isLowerCase(path)', 'undefined'],
    [
      '{ choices, arePlain: choices.every(({ path }) => isPlainPath(path) && isLowerCase(path)) }',
      '({ choices })',
    ],
    ['isPlain', 'false', 'const other'],
    ['chosen === undefined || isLowerCase(pathname)', 'chosen === undefined'],
    ['text === text.toLowerCase()', 'undefined'],
  ]),
  {
    file: 'src/http/request-target.ts',
    was: '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
    becomes:
      '/^https?:\\/\\/[a-z]+(?:[.-][a-z]*)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
    why: 'the parser of Node takes names with two dots or hyphens in a row, and others may not.',
  },
  ...alike(
    'src/http/request-target.ts',
    'a URL of such a text has another path than what is cut off it.',
    [
      [
        '/^https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i',
        ['/https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i', '/^https?:\\/\\/[^\\\\/?#@]*(?=\\/)/i'],
      ],
    ],
  ),
  {
    file: 'src/http/request-target.ts',
    was: '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])+/gi',
    becomes:
      '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])*/gi',
    why: 'of nothing, nothing is decoded.',
  },
  ...alike('src/http/target-uri.ts', SHORTCUT, [
    ["'%'", "''"],
    ["!path.includes('%')", 'false'],
  ]),

  {
    file: 'src/http/target-uri.ts',
    was: '/^https?:\\/\\/(?=[!-~]+$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
    becomes: '/^https?:\\/\\/(?=[!-~]*$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
    why: 'what follows asks for a character anyway.',
  },

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
    was: '{ operation, implied, sentName: undefined, isNotification }',
    becomes: '({ operation, implied, isNotification })',
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
    'src/mcp/resource-uri.ts',
    'for the compiler, or what a parsed URI always has: a scheme in front, a path, no question mark first.',
    [
      ['uri === undefined || literal === undefined', 'uri === undefined'],
      ["''", "'mutant'", 'PARTS.exec'],
      ['0', '1', 'query < 0'],
      ['query < 0', 'query <= 0'],
      ['/^[^:]+:\\/\\/[^/]*/', '/^[^:]*:\\/\\/[^/]*/'],
      [
        '/^([^:/?#]+):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?/',
        '/([^:/?#]+):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?/',
      ],
      [
        '/^([^:/?#]+):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?/',
        '/^([^:/?#]*):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?/',
      ],
      [
        '/^([^:/?#]+):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?/',
        '/^([^:/?#]+):(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]+))?/',
      ],
    ],
  ),
  ...alike(
    'src/mcp/resource-uri.ts',
    'nothing is put in the place of nothing; keys are only compared with each other.',
    [
      ['/^(?:\\.\\.?\\/)+/', '/^(?:\\.\\.?\\/)*/'],
      ['/\\/+/g', '/\\/*/g'],
      ['/^[^:]+:\\/\\/[^/]*/', '/^[^:]+:\\/\\/[^/]+/'],
    ],
  ),
  {
    file: 'src/mcp/resource-uri.ts',
    was: 'parsedAndNormalized(literal) === uri && parsedAndNormalized(uri) === uri',
    becomes: 'parsedAndNormalized(literal) === uri',
    why: 'no URI is known that needs the second half; the parsers of other runtimes may find one.',
  },
  ...alike(
    'src/mcp/policy.ts',
    'what is kept under no name, or a broken one, is never looked up.',
    [
      ['nameKeyOf(method, name) ?? name', 'nameKeyOf(method, name)'],
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
    file: 'src/opaque/response-cache.ts',
    was: '0',
    becomes: '1',
    where: 'this.#refused.put',
    why: 'a thousand times one character is far from the bound.',
  },
  {
    file: 'src/opaque/response-cache.ts',
    was: '{ claims, askedAt, until, size: 0 }',
    becomes: '({ askedAt, until, size: 0 })',
    why: ABSENT,
  },
  {
    file: 'src/opaque/response-cache.ts',
    was: "typeof exp !== 'number'",
    becomes: 'false',
    why: 'without a number there is no time before which it would be taken.',
  },

  // JWTs as text
  ...alike('src/jwt/compact-jwt.ts', FOR_THE_COMPILER, [["''", "'mutant'", 'const [first']]),
  {
    file: 'src/jwt/compact-jwt.ts',
    was: '4',
    becomes: '5',
    why: 'four parts are too many already.',
  },
  {
    file: 'src/jwt/compact-jwt.ts',
    was: 'payload === undefined || signature === undefined',
    becomes: 'signature === undefined',
    why: 'the condition is for the compiler: what has a third part has a second.',
  },
  {
    file: 'src/jwt/compact-jwt.ts',
    was: 'text === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: `undefined` is no JSON.',
  },
  {
    file: 'src/jwt/compact-jwt.ts',
    was: "Object.hasOwn(header, 'alg')",
    becomes: "'alg' in header",
    why: NOT_INHERITED,
  },
  {
    file: 'src/jwt/compact-jwt.ts',
    was: '/=+$/',
    becomes: '/=*$/',
    why: 'to replace nothing by nothing changes nothing.',
  },

  // Claims
  {
    file: 'src/jwt/claims.ts',
    was: 'nbf !== undefined && nbf > now + policy.toleranceSeconds',
    becomes: 'nbf > now + policy.toleranceSeconds',
    why: 'the condition is for the compiler: `undefined` is greater than nothing.',
  },
  {
    file: 'src/jwt/claims.ts',
    was: '{ audience: [], matched: undefined, isAccepted: policy.allowMissing }',
    becomes: '({ audience: [], isAccepted: policy.allowMissing })',
    why: ABSENT,
  },
  {
    file: 'src/jwt/claims.ts',
    was: 'present === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: no claim has that name, and no value grants nothing.',
  },
  {
    file: 'src/jwt/claims.ts',
    was: 'substitute === undefined',
    becomes: 'false',
    why: 'the condition is for the compiler: no claim has that name.',
  },
  {
    file: 'src/jwt/claims.ts',
    was: "typeof value === 'number' && Number.isFinite(value)",
    becomes: 'Number.isFinite(value)',
    why: NARROWING,
  },

  ...alike(
    'src/jwt/claims.ts',
    'what every object inherits is neither a text nor a list of texts, so no claim is read from it.',
    [['Object.hasOwn(claims, name)', ['name in claims', 'true'], 'claims[name] ?? undefined']],
  ),

  // Introspection and documents
  {
    file: 'src/opaque/introspection.ts',
    was: "'bad'",
    becomes: "''",
    why: 'the circuit asks what is good; the rest is bad.',
  },
  {
    file: 'src/opaque/introspection.ts',
    was: '0',
    becomes: '1',
    where: 'const isProven',
    why: 'an endpoint stays proven for ever, so no time is left between.',
  },
  ...alike('src/authorization-server/documents.ts', FOR_THE_COMPILER, [
    ['urls[0] ?? issuer', 'urls[0]'],
    ['value?.ok', 'value.ok'],
    ['stored !== undefined && value?.ok === true', 'value?.ok === true'],
    ['error !== undefined && told.has(error)', 'told.has(error)'],
  ]),
  ...alike('src/authorization-server/documents.ts', 'it is replaced before anything is told.', [
    ['options.jwksUri ?? issuer', ['options.jwksUri', 'issuer'], 'let lastUrl'],
  ]),
  ...alike('src/authorization-server/documents.ts', ABSENT, [
    ['{ url, typed: false }', '({ url })'],
  ]),
  {
    file: 'src/mcp/json-structure.ts',
    was:
      "{ message: new Set(['id', 'method', 'params', 'result', 'error']), " +
      "params: new Set(['name', 'uri', 'taskId', 'ref']), ref: new Set(['name', 'uri']), " +
      'data: new Set(), }',
    becomes:
      "({ message: new Set(['id', 'method', 'params', 'result', 'error']), " +
      "params: new Set(['name', 'uri', 'taskId', 'ref']), ref: new Set(['name', 'uri']) })",
    why: 'the names of data are not looked at; the entry is for the compiler.',
  },

  // Keys and signatures
  ...alike('src/crypto/import-key.ts', 'WebCrypto throws without parameters, which is caught.', [
    ['parameters === undefined', 'false'],
  ]),
  ...alike(
    'src/crypto/verify-signature.ts',
    'WebCrypto throws where one of them is missing, which is caught and gives the same.',
    [
      [
        'parameters === undefined || signature === undefined',
        [
          '(parameters === undefined) && (signature === undefined)',
          'parameters === undefined',
          'signature === undefined',
          'false',
        ],
      ],
    ],
  ),
  ...alike(
    'src/crypto/jwk.ts',
    'what is no modulus, or nothing but zeros, has fewer bits than are wanted, however few that are.',
    [
      ['1', ['2', '0'], 'const first = bytes'],
      ['-1', '1', 'const first = bytes'],
      ['bytes?.findIndex((byte) => byte !== 0) ?? -1', 'bytes?.findIndex((byte) => byte !== 0)'],
      ['bytes === undefined || first < 0', 'first < 0'],
      ['0', ['1', 'undefined'], 'if (bytes === undefined || first < 0) return 0'],
    ],
  ),
  ...alike('src/crypto/jwk.ts', FOR_THE_COMPILER, [
    ['0', '1', 'Math.clz32'],
    ['bytes[first] ?? 0', 'bytes[first]'],
  ]),
  ...alike(
    'src/crypto/private-key.ts',
    'what is the name of no curve is the name of no algorithm either.',
    [
      ['Object.hasOwn(PREFERRED, kind)', 'kind in PREFERRED'],
      [
        "typeof kind === 'string' && Object.hasOwn(PREFERRED, kind)",
        [
          "(typeof kind === 'string') || (Object.hasOwn(PREFERRED, kind))",
          "typeof kind === 'string'",
          'Object.hasOwn(PREFERRED, kind)',
        ],
      ],
      [
        "typeof kind === 'string' && Object.hasOwn(PREFERRED, kind) && PREFERRED[kind]",
        'PREFERRED[kind]',
      ],
      ['preferred && fitsAlgorithm(key, preferred)', 'fitsAlgorithm(key, preferred)'],
      ["'namedCurve' in algorithm", 'true'],
      ["typeof curve === 'string'", 'true'],
    ],
  ),
  ...alike(
    'src/crypto/private-key.ts',
    'WebCrypto gives an algorithm one of its own names, and a hash to those that have a family.',
    [
      ['Object.hasOwn(FAMILIES, name)', ['name in FAMILIES', 'true']],
      [
        "family === undefined || typeof hash !== 'string'",
        [
          "(family === undefined) && (typeof hash !== 'string')",
          'family === undefined',
          "typeof hash !== 'string'",
        ],
      ],
    ],
  ),
  ...alike('src/crypto/sign-jwt.ts', ABSENT, [
    ['isCryptoKey(key)', 'false'],
    ['kid === undefined', 'false'],
  ]),
  ...alike(
    'src/authorization-server/fetched-keys.ts',
    'a shortcut: `#read` comes to the same, a turn later.',
    [
      ['ready === undefined', 'true'],
      [
        'found ?? this.#read(query, arrivedAt, document, budget)',
        'this.#read(query, arrivedAt, document, budget)',
      ],
    ],
  ),
  {
    file: 'src/authorization-server/fetched-keys.ts',
    was: 'query.kid !== undefined && set.kids.has(query.kid)',
    becomes: 'set.kids.has(query.kid)',
    why: 'for the compiler; a set of texts does not have `undefined`.',
  },
  {
    file: 'src/authorization-server/fetched-keys.ts',
    was: 'imported !== undefined',
    becomes: 'true',
    why: '`undefined` that was kept is not taken for a key.',
  },

  // JWTs
  ...alike(
    'src/jwt/verify-jwt.ts',
    'to await what is no promise gives the same; it only takes a turn.',
    [
      ["'ok'", "''"],
      ["'ok' in finding", 'false'],
    ],
  ),
  {
    file: 'src/jwt/verify-jwt.ts',
    was: 'candidate.imported.get(algorithm) ?? (await importKey(candidate, algorithm))',
    becomes: '(await importKey(candidate, algorithm))',
    why: SHORTCUT,
  },
  {
    file: 'src/jwt/verify-jwt.ts',
    was: 'key !== undefined && (await isSignedBy(token, key, algorithm))',
    becomes: '(await isSignedBy(token, key, algorithm))',
    why: 'nothing is signed with no key.',
  },
  {
    file: 'src/opaque/signed-introspection-response.ts',
    was: "''",
    becomes: "'mutant'",
    where: '^const type = typeof typ',
    why: 'neither is the type that is asked for.',
  },

  {
    file: 'src/jwt/verify-jwt.ts',
    was: "typeof alg !== 'string' || !rules.algorithms.has(alg)",
    becomes: '!rules.algorithms.has(alg)',
    why: NARROWING,
  },
  ...alike('src/jwt/verify-jwt.ts', NOT_INHERITED, [
    ["Object.hasOwn(header, 'crit')", "'crit' in header"],
    ["Object.hasOwn(header, 'b64')", "'b64' in header"],
  ]),
  ...alike('src/opaque/signed-introspection-response.ts', NOT_INHERITED, [
    ["Object.hasOwn(header, 'crit')", "'crit' in header"],
    ["Object.hasOwn(header, 'b64')", "'b64' in header"],
  ]),
  {
    file: 'src/opaque/signed-introspection-response.ts',
    was: "typeof alg !== 'string' || !isSupportedAlgorithm(alg)",
    becomes: '!isSupportedAlgorithm(alg)',
    why: NARROWING,
  },
  {
    file: 'src/opaque/check-claims.ts',
    was: '{ tenant: undefined }',
    becomes: '({  })',
    why: ABSENT,
  },

  // Introspection and its client
  ...alike('src/opaque/client-authentication.ts', FOR_THE_COMPILER, [
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
