/**
 * A value as another type than its own: what a caller without a type checker passes, or a fake that has only the members
 * that a test reads.
 */
export function unchecked<Type>(value: unknown): Type {
  return value as Type
}
