/** The options of a feature that may also be switched on by `true`. */

import { ownMembers } from '../lib/own-members.ts'

/** `true` means the feature with all of its defaults; `undefined` and `false`: it is off. */
export function optionsOf<Options extends object>(
  option: boolean | Options | undefined,
): Options | undefined {
  if (option === undefined || option === false) return undefined
  return option === true ? (ownMembers({}) as Options) : option
}
