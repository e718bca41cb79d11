/** The official scenarios for protected resources, by their checks: `official-checks.ts` lists them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { BAD_PROOF, badToken, type DpopRejection, expectDpopRejection } from '../support/binding.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import {
  boundToken,
  createHolder,
  type Holder,
  makeProof,
  type ProofChanges,
  proofClaims,
  prove,
} from '../support/holder.ts'
import { createKey, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'
import { asked, CLIENTS, expectLogin, statuses } from '../support/sdk-clients.ts'
import { OFFICIAL } from './official-checks.ts'

type Id = (typeof OFFICIAL)[number]['id']
type Checks<T extends Id> = keyof Extract<(typeof OFFICIAL)[number], { id: T }>['checks']
type Tests = { readonly [T in Id]: { readonly [C in Checks<T> & string]: () => Promise<unknown> } }

let holder: Holder
let stranger: Holder
let demo: Servers

beforeAll(async () => {
  ;[holder, stranger, demo] = await Promise.all([createHolder(), createHolder(), startServers()])
})
afterAll(() => demo.close())

const VALIDATE = 'sep-1932-server-validate-proof'

const TESTS: Tests = {
  'auth-token-audience-validation': {
    'auth-unauthenticated-request-rejected': async () => {
      const scene = await createScene()
      await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
    },
    'auth-valid-audience-token-accepted': async () => {
      const scene = await createScene()
      await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
    },
    'auth-wrong-audience-token-rejected': () =>
      refusesToken({ aud: 'https://other.example/mcp' }, 'token_audience'),
    'auth-missing-audience-token-rejected': () =>
      refusesToken({ aud: undefined }, 'token_audience'),
    'auth-expired-token-rejected': () => refusesToken({ exp: START - 3600 }, 'token_expired'),
    'auth-untrusted-token-rejected': async () => {
      const scene = await createScene()
      const token = await scene.issuer.token({}, { key: await createKey('k1') })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_signature'))
    },
  },
  'auth/dpop-server-validation': {
    [`${VALIDATE} AcceptsValidProof`]: async () => {
      const { scene, show } = await createBoundScene(holder)
      await expectAccepted(scene, show())
    },
    [`${VALIDATE} RejectsTamperedSignature`]: async () => {
      const { scene, token } = await createBoundScene(holder)
      const proof = await makeProof(holder, token)
      const start = proof.lastIndexOf('.') + 1
      const changed = proof[start] === 'A' ? 'B' : 'A'
      await refusesProof(scene, token, proof.slice(0, start) + changed + proof.slice(start + 1))
    },
    [`${VALIDATE} RejectsMissingJti`]: () => refusesChange({ claims: { jti: undefined } }),
    [`${VALIDATE} RejectsWrongTyp`]: () => refusesChange({ header: { typ: 'jwt' } }),
    [`${VALIDATE} RejectsHtuMismatch`]: () =>
      refusesChange({ claims: { htu: 'https://wrong.example.com/mcp' } }),
    [`${VALIDATE} RejectsHtmMismatch`]: () => refusesChange({ claims: { htm: 'GET' } }),
    [`${VALIDATE} RejectsPrivateKeyInJwk`]: () =>
      refusesChange({ header: { jwk: holder.privateJwk } }),
    [`${VALIDATE} RejectsWrongAth`]: () => refusesChange({ claims: { ath: 'not-the-right-hash' } }),
    [`${VALIDATE} RejectsBearerScheme`]: async () => {
      const { scene, token } = await createBoundScene(holder)
      const headers = { Authorization: `Bearer ${token}`, DPoP: await makeProof(holder, token) }
      const expected = badToken('binding_missing', 'Bearer')
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), expected)
    },
    [`${VALIDATE} RejectsDuplicateDpopHeader`]: async () => {
      const { scene, token } = await createBoundScene(holder)
      const headers = new Headers(await prove(holder, token))
      headers.append('DPoP', await makeProof(holder, token))
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    },
    [`${VALIDATE} RejectsMissingHtm`]: () => refusesChange({ claims: { htm: undefined } }),
    [`${VALIDATE} RejectsMissingHtu`]: () => refusesChange({ claims: { htu: undefined } }),
    [`${VALIDATE} RejectsMissingIat`]: () => refusesChange({ claims: { iat: undefined } }),
    [`${VALIDATE} RejectsMissingJwk`]: () => refusesChange({ header: { jwk: undefined } }),
    [`${VALIDATE} RejectsAthAbsent`]: () => refusesChange({ claims: { ath: undefined } }),
    [`${VALIDATE} RejectsMalformedProof`]: async () => {
      const { scene, token } = await createBoundScene(holder)
      await refusesProof(scene, token, 'this-is-not-a-jwt')
    },
    [`${VALIDATE} RejectsCnfJktMismatch`]: async () => {
      const scene = await createScene({ dpop: true })
      const headers = await prove(holder, await boundToken(scene.issuer, stranger))
      await expectDpopRejection(
        scene,
        scene.ask(undefined, { headers }),
        badToken('binding_mismatch'),
      )
    },
    'sep-1932-server-iat-window RejectsStaleIat': () =>
      refusesChange({ claims: { iat: START - 303 } }),
    'sep-1932-server-iat-window RejectsFutureIat': () =>
      refusesChange({ claims: { iat: START + 303 } }),
    'sep-1932-asymmetric-alg-only RejectsAlgNone': async () => {
      const { scene, token } = await createBoundScene(holder)
      const header = { typ: 'dpop+jwt', alg: 'none', jwk: holder.jwk }
      const parts = [header, proofClaims(token)].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      )
      await refusesProof(scene, token, `${parts.join('.')}.`)
    },
    'sep-1932-asymmetric-alg-only RejectsAlgSymmetric': () =>
      refusesChange({ header: { alg: 'HS256' }, key: new Uint8Array(32).fill(7) }),
    'sep-1932-server-audience-validation RejectsWrongAudience': async () => {
      const scene = await createScene({ dpop: true })
      const token = await boundToken(scene.issuer, holder, { aud: 'https://other.example/mcp' })
      const headers = await prove(holder, token)
      await expectDpopRejection(
        scene,
        scene.ask(undefined, { headers }),
        badToken('token_audience'),
      )
    },
    'sep-1932-server-reject-401 RejectsWith401Challenge': () =>
      refusesChange({ claims: { htm: 'PUT' } }),
    'sep-1932-server-nonce NonceFlow': async () => {
      const secret = 'a secret of at least thirty-two bytes'
      const { scene, token, show } = await createBoundScene(holder, { nonce: { secret } })
      const expected: DpopRejection = { code: 'dpop_nonce', status: 401, error: 'use_dpop_nonce' }
      const response = await expectDpopRejection(scene, show(), expected)
      const nonce = response.headers.get('DPoP-Nonce')
      const headers = await prove(holder, token, { claims: { nonce } })
      await expectAccepted(scene, scene.ask(undefined, { headers }))
    },
  },
  'server-auth/basic-auth-flow, server-auth/basic-dcr-flow': {
    'auth-401-response': expectPlain401,
    'auth-www-authenticate-header': expectPlain401,
    'auth-resource-metadata-param': expectPlain401,
    'auth-prm-discovery': expectMetadata,
    'auth-prm-authorization-servers': expectMetadata,
    'auth-authenticated-request': async () => {
      const scene = await createScene()
      await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
    },
    'auth-flow-completion': async () => {
      const client = await logIn()
      expect(await client.callTool('list_notes')).toContain('Buy milk')
      await client.close()
    },
  },
  'server-auth/step-up-auth': {
    'step-up-403-response': expectScopeChallenge,
    'step-up-scope-in-header': expectScopeChallenge,
    'step-up-resource-metadata': expectScopeChallenge,
    'step-up-re-auth': async () => {
      const client = await logIn()
      await expectLogin(client.callTool('add_note', { text: 'Call home' }))
      expect(statuses(client)).toContain(403)
      expect(asked(client)).toEqual(['notes:read', 'notes:write'])
      await client.close()
    },
    'step-up-success-after-escalation': async () => {
      const client = await logIn()
      await expectLogin(client.callTool('add_note', { text: 'Call home' }))
      await client.finishLogin()
      expect(await client.callTool('add_note', { text: 'Call home' })).toContain('note')
      await client.close()
    },
  },
  'server/auth metadata set': {
    'auth-401-status-code': expectPlain401,
    'auth-401-www-authenticate-present': expectPlain401,
    'auth-401-response-json': expectPlain401,
    'auth-www-auth-bearer-scheme': expectPlain401,
    'auth-www-auth-resource-metadata': expectPlain401,
    'auth-www-auth-scope-format': expectScopeChallenge,
    'auth-www-auth-error-code': () => refusesToken({ exp: START - 3600 }, 'token_expired'),
    'auth-prm-endpoint-exists': expectMetadata,
    'auth-prm-valid-json': expectMetadata,
    'auth-prm-has-resource': expectMetadata,
    'auth-prm-has-authorization-servers': expectMetadata,
    'auth-prm-scopes-supported-valid': expectMetadata,
    'auth-prm-resource-valid-uri': expectMetadata,
    'auth-prm-resource-https': expectMetadata,
    'auth-prm-resource-no-fragment': expectMetadata,
    'auth-prm-resource-matches-server': expectMetadata,
  },
}

for (const { id, checks } of OFFICIAL) {
  const tests: Readonly<Record<string, () => Promise<unknown>>> = TESTS[id]
  describe(id, () => {
    it.each(Object.entries(checks))('%s: %s', async (check) => {
      expect.hasAssertions()
      await tests[check]?.()
    })

    it('has a test for each check, and no other', () => {
      expect(Object.keys(tests).sort()).toEqual(Object.keys(checks).sort())
    })
  })
}

async function refusesToken(
  claims: Record<string, unknown>,
  code: 'token_audience' | 'token_expired',
): Promise<void> {
  const scene = await createScene()
  const token = await scene.issuer.token(claims)
  await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken(code))
}

async function refusesChange(changes: ProofChanges): Promise<void> {
  const { scene, show } = await createBoundScene(holder)
  await expectDpopRejection(scene, show(changes), BAD_PROOF)
  await expectAccepted(scene, show())
}

async function refusesProof(scene: Scene, token: string, proof: string): Promise<void> {
  const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
  await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
}

/** The 401, its challenge and its JSON. */
async function expectPlain401(): Promise<void> {
  const scene = await createScene()
  const response = await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
  expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer /)
  expect(() => new URL(METADATA_URL)).not.toThrow()
}

