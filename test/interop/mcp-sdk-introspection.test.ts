/** Introspection at the example authorization server of the MCP SDK 1.x, which responds with 401 to an invalid token. */

import { createHash, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { setupAuthServer } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RESOURCE } from '../support/issuer.ts'
import { vacantOrigin } from '../support/loopback.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'

const REDIRECT_URI = 'http://localhost/callback'

let server: Server
let issuer: string

beforeAll(async () => {
  const { port } = new URL(await vacantOrigin())
  const origin = new URL(`http://localhost:${port}`)
  const { promise, resolve } = Promise.withResolvers<void>()
  // The example listens on every interface and returns no server to close.
  const listen = vi.spyOn(express.application, 'listen').mockImplementation(function (
    this: ReturnType<typeof express>,
  ) {
    server = createServer(this).listen(Number(port), '127.0.0.1', resolve)
    return server
  })
  const metadata = setupAuthServer({
    authServerUrl: origin,
    mcpServerUrl: new URL(RESOURCE),
    strictResource: false,
  })
  listen.mockRestore()
  issuer = metadata.issuer
  await promise
})
afterAll(() => void server.close())

function at(path: string): string {
  return new URL(path, issuer).href.replace('localhost', '127.0.0.1')
}

/** Registers a client and goes through the code flow; the example accepts every login. */
async function issue(): Promise<string> {
  const registered = await fetch(at('/register'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' }),
  })
  const { client_id: client } = (await registered.json()) as { client_id: string }
  const verifier = randomUUID() + randomUUID()
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    scope: 'mcp:tools',
    resource: RESOURCE,
  })
  const redirected = await fetch(at(`/authorize?${query}`), { redirect: 'manual' })
  const code = new URL(redirected.headers.get('Location') ?? '').searchParams.get('code') ?? ''
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: client,
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
    resource: RESOURCE,
  })
  const answer = await fetch(at('/token'), { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

describe('the example authorization server of the MCP SDK', () => {
  const createSdkScene = () =>
    createScene({
      server: {
        issuer,
        accessToken: {
          kind: 'introspection',
          endpoint: at('/introspect'),
          clientId: 'unused',
          clientSecret: 'unused',
        },
        fetch: (url, init) => fetch(url, init),
      },
      now: () => Date.now() / 1000,
    })

  it('INT-17: a valid token among 30 unknown ones is 200, and these are 401', async () => {
    const scene = await createSdkScene()
    const token = await issue()
    for (let count = 0; count < 15; count++) {
      const answer = scene.ask(`Bearer ${randomUUID()}`)
      await expectRejected(scene, answer, invalidToken('token_inactive'))
    }
    expect(await expectAccepted(scene, scene.ask(`Bearer ${token}`))).toMatchObject({
      scopes: ['mcp:tools'],
      audience: [RESOURCE],
    })
    const invented = Array.from({ length: 15 }, () => scene.ask(`Bearer ${randomUUID()}`))
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    const statuses = (await Promise.all(invented)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401]))
  })

  it('INT-17: a valid token is 503 when the server is unreachable', async () => {
    const scene = await createSdkScene()
    const token = await issue()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
    await expectFault(scene, scene.ask(`Bearer ${token}`), 'unavailable')
  })
})
