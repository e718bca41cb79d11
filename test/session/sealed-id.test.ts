import { createHmac } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { AnonymousContext, AuthContext } from '../../src/index.ts'
import type { SessionOwner } from '../../src/resource/slots.ts'
import { SealedIds } from '../../src/session/sealed-id.ts'

const SECRET = 'a'.repeat(32)
const OTHER_SECRET = 'b'.repeat(32)
const RESOURCE = 'https://rs.example/mcp'
const AS = 'https://as.example'
const ALICE: SessionOwner = { kind: 'user', issuer: AS, principal: 'alice' }

function createIds(secrets = [SECRET], resource = RESOURCE): SealedIds {
  const servers = [{ issuer: AS, tokenIssuers: ['https://old.example'] }]
  return new SealedIds({ resource, secrets, servers })
}

function sealed(id: string, owner: SessionOwner = ALICE, ids = createIds()): string {
  return ids.seal(id, owner) ?? ''
}

function context(members: Partial<AuthContext>): AuthContext {
  return { anonymous: false, claims: {}, issuer: AS, clientId: '', ...members } as AuthContext
}

describe('SealedIds gives', () => {
  it('the id back to its owner, and the same seal every time', async () => {
    const text = sealed('session.1')
    expect(text).toMatch(/^session\.1\.[A-Za-z0-9_-]{43}$/)
    expect(sealed('session.1')).toBe(text)
    expect(await createIds().open(text, ALICE)).toBe('session.1')
  })

  it('the MAC over the label, the resource, the owner and the id, each with its length', () => {
    expect(sealed('session.1')).toBe(`session.1.${macOf('session.1')}`)
  })

  it('ids of every secret, sealed with the first one', async () => {
    const old = sealed('s', ALICE, createIds([OTHER_SECRET]))
    const ids = createIds([SECRET, OTHER_SECRET])
    expect(await ids.open(old, ALICE)).toBe('s')
    expect(ids.seal('s', ALICE)).toBe(sealed('s'))
    expect(await createIds().open(old, ALICE)).toBeUndefined()
  })

  it('ids of 1 to 512 visible characters a seal, and others none', async () => {
    const ids = createIds()
    const all = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => index + 0x21))
    for (const id of ['x', all, 'x'.repeat(512)]) {
      expect(await ids.open(sealed(id), ALICE)).toBe(id)
    }
    for (const id of ['', 'x'.repeat(513), 'a b', ' a', 'a\n', 'a\t', 'é', '\x7f', '\0']) {
      expect(ids.seal(id, ALICE)).toBeUndefined()
    }
  })

  it('the principal of a context: user before client, by configured issuer', () => {
    const ids = createIds()
    const owner = (members: Partial<AuthContext>) => ids.ownerOf(context(members))
    expect(owner({ subject: 'alice', clientId: 'app' })).toEqual(ALICE)
    expect(owner({ subject: 'alice', issuer: 'https://old.example' })).toEqual(ALICE)
    expect(owner({ subject: 'alice', issuer: 'https://other.example' })).toEqual({
      ...ALICE,
      issuer: 'https://other.example',
    })
    const tenant = 'https://login.example/tenant-1/v2.0'
    expect(owner({ subject: 'alice', issuer: tenant })).toEqual({ ...ALICE, issuer: tenant })
    const client = { kind: 'client', issuer: AS, principal: 'app' }
    expect(owner({ subject: undefined, clientId: 'app' })).toEqual(client)
    expect(owner({ subject: ' ', clientId: 'app' })).toEqual(client)
    expect(owner({ subject: '' })).toBeUndefined()
    expect(owner({ subject: undefined, clientId: ' ' })).toBeUndefined()
    expect(owner({ subject: undefined, clientId: 'app', claims: { sub: null } })).toEqual(client)
    expect(owner({ subject: undefined, clientId: 'app', claims: { sub: 5 } })).toBeUndefined()
    expect(ids.ownerOf({ anonymous: true } as AnonymousContext)).toEqual({
      kind: 'anonymous',
      issuer: '',
      principal: '',
    })
  })
})

it('a server is found by its own issuer first', () => {
  const servers = [{ issuer: AS }, { issuer: 'https://new.example', tokenIssuers: [AS] }]
  const ids = new SealedIds({ resource: RESOURCE, secrets: [SECRET], servers })
  expect(ids.ownerOf(context({ subject: 'alice' }))).toEqual(ALICE)
})

it('a token of a tenant whose subject cannot be read has no principal', () => {
  const servers = [
    { issuer: AS },
    {
      issuer: 'https://login.example/common',
      issuerTemplate: {
        pattern: 'https://login.example/{tenant}',
        claim: 'tid',
        allow: () => true,
      },
      claims: { subject: 'uid' },
    },
  ]
  const ids = new SealedIds({ resource: RESOURCE, secrets: [SECRET], servers })
  const issuer = 'https://login.example/one'
  const ownerOf = (claims: Record<string, unknown>) =>
    ids.ownerOf(context({ subject: undefined, clientId: 'app', issuer, claims }))
  expect(ownerOf({ uid: 5 })).toBeUndefined()
  expect(ownerOf({ sub: 5 })).toEqual({ kind: 'client', issuer, principal: 'app' })
})

