/** Host objects seen with other members: requests, above all, of which a copy would take the body along. */

/** The object itself, but for these members. What it keeps in private fields stays within reach. */
export function overlay<Kind extends object>(object: Kind, members: Partial<Kind>): Kind {
  // Not the object as the target: a member that it cannot change could not be shown otherwise either.
  const target: Kind = Object.create(Object.getPrototypeOf(object))
  return new Proxy(target, {
    has: (_target, name) => Reflect.has(object, name),
    get(_target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof Kind]
      const value: unknown = Reflect.get(object, name)
      return typeof value === 'function' ? value.bind(object) : value
    },
  })
}
