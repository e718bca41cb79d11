/** Replaces members of a host object without a copy: to copy a request consumes its body. */

/** A view of the object with some members replaced. Its methods still reach its private fields. */
export function overlay<Kind extends object>(object: Kind, members: Partial<Kind>): Kind {
  // The object itself is not the target: a proxy must report the non-configurable members of its target unchanged.
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
