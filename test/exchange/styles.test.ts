/** Every style by one table: the forms that its servers receive. */

import { describe, expect, it } from 'vitest'
import { createTokenExchange, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { STYLES } from '../../src/exchange/styles.ts'
import { createExchangeScene, look, type Seen } from '../support/exchange.ts'
import { ISSUER } from '../support/issuer.ts'

const OTHER = 'https://other-as.example'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const OWN_CLIENT = { id: 'notes', secret: 'one' }
const OTHER_CLIENT = { id: 'notes-there', secret: 'two' }

interface Row {
  readonly options: Partial<TokenExchangeOptions>
  /** `INBOUND` stands for the token of the request. */
  readonly forms: readonly Readonly<Record<string, string>>[]
}

const ROWS: Readonly<Record<string, Row>> = {
  rfc8693: {
    options: {
      target: { resource: 'https://api.example/v1', audience: 'api', scopes: ['a', 'b'] },
    },
    forms: [
      {
        grant_type: TOKEN_EXCHANGE,
        subject_token: 'INBOUND',
        subject_token_type: ACCESS_TOKEN,
        resource: 'https://api.example/v1',
        audience: 'api',
        scope: 'a b',
      },
    ],
  },
  'rfc8693 with an actor, a subject and a requested type': {
    options: {
      style: 'rfc8693',
      target: { audience: 'api' },
      actorToken: async () => 'actor',
      subjectToken: async () => ({ token: 'an ID token', type: ID_TOKEN }),
      requestedTokenType: ACCESS_TOKEN,
    },
    forms: [
      {
        grant_type: TOKEN_EXCHANGE,
        subject_token: 'an ID token',
        subject_token_type: ID_TOKEN,
        actor_token: 'actor',
        actor_token_type: ACCESS_TOKEN,
        requested_token_type: ACCESS_TOKEN,
        audience: 'api',
      },
    ],
  },
  okta: {
    options: { style: 'okta', target: { resource: 'https://api.example/v1', scopes: ['a'] } },
    forms: [
      {
        grant_type: TOKEN_EXCHANGE,
        subject_token: 'INBOUND',
        subject_token_type: ACCESS_TOKEN,
        audience: 'https://api.example/v1',
        scope: 'a',
      },
    ],
  },
  'okta with an audience, an actor and a requested type': {
    options: {
      style: 'okta',
      target: { resource: 'https://api.example/v1', audience: 'api' },
      actorToken: async () => 'actor',
      requestedTokenType: ACCESS_TOKEN,
    },
    forms: [
      {
        grant_type: TOKEN_EXCHANGE,
        subject_token: 'INBOUND',
        subject_token_type: ACCESS_TOKEN,
        actor_token: 'actor',
        actor_token_type: ACCESS_TOKEN,
        requested_token_type: ACCESS_TOKEN,
        audience: 'api',
      },
    ],
  },
  entra: {
    options: {
      style: 'entra',
      target: { scopes: ['https://graph.microsoft.com/User.Read', 'offline_access'] },
    },
    forms: [
      {
        grant_type: JWT_BEARER,
        requested_token_use: 'on_behalf_of',
        client_id: 'notes',
        assertion: 'INBOUND',
        scope: 'https://graph.microsoft.com/User.Read offline_access',
      },
    ],
  },
  'entra without scopes': {
    options: { style: 'entra', target: { resource: 'https://graph.microsoft.com' } },
    forms: [
      {
        grant_type: JWT_BEARER,
        requested_token_use: 'on_behalf_of',
        client_id: 'notes',
        assertion: 'INBOUND',
        scope: 'https://graph.microsoft.com/.default',
      },
    ],
  },
  'entra with an audience and a requested type': {
    options: {
      style: 'entra',
      target: { audience: 'api://orders' },
      requestedTokenType: ACCESS_TOKEN,
    },
    forms: [
      {
        grant_type: JWT_BEARER,
        requested_token_use: 'on_behalf_of',
        client_id: 'notes',
        assertion: 'INBOUND',
        scope: 'api://orders/.default',
        requested_token_type: ACCESS_TOKEN,
      },
    ],
  },
  'id-jag': {
    options: {
      style: 'id-jag',
      subjectToken: async () => ({ token: 'an ID token', type: ID_TOKEN }),
      target: {
        resource: 'https://api.example/v1',
        scopes: ['a'],
        authorizationServer: {
          issuer: OTHER,
          metadata: { issuer: OTHER, token_endpoint: `${OTHER}/token` },
        },
        client: OTHER_CLIENT,
      },
    },
    forms: [
      {
        grant_type: TOKEN_EXCHANGE,
        requested_token_type: ID_JAG,
        subject_token: 'an ID token',
        subject_token_type: ID_TOKEN,
        audience: OTHER,
        resource: 'https://api.example/v1',
        scope: 'a',
      },
      { grant_type: JWT_BEARER, assertion: 'the-grant' },
    ],
  },
}

describe('STYLES', () => {
  it('begin at the server of the inbound token; only id-jag goes on to that of the API', () => {
    const places = Object.entries(STYLES).map(([style, { hops }]) => [
      style,
      ...hops.map(({ at }) => at),
    ])
    expect(places).toEqual([
      ['rfc8693', 'own'],
      ['okta', 'own'],
      ['entra', 'own'],
      ['id-jag', 'own', 'target'],
    ])
  })

  it('say which options have a place in their forms', () => {
    const options = Object.entries(STYLES).map(([style, { takesActor, takesRequestedType }]) => [
      style,
      takesActor,
      takesRequestedType,
    ])
    expect(options).toEqual([
      ['rfc8693', true, true],
      ['okta', true, true],
      ['entra', false, true],
      ['id-jag', false, false],
    ])
  })
})

describe('createTokenExchange()', () => {
  it.each(Object.entries(ROWS))('asks in the style %s', async (_style, { options, forms }) => {
    const { auth, token, scene } = await createExchangeScene()
    const seen: Seen[] = []
    const exchange = createTokenExchange({
      authorizationServer: {
        issuer: ISSUER,
        metadata: { issuer: ISSUER, token_endpoint: `${ISSUER}/token` },
      },
      client: OWN_CLIENT,
      target: {},
      now: scene.clock.now,
      fetch: async (url, init = {}) => {
        const asked = look(url, init)
        seen.push(asked)
        const isGrant = asked.form['requested_token_type'] === ID_JAG
        return Response.json(
          isGrant
            ? { access_token: 'the-grant', issued_token_type: ID_JAG, token_type: 'N_A' }
            : { access_token: 'the-token', token_type: 'Bearer', expires_in: 60 },
        )
      },
      ...options,
    })
    expect(await exchange.exchange(auth)).toMatchObject({
      ok: true,
      token: 'the-token',
      tokenType: 'Bearer',
      scopes: options.target?.scopes ?? [],
    })
    const expected = forms.map((form) =>
      Object.fromEntries(
        Object.entries(form).map(([name, value]) => [name, value === 'INBOUND' ? token : value]),
      ),
    )
    expect(seen.map(({ form }) => form)).toEqual(expected)
    // Each server gets the credentials of its own client, and the inbound token at most its own issuer.
    const places = [
      [`${ISSUER}/token`, `Basic ${btoa('notes:one')}`],
      [`${OTHER}/token`, `Basic ${btoa('notes-there:two')}`],
    ].slice(0, forms.length)
    expect(seen.map(({ url, headers }) => [url, headers.get('Authorization')])).toEqual(places)
  })

  it('is misconfigured where the grant for the second server is bound to a key', async () => {
    const [, row] = Object.entries(ROWS).find(([, { forms }]) => forms.length === 2) ?? []
    const { auth, asked } = await createExchangeScene()
    const exchange = createTokenExchange({
      authorizationServer: {
        issuer: ISSUER,
        metadata: { issuer: ISSUER, token_endpoint: `${ISSUER}/token` },
      },
      client: OWN_CLIENT,
      target: {},
      now: () => auth.expiresAt - 60,
      fetch: async (url, init = {}) => {
        asked.push(look(url, init))
        return Response.json({
          access_token: 'the-grant',
          issued_token_type: ID_JAG,
          token_type: 'DPoP',
        })
      },
      ...row?.options,
    })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'misconfigured' })
    expect(asked.map(({ url }) => url)).toEqual([`${ISSUER}/token`])
  })

  const rejected = (error: string) => () => Response.json({ error }, { status: 400 })

  it.each<[NonNullable<TokenExchangeOptions['style']>, string]>([
    ['rfc8693', 'subject_not_accepted'],
    ['okta', 'subject_not_accepted'],
    ['entra', 'misconfigured'],
  ])('reads invalid_request in the style %s as %s', async (style, code) => {
    const { exchange, auth } = await createExchangeScene({
      style,
      issue: rejected('invalid_request'),
    })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code })
  })

  const ID_JAG_OPTIONS = ROWS['id-jag']?.options
  const grant = () =>
    Response.json({ access_token: 'the-grant', issued_token_type: ID_JAG, token_type: 'N_A' })

  it.each<[string, string, () => Response, string]>([
    ['the grant', ISSUER, rejected('invalid_request'), 'subject_not_accepted'],
    ['the token', OTHER, rejected('invalid_request'), 'misconfigured'],
    [
      'a grant of another type',
      ISSUER,
      () =>
        Response.json({ access_token: 't', issued_token_type: ACCESS_TOKEN, token_type: 'N_A' }),
      'misconfigured',
    ],
    [
      'a token of another type',
      OTHER,
      () => Response.json({ access_token: 't', issued_token_type: JWT, token_type: 'Bearer' }),
      'misconfigured',
    ],
    [
      'a token that is a grant',
      OTHER,
      () => Response.json({ access_token: 't', issued_token_type: ID_JAG, token_type: 'Bearer' }),
      'misconfigured',
    ],
  ])('reads %s of id-jag from %s', async (_what, place, answer, code) => {
    const { exchange, auth } = await createExchangeScene({
      ...ID_JAG_OPTIONS,
      fetch: async (url) => (url === `${place}/token` ? answer() : grant()),
    })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code })
  })

  it('names the audience of the second server where one is given', async () => {
    const forms: Seen['form'][] = []
    const { exchange, auth } = await createExchangeScene({
      ...ID_JAG_OPTIONS,
      target: { ...ID_JAG_OPTIONS?.target, audience: 'https://tenant.example' },
      fetch: async (url, init = {}) => {
        forms.push(look(url, init).form)
        return grant()
      },
    })
    await exchange.exchange(auth)
    expect(forms[0]).toMatchObject({ audience: 'https://tenant.example' })
  })

  it('sends a proof to the second server only, once the API offers DPoP', async () => {
    const proofs: [string, boolean][] = []
    const { exchange, auth } = await createExchangeScene({
      ...ID_JAG_OPTIONS,
      fetch: async (url, init = {}) => {
        const { headers } = look(url, init)
        proofs.push([url, headers.has('DPoP')])
        if (url === `${ISSUER}/token`) return grant()
        if (url === `${OTHER}/token`) {
          return Response.json({
            access_token: 'the-token',
            token_type: headers.has('DPoP') ? 'DPoP' : 'Bearer',
          })
        }
        const challenge = { 'WWW-Authenticate': 'DPoP algs="ES256"' }
        return headers.has('DPoP')
          ? new Response('served')
          : new Response(null, { status: 401, headers: challenge })
      },
    })
    expect((await exchange.fetch(auth, 'https://api.example/v1')).status).toBe(200)
    expect(proofs).toEqual([
      [`${ISSUER}/token`, false],
      [`${OTHER}/token`, false],
      ['https://api.example/v1', false],
      [`${ISSUER}/token`, false],
      [`${OTHER}/token`, true],
      ['https://api.example/v1', true],
    ])
  })
})
