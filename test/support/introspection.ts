/** An introspection endpoint in memory, with given responses, that records its requests. */

import type { IntrospectionOptions } from '../../src/index.ts'
import { goodClaims, ISSUER } from './issuer.ts'
import { createScene, type Scene, type SceneOptions } from './scene.ts'

export const ENDPOINT = `${ISSUER}/introspect`
export const TOKEN = 'opaque-MARKER-c2VjcmV0'

/** A request as it reached the endpoint. */
export interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly form: URLSearchParams
}

/** An answer: a JSON document, or a whole response. */
export type Respond = (asked: Asked) => unknown

export interface OpaqueScene extends Scene {
  /** Requests to the endpoint, in order. */
  readonly asked: Asked[]
  /** Says what the endpoint answers from now on. */
  respond(respond: Respond): void
  /** Presents the opaque token. */
  present(token?: string): Promise<Response>
}

export interface OpaqueOptions extends SceneOptions {
  readonly introspection?: Partial<IntrospectionOptions>
}

/** What the endpoint says of a good token. */
export function activeAnswer(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { active: true, token_type: 'Bearer', ...goodClaims(), ...changes }
}

/** A scene whose server issues opaque tokens; it answers that the token is good. */
export async function createOpaqueScene(options: OpaqueOptions = {}): Promise<OpaqueScene> {
  const { introspection, server, ...rest } = options
  const asked: Asked[] = []
  let respond: Respond = () => activeAnswer()
  const scene: Scene = await createScene({
    fetch: async (url, init = {}) => {
      if (!url.startsWith(ENDPOINT)) return scene.issuer.fetch(url, init)
      const question: Asked = {
        url,
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        form: new URLSearchParams(String(init.body)),
      }
      asked.push(question)
      const answer = await respond(question)
      return answer instanceof Response ? answer : Response.json(answer)
    },
    server: {
      accessToken: {
        kind: 'introspection',
        clientId: 'rs',
        clientSecret: 'rs-secret-MARKER',
        ...introspection,
      },
      ...server,
    },
    ...rest,
  })
  Object.assign(scene.issuer.metadata, { introspection_endpoint: ENDPOINT })
  return {
    ...scene,
    asked,
    respond: (next) => {
      respond = next
    },
    present: (token = TOKEN) => scene.ask(`Bearer ${token}`),
  }
}

/** A scene whose endpoint always sends this response. */
export async function createFixedScene(
  response: unknown,
  options: OpaqueOptions = {},
): Promise<OpaqueScene> {
  const scene = await createOpaqueScene(options)
  scene.respond(() => response)
  return scene
}
