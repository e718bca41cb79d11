/** What resources on one host must not share: their paths, and those of their metadata. */

import { type ConfigProblem, throwProblems } from '../contract/config-error.ts'
import { isSamePath } from '../http/resource-path.ts'
import type { DocumentPlace } from '../metadata/serve-document.ts'
import type { ResourceState } from '../resource/state.ts'

/** @throws {ConfigError} If two resources have the same metadata URL, or one that another one needs. */
export function checkMetadataPaths(states: readonly ResourceState[]): void {
  const paths = states.map(({ metadata }) => metadata.place.pathAndQuery)
  throwProblems([
    ...repeated(
      paths,
      (_path, earlier) =>
        `has the metadata path of resources[${earlier}]; serve each resource once, or hosts apart`,
    ),
    ...furtherPlaceProblems(states),
  ])
}

/** @throws {ConfigError} If the list of resources is empty, two share a path, or one has a path of another one as `metadataUrl`. */
export function checkPaths(states: readonly ResourceState[]): void {
  const paths = states.map(({ identity }) => identity.url.pathname)
  throwProblems([
    ...(states.length === 0 ? [{ path: 'resources', message: 'is empty' }] : []),
    ...repeated(
      paths,
      (path) =>
        `has the path ${path} of another one; give a function that chooses by more than the path`,
    ),
    ...furtherPlaceProblems(states),
  ])
}

/** A mistake for each path that an earlier resource has, too. */
function repeated(
  paths: readonly string[],
  messageOf: (path: string, earlier: number) => string,
): ConfigProblem[] {
  return paths.flatMap((path, index) => {
    const earlier = paths.indexOf(path)
    return earlier === index
      ? []
      : [{ path: `resources[${index}]`, message: messageOf(path, earlier) }]
  })
}

/** A mistake for each `metadataUrl` that is a path of another resource, or of its metadata. */
function furtherPlaceProblems(states: readonly ResourceState[]): ConfigProblem[] {
  return states.flatMap((state, index) => {
    const place = state.metadata.furtherPlace
    if (place === undefined) return []
    const other = states.findIndex((each) => each !== state && occupies(each, place))
    const message = `is a path of resources[${other}] or of its metadata; give a path of its own`
    return other < 0 ? [] : [{ path: `resources[${index}].metadataUrl`, message }]
  })
}

function occupies({ identity, metadata }: ResourceState, { pathAndQuery }: DocumentPlace): boolean {
  const [path = ''] = pathAndQuery.split('?', 1)
  return (
    isSamePath(path, identity.url.pathname) ||
    pathAndQuery === metadata.place.pathAndQuery ||
    pathAndQuery === metadata.furtherPlace?.pathAndQuery
  )
}
