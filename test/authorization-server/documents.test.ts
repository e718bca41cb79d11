import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createIssuerDocuments } from '../../src/authorization-server/documents.ts'
import type { AuthorizationServerOptions } from '../../src/contract/authorization-server-options.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import type { DocumentEvent } from '../../src/contract/events.ts'
import type { DocumentId, SharedDocument } from '../../src/documents/document-store.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { createClock, START } from '../support/clock.ts'

const ISSUER = 'https://as.example'
const METADATA_URL = `${ISSUER}/.well-known/oauth-authorization-server`
const KEYS_URL = `${ISSUER}/keys`
const METADATA = { issuer: ISSUER, jwks_uri: KEYS_URL }
const TENANTS = 'https://as.example/{tenantid}/v2.0'
const TEMPLATE = { pattern: TENANTS, claim: 'tid', allow: ['t'] }

let jwk: Jwk

beforeAll(async () => {
  jwk = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
})

afterEach(() => void vi.restoreAllMocks())

interface Setting {
  readonly options?: Partial<AuthorizationServerOptions>
  readonly responses?: Readonly<Record<string, unknown>>
  readonly headers?: Record<string, string>
  readonly stored?: Partial<Record<DocumentId['kind'], SharedDocument>>
}

function documentsOf({ options, responses, headers = {}, stored = {} }: Setting = {}) {
  const clock = createClock()
  const events: DocumentEvent[] = []
  const fetched: string[] = []
  const accepted: (string | null)[] = []
  const written: [DocumentId, SharedDocument][] = []
  const all: Readonly<Record<string, unknown>> = {
    [METADATA_URL]: METADATA,
    [KEYS_URL]: { keys: [jwk] },
    ...responses,
  }
  const shared = {
    read: async ({ kind }: DocumentId) => stored[kind],
    write: async (place: DocumentId, document: SharedDocument) =>
      void written.push([place, document]),
  }
  const documents = createIssuerDocuments(
    { issuer: ISSUER, ...options },
    {
      policy: {
        fetch: async (url, init) => {
          fetched.push(url)
          accepted.push(new Headers(init?.headers).get('Accept'))
          const given = all[url]
          const response: unknown = typeof given === 'function' ? given() : given
          return response === undefined
            ? new Response(null, { status: 404 })
            : Response.json(response, { headers })
        },
        timeoutMs: 5000,
        maxBytes: 65_536,
        allowHttp: false,
      },
      now: clock.now,
      staleIfErrorSeconds: 3600,
      shared: shared as never,
      report: (event) => void events.push(event),
    },
  )
  const find = async (kid?: string) => {
    const query = { algorithm: 'ES256', kid, issuer: ISSUER, arrivedAt: clock.now() }
    return documents.keys.find(query, new RequestBudget())
  }
  return { clock, documents, events, fetched, accepted, find, written }
}

describe('createIssuerDocuments() stores fetched documents', () => {
  it.each<[Record<string, string>, number, number]>([
    [{}, 600, 600],
    [{ 'Cache-Control': 'max-age=1' }, 60, 60],
    [{ 'Cache-Control': 'max-age=700' }, 700, 700],
    [{ 'Cache-Control': 'max-age=999999' }, 86_400, 3600],
  ])('with %j: for %d and %d s', async (headers, ofMetadata, ofKeys) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { find, written } = documentsOf({ headers })
    expect(await find()).toMatchObject({ ok: true })
    expect(written).toEqual([
      [
        { issuer: ISSUER, kind: 'metadata', url: METADATA_URL },
        { body: METADATA, fetchedAt: START, freshUntil: START + ofMetadata },
      ],
      [
        { issuer: ISSUER, kind: 'keys', url: KEYS_URL },
        { body: { keys: [jwk] }, fetchedAt: START, freshUntil: START + ofKeys },
      ],
    ])
  })

  it.each([
    [0, 540],
    [0.25, 570],
    [1, 660],
  ])(
    'with up to 10 %% random jitter: Math.random() = %d makes 600 s %d s',
    async (random, seconds) => {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      const { find, written } = documentsOf()
      await find()
      expect(written.map(([, { freshUntil }]) => Math.round(freshUntil - START))).toEqual([
        seconds,
        seconds,
      ])
    },
  )
})

