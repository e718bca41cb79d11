/** SCO: bodies that two parsers could read differently. */

import { describe, expect, it } from 'vitest'
import { callTool, message, post } from '../support/mcp.ts'
import { DELETE_AND_HELP } from '../support/operations-scene.ts'
import { sendParsed } from '../support/parsed-body.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

const INVALID = malformed('body_invalid')
const NEEDS_WRITE = insufficientScope('read write')

describe('arrays', () => {
  const batch = [callTool('help'), callTool('list')]

  it.each([
    '2025-06-18',
    '2025-11-25',
    '2026-07-28',
    '9999-12-31',
    '',
    'draft',
    '2025-03-26, 2025-03-26',
  ])('SCO-10: are a 400 with MCP-Protocol-Version %j', async (version) => {
    const scene = await createScene(DELETE_AND_HELP)
    const headers = { 'MCP-Protocol-Version': version }
    for (const body of [batch, [], [callTool('help')]]) {
      const token = await bearer(scene, 'read write')
      await expectRejected(scene, scene.ask(token, post(body, headers)), INVALID)
      const init = post('x', headers)
      await expectRejected(scene, sendParsed(scene, body, { scope: 'read write', init }), INVALID)
      await expectRejected(scene, sendParsed(scene, JSON.stringify(body), { init }), INVALID)
    }
  })

  it('SCO-10: are batches in 2025-03-26, whose clients send no revision', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    for (const headers of [{}, { 'MCP-Protocol-Version': '2025-03-26' }]) {
      const answer = scene.ask(await bearer(scene), post(batch, headers as Record<string, string>))
      expect((await expectAccepted(scene, answer)).operations).toHaveLength(2)
    }
  })

  it('SCO-10: are not read without a policy', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const init = post(batch, { 'MCP-Protocol-Version': '2025-11-25' })
    await expectAccepted(scene, scene.ask(await bearer(scene), init))
  })
})

describe('an ambiguous name', () => {
  const call = (members: string) => `{"jsonrpc":"2.0","id":1,${members}}`

  it.each([
    ['Name', '"method":"tools/call","params":{"name":"help","Name":"delete"}'],
    ['Name first', '"method":"tools/call","params":{"Name":"delete","name":"help"}'],
    ['Name alone', '"method":"tools/call","params":{"Name":"delete"}'],
    [
      'NAME, escaped',
      String.raw`"method":"tools/call","params":{"name":"help","N\u0041ME":"delete"}`,
    ],
    ['Method', '"method":"tools/list","Method":"tools/call","params":{"name":"delete"}'],
    ['Method alone, as a response', '"Method":"tools/call","params":{"name":"delete"},"result":{}'],
    ['Params', '"method":"tools/call","params":{"name":"help"},"Params":{"name":"delete"}'],
    ['a long s', '"method":"tools/call","params":{"name":"help"},"paramſ":{"name":"delete"}'],
    ['a long s, escaped', String.raw`"method":"tools/call","param\u017f":{"name":"delete"}`],
    ['a Kelvin sign', '"method":"tasks/get","params":{"tasKId":"x"}'],
    ['a NUL', String.raw`"method":"tools/call","params":{"name":"help","name\u0000":"delete"}`],
    ['NULs', String.raw`"method":"tools/list","METHOD\u0000\u0000":"tools/call"`],
    ['ID', '"ID":2,"method":"tools/list"'],
    ['uri', '"method":"resources/read","params":{"uri":"file:///a","URI":"file:///b"}'],
    ['ref', '"method":"completion/complete","params":{"ref":{"name":"a"},"Ref":{"name":"b"}}'],
    ['within ref', '"method":"completion/complete","params":{"ref":{"name":"a","Name":"b"}}'],
    ['arguments', '"method":"tools/call","params":{"name":"help","Arguments":{}}'],
    ['notifications', '"method":"subscriptions/listen","params":{"Notifications":{}}'],
    [
      'within notifications',
      '"method":"subscriptions/listen","params":{"notifications":{"resourceſubscriptions":["file:///a"]}}',
    ],
    [
      'tasks within notifications',
      '"method":"subscriptions/listen","params":{"notifications":{"taskIds":["a"],"taskids":["b"]}}',
    ],
  ])('SCO-20: %s is a 400, in text and in an object', async (_, members) => {
    const scene = await createScene(DELETE_AND_HELP)
    const text = call(members)
    const token = await bearer(scene, 'read write')
    await expectRejected(scene, scene.ask(token, post(text)), INVALID)
    await expectRejected(
      scene,
      scene.ask(token, post(`[${JSON.stringify(callTool('help'))},${text}]`)),
      INVALID,
    )
    for (const body of [text, Buffer.from(text), JSON.parse(text), [JSON.parse(text)]]) {
      await expectRejected(scene, sendParsed(scene, body, { scope: 'read write' }), INVALID)
    }
    // Without a valid token the body is not reported.
    await expectRejected(scene, scene.ask(undefined, post(text)), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('SCO-20: is a 400 for a public call, too', async () => {
    const scene = await createScene({ ...DELETE_AND_HELP, requirements: { optional: true } })
    const text = call('"method":"tools/call","params":{"name":"help","Name":"delete"}')
    await expectRejected(scene, scene.ask(undefined, post(text)), INVALID)
  })

  it('SCO-20: is accepted in data of the application', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const params = { name: 'list', arguments: { Name: 1, NAME: 2, ID: 3 }, _meta: { Method: 'x' } }
    const body = { ...message('tools/call', params), Name: 'x' }
    await expectAccepted(scene, scene.ask(await bearer(scene), post(body)))
    await expectAccepted(scene, sendParsed(scene, body))
  })
})

describe('text in an ambiguous encoding', () => {
  it.each(['utf-16', 'UTF-7', 'iso-8859-1', 'us-ascii', '"utf-16le"'])(
    'SCO-19: is a 400: charset=%s',
    async (charset) => {
      const scene = await createScene(DELETE_AND_HELP)
      const headers = { 'Content-Type': `application/json; charset=${charset}` }
      const init = post(callTool('list'), headers)
      await expectRejected(scene, scene.ask(await bearer(scene), init), INVALID)
      const bytes = Buffer.from(JSON.stringify(callTool('list')))
      await expectRejected(scene, sendParsed(scene, bytes, { init }), INVALID)
      // Decoded text is what the host executes.
      await expectAccepted(scene, sendParsed(scene, callTool('list'), { init }))
      await expectAccepted(scene, sendParsed(scene, JSON.stringify(callTool('list')), { init }))
    },
  )

  it.each(['utf-8', 'UTF8', '"utf-8"'])('is read: charset=%s', async (charset) => {
    const scene = await createScene(DELETE_AND_HELP)
    const init = post(callTool('delete'), { 'Content-Type': `application/json;charset=${charset}` })
    await expectRejected(scene, scene.ask(await bearer(scene), init), NEEDS_WRITE)
  })

  it.each([
    ['a byte order mark', Buffer.from('\ufeff{"method":"m"}')],
    ['UTF-16, little end first', Buffer.from('{"method":"m"}', 'utf16le')],
    ['UTF-16 with its mark', Buffer.from('\ufeff{"method":"m"}', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('{"method":"m"}', 'utf16le').swap16()],
  ])('SCO-19: is a 400: %s', async (_, bytes) => {
    const scene = await createScene(DELETE_AND_HELP)
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), post(new Uint8Array(bytes))),
      INVALID,
    )
  })
})
