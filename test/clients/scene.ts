/** The servers of one run: the MCP server, its authorization server, a pretend model, and a browser on request. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { type Browser, createBrowser } from '../../examples/demo/browser.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import { ISSUERS, type IssuerName } from './issuers.ts'
import { createModel, type Model } from './model/model.ts'
import { startNotesServer } from './notes.ts'
import { type Exchange, record } from './recorder.ts'
import { LOGIN, PAUSE_MS, STEPS } from './steps.ts'

export interface Scene {
  readonly mcpUrl: string
  readonly issuer: string
  /** Serves `/steps`, `/step/NAME`, `/heard/NAME`, `/open`, `/visit`, and the pretend model under other paths. */
  readonly controlUrl: string
  readonly exchanges: readonly Exchange[]
  /** What the caller of the tool received, by step. */
  readonly heard: ReadonlyMap<string, string>
  enter(step: string): void
  /** Notes what a caller received in the current step. */
  hear(text: string): void
  /** Logs in at a page, and visits the redirect. */
  readonly visit: (url: string) => void
  readonly model: Pick<Model, 'begin' | 'state'>
  close(): Promise<void>
}

export async function startScene(name: IssuerName): Promise<Scene> {
  let current = LOGIN
  const heard = new Map<string, string>()
  const recorder = record(() => current)
  const notes = await startNotesServer()
  const running = await ISSUERS[name](notes.url)
  notes.trust(running.issuer)

  const enter = (step: string): void => {
    current = step
    notes.setCondition(STEPS.find((each) => each.name === step)?.condition ?? 'usual')
  }
  const model = createModel({ enter, hear: (step, it) => heard.set(step, it) })
  const browser = createBrowser({ username: 'alice' })
  const control = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  const controlUrl = await listen(control)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const path = request.url ?? '/'
    const [, command, argument = ''] =
      /^\/(steps|step|heard|open|visit)(?:\/(.*))?$/.exec(path) ?? []
    if (command === 'steps') response.write(JSON.stringify(STEPS))
    else if (command === 'step') {
      await setTimeout(PAUSE_MS)
      enter(argument)
    } else if (command === 'heard') heard.set(argument, body)
    else if (command === 'open') response.write((await logIn(browser, body)).href)
    else if (command === 'visit') await visit(await logIn(browser, body))
    else return model.serve(path, body, response)
    response.end()
  }

  return {
    mcpUrl: notes.url,
    issuer: running.issuer,
    controlUrl,
    exchanges: recorder.exchanges,
    heard,
    enter,
    hear: (it) => heard.set(current, it),
    visit: (url) => {
      // A client may have ended before its redirect.
      logIn(browser, url).then(visit, (error: unknown) => console.log(String(error)))
    },
    model,
    async close() {
      recorder.stop()
      await Promise.all([stop(control), notes.close(), running.close()])
    },
  }
}

async function logIn(browser: Browser, url: string): Promise<URL> {
  const start = new URL(url)
  const redirect = start.searchParams.get('redirect_uri') ?? ''
  return (await browser.open(start, new URL(redirect))).arrived
}

/** A client may open the browser before it listens for the redirect. */
async function visit(redirect: URL): Promise<void> {
  for (let attempts = 0; attempts < 20; attempts++) {
    const response = await fetch(redirect).catch(() => undefined)
    if (response !== undefined) return
    await setTimeout(500)
  }
}