describe('createIssuerDocuments() uses a stored copy', () => {
  const keysAt = (fetchedAt: number, freshUntil: number) => ({
    keys: { body: { keys: [jwk] }, fetchedAt, freshUntil },
  })
  const options = { jwksUri: KEYS_URL }

  it('while it is fresh', async () => {
    const fresh = documentsOf({ options, stored: keysAt(START - 10, START + 1) })
    expect(await fresh.find()).toMatchObject({ ok: true })
    expect([fresh.fetched, fresh.written]).toEqual([[], []])
    const old = documentsOf({ options, stored: keysAt(START - 10, START) })
    expect(await old.find()).toMatchObject({ ok: true })
    expect(old.fetched).toEqual([KEYS_URL])
  })

  it('in a forced refresh, if it was fetched within the last fifteen seconds', async () => {
    for (const [seconds, expected] of [
      [15, []],
      [15.5, [KEYS_URL]],
    ] as const) {
      const stored = keysAt(START, START + 600)
      const { clock, fetched, find } = documentsOf({ options, stored })
      await find()
      clock.advance(100)
      stored.keys.fetchedAt = START + 100
      stored.keys.body = { keys: [{ ...jwk, kid: 'new' }] }
      clock.advance(seconds)
      await find('new')
      expect(fetched).toEqual(expected)
    }
  })

  it('not in a forced refresh for a key that this very copy lacks', async () => {
    const { clock, fetched, find } = documentsOf({ options, stored: keysAt(START, START + 600) })
    await find()
    clock.advance(1.3)
    await find('unknown')
    expect(fetched).toEqual([KEYS_URL])
  })

  it('for no longer than the maximum fresh time of a fetched document', async () => {
    const most = 3600 * 1.1
    const within = documentsOf({ options, stored: keysAt(START - most + 1, START + 9e9) })
    await within.find()
    expect(within.fetched).toEqual([])
    const beyond = documentsOf({ options, stored: keysAt(START - most - 1, START + 9e9) })
    await beyond.find()
    expect(beyond.fetched).toEqual([KEYS_URL])
  })

  it('if it is valid, and fetches the document otherwise', async () => {
    const body = { keys: [{ kty: 'oct' }] }
    const { find, fetched } = documentsOf({
      options,
      stored: { keys: { body, fetchedAt: START, freshUntil: START + 60 } },
    })
    expect(await find()).toMatchObject({ ok: true })
    expect(fetched).toEqual([KEYS_URL])
  })

  it('that is outdated while fetching fails', async () => {
    const { find, events } = documentsOf({
      options,
      responses: { [KEYS_URL]: undefined },
      stored: keysAt(START - 100, START - 1),
    })
    expect(await find()).toMatchObject({ ok: true })
    expect(events).toEqual([
      {
        type: 'document',
        issuer: ISSUER,
        url: KEYS_URL,
        outcome: 'stale',
        code: 'status',
        message: `${KEYS_URL} answered with status 404`,
        status: 404,
      },
    ])
  })
})

