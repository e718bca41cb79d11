/** Mutants of src/features that no caller can observe. */

import { type Reasons, SHORTCUT } from './reasons.ts'

export const FEATURES: Reasons = [
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
    'src/features/revocation.ts',
    'the check compares with `accept` only.',
    [['options.whenUnavailable ?? REVOCATION_DEFAULTS.whenUnavailable', 'options.whenUnavailable']],
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
]
