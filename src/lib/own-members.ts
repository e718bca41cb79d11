/**
 * Reading own members only. A member that another library sets on `Object.prototype` is visible in every
 * object through `object.name` and `in`, and must not affect a decision.
 */

/** An object's own member; `undefined` if the object inherits it or does not have it. */
export function ownMember<Value extends object, Name extends keyof Value>(
  value: Value,
  name: Name,
): Value[Name] | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** A copy without a prototype: `copy.name` is always an own member. */
// @__NO_SIDE_EFFECTS__
export function ownMembers<Value extends object>(value: Value): Value {
  return Object.assign(Object.create(null), value)
}

/**
 * A copy without a prototype and without members that are `null`, which many servers write for an absent
 * member.
 */
export function withoutNulls<Value extends object>(value: Value): Value {
  const entries = Object.entries(value).filter(([, member]) => member !== null)
  return ownMembers(Object.fromEntries(entries) as Value)
}

type Defined<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> }

/** The members that are not `undefined`. */
export function definedMembers<Value extends object>(value: Value): Defined<Value> {
  const defined = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(defined) as Defined<Value>
}