describe('createIssuerDocuments() finds keys', () => {
  it('with a fetch where the stored copy is old and lacks the key', async () => {
    const { documents, fetched } = documentsOf({
      options: { jwksUri: KEYS_URL },
      responses: { [KEYS_URL]: { keys: [{ ...jwk, kid: 'new' }] } },
      stored: {
        keys: {
          body: { keys: [{ ...jwk, kid: 'old' }] },
          fetchedAt: START - 100,
          freshUntil: START + 500,
        },
      },
    })
    const query = { algorithm: 'ES256', kid: 'new', issuer: ISSUER, arrivedAt: START }
    expect(await documents.keys.find(query, new RequestBudget())).toMatchObject({
      ok: true,
      value: [{ jwk: { kid: 'new' } }],
    })
    expect(fetched).toEqual([KEYS_URL])
  })

  it('whose issuer member is the configured issuer, for tokens of every issuer of the server', async () => {
    const { documents } = documentsOf({
      options: { jwks: { keys: [{ ...jwk, issuer: ISSUER }] } },
    })
    const find = (issuer: string) =>
      documents.keys.find(
        { algorithm: 'ES256', kid: undefined, issuer, arrivedAt: START },
        new RequestBudget(),
      )
    expect(await find('https://old.example')).toMatchObject({ ok: true })
    const { documents: others } = documentsOf({
      options: { jwks: { keys: [{ ...jwk, issuer: 'https://other.example' }] } },
    })
    const query = { algorithm: 'ES256', kid: undefined, issuer: ISSUER, arrivedAt: START }
    expect(await others.keys.find(query, new RequestBudget())).toMatchObject({ ok: false })
  })

  it.each<[string, unknown, Partial<AuthorizationServerOptions>, boolean]>([
    ['absent', null, {}, true],
    ['a number', 5, {}, false],
    ['a list', ['https://old.example'], {}, false],
    ['empty', '', {}, false],
    ['a number', 5, { dangerouslyIgnoreKeyIssuer: true }, true],
    ['the issuer of the token', 'https://old.example', {}, true],
    ['the pattern of a template', TENANTS, { issuerTemplate: TEMPLATE }, true],
    ['a pattern without its template', TENANTS, {}, false],
    ['any other', 'https://other.example', { dangerouslyIgnoreKeyIssuer: true }, true],
    ['any other', 'https://other.example', { dangerouslyIgnoreKeyIssuer: false }, false],
  ])('whose issuer member is %s: %s with %j', async (_, keyIssuer, options, ok) => {
    const jwks = { keys: [{ ...jwk, issuer: keyIssuer }] }
    const { documents } = documentsOf({ options: { jwks, ...options } })
    const query = { algorithm: 'ES256', kid: undefined, arrivedAt: START }
    const found = await documents.keys.find(
      { ...query, issuer: 'https://old.example' },
      new RequestBudget(),
    )
    expect(found.ok).toBe(ok)
  })
})

describe('createIssuerDocuments() with a template that the configured issuer matches', () => {
  const [a, b, alias] = ['https://as.example/a', 'https://as.example/b', 'https://old.example/a/']
  const pattern = ['https://as.example/{tenant}', 'https://old.example/{tenant}/']

  it.each([
    [a, a, true],
    [a, alias, true],
    [a, 'https://moved.example', true],
    [a, b, false],
    [b, b, true],
    [b, a, false],
    [pattern[0], b, true],
  ])('takes a key of %s for a token of %s: %s', async (keyIssuer, issuer, isTaken) => {
    const jwks = { keys: [{ ...jwk, issuer: keyIssuer }] }
    const issuerTemplate = { pattern, claim: 'tid', allow: ['a', 'b'] }
    const { documents } = documentsOf({ options: { issuer: a, jwks, issuerTemplate } })
    const query = { algorithm: 'ES256', kid: undefined, issuer, arrivedAt: START }
    expect((await documents.keys.find(query, new RequestBudget())).ok).toBe(isTaken)
  })
})

it('createIssuerDocuments() takes keys of a configured issuer outside the template for all tenants', async () => {
  const issuerTemplate = { pattern: 'https://as.example/{tenant}/v2', claim: 'tid', allow: ['a'] }
  const jwks = { keys: [{ ...jwk, issuer: ISSUER }] }
  const { documents } = documentsOf({ options: { jwks, issuerTemplate } })
  const query = { algorithm: 'ES256', kid: undefined, arrivedAt: START }
  for (const issuer of ['https://as.example/a/v2', 'https://as.example/b/v2', ISSUER]) {
    const found = await documents.keys.find({ ...query, issuer }, new RequestBudget())
    expect(found.ok).toBe(true)
  }
})

