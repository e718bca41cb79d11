/** Mutants of src/exchange that no caller can observe. */

import { ABSENT, COMPILER, NARROWING, NOT_INHERITED, type Reasons, SHORTCUT } from './reasons.ts'

const NEVER_LATER =
  'an end that is not a number is never later than the start, so nothing is stored.'

export const EXCHANGE: Reasons = [
  [
    'src/exchange/token-endpoint.ts',
    ABSENT,
    [
      [
        '{ policy, now, staleIfErrorSeconds: STALE_SECONDS, shared: undefined, report: () => {}, }',
        '({ policy, now, staleIfErrorSeconds: STALE_SECONDS, report: () => {} })',
      ],
    ],
  ],
  [
    'src/exchange/elicitation.ts',
    'a comparison with `undefined` is false.',
    [
      [
        'revision !== undefined && revision >= FIRST_WITH_RESULTS',
        'revision >= FIRST_WITH_RESULTS',
      ],
    ],
  ],
  [
    'src/exchange/exchanger.ts',
    SHORTCUT,
    [
      ['actorToken === undefined', ['actorToken !== undefined', 'true', 'false']],
      [
        'actorToken === undefined ? this.#store?.find(auth.token, NO_ACTOR.id, now()) : undefined',
        'undefined',
      ],
    ],
  ],
  [
    'src/exchange/exchanger.ts',
    NEVER_LATER,
    [
      [
        'ran.ok && expiresAt !== undefined',
        ['(ran.ok) || (expiresAt !== undefined)', 'ran.ok', 'expiresAt !== undefined'],
      ],
    ],
  ],
  [
    'src/exchange/failures.ts',
    COMPILER,
    [
      ["'misconfigured'", "''", "code ?? 'misconfigured'"],
      ["code ?? 'misconfigured'", 'code'],
    ],
  ],
  [
    'src/exchange/failures.ts',
    'spreading `undefined` adds nothing.',
    [
      ['{}', 'undefined', 'MAX_URL_LENGTH'],
      ['{}', 'undefined', 'url?.protocol'],
    ],
  ],
  [
    'src/exchange/failures.ts',
    NOT_INHERITED,
    [["Object.hasOwn(member, 'acr')", "'acr' in member"]],
  ],
  [
    'src/exchange/failures.ts',
    'a value without this member, or of another type, names no class either.',
    [
      ['claims === undefined', 'false', 'parseObjectText'],
      ["isObject(member) && Object.hasOwn(member, 'acr')", 'isObject(member)'],
      ['value === undefined', 'false'],
    ],
  ],
  [
    'src/exchange/hops.ts',
    'only that it is the same for every call without an actor counts.',
    [
      ["''", "'mutant'", 'NO_ACTOR'],
      ["{ id: '', token: undefined }", ['({ token: undefined })', "({ id: '' })"]],
    ],
  ],
  [
    'src/exchange/hops.ts',
    'a style has a hop, so the first value is replaced, and each failure was returned before.',
    [
      ["'misconfigured'", "''", 'let result'],
      ['!result.ok', 'false'],
      ['result', 'undefined'],
    ],
  ],
  [
    'src/exchange/hops.ts',
    'the form of the second hop has no type of its subject, and no client id.',
    [
      ['hop.issues ?? current.type', ['hop.issues', 'current.type']],
      [
        '{ token: result.value.token, type: hop.issues ?? current.type }',
        '({ token: result.value.token })',
      ],
      ["'own'", "''", 'clientId'],
      ["hop.at === 'own'", ["hop.at !== 'own'", 'true', 'false'], 'clientId'],
      ['other ?? own', ['other', 'own']],
    ],
  ],
  [
    'src/exchange/hops.ts',
    COMPILER,
    [
      ['this.#other ?? this.#own', 'this.#other', 'endpoint'],
      ['api === undefined', 'false'],
    ],
  ],
  [
    'src/exchange/index.ts',
    SHORTCUT,
    [['exchanger.known(auth) ?? (await exchanger.obtain(auth))', '(await exchanger.obtain(auth))']],
  ],
  ['src/exchange/proofs.ts', ABSENT, [['nonce === undefined', 'false']]],
  [
    'src/exchange/proofs.ts',
    'without a DPoP challenge, only the last character is searched, which matches nothing.',
    [
      [
        'start >= 0 && NONCE_ERROR.test(challenges.slice(start))',
        'NONCE_ERROR.test(challenges.slice(start))',
      ],
    ],
  ],
  [
    'src/exchange/proofs.ts',
    'the public key is exported only, and any length from 2048 bits is accepted.',
    [
      ['2048', '2049'],
      ["['sign', 'verify']", "['sign']"],
    ],
  ],
  ['src/exchange/proofs.ts', SHORTCUT, [['this.#key !== undefined', 'false']]],
  [
    'src/exchange/proofs.ts',
    '`.*` takes everything up to the end, and a parsed URL has no line break.',
    [['/[?#].*$/s', '/[?#].*/s']],
  ],
  [
    'src/exchange/proofs.ts',
    'no challenge is named like this text, and a search in `null` finds nothing.',
    [
      ["''", "'mutant'", 'WWW-Authenticate'],
      ["headers.get('WWW-Authenticate') ?? ''", "headers.get('WWW-Authenticate')"],
    ],
  ],
  [
    'src/exchange/proofs.ts',
    COMPILER,
    [
      [
        '{ name: algorithm, ...algorithmNamed(algorithm)?.parameters, // Of RSA keys only. modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), }',
        '({ ...algorithmNamed(algorithm)?.parameters, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) })',
      ],
      ['algorithmNamed(algorithm)?.parameters', 'algorithmNamed(algorithm).parameters'],
      ['parseUrl(url)?.origin', 'parseUrl(url).origin'],
      ["''", "'mutant'", 'parseUrl'],
      ["parseUrl(url)?.origin ?? ''", 'parseUrl(url)?.origin'],
    ],
  ],
  [
    'src/exchange/settings.ts',
    ABSENT,
    [['server.dangerouslyAllowHttp ?? false', 'server.dangerouslyAllowHttp', 'const allowHttp']],
  ],
  [
    'src/exchange/settings.ts',
    NARROWING,
    [
      ['parseUrl(resource) === undefined || !isAbsolute(resource)', '!isAbsolute(resource)'],
      [
        'target.authorizationServer === undefined || target.client === undefined',
        [
          '(target.authorizationServer === undefined) && (target.client === undefined)',
          'target.authorizationServer === undefined',
          'target.client === undefined',
        ],
      ],
      ['resource === undefined', 'false', 'parseUrl(resource)'],
    ],
  ],
  [
    'src/exchange/token-store.ts',
    'only a change of the number counts, not its value.',
    [['1', '2', '#lastClear']],
  ],
  [
    'src/exchange/token-store.ts',
    'how many clears are known one by one: what is not known counts as cleared.',
    [
      ['1000', ['1001', '999'], 'MAX_CLEARED'],
      ['this.#clears.size >= MAX_CLEARED', 'this.#clears.size > MAX_CLEARED'],
    ],
  ],
  [
    'src/exchange/token-store.ts',
    'rejections are limited by their number, not by their size.',
    [
      ['0', '1', 'size: 0'],
      ['{ outcome, startedAt, until, size: 0 }', '({ outcome, startedAt, until })'],
    ],
  ],
  ['src/exchange/token-store.ts', NEVER_LATER, [['endsAt === undefined', 'false']]],
  [
    'src/exchange/api-client.ts',
    '`.*` takes everything up to the end, and a parsed URL has no line break.',
    [['/[?#].*$/s', ['/[?#].*/s', '/[?#].*$/']]],
  ],
]
