// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code, as it stands in the sources.

/** Mutants that live because no caller can observe them. A person has read each. */

export interface Explanation {
  readonly file: string
  readonly was: string
  readonly becomes: string | readonly string[]
  /** Part of the line, where the file contains the same code in several places; after `^` its beginning. */
  readonly where?: string
  readonly why: string
}

const ABSENT = 'a member that is `undefined` and an absent one are read alike.'
const COMPILER = 'the fallback is for the compiler; the value is always there.'
const NARROWING = 'the first condition is for the compiler; the second rejects the same values.'
const NOT_INHERITED = 'an object of `JSON.parse` inherits no member of that name.'
const SHORTCUT = 'a shortcut: the longer way has the same result.'

/** The code, its mutants, and part of the line. */
type Change = readonly [was: string, becomes: string | readonly string[], where?: string]

/** By file and reason. */
const REASONS: readonly (readonly [file: string, why: string, changes: readonly Change[]])[] = [
  [
    'src/authorization-server/discovery.ts',
    COMPILER,
    [
      ['own.dangerouslyAllowHttp ?? false', 'own.dangerouslyAllowHttp'],
      ['options.dangerouslyAllowHttp ?? false', 'options.dangerouslyAllowHttp'],
    ],
  ],
  ['src/authorization-server/documents.ts', COMPILER, [['urls[0] ?? issuer', 'urls[0]']]],
  [
    'src/authorization-server/key-source.ts',
    'for the compiler: no set contains `undefined`.',
    [['key !== undefined && set !== undefined', 'set !== undefined']],
  ],
  [
    'src/authorization-server/key-source.ts',
    'for the compiler: no name is `undefined`.',
    [['kid !== undefined && value.names.has(kid)', 'value.names.has(kid)']],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a shortcut: both ways find the same keys.',
    [
      [
        'keys.length <= FEW_KEYS',
        ['keys.length < FEW_KEYS', 'keys.length > FEW_KEYS', 'true', 'false'],
      ],
    ],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a shortcut: the same text becomes the same key.',
    [['continue', '', 'if (byText.has(text)) continue']],
  ],
  [
    'src/authorization-server/documents.ts',
    'false and `undefined` are read alike.',
    [
      [
        'dangerouslyIgnoreKeyIssuer ?? SERVER_DEFAULTS.dangerouslyIgnoreKeyIssuer',
        'dangerouslyIgnoreKeyIssuer',
      ],
    ],
  ],
  [
    'src/binding/dpop-proof.ts',
    NARROWING,
    [['jwt === undefined || claims === undefined', 'claims === undefined']],
  ],
  [
    'src/binding/proof-keys.ts',
    'the copy is an equal text; only the memory that it keeps is different.',
    [['{ ...found, segment: copyOfText(found.segment) }', '({ ...found })']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    '`parseInt` stops at the dot.',
    [['1', '0', 'Number.parseInt(match[1]']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    COMPILER,
    [
      ["''", "'mutant'"],
      ["match[1] ?? ''", 'match[1]'],
      ["this.#options.secrets[secretIndex] ?? ''", 'this.#options.secrets[secretIndex]'],
    ],
  ],
  [
    'src/binding/dpop-nonce.ts',
    'the first character belongs to the time, which both texts contain.',
    [['0', '1', 'for (let index = 0']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    'beyond the end both codes are `NaN`, and their XOR is 0.',
    [['index < one.length', 'index <= one.length']],
  ],
  [
    'src/binding/dpop-proof.ts',
    'no segment of a JWT contains a comma, so the parser rejects two joined proofs.',
    [["proof.length > MAX_PROOF_LENGTH || proof.includes(',')", 'proof.length > MAX_PROOF_LENGTH']],
  ],
  [
    'src/binding/dpop-proof.ts',
    'the caller compares with the other two values only.',
    [["'fresh'", "''"]],
  ],
  [
    'src/binding/dpop-proof.ts',
    '`isUsableKey` rejects `d`, `k` and `priv` as well.',
    [
      [
        "['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']",
        [
          "['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']",
          "['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']",
          "['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']",
        ],
      ],
    ],
  ],
  [
    'src/binding/dpop-proof.ts',
    'the condition is for the compiler: the allowed algorithms are strings.',
    [["typ !== 'dpop+jwt' || typeof alg !== 'string'", "typ !== 'dpop+jwt'"]],
  ],
  [
    'src/binding/dpop-proof.ts',
    NOT_INHERITED,
    [
      ["Object.hasOwn(header, 'crit')", "'crit' in header"],
      ["Object.hasOwn(header, 'b64')", "'b64' in header"],
      ['Object.hasOwn(jwk, name)', 'name in jwk'],
    ],
  ],
  [
    'src/binding/dpop-proof.ts',
    'a shortcut: the target is in normal form.',
    [
      [
        'htu !== target && normalizeTargetUri(htu) !== target',
        'normalizeTargetUri(htu) !== target',
      ],
    ],
  ],
  [
    'src/binding/dpop-proof.ts',
    'JSON has no `NaN`, infinities are outside every window, and both conditions reject strings.',
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
  ],
  [
    'src/binding/dpop-replay.ts',
    'times are seconds since 1970: none is 0 or 1.',
    [['0', '1', '#sweptAt = 0']],
  ],
  [
    'src/binding/dpop-replay.ts',
    COMPILER,
    [['this.#counts.get(principal) ?? 0', 'this.#counts.get(principal)']],
  ],
  [
    'src/binding/dpop-replay.ts',
    'a count of 0 is read like an absent one.',
    [
      ['count > 1', ['count >= 1', 'true']],
      ['1', '0', 'if (count > 1)'],
    ],
  ],
  [
    'src/binding/proof-keys.ts',
    'the next lines check that `kty` is a string.',
    [["typeof kty === 'string' && Object.hasOwn(MEMBERS, kty)", 'Object.hasOwn(MEMBERS, kty)']],
  ],
  [
    'src/crypto/algorithms.ts',
    'the hash of other keys and of their algorithms is `undefined`.',
    [["kty !== 'RSA' || parameters.hash === hash?.name", 'parameters.hash === hash?.name']],
  ],
  [
    'src/crypto/import-key.ts',
    'WebCrypto throws without parameters, and the exception is caught.',
    [['parameters === undefined', 'false']],
  ],
  [
    'src/crypto/jwk.ts',
    COMPILER,
    [
      ['0', '1', 'Math.clz32'],
      ['bytes[first] ?? 0', 'bytes[first]'],
      ['bytes.at(-1) ?? 0', 'bytes.at(-1)'],
    ],
  ],
  [
    'src/crypto/jwk.ts',
    'a number without a bit is too short, whatever its parity.',
    [
      ['{ bits: 0, isOdd: false }', ['({ isOdd: false })', '({ bits: 0 })']],
      ['false', 'true', 'return { bits: 0'],
      ['0', '1', 'return { bits: 0'],
    ],
  ],
  [
    'src/crypto/jwk.ts',
    'a number without a bit has fewer bits than any key needs.',
    [['first < 0', 'false']],
  ],
  [
    'src/crypto/private-key.ts',
    'for the compiler: no key fits `undefined`.',
    [
      ['algorithm !== undefined && fitsAlgorithm(key, algorithm)', 'fitsAlgorithm(key, algorithm)'],
      ['own !== undefined && isSameAlgorithm(own, algorithm)', 'isSameAlgorithm(own, algorithm)'],
    ],
  ],
  ['src/crypto/sign-jwt.ts', ABSENT, [['kid === undefined', 'false']]],
  [
    'src/http/authorization.ts',
    'a value that begins with a space has no scheme, with or without the cut.',
    [
      ['0', '1', 'const name = space < 0'],
      ['space < 0', 'space <= 0', 'const name = space < 0'],
      ['0', '1', 'const token = space < 0'],
      ['space < 0', 'space <= 0', 'const token = space < 0'],
    ],
  ],
  ['src/http/authorization.ts', SHORTCUT, [["!value.includes(',')", 'false']]],
  [
    'src/http/authorization.ts',
    'the parts were trimmed.',
    [
      [
        "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]+ +\\S/i",
        "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]* +\\S/i",
      ],
    ],
  ],
  [
    'src/http/content.ts',
    '`Headers` trims values.',
    [["(headers.get('Content-Encoding') ?? '').trim()", "(headers.get('Content-Encoding') ?? '')"]],
  ],
  [
    'src/http/content.ts',
    'a shortcut: without the word, no parameter names a charset.',
    [['type === null || !CHARSET.test(type)', ['type === null']]],
  ],
  [
    'src/http/content.ts',
    'for the compiler: the string `null` does not contain the word.',
    [['type === null || !CHARSET.test(type)', ['!CHARSET.test(type)']]],
  ],
  [
    'src/http/content.ts',
    'the replacement does not contain the word charset either.',
    [["''", "'mutant'", 'UTF8_PARAMETER']],
  ],
  [
    'src/http/cors.ts',
    'a name that is not a tool parameter is omitted, as an empty one is.',
    [["''", "'mutant'", 'Access-Control-Request-Headers']],
  ],
  [
    'src/http/freshness.ts',
    'neither the empty string nor this one is a directive or a date.',
    [
      ["''", "'mutant'"],
      ["headers.get('Date') ?? ''", "headers.get('Date')"],
    ],
  ],
  [
    'src/http/request-target.ts',
    SHORTCUT,
    [
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
    ],
  ],
  [
    'src/http/request-target.ts',
    'the URL parser of Node accepts names with two dots or hyphens in a row; other parsers may not.',
    [
      [
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]*)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
      ],
    ],
  ],
  [
    'src/http/request-target.ts',
    'the pathname of such a URL differs from the rest of its text.',
    [
      [
        '/^https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i',
        ['/https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i', '/^https?:\\/\\/[^\\\\/?#@]*(?=\\/)/i'],
      ],
    ],
  ],
  [
    'src/http/request-target.ts',
    'the empty match is replaced by the empty string.',
    [
      [
        '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])+/gi',
        '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])*/gi',
      ],
    ],
  ],
  [
    'src/http/resource-path.ts',
    SHORTCUT,
    [
      ['isPlainPath(path) && isLowerCase(path)', 'undefined'],
      [
        '{ choices, arePlain: choices.every(({ path }) => isPlainPath(path) && isLowerCase(path)) }',
        '({ choices })',
      ],
      ['isPlain', 'false', 'const other'],
      ['chosen === undefined || isLowerCase(pathname)', 'chosen === undefined'],
      ['text === text.toLowerCase()', 'undefined'],
    ],
  ],
  [
    'src/http/target-uri.ts',
    SHORTCUT,
    [
      ["'%'", "''"],
      ["!path.includes('%')", 'false'],
    ],
  ],
  [
    'src/http/target-uri.ts',
    'the rest of the pattern requires a character.',
    [
      [
        '/^https?:\\/\\/(?=[!-~]+$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
        '/^https?:\\/\\/(?=[!-~]*$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
      ],
    ],
  ],
  [
    'src/jwt/audience.ts',
    ABSENT,
    [
      [
        '{ audience: [], matched: undefined, isAccepted: policy.allowMissing }',
        '({ audience: [], isAccepted: policy.allowMissing })',
      ],
    ],
  ],
  ['src/jwt/compact-jwt.ts', COMPILER, [["''", "'mutant'", 'const [first']]],
  ['src/jwt/compact-jwt.ts', 'four parts are too many.', [['4', '5']]],
  [
    'src/jwt/compact-jwt.ts',
    'the condition is for the compiler: a text with a third part has a second.',
    [['payload === undefined || signature === undefined', 'signature === undefined']],
  ],
  [
    'src/jwt/compact-jwt.ts',
    'the condition is for the compiler: `undefined` is not JSON.',
    [['text === undefined', 'false']],
  ],
  ['src/jwt/compact-jwt.ts', NOT_INHERITED, [["Object.hasOwn(header, 'alg')", "'alg' in header"]]],
  [
    'src/jwt/registered-names.ts',
    'for the compiler: a set of strings contains strings only.',
    [
      [
        "typeof alg === 'string' && REGISTERED_ALGORITHMS.has(alg)",
        'REGISTERED_ALGORITHMS.has(alg)',
      ],
    ],
  ],
  ['src/jwt/token-type.ts', 'neither string is a type.', [["''", "'mutant'"]]],
  [
    'src/jwt/token-type.ts',
    NOT_INHERITED,
    [["Object.hasOwn(claims, 'events')", "'events' in claims"]],
  ],
  [
    'src/jwt/verify-jwt.ts',
    NARROWING,
    [["typeof alg !== 'string' || !rules.algorithms.has(alg)", '!rules.algorithms.has(alg)']],
  ],
  [
    'src/jwt/verify-jwt.ts',
    NOT_INHERITED,
    [
      ["Object.hasOwn(header, 'crit')", "'crit' in header"],
      ["Object.hasOwn(header, 'b64')", "'b64' in header"],
    ],
  ],
  [
    'src/jwt/verify-jwt.ts',
    SHORTCUT,
    [
      [
        'candidate.imported.get(algorithm) ?? (await keys.importKey(candidate, algorithm))',
        '(await keys.importKey(candidate, algorithm))',
      ],
    ],
  ],
  [
    'src/mcp/header-agreement.ts',
    'the condition is for the compiler: the string `null` is not a revision.',
    [['revision !== null && REVISION.test(revision)', 'REVISION.test(revision)']],
  ],
  [
    'src/mcp/json-rpc-value.ts',
    'the message of an exception that is caught in this file.',
    [
      ["'Not JSON.'", "''"],
      ["'An ambiguous name.'", "''"],
      ["'An inherited member.'", "''"],
      ["'Not a data property.'", "''"],
      ["'Too large.'", "''"],
    ],
  ],
  [
    'src/mcp/json-rpc-value.ts',
    'the copy has no prototype.',
    [['Object.hasOwn(copy, name)', 'name in copy']],
  ],
  [
    'src/mcp/json-rpc-value.ts',
    'a property descriptor inherits no `value`.',
    [["Object.hasOwn(property, 'value')", "'value' in property"]],
  ],
  [
    'src/mcp/json-rpc-value.ts',
    'for the compiler: `Object.hasOwn(undefined)` throws, and the exception is caught.',
    [
      [
        "property === undefined || !Object.hasOwn(property, 'value')",
        "!Object.hasOwn(property, 'value')",
      ],
    ],
  ],
  [
    'src/mcp/json-rpc.ts',
    NOT_INHERITED,
    [
      ["Object.hasOwn(message, 'method')", "'method' in message"],
      ["Object.hasOwn(message, 'result')", "'result' in message"],
      ["Object.hasOwn(message, 'error')", "'error' in message"],
      ["Object.hasOwn(message, 'id')", "'id' in message"],
    ],
  ],
  [
    'src/mcp/json-rpc.ts',
    'the caller compares with the other two values only.',
    [["'response'", "''"]],
  ],
  [
    'src/mcp/json-rpc.ts',
    'every caller gives the argument.',
    [['true', 'false', 'parseJsonRpcText(text: string, allowBatch = true)']],
  ],
  [
    'src/mcp/json-structure.ts',
    'beyond the end no case matches.',
    [['at < text.length', 'at <= text.length']],
  ],
  [
    'src/mcp/json-structure.ts',
    'a shortcut: members of data are not read, so a duplicate does not matter.',
    [
      ["'data'", "''", 'const isKey'],
      ["current?.expectsKey === true && current.role !== 'data'", 'current?.expectsKey === true'],
    ],
  ],
  [
    'src/mcp/json-structure.ts',
    'the next case changes a container that is closed here.',
    [['break', '']],
  ],
  [
    'src/mcp/json-structure.ts',
    'the key is read after it was set, and never for an array.',
    [
      ["''", "'mutant'", 'return { isArray'],
      [
        "{ isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray, key: '' }",
        '({ isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray })',
      ],
    ],
  ],
  ['src/mcp/json-structure.ts', SHORTCUT, [["!literal.includes('\\\\')", 'false']]],
  [
    'src/mcp/json-structure.ts',
    'such a text is not JSON, and the parser rejects it.',
    [['literal', 'undefined']],
  ],
  [
    'src/mcp/json-structure.ts',
    'the closing quote is never the first character, and no escape precedes -1.',
    [
      ['0', '1', 'while (end >= 0'],
      ['end >= 0', 'end > 0'],
      ['end >= 0 && isEscaped(text, end)', 'isEscaped(text, end)'],
      ['0', '1', 'return end < 0'],
      ['end < 0', 'end <= 0'],
    ],
  ],
  [
    'src/mcp/json-structure.ts',
    'the sum is odd exactly when the difference is.',
    [['index - first', 'index + first']],
  ],
  [
    'src/mcp/member-names.ts',
    'a shortcut: such a role has no names.',
    [['names.size === 0', 'false']],
  ],
  [
    'src/mcp/member-names.ts',
    'a shortcut: case folding never shortens a name.',
    [['end > LONGEST_NAME.length', 'false']],
  ],
  [
    'src/mcp/member-names.ts',
    '`data` has no names, so the set of its folded names is not read.',
    [
      [
        "{ message: /* @__PURE__ */ foldedAll('message'), params: /* @__PURE__ */ foldedAll('params'), ref: /* @__PURE__ */ foldedAll('ref'), notifications: /* @__PURE__ */ foldedAll('notifications'), data: /* @__PURE__ */ foldedAll('data'), }",
        "({ message: /* @__PURE__ */ foldedAll('message'), params: /* @__PURE__ */ foldedAll('params'), ref: /* @__PURE__ */ foldedAll('ref'), notifications: /* @__PURE__ */ foldedAll('notifications') })",
      ],
    ],
  ],
  [
    'src/mcp/member-names.ts',
    'a name of NULs alone has another meaning in no role.',
    [
      ['0', '1', 'while (end > 0'],
      ['end > 0', 'end >= 0'],
      ['end > 0 && name.charCodeAt(end - 1) === 0', 'name.charCodeAt(end - 1) === 0'],
    ],
  ],
  [
    'src/mcp/operation.ts',
    ABSENT,
    [
      [
        '{ operation, implied, sentName: undefined, isNotification }',
        '({ operation, implied, isNotification })',
      ],
    ],
  ],
  [
    'src/mcp/operation.ts',
    'both conditions hold together; the compiler needs both.',
    [
      ["typeof sent === 'string'", 'true'],
      ["typeof sent !== 'string' || name === undefined", 'name === undefined'],
    ],
  ],
  [
    'src/mcp/policy.ts',
    'an entry under such a name is never found.',
    [
      ['nameKeyOf(method, name) ?? name', 'nameKeyOf(method, name)'],
      ['continue', '', '^continue'],
    ],
  ],
  ['src/mcp/policy.ts', ABSENT, [['{ method: key, name: undefined }', '({ method: key })']]],
  [
    'src/mcp/policy.ts',
    'the condition is for the compiler: no rule has the name `undefined`.',
    [['name === undefined', 'false', 'const named']],
  ],
  [
    'src/mcp/resource-uri.ts',
    'a parsed URI begins with a scheme and does not begin with a question mark.',
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
  ],
  [
    'src/mcp/resource-uri.ts',
    'an empty match changes nothing, or both keys alike.',
    [
      ['/^(?:\\.\\.?\\/)+/', '/^(?:\\.\\.?\\/)*/'],
      ['/\\/+/g', '/\\/*/g'],
      ['/^[^:]+:\\/\\/[^/]*/', '/^[^:]+:\\/\\/[^/]+/'],
    ],
  ],
  [
    'src/mcp/resource-uri.ts',
    'a shortcut: a text that equals its normal form is parsed again.',
    [
      [
        'literal === uri || parsedAndNormalized(literal) === uri',
        'parsedAndNormalized(literal) === uri',
      ],
    ],
  ],
  [
    'src/mcp/resource-uri.ts',
    'a shortcut: a path without dot segments stays the same.',
    [['!DOT_SEGMENT.test(path)', 'false']],
  ],
  ['src/mcp/resource-uri.ts', 'an empty match changes nothing.', [['/[A-Z]+/g', '/[A-Z]*/g']]],
  ['src/opaque/check-claims.ts', ABSENT, [['{ tenant: undefined }', '({  })']]],
  [
    'src/authorization-server/client-authentication.ts',
    COMPILER,
    [
      ["''", "'mutant'", 'signingAlgorithmOf'],
      ["signingAlgorithmOf(privateKey) ?? ''", 'signingAlgorithmOf(privateKey)'],
    ],
  ],
  [
    'src/opaque/introspection.ts',
    'an endpoint stays proven, so the order of the two steps does not matter.',
    [['0', '1', 'const isProven']],
  ],
  [
    'src/opaque/introspection.ts',
    'the circuit breaker compares with `success` only.',
    [["'failure'", "''"]],
  ],
  [
    'src/opaque/response-cache.ts',
    'a comparison with `undefined` is false, so the entry is never used.',
    [["typeof exp !== 'number'", 'false']],
  ],
  [
    'src/opaque/response-cache.ts',
    'the size of 1,000 entries of one character is far below the bound.',
    [['0', '1', 'this.#invalid.set']],
  ],
  [
    'src/opaque/response-cache.ts',
    ABSENT,
    [['{ claims, startedAt, until, size: 0 }', ['({ startedAt, until, size: 0 })']]],
  ],
  [
    'src/opaque/signed-introspection-response.ts',
    NOT_INHERITED,
    [
      ["Object.hasOwn(header, 'crit')", "'crit' in header"],
      ["Object.hasOwn(header, 'b64')", "'b64' in header"],
    ],
  ],
  [
    'src/opaque/token-memory.ts',
    'a shortcut: empty lists contain no digest.',
    [['this.#good.isEmpty && this.#undecided.isEmpty', 'false']],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a shortcut: both ways find the same keys.',
    [['16', ['17', '15']]],
  ],
  [
    'src/authorization-server/key-set.ts',
    'only a polluted prototype shows it: test/conformance/pollution.test.ts, which is not among these tests.',
    [['set.keys.map(ownMembers)', 'set.keys']],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a shortcut: the same text becomes the same key.',
    [['byText.has(text)', 'false']],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a key without a name is stored under `undefined`, which no token names.',
    [
      ['jwk.kid == null', 'false'],
      ['continue', '', 'if (jwk.kid == null)'],
    ],
  ],
  [
    'src/binding/dpop-replay.ts',
    COMPILER,
    [['0', '1', 'const count = this.#counts.get(principal) ?? 0']],
  ],
  ['src/crypto/jwk.ts', COMPILER, [['0', '1', 'bytes.at(-1) ?? 0']]],
  [
    'src/http/content.ts',
    'a shortcut: without the word, no parameter names a charset.',
    [['type === null || !CHARSET.test(type)', '(type === null) && (!CHARSET.test(type))']],
  ],
  [
    'src/authorization-server/key-set.ts',
    'a shortcut: both ways find the same keys.',
    [
      ['0', '1', 'if (keys[0] === key)'],
      ['keys[0] === key', 'false'],
    ],
  ],
  [
    'src/binding/certificate-field.ts',
    COMPILER,
    [
      ["base64 === undefined || base64 === ''", "base64 === ''"],
      ["text.replaceAll(':', '').match(/../g) ?? []", "text.replaceAll(':', '').match(/../g)"],
      ['hash === undefined', 'false', 'const digest'],
      ["''", "'mutant'", 'const [whole'],
    ],
  ],
  [
    'src/binding/certificate-field.ts',
    'empty text is not base64 here, and is rejected next.',
    [
      ['/^:([^:]*):$/', '/^:([^:]+):$/'],
      [
        '/^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----$/',
        '/^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE-----$/',
      ],
    ],
  ],
  [
    'src/binding/certificate-field.ts',
    'to replace nothing by nothing changes nothing.',
    [['/\\s+/g', '/\\s*/g']],
  ],
  [
    'src/crypto/algorithms.ts',
    COMPILER,
    [['ALGORITHMS[name]?.parameters.name', 'ALGORITHMS[name].parameters.name']],
  ],
  [
    'src/crypto/hmac-sync.ts',
    COMPILER,
    [
      ['0', '1', 'let [a = 0'],
      ['0', '1', 'return words[index]'],
      ['words[index] ?? 0', 'words[index]'],
    ],
  ],
  [
    'src/crypto/hmac-sync.ts',
    'a typed array ignores what is written beyond its end.',
    [
      ['64', '65', 'for (let t = 16'],
      ['t < 64', 't <= 64', 'for (let t = 16'],
    ],
  ],
  [
    'src/crypto/import-key.ts',
    'keys without the member are not RSA keys, and their signatures have a fixed length.',
    [['0', '1', 'const { modulusLength = 0 }']],
  ],
  [
    'src/crypto/sign-jwt.ts',
    ABSENT,
    [['members.filter(([, value]) => value !== undefined)', 'members']],
  ],
  [
    'src/gateway/fields.ts',
    'a shortcut: a name of letters, digits and hyphens is in normal form.',
    [['isRespelled(name)', 'true']],
  ],
  ['src/gateway/forward.ts', SHORTCUT, [['known?.identifier !== auth.identifier', 'true']]],
  [
    'src/gateway/forward.ts',
    'for the compiler: without a URL there is a problem, and a function is there where there is no fixed URL.',
    [
      ['choose?.(request, auth)', 'choose(request, auth)'],
      ['url === undefined || problem !== undefined', 'problem !== undefined'],
    ],
  ],
  [
    'src/gateway/forward.ts',
    'an anonymous context has no token.',
    [['auth.anonymous', 'false', 'const token']],
  ],
  [
    'src/gateway/forward-auth.ts',
    'the normal form of a name with an underscore is neither text.',
    [["''", "'mutant'", 'const names = [']],
  ],
  [
    'src/gateway/forward-settings.ts',
    'for the compiler: the options were validated before, so the key has an algorithm, and the identity an audience.',
    [
      ["''", "'mutant'", '^signer'],
      ["signingAlgorithmOf(key) ?? ''", 'signingAlgorithmOf(key)'],
      ['fixed?.origin', 'fixed.origin'],
      ["''", "'mutant'", '^audience: audience'],
      ["audience ?? fixed?.origin ?? ''", 'audience ?? fixed?.origin'],
    ],
  ],
  [
    'src/gateway/forwarded-request.ts',
    ABSENT,
    [
      [
        "{ nginx: ['X-Original-Method', 'X-Original-URI'], caddy: ['X-Forwarded-Method', 'X-Forwarded-Uri'], traefik: ['X-Forwarded-Method', 'X-Forwarded-Uri'], haproxy: ['X-Forwarded-Method', 'X-Forwarded-Uri'], envoy: undefined, }",
        "({ nginx: ['X-Original-Method', 'X-Original-URI'], caddy: ['X-Forwarded-Method', 'X-Forwarded-Uri'], traefik: ['X-Forwarded-Method', 'X-Forwarded-Uri'], haproxy: ['X-Forwarded-Method', 'X-Forwarded-Uri'] })",
      ],
    ],
  ],
  [
    'src/gateway/identity.ts',
    'claims inherit no member of that name, and `act` was read before: it is an object, or absent.',
    [
      ["Object.hasOwn(claims, 'act')", ["'act' in claims", 'true']],
      ['isObject(act)', 'true'],
    ],
  ],
  [
    'src/gateway/identity-keys.ts',
    'a polluted prototype makes more keys private or symmetric, and publishes no member.',
    [
      ["Object.hasOwn(key, 'd')", "'d' in key"],
      ["Object.hasOwn(key, 'priv')", "'priv' in key"],
      ["Object.hasOwn(key, 'k')", "'k' in key"],
    ],
  ],
  [
    'src/gateway/target.ts',
    'only whether a path is ambiguous is read.',
    [
      ['true', 'false', 'return { identifier'],
      ['{ url, value: true }', '({ url })'],
    ],
  ],
  [
    'src/gateway/target.ts',
    SHORTCUT,
    [
      [
        '{ identifier, url, choices: createPathChoices([{ url, value: true }]) }',
        '({ url, choices: createPathChoices([{ url, value: true }]) })',
      ],
    ],
  ],
  [
    'src/gateway/target.ts',
    'the path of the resource itself has one reading.',
    [
      ["''", "'mutant'", "if (rest !== '' && (choose"],
      [
        "rest !== '' && (choosePath(pathname, choices).isAmbiguous || !isPlainRest(rest))",
        '(choosePath(pathname, choices).isAmbiguous || !isPlainRest(rest))',
      ],
    ],
  ],
  ['src/http/cors.ts', SHORTCUT, [['value === field', 'false']]],
  [
    'src/http/retry-after.ts',
    'for the compiler: the text `null` is not a date.',
    [['value === null', 'false']],
  ],
  [
    'src/http/trace-context.ts',
    'neither text is a value of the field.',
    [
      ["''", "'mutant'", 'const parts'],
      ["headers.get('traceparent')?.trim() ?? ''", "headers.get('traceparent')?.trim()"],
    ],
  ],
  ['src/http/trace-context.ts', COMPILER, [["''", "'mutant'", 'const [, version']]],
  ['src/http/trace-context.ts', 'an id has characters.', [['/^0+$/', '/^0*$/']]],
  [
    'src/jwt/compact-jwt.ts',
    'no base64url has 257 characters.',
    [['256', '257', 'MAX_SAME_LENGTH']],
  ],
  ['src/jwt/compact-jwt.ts', NOT_INHERITED, [["Object.hasOwn(header, 'jwk')", "'jwk' in header"]]],
  [
    'src/jwt/read-actor.ts',
    'for the compiler: what is not an object has no member that names an actor.',
    [['!isObject(act) || depth > MAX_DEPTH', 'depth > MAX_DEPTH']],
  ],
  [
    'src/mcp/clear-params.ts',
    'every name and number that counts lies in a message, which begins with a new finding.',
    [
      ['false', 'true', '^let message'],
      ['true', 'false', '^let message'],
      [
        '{ isCall: false, isClear: true }',
        ['({ isClear: true })', '({ isCall: false })'],
        '^let message',
      ],
    ],
  ],
  [
    'src/mcp/clear-params.ts',
    ABSENT,
    [['{ isCall: false, isClear: true }', '({ isClear: true })', 'if (container.isMessage)']],
  ],
  [
    'src/mcp/clear-params.ts',
    'beyond the end `charAt` finds no character of any kind.',
    [['at < text.length', 'at <= text.length']],
  ],
  [
    'src/mcp/clear-params.ts',
    'for the compiler: in JSON, a bracket or a comma ends or follows what was opened.',
    [
      ['current?.isMessage', 'current.isMessage'],
      ['current !== undefined', 'true'],
    ],
  ],
  [
    'src/mcp/clear-params.ts',
    'the next case changes a container that is closed, or finds no number.',
    [['break', '', '^break']],
  ],
  [
    'src/mcp/clear-params.ts',
    'a single digit is exact, whether it is read or not.',
    [['/-?\\d[\\d.eE+-]*/y', '/-?\\d[\\d.eE+-]+/y']],
  ],
  [
    'src/mcp/clear-params.ts',
    'an object is asked for its key after it has one, and an array is not a message.',
    [
      ["''", "'mutant'", "key: ''"],
      [
        "{ isArray, isBatch: isArray && isOutermost, isMessage: !isArray && (isOutermost || parent.isBatch), isInParams: isParams(parent), names: new Set(), expectsKey: !isArray, key: '', }",
        '({ isArray, isBatch: isArray && isOutermost, isMessage: !isArray && (isOutermost || parent.isBatch), isInParams: isParams(parent), names: new Set(), expectsKey: !isArray })',
      ],
    ],
  ],
  [
    'src/mcp/policy.ts',
    'how many URIs of lists of the application are kept; the rules are the same.',
    [
      ['4096', ['4097', '4095']],
      ['512', ['513', '511']],
      ['{ maxEntries: MAX_KNOWN_URIS }', '({  })'],
    ],
  ],
  [
    'src/mcp/policy.ts',
    'a shortcut: both ways find the same rule.',
    [
      [
        'given.length <= MAX_URI_LENGTH',
        ['given.length < MAX_URI_LENGTH', 'given.length > MAX_URI_LENGTH', 'true', 'false'],
      ],
      [
        'known.get(method) ?? new BoundedMap({ maxEntries: MAX_KNOWN_URIS })',
        'new BoundedMap({ maxEntries: MAX_KNOWN_URIS })',
      ],
      ['found !== undefined', 'false', 'return found.rule'],
      [
        "nameSourceOf(method) !== 'uri'",
        ["nameSourceOf(method) === 'uri'", 'true', 'false'],
        'return lookUp',
      ],
      ["'uri'", "''", 'return lookUp'],
      ['rules.set(given, { rule })', ''],
      ['known.set(method, rules)', ''],
    ],
  ],
  [
    'src/jwt/verified-token.ts',
    ABSENT,
    [
      [
        "{ issuer, authority: reading.authority, subject, actor: actor.value, clientId: readClientId(claims, reading.profile, reading.names?.clientId), granted, scopes, audience: Object.freeze([...audience]) as string[], expiresAt: verified['exp'] as number, issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0, claims, extra: Object.freeze({ issuer, subject, claims }), confirmation: verified['cnf'], original: reading.mapClaims === undefined ? claims : revocableClaims(verified), digest: undefined, key, }",
        "({ issuer, authority: reading.authority, subject, actor: actor.value, clientId: readClientId(claims, reading.profile, reading.names?.clientId), granted, scopes, audience: Object.freeze([...audience]) as string[], expiresAt: verified['exp'] as number, issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0, claims, extra: Object.freeze({ issuer, subject, claims }), confirmation: verified['cnf'], original: reading.mapClaims === undefined ? claims : revocableClaims(verified), key })",
      ],
    ],
  ],
  [
    'src/session/sealed-id.ts',
    COMPILER,
    [
      ["''", "'mutant'", 'const mac'],
      ["this.#options.secrets[0] ?? ''", 'this.#options.secrets[0]'],
      [
        'id === undefined || mac === undefined',
        ['(id === undefined) && (mac === undefined)', 'id === undefined', 'mac === undefined'],
      ],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    'another hash: principals have other slots, and the same shares.',
    [
      ['16', ['17', '15'], 'hash ^= hash >>> 16'],
      ['hash >>> 16', 'hash << 16'],
      ['hash ^= hash >>> 16', ''],
      ['0x9e3779b1', ['2654435762', '2654435760']],
      ['15', ['16', '14'], 'hash ^= hash >>> 15'],
      ['hash >>> 15', 'hash << 15'],
      ['hash ^= hash >>> 15', ''],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    COMPILER,
    [
      ['0', '1', '?? 0'],
      ['this.#shares[this.#slotOf(principal)] ?? 0', 'this.#shares[this.#slotOf(principal)]'],
      ['this.#shares[slot] ?? 0', 'this.#shares[slot]'],
      ['this.#hashes[next] ?? 0', 'this.#hashes[next]'],
      ['this.#shares[next] ?? 0', 'this.#shares[next]'],
      ['shares[index] ?? 0', 'shares[index]'],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    'the product of a power of two and 0.8 is never a whole number.',
    [
      [
        'this.#size > this.#hashes.length * MAX_LOAD',
        'this.#size >= this.#hashes.length * MAX_LOAD',
      ],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    'the first round then writes the slot into itself.',
    [['1', '0', 'let next = (gap + 1)']],
  ],
  [
    'src/lib/principal-shares.ts',
    'the slots beyond the hashes are not used.',
    [['2', '3', 'this.#shares = new Int32Array']],
  ],
  [
    'src/lib/principal-shares.ts',
    'a free slot that is copied stays free.',
    [
      ['principal === 0', 'false'],
      ['continue', ''],
    ],
  ],
  [
    'src/lib/cache-entry.ts',
    'the table and the cache set it before they read it.',
    [
      ['0', '1', 'place = 0'],
      ['0', '1', 'usedAt = 0'],
    ],
  ],
  [
    'src/lib/cache-entry.ts',
    'another hash: credentials have other slots, and are found by their whole text.',
    [
      ['61', ['62', '60']],
      [
        'Math.imul(hash, 61) + credential.charCodeAt(end - back)',
        'Math.imul(hash, 61) - credential.charCodeAt(end - back)',
      ],
      ['0x9e3779b1', ['2654435762', '2654435760']],
      ['15', ['16', '14'], 'hash >>> 15'],
      ['hash >>> 15', 'hash << 15'],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'a shortcut: the whole text is compared in any case.',
    [
      ['hashes[slot] !== hash', 'false'],
      ['continue', '', 'hashes[slot] !== hash'],
      ['whole !== undefined', 'false'],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'for the compiler: a slot with a hash has an entry.',
    [
      [
        'entry !== undefined && this.#isEntryOf(entry, credential)',
        'this.#isEntryOf(entry, credential)',
      ],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'the first round then writes the slot into itself.',
    [['1', '0', 'let next = (gap + 1)']],
  ],
  [
    'src/lib/entry-table.ts',
    COMPILER,
    [
      ['0', '1', 'hashes[next] ?? 0'],
      ['hashes[next] ?? 0', 'hashes[next]'],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    'of two notes of the same age, either may give way.',
    [
      [
        'this.#age(slot, uses) > this.#age(best, uses)',
        'this.#age(slot, uses) >= this.#age(best, uses)',
      ],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    COMPILER,
    [
      ['0', '1', 'this.#uses[slot] ?? 0'],
      ['this.#uses[slot] ?? 0', 'this.#uses[slot]'],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    'each principal then has four other groups of slots.',
    [
      [
        'principal + (credential % GROUPS_PER_PRINCIPAL)',
        'principal - (credential % GROUPS_PER_PRINCIPAL)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'one sample more or less: the idlest of a few entries is an estimate.',
    [
      ['8', ['9', '7'], 'const SAMPLES'],
      ['1', ['2', '0'], 'let count = 1'],
      ['count < SAMPLES', 'count <= SAMPLES'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'where counting, a search or the ring begins.',
    [
      ['0', '1', '#uses = 0'],
      ['0', '1', '#position = 0'],
      ['0', '1', '#hotPosition = 0'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'the seed replaces it before it is read.',
    [['0', '1', '#random = 0']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a shortcut: the longer way finds the room as well.',
    [['this.#hasRoomFor(bytes)', 'false']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a use that counts twice: the order of uses is the same.',
    [['1', '2', '^this.#uses = (this.#uses + 1)']],
  ],
  [
    'src/lib/credential-cache.ts',
    'every number but 0 can be the seed.',
    [['1', '2', 'seed() || 1']],
  ],
  [
    'src/lib/credential-cache.ts',
    'the search begins behind the entry that it found last, which was removed.',
    [
      ['0', '1', 'let count = 0'],
      ['count < slots', 'count <= slots'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'the search, or the ring, goes the other way round.',
    [
      ['this.#position + 1', 'this.#position - 1'],
      ['this.#hotPosition + 1', 'this.#hotPosition - 1'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'each entry has bytes, so it counts as one at least.',
    [['1', '0', 'Math.max(1, ']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a shortcut: the note of the newcomer is the same in each round.',
    [
      [
        'away ??= absences.usesSince(principal, hash, this.#uses)',
        'away = absences.usesSince(principal, hash, this.#uses)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'no two credentials were used at the same time.',
    [
      ['away >= this.#idleTimeOf(idlest)', 'away > this.#idleTimeOf(idlest)'],
      [
        'this.#idleTimeOf(entry) > this.#idleTimeOf(idlest)',
        'this.#idleTimeOf(entry) >= this.#idleTimeOf(idlest)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'a larger log only forgets less.',
    [
      ['this.#absences.slots < this.#table.size', 'this.#absences.slots <= this.#table.size'],
      [
        'this.#absences === undefined || this.#absences.slots < this.#table.size',
        'this.#absences === undefined',
      ],
    ],
  ],
  ['src/lib/credential-cache.ts', 'other random numbers.', [['13', ['14', '12']]]],
  [
    'src/lib/credential-cache.ts',
    COMPILER,
    [
      ['1', ['2', '0'], 'crypto.getRandomValues'],
      [
        'crypto.getRandomValues(new Int32Array(1))[0] ?? 1',
        'crypto.getRandomValues(new Int32Array(1))[0]',
      ],
    ],
  ],
  [
    'src/features/audit.ts',
    'the slot stays empty in both cases.',
    [['{}', 'undefined', 'if (audit === undefined)']],
  ],
  [
    'src/features/revocation.ts',
    'the slot stays empty in both cases.',
    [['{}', 'undefined', 'if (revocation === undefined)']],
  ],
  [
    'src/revocation/status-reference.ts',
    'a shortcut: a value that is not an object has no such member.',
    [['isObject(status)', 'true']],
  ],
  [
    'src/revocation/status-reference.ts',
    NARROWING,
    [["typeof index !== 'number' || !Number.isInteger(index)", '!Number.isInteger(index)']],
  ],
  [
    'src/revocation/status-list.ts',
    NARROWING,
    [["typeof bits !== 'number' || !BITS.includes(bits)", '!BITS.includes(bits)']],
  ],
  [
    'src/revocation/status-list.ts',
    'without data, decompression fails as well.',
    [
      [
        'compressed && (await inflate(compressed, MAX_LIST_BYTES))',
        '(await inflate(compressed, MAX_LIST_BYTES))',
      ],
    ],
  ],
  [
    'src/revocation/status-list.ts',
    COMPILER,
    [
      ['0', '1', '?? 0'],
      ['flags[index >>> 3] ?? 0', 'flags[index >>> 3]'],
      ['bytes[Math.floor(index / perByte)] ?? 0', 'bytes[Math.floor(index / perByte)]'],
    ],
  ],
  [
    'src/revocation/status-list.ts',
    'behind the last byte there is no status to copy.',
    [['index < length', 'index <= length']],
  ],
  [
    'src/revocation/inflate.ts',
    'the length of a slice changes no result, nor does an empty slice.',
    [
      ['4096', ['4097', '4095']],
      ['offset >= bytes.byteLength', 'offset > bytes.byteLength'],
    ],
  ],
  [
    'src/revocation/create-revocation.ts',
    'for the compiler: each server has a state.',
    [
      ['state === undefined', 'false'],
      ['continue', ''],
    ],
  ],
  [
    'src/features/options-of.ts',
    SHORTCUT,
    [['option === undefined || option === false', 'option === false']],
  ],
  [
    'src/features/plug.ts',
    'a shortcut: a value that is not an object has no members of a feature.',
    [['!isObject(value)', 'false']],
  ],
  [
    'src/features/revocation.ts',
    'false and `undefined` are read alike.',
    [['options.statusList ?? REVOCATION_DEFAULTS.statusList', 'options.statusList']],
  ],
  [
    'src/features/values.ts',
    'for the compiler: the feature has this name already.',
    [
      ["{ ...DPOP, name: 'dpop' }", '({ ...DPOP })'],
      ["{ ...MTLS, name: 'mtls' }", '({ ...MTLS })'],
      ["{ ...OPERATIONS, name: 'operations' }", '({ ...OPERATIONS })'],
      ["{ ...REVOCATION, name: 'revocation' }", '({ ...REVOCATION })'],
      ["{ ...SESSIONS, name: 'sessions' }", '({ ...SESSIONS })'],
      ["{ ...AUDIT, name: 'audit' }", '({ ...AUDIT })'],
    ],
  ],
  [
    'src/gateway/content-codings.ts',
    'every other text means a host that is not known.',
    [
      ["''", "'mutant'", 'userAgent'],
      ["globalThis.navigator?.userAgent ?? ''", 'globalThis.navigator?.userAgent'],
    ],
  ],
  [
    'src/gateway/content-codings.ts',
    'for the compiler: the last row fits every host.',
    [
      ['decoder?.decodes.test(codings)', 'decoder.decodes.test(codings)'],
      ['decoder?.keeps.test(codings)', 'decoder.keeps.test(codings)'],
    ],
  ],
  [
    'src/gateway/fetch-transport.ts',
    'a signal aborts once.',
    [
      ['true', 'false', 'once: true'],
      ['{ once: true }', '({  })'],
    ],
  ],
  [
    'src/gateway/fetch-transport.ts',
    'the copy is for the compiler.',
    [['fields.map(([name, value]) => [name, value] as [string, string])', 'fields']],
  ],
  [
    'src/gateway/fetch-transport.ts',
    'the message is for a debugger: the caller gets the name of the failure alone.',
    [
      ["'aborted'", "''"],
      ["'The status is not a final one.'", "''"],
      ["'It is not known whether the body was decoded.'", "''"],
    ],
  ],
  [
    'src/gateway/forward-auth.ts',
    'only a 401 and a 403 name scopes, and these come from elsewhere.',
    [['{ request, needed: state.scopes.required }', '({ request })']],
  ],
  [
    'src/gateway/identity-keys.ts',
    'JSON leaves out members that are `undefined`.',
    [
      ['jwk[name] === undefined', 'false'],
      ['alg === undefined', 'false'],
    ],
  ],
  [
    'src/mcp/member-names.ts',
    'the caller compares with the other two values only.',
    [["'data'", ["''", 'undefined'], 'if (end > LONGEST_NAME.length)']],
  ],
  [
    'src/opaque/response-cache.ts',
    'the map of invalid tokens is bounded by its number of entries.',
    [['{ claims, startedAt, until, size: 0 }', '({ claims, startedAt, until })']],
  ],
]

export const EXPLAINED: readonly Explanation[] = REASONS.flatMap(([file, why, changes]) =>
  changes.map(([was, becomes, where]) => ({
    file,
    was,
    becomes,
    why,
    ...(where === undefined ? {} : { where }),
  })),
)