describe('createIssuerDocuments() reads metadata', () => {
  const readMetadata = async (setting: Setting) => {
    const { documents, fetched } = documentsOf(setting)
    const outcome = await documents.metadata.read(new RequestBudget())
    return { value: outcome.ok ? outcome.value.value : outcome.error.code, fetched }
  }

  it('that names the pattern of a template as its issuer', async () => {
    const responses = { [METADATA_URL]: { ...METADATA, issuer: TENANTS } }
    expect(await readMetadata({ options: { issuerTemplate: TEMPLATE }, responses })).toEqual({
      value: { ...METADATA, issuer: TENANTS },
      fetched: [METADATA_URL],
    })
    expect((await readMetadata({ responses })).value).toBe('issuer_mismatch')
  })

  it('after the transformation of the server', async () => {
    const transform = (document: Readonly<Record<string, unknown>>) => ({ ...document, extra: 1 })
    const { value } = await readMetadata({ options: { transform } })
    expect(value).toEqual({ ...METADATA, extra: 1 })
  })

  it('from the shared store, unless the stored copy is of another issuer', async () => {
    const copyWith = (issuer: string) => ({
      metadata: {
        body: { ...METADATA, issuer },
        fetchedAt: START,
        freshUntil: START + 60,
      },
    })
    expect(await readMetadata({ stored: copyWith(ISSUER) })).toEqual({
      value: METADATA,
      fetched: [],
    })
    expect(await readMetadata({ stored: copyWith('https://other.example') })).toEqual({
      value: METADATA,
      fetched: [METADATA_URL],
    })
  })

  it('and names its URL in the error for a server that sends nothing', async () => {
    vi.useFakeTimers()
    const { documents } = documentsOf({
      responses: {
        [METADATA_URL]: () => {
          vi.advanceTimersByTime(60_000)
          return METADATA
        },
      },
    })
    const outcome = await documents.metadata.read(new RequestBudget())
    vi.useRealTimers()
    expect(outcome).toMatchObject({ ok: false, error: { code: 'timeout', url: METADATA_URL } })
  })
})

describe('createIssuerDocuments() fetches keys', () => {
  it('of any media type, and requests the two usual ones', async () => {
    const headers = { 'Content-Type': 'text/plain' }
    const { find, accepted } = documentsOf({ options: { jwksUri: KEYS_URL }, headers })
    expect(await find()).toMatchObject({ ok: true, value: [{ jwk }] })
    expect(accepted).toEqual(['application/jwk-set+json, application/json'])
  })

  it('from metadata that names their URL when it is fetched again', async () => {
    let responses = 0
    const { find, fetched } = documentsOf({
      responses: {
        [METADATA_URL]: () => {
          responses += 1
          return responses === 1 ? { issuer: ISSUER } : METADATA
        },
      },
    })
    expect(await find()).toMatchObject({ ok: true, value: [{ jwk }] })
    expect(fetched).toEqual([METADATA_URL, METADATA_URL, KEYS_URL])
  })

  it.each<[string, Partial<AuthorizationServerOptions>, string, string]>([
    ['a given URL', { jwksUri: KEYS_URL }, KEYS_URL, KEYS_URL],
    ['a published URL', {}, KEYS_URL, KEYS_URL],
    ['the issuer, before the URL is known', {}, METADATA_URL, ISSUER],
  ])(
    'and names %s in the error for a server that sends nothing',
    async (_, options, silent, url) => {
      vi.useFakeTimers()
      const document = () => {
        vi.advanceTimersByTime(60_000)
        return {}
      }
      const { find, events } = documentsOf({ options, responses: { [silent]: document } })
      const outcome = await find()
      vi.useRealTimers()
      expect(outcome).toMatchObject({ ok: false, error: { cause: { code: 'timeout', url } } })
      expect(events.at(-1)).toMatchObject({ outcome: 'failed', code: 'timeout', url })
    },
  )
})

