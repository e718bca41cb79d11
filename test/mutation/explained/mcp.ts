/** Mutants of src/mcp that no caller can observe. */

import { ABSENT, NOT_INHERITED, type Reasons, SHORTCUT } from './reasons.ts'

export const MCP: Reasons = [
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
    'src/mcp/json-structure.ts',
    'beyond the end no case matches.',
    [['at < text.length', 'at <= text.length']],
  ],
  [
    'src/mcp/json-structure.ts',
    'a shortcut: members of data are not read, so a duplicate does not matter.',
    [
      ["'data'", "''", 'const isData'],
      [
        '!isData && !takeKey(current, text.slice(at, end + 1))',
        '!takeKey(current, text.slice(at, end + 1))',
      ],
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
    [
      ['!DOT_SEGMENT.test(path)', 'false'],
      ['/(?:^|\\/)\\.\\.?(?:\\/|$)/', ['/(?:|\\/)\\.\\.?(?:\\/|$)/', '/(?:^|\\/)\\.\\.?(?:\\/|)/']],
    ],
  ],
  ['src/mcp/resource-uri.ts', 'an empty match changes nothing.', [['/[A-Z]+/g', '/[A-Z]*/g']]],
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
    'src/mcp/member-names.ts',
    'the caller compares with the other two values only.',
    [["'data'", ["''", 'undefined'], 'if (end > LONGEST_NAME.length)']],
  ],
]