async function expectScopeChallenge(): Promise<void> {
  const scene = await createScene({ requiredScopes: ['read', 'write'] })
  const answer = scene.ask(`Bearer ${await scene.issuer.token({ scope: 'read' })}`)
  const response = await expectRejected(scene, answer, {
    code: 'scope_insufficient',
    status: 403,
    error: 'insufficient_scope',
    scope: 'read write',
  })
  const [challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
  expect(challenge?.params['resource_metadata']).toBe(METADATA_URL)
}

async function expectMetadata(): Promise<void> {
  const scene = await createScene({ scopesSupported: ['read', 'write'] })
  const response = await scene.send(new Request(METADATA_URL))
  expect(response.status).toBe(200)
  expect(response.headers.get('Content-Type')).toBe('application/json')
  const document = await response.json()
  expect(document).toEqual({
    resource: RESOURCE,
    authorization_servers: [scene.issuer.issuer],
    scopes_supported: ['read', 'write'],
    bearer_methods_supported: ['header'],
  })
  const { protocol, hash, href } = new URL(document.resource)
  expect({ protocol, hash, href }).toEqual({ protocol: 'https:', hash: '', href: RESOURCE })
}

/** The newest official client, after registration and login. */
async function logIn() {
  const [, start] = CLIENTS.at(-1) ?? []
  if (start === undefined) throw new Error('There is no client.')
  const client = start(demo.mcpUrl)
  await expectLogin(client.connect())
  await client.finishLogin()
  await client.connect()
  return client
}
