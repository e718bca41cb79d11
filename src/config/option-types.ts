/** The types of options, as schemas that features share. */

import { isObject, isWholeNumber } from '../lib/json.ts'
import { listOf, listOr, numeral, oneOf, ruled, typed, valueThat } from '../schema/shapes.ts'
import { scopeProblem } from './scope-rules.ts'

export const TEXT = typed('string')
export const TEXTS = listOf(TEXT)
export const SCOPES = listOf(ruled(TEXT, scopeProblem))
export const FLAG = typed('boolean')
export const FUNCTION = typed('function')
export const COUNT = numeral((value) => value >= 0 && value < Infinity, 'a number of at least 0')
export const POSITIVE = numeral((value) => value > 0 && value < Infinity, 'a number above 0')
export const SECONDS = numeral(isWholeNumber, 'a whole number of at least 0')
/** Timers use 32 bits: a longer delay fires at once. */
export const TIMER = /* @__PURE__ */ numeral(
  (value) => value > 0 && value < 2 ** 31,
  'a number of milliseconds above 0 and below 2147483648',
)
export const MEMBERS = valueThat(isObject, 'an object')
export const TEXT_OR_TEXTS = listOr(TEXTS, typed('string', 'a string or an array of strings'))
export const FLAG_OR_OBJECT = /* @__PURE__ */ typed('boolean', 'a boolean or an object')
export const AUTH_METHOD = /* @__PURE__ */ oneOf([
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
])