describe('createIssuerDocuments() reports fetched documents', () => {
  it('with their URLs', async () => {
    const { find, events } = documentsOf()
    await find()
    const common = { type: 'document', issuer: ISSUER, outcome: 'fetched' }
    expect(events).toStrictEqual([
      { ...common, url: METADATA_URL },
      { ...common, url: KEYS_URL },
    ])
  })
})

describe('createIssuerDocuments() fails', () => {
  async function trouble(setting: Setting) {
    const { find, events } = documentsOf(setting)
    const outcome = await find()
    const cause = outcome.ok ? undefined : outcome.error.cause
    return { message: cause instanceof Error ? cause.message : undefined, events }
  }

  it('with metadata without jwks_uri, after a second fetch', async () => {
    const { message, events } = await trouble({ responses: { [METADATA_URL]: { issuer: ISSUER } } })
    expect(message).toBe(`${METADATA_URL} does not fit: it has no jwks_uri`)
    expect(events.at(-1)).toEqual({
      type: 'document',
      issuer: ISSUER,
      url: METADATA_URL,
      outcome: 'failed',
      code: 'invalid_document',
      message: `${METADATA_URL} does not fit: it has no jwks_uri`,
      missing: 'jwks_uri',
    })
  })

  it('with given metadata without jwks_uri', async () => {
    const { message } = await trouble({ options: { metadata: { issuer: ISSUER } } })
    expect(message).toBe(`${ISSUER} does not fit: it has no jwks_uri`)
  })

  it('with a key set without a usable key, and reports skipped keys', async () => {
    const { message, events } = await trouble({
      responses: { [KEYS_URL]: { keys: [{ kty: 'oct' }] } },
    })
    expect(message).toBe(`${KEYS_URL} does not fit: keys: none of them can verify a signature`)
    expect(events.map(({ outcome, url }) => [outcome, url])).toEqual([
      ['fetched', METADATA_URL],
      ['key_skipped', KEYS_URL],
      ['failed', KEYS_URL],
    ])
  })

  it('in one line, with a URL that the server published in two', async () => {
    const published = 'https://as.example/\u001b[31m\nkeys\u202e'
    const responses = { [METADATA_URL]: { issuer: ISSUER, jwks_uri: published } }
    const { events } = await trouble({ responses })
    const url = 'https://as.example/\ufffd[31m\ufffdkeys\ufffd'
    expect(events.at(-1)).toMatchObject({ url, message: `${url} answered with status 404` })
    const keys = { keys: [jwk, { kty: 'EC' }] }
    const skipped = documentsOf({ responses: { ...responses, [published]: keys } })
    await skipped.find()
    expect(skipped.events.map((event) => [event.outcome, event.url])).toContainEqual([
      'key_skipped',
      url,
    ])
  })

  it('with a document that is not a key set', async () => {
    const { message } = await trouble({ responses: { [KEYS_URL]: { keys: 'none' } } })
    expect(message).toMatch(/^https:\/\/as\.example\/keys does not fit: ./)
  })

  it('but does not report keys for encryption as skipped', async () => {
    const keys = [jwk, { ...jwk, use: 'enc' }]
    const { events } = await trouble({ responses: { [KEYS_URL]: { keys } } })
    expect(events.map(({ outcome }) => outcome)).not.toContain('key_skipped')
  })
})