it('the principal of an issuer of no server has that issuer', () => {
  const ids = new SealedIds({ resource: RESOURCE, secrets: [SECRET], servers: [{ issuer: AS }] })
  const issuer = 'https://other.example'
  expect(ids.ownerOf(context({ subject: 'alice', issuer }))).toEqual({ ...ALICE, issuer })
})

describe('SealedIds opens nothing', () => {
  it.each<[string, SessionOwner]>([
    ['another user', { ...ALICE, principal: 'bob' }],
    ['a client of the same name', { ...ALICE, kind: 'client' }],
    ['the same user of another issuer', { ...ALICE, issuer: 'https://other.example' }],
    ['an anonymous client', { kind: 'anonymous', issuer: '', principal: '' }],
  ])('for %s', async (_, owner) => {
    const ids = createIds()
    expect(await ids.open(sealed('s'), owner)).toBeUndefined()
    expect(await ids.open(sealed('s', owner), ALICE)).toBeUndefined()
  })

  it('at another resource with the same secret', async () => {
    const other = createIds([SECRET], 'https://rs.example/mcp2')
    expect(await other.open(sealed('s'), ALICE)).toBeUndefined()
  })

  it.each<[SessionOwner, string, SessionOwner, string]>([
    [{ ...ALICE, principal: 'a' }, 'bc', { ...ALICE, principal: 'ab' }, 'c'],
    [{ ...ALICE, principal: 'a"' }, 's', { ...ALICE, principal: 'a\\"' }, 's'],
    [{ ...ALICE, issuer: `${AS}/a`, principal: 'b' }, 's', { ...ALICE, principal: '/ab' }, 's'],
    [{ ...ALICE, principal: '\ud800' }, 's', { ...ALICE, principal: '\ud801' }, 's'],
    [{ ...ALICE, principal: '\ud800' }, 's', { ...ALICE, principal: '\ufffd' }, 's'],
    [{ ...ALICE, principal: 'a1:b' }, 's', { ...ALICE, principal: 'a' }, '1:bs'],
  ])(
    'for fields that concatenate or encode alike: %j %j, %j %j',
    async (one, id, other, otherId) => {
      const [, seal] = /\.([^.]+)$/.exec(sealed(id, one)) ?? []
      expect(seal).toHaveLength(43)
      expect(await createIds().open(`${otherId}.${seal}`, other)).toBeUndefined()
      expect(await createIds().open(sealed(id, one), one)).toBe(id)
    },
  )

  it('that is forged, truncated, extended or spelt in another way', async () => {
    const ids = createIds()
    const text = sealed('session-1')
    const mac = text.slice(-43)
    const twin = mac.slice(0, -1) + next(mac.slice(-1))
    const forged = [
      '',
      '.',
      'session-1',
      'session-1.',
      `.${mac}`,
      text.slice(0, -1),
      `${text}A`,
      `${text}=`,
      `${text}.`,
      `${text} `,
      `${text}, ${text}`,
      `${text},${text}`,
      `session-2.${mac}`,
      `session-1.${twin}`,
      `session-1.${'A'.repeat(43)}`,
      `${'x'.repeat(2000)}.${mac}`,
    ]
    for (const each of forged)
      expect([each, await ids.open(each, ALICE)]).toEqual([each, undefined])
  })

  it('without an id, even with the right seal', async () => {
    expect(await createIds().open(`.${macOf('')}`, ALICE)).toBeUndefined()
  })

  it('of more than 1,024 characters, without computing a MAC', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const ids = createIds()
    for (const length of [1024, 1025, 2000]) {
      expect(await ids.open(`${'x'.repeat(length - 44)}.${'A'.repeat(43)}`, ALICE)).toBeUndefined()
    }
    const { length: computed } = verify.mock.calls
    verify.mockRestore()
    expect(computed).toBe(1)
  })

  it('of more than 1,024 characters, whatever its seal is', async () => {
    const ids = createIds()
    const long = (length: number) => {
      const inner = 'x'.repeat(length - 44)
      return `${inner}.${'A'.repeat(43)}`
    }
    expect(await ids.open(long(1025), ALICE)).toBeUndefined()
    expect(await ids.open(sealed('x'.repeat(512)), ALICE)).toBe('x'.repeat(512))
  })
})

/** A character whose last two bits differ: the same 32 bytes for a lenient decoder. */
function next(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.charAt(alphabet.indexOf(character) ^ 1)
}

/** The MAC of an id of {@link ALICE}, by the host. */
function macOf(id: string): string {
  const fields = [RESOURCE, ALICE.kind, ALICE.issuer, ALICE.principal, id].map((field) => {
    const text = JSON.stringify(field)
    return `${text.length}:${text}`
  })
  const text = `mcp-gatehouse session 1${fields.join('')}`
  return createHmac('sha256', SECRET).update(text).digest('base64url')
}
