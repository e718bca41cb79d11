/** Mutants of src/authorization-server that no caller can observe. */

import { COMPILER, type Reasons, SHORTCUT } from './reasons.ts'

export const AUTHORIZATION_SERVER: Reasons = [
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
    'src/authorization-server/client-authentication.ts',
    COMPILER,
    [
      ["''", "'mutant'", 'signingAlgorithmOf'],
      ["signingAlgorithmOf(privateKey) ?? ''", 'signingAlgorithmOf(privateKey)'],
    ],
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
    'src/authorization-server/key-set.ts',
    'a shortcut: both ways find the same keys.',
    [
      ['0', '1', 'if (keys[0] === key)'],
      ['keys[0] === key', 'false'],
    ],
  ],
  [
    'src/authorization-server/key-document.ts',
    'false and `undefined` are read alike.',
    [['{ url, typed: false, accept: KEY_SET_TYPES }', '({ url, accept: KEY_SET_TYPES })']],
  ],
  [
    'src/authorization-server/select-keys.ts',
    SHORTCUT,
    [
      ['only !== undefined', 'only === undefined'],
      ['1', '0', 'if (only !== undefined'],
      ['only !== undefined && named.length === 1 && tried.length === 0', 'false'],
    ],
  ],
  [
    'src/authorization-server/select-keys.ts',
    'for the compiler: a list of one key has a first key.',
    [['only !== undefined && named.length === 1', 'named.length === 1']],
  ],
]
