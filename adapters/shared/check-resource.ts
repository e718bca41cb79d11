/** Checks that a value is a resource when a route is created, not at its first request. */

import type { ProtectedResource } from '../../src/index.ts'
import { stateOf } from '../../src/resource/state.ts'
import { checkPublished } from '../../src/response/metadata-responses.ts'

/**
 * @param name The function that takes the resource.
 * @throws {TypeError} For a list, and for anything that `protectedResource()` did not create.
 */
export function checkResource(resource: unknown, name: string): void {
  if (Array.isArray(resource)) {
    throw new TypeError(`${name}() takes one resource: use one for the path of each.`)
  }
  checkResources(resource, name)
}

/**
 * @param resources A resource or a list of them.
 * @param name The function that takes them.
 * @throws {TypeError} If one of them was not created by `protectedResource()`.
 */
export function checkResources(resources: unknown, name: string): void {
  for (const each of [resources].flat()) {
    try {
      stateOf(each as ProtectedResource)
    } catch {
      throw new TypeError(`${name}() takes what protectedResource() created, not ${nameOf(each)}.`)
    }
  }
}

/**
 * @param resources The resources whose metadata `metadata()` serves.
 * @throws {TypeError} If one of them was not created by `protectedResource()`.
 * @throws {ConfigError} If two of them have the same metadata URL, or one has a path of another one as `metadataUrl`.
 */
export function checkMetadata(resources: unknown): void {
  checkResources(resources, 'metadata')
  checkPublished(resources as ProtectedResource | readonly ProtectedResource[])
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('then' in value) return 'a promise of it: wait for it first'
  return 'authorizationServers' in value ? 'its options' : 'another object'
}
