/**
 * Objects as they are by themselves. What another library leaves on `Object.prototype` is found on
 * every object by `object.name` and by `in`, and must not decide anything here.
 */

/** An object's own member; `undefined` for one that it inherits or does not have. */
export function ownMember<Value extends object, Name extends keyof Value>(
  value: Value,
  name: Name,
): Value[Name] | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** A copy that inherits nothing: of this one, `copy.name` is always the object's own. */
// @__NO_SIDE_EFFECTS__
export function ownMembers<Value extends object>(value: Value): Value {
  return Object.assign(Object.create(null), value)
}