describe('createIssuerDocuments() with given documents', () => {
  it('reports a given key that cannot be imported, with the issuer as its URL', async () => {
    const broken = { kty: 'EC', crv: 'P-256', x: jwk['x'], y: jwk['x'], kid: 'broken' } as Jwk
    const { documents, events } = documentsOf({ options: { jwks: { keys: [broken] } } })
    const query = { algorithm: 'ES256', kid: 'broken', issuer: ISSUER, arrivedAt: START }
    const found = await documents.keys.find(query, new RequestBudget())
    const [key] = found.ok ? found.value : []
    expect(key && (await documents.keys.importKey(key, 'ES256'))).toBeUndefined()
    expect(events).toEqual([
      { type: 'document', issuer: ISSUER, url: ISSUER, outcome: 'key_skipped' },
    ])
  })

  it('fetches neither metadata nor keys', async () => {
    const given = { issuer: ISSUER, jwks_uri: KEYS_URL }
    const { documents, find, fetched } = documentsOf({
      options: { metadata: given, jwks: { keys: [jwk] } },
    })
    expect(await documents.metadata.read(new RequestBudget())).toMatchObject({
      ok: true,
      value: { value: given },
    })
    expect(await find()).toMatchObject({ ok: true })
    expect(fetched).toEqual([])
  })

  it.each<[Partial<AuthorizationServerOptions>, string[]]>([
    [{ jwksUri: `${ISSUER}/own` }, [`${ISSUER}/own`]],
    [{ metadata: { ...METADATA } }, [KEYS_URL]],
    [{ metadataUrl: `${ISSUER}/about` }, [`${ISSUER}/about`, KEYS_URL]],
  ])('fetches only what is not given: %j', async (options, urls) => {
    const { find, fetched } = documentsOf({
      options,
      responses: { [`${ISSUER}/own`]: { keys: [jwk] }, [`${ISSUER}/about`]: METADATA },
    })
    expect(await find()).toMatchObject({ ok: true })
    expect(fetched).toEqual(urls)
  })
})

describe('createIssuerDocuments() reports', () => {
  const failed = (url: string, code: string) => ({
    type: 'document',
    issuer: ISSUER,
    url,
    outcome: 'failed',
    code,
  })

  it('metadata without jwks_uri, also when its second fetch fails', async () => {
    let responses = 0
    const { events, find } = documentsOf({
      responses: {
        [METADATA_URL]: () => {
          responses += 1
          return responses === 1 ? { issuer: ISSUER } : undefined
        },
      },
    })
    expect(await find()).toMatchObject({
      ok: false,
      error: {
        code: 'unavailable',
        cause: { message: `${METADATA_URL} does not fit: it has no jwks_uri` },
      },
    })
    expect(events).toContainEqual({
      ...failed(METADATA_URL, 'invalid_document'),
      message: `${METADATA_URL} does not fit: it has no jwks_uri`,
      missing: 'jwks_uri',
    })
  })

  it('stale keys, even if the failure of the metadata was reported already', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    let isUp = true
    const { clock, events, find } = documentsOf({
      responses: { [METADATA_URL]: () => (isUp ? METADATA : undefined) },
    })
    await find()
    isUp = false
    clock.advance(4000)
    // The metadata is stale and still has jwks_uri.
    expect(await find()).toMatchObject({ ok: true })
    clock.advance(650)
    events.length = 0
    // The metadata is beyond its stale bound; the keys are not yet.
    expect(await find()).toMatchObject({ ok: true })
    const [first, ...rest] = events
    expect(first).toMatchObject({ ...failed(ISSUER, 'status'), url: expect.any(String) })
    expect(rest).toEqual([{ ...first, outcome: 'stale' }])
    expect(first?.url).not.toBe(KEYS_URL)
  })

  it.each([
    [{ jwksUri: KEYS_URL }, KEYS_URL],
    [{}, KEYS_URL],
  ])('with %j a key that may exist but cannot be fetched: at %s', async (options, url) => {
    const { clock, events, find } = documentsOf({ options })
    await find()
    for (const seconds of [100, 6, 6]) {
      clock.advance(seconds)
      await find('unknown')
    }
    expect(events.at(-1)).toEqual({
      type: 'document',
      issuer: ISSUER,
      url,
      outcome: 'key_undecided',
    })
  })
})
