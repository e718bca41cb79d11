/** Mutants of src/gateway that no caller can observe. */

import { ABSENT, type Reasons, SHORTCUT } from './reasons.ts'

export const GATEWAY: Reasons = [
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
    'src/gateway/forward-auth.ts',
    'for the compiler: `undefined` has no members with mistakes.',
    [['requirements === undefined', 'false']],
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
    [['fields.map(([name, value]) => [name, value])', 'fields']],
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
]
