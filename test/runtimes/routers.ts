/** Routers of several paths, real ones and models, for every runtime. */

import { H3 } from 'h3'
import { Hono } from 'hono'
import { IttyRouter } from 'itty-router'

/** Where a router serves a request: the path of a resource, or nowhere. */
export type Route = (request: Request) => Promise<string | undefined>

export const SETS: Readonly<Record<string, readonly string[]>> = {
  nested: ['/notes', '/notes/admin', '/payroll'],
  root: ['/', '/notes', '/notes/admin', '/payroll'],
  deep: ['/api/notes', '/api/notes/admin', '/api/payroll', '/notes'],
}

/** The longest path that contains a text, on segment boundaries. */
export function longestOf(text: string, paths: readonly string[]): string | undefined {
  const found = paths.filter((path) => path === '/' || `${text}/`.startsWith(`${path}/`))
  return found.sort((one, other) => other.length - one.length)[0]
}

export function createRouters(paths: readonly string[]): Record<string, Route> {
  const longestFirst = [...paths].sort((one, other) => other.length - one.length)
  const below = (path: string, rest: string) => (path === '/' ? rest : path + rest)
  const byFetch = (fetch: (request: Request) => Response | Promise<Response>): Route => {
    return async (request) => {
      const response = await fetch(request)
      return response?.ok ? await response.text() : undefined
    }
  }
  const [all, loose, mounting, nesting] = [
    new Hono(),
    new Hono({ strict: false }),
    new Hono(),
    new Hono(),
  ]
  const [h3, mountingH3] = [new H3(), new H3()]
  const itty = IttyRouter()
  for (const path of longestFirst) {
    const respond = () => new Response(path)
    for (const app of [all, loose]) app.all(path, respond).all(below(path, '/*'), respond)
    mounting.mount(path, respond)
    nesting.route(path, new Hono().all('*', respond))
    h3.all(path, () => path).all(below(path, '/**'), () => path)
    mountingH3.mount(
      path === '/' ? '' : path,
      new H3().all('/**', () => path),
    )
    itty.all(below(path, '/*'), respond)
  }
  return {
    Hono: byFetch((request) => all.fetch(request)),
    'Hono, not strict': byFetch((request) => loose.fetch(request)),
    'Hono, mount': byFetch((request) => mounting.fetch(request)),
    'Hono, route': byFetch((request) => nesting.fetch(request)),
    h3: byFetch((request) => h3.fetch(request)),
    'h3, mount': byFetch((request) => mountingH3.fetch(request)),
    itty: byFetch((request) => itty.fetch(request) as Promise<Response>),
    ...modelsOf(paths),
  }
}

/** The transformations that routers apply to a path before they match it. */
const MODELS: Readonly<Record<string, (request: Request) => string>> = {
  text: ({ url }) => textOf(url),
  normalised: ({ url }) => new URL(url).pathname,
  decoded: ({ url }) => decoded(textOf(url)),
  'decoded by decodeURI': ({ url }) => decoded(new URL(url).pathname, decodeURI),
  'decoded and resolved': ({ url }) => resolved(decoded(new URL(url).pathname)),
  'decoded by decodeURI and resolved': ({ url }) =>
    resolved(decoded(new URL(url).pathname, decodeURI)),
  'decoded twice': ({ url }) => decoded(decoded(new URL(url).pathname)),
  'decoded twice and resolved': ({ url }) => resolved(decoded(decoded(new URL(url).pathname))),
  'without doubled slashes': ({ url }) => decoded(new URL(url).pathname).replace(/[\\/]+/g, '/'),
  'without extensions': ({ url }) => decoded(new URL(url).pathname).replace(/\.[^/]*/g, ''),
  'ignoring case': ({ url }) => decoded(new URL(url).pathname).toLowerCase(),
}

function modelsOf(paths: readonly string[]): Record<string, Route> {
  return Object.fromEntries(
    Object.entries(MODELS).map(([name, read]) => [
      `model: ${name}`,
      async (request: Request) => longestOf(read(request), paths),
    ]),
  )
}

/** The path as routers extract it without parsing the URL. */
function textOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return (url.slice(start).split(/[?#]/)[0] as string) || '/'
}

function decoded(path: string, decode = decodeURIComponent): string {
  try {
    return decode(path)
  } catch {
    return path
  }
}

function resolved(path: string): string {
  return new URL(`http://path.invalid${path}`).pathname
}
