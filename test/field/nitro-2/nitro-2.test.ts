/** Nitro 2, built and served by Node. Installs 85 MB; takes about 4 s of processor time. */

import { expect, it } from 'vitest'
import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

/** What the recipe uses the listener of Node for: a `Response` of h3 goes on when its client has left. */
const STREAMS = `
import { defineEventHandler, fromNodeMiddleware } from 'h3'
import { protectedResource } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'

const open = protectedResource({
  resource: 'https://api.example.com/streams',
  authorizationServers: ['https://auth.example.com'],
})
const ended = new Set()

function stream(name) {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\\n\\n')),
    cancel: () => void ended.add(name),
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}
const listener = protect(open, () => stream('listener'), { optional: true })

export default defineEventHandler((event) => {
  if (event.path.endsWith('?ended')) return [...ended]
  if (event.path.endsWith('?listener')) {
    return fromNodeMiddleware((req, res) => listener(req, res))(event)
  }
  return stream('response')
})
`

const start = startProject({
  name: 'nitro-2',
  serve: ['./.output/server/index.mjs'],
  files: { 'routes/streams.ts': STREAMS },
})

testRecipe({ name: 'nitro-2', start }, ({ send }) => {
  it('ends the stream of a client that has left', async () => {
    for (const kind of ['response', 'listener']) {
      const response = await send(`/streams?${kind}`)
      const reader = response.body?.getReader()
      await reader?.read()
      await reader?.cancel()
    }
    const ended = async () => (await send('/streams?ended')).json()
    await expect.poll(ended).toEqual(['listener'])
  })
})
