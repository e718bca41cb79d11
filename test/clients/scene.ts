/** The servers of one run: the MCP server, its authorization server, a pretend model, and a browser on request. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { type Browser, createBrowser } from '../../examples/demo/browser.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import { serveDocuments } from './documents.ts'
import { ISSUERS, type IssuerName } from './issuers.ts'
import { createModel, type Model } from './model/model.ts'
import { startNotesServer } from './notes.ts'
import { type Exchange, record } from './recorder.ts'
import { argumentsOf, LOGIN, PAUSE_MS, type Situation, type Step } from './steps.ts'

export interface Scene {
  readonly mcpUrl: string
  readonly issuer: string
  /** The one that the resource moves to. */
  readonly nextIssuer: string | undefined
  /** Serves `/steps`, `/step/NAME`, `/heard/NAME`, `/open`, `/visit`, and the pretend model under other paths. */
  readonly controlUrl: string
  readonly exchanges: readonly Exchange[]
  /** What the caller of the tool received, by step. */
  readonly heard: ReadonlyMap<string, string>
  enter(step: string): void
  /** What the next sessions are asked to do. */
  plan(steps: readonly Step[]): void
  /** Notes what a caller received in the current step. */
  hear(text: string): void
  /** Logs in at a page, and visits the redirect. */
  readonly visit: (url: string) => void
  readonly model: Pick<Model, 'begin' | 'state'>
  close(): Promise<void>
}

export async function startScene(name: IssuerName, situation: Situation): Promise<Scene> {
  let current = LOGIN
  let steps: readonly Step[] = []
  const heard = new Map<string, string>()
  const recorder = record(() => current)
  const restore = serveDocuments(recorder.exchanges)
  const notes = await startNotesServer({
    hasSessions: situation.name === 'session',
    requiresDpop: situation.name === 'dpop',
    isOrigin: situation.name === 'origin',
  })
  const running = await ISSUERS[name](notes.url)
  const next = situation.name === 'move' ? await ISSUERS[name](notes.url) : undefined
  const { issuer, accessToken } = running
  notes.trust({ issuer, next: next?.issuer, accessToken })

  const enter = (step: string): void => {
    current = step
    notes.setCondition(steps.find((each) => each.name === step)?.condition ?? 'usual')
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
    if (command === 'steps') response.write(JSON.stringify(steps.map(toOrder)))
    else if (command === 'step') {
      await setTimeout(PAUSE_MS)
      enter(decodeURIComponent(argument))
    } else if (command === 'heard') heard.set(decodeURIComponent(argument), body)
    else if (command === 'open') response.write((await logIn(browser, body)).href)
    else if (command === 'visit') await visit(await logIn(browser, body))
    else return model.serve(path, body, response)
    response.end()
  }

  return {
    mcpUrl: notes.url,
    issuer: running.issuer,
    nextIssuer: next?.issuer,
    controlUrl,
    exchanges: recorder.exchanges,
    heard,
    enter,
    plan: (given) => {
      steps = given
      model.plan(given)
    },
    hear: (it) => heard.set(current, it),
    visit: (url) => {
      // A client may have ended before its redirect.
      logIn(browser, url).then(visit, (error: unknown) => console.log(String(error)))
    },
    model,
    async close() {
      recorder.stop()
      restore()
      await Promise.all([stop(control), notes.close(), running.close(), next?.close()])
    },
  }
}

/** A step for the programs on libraries. */
function toOrder(step: Step): object {
  return { name: step.name, tool: step.tool, calls: argumentsOf(step) }
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
