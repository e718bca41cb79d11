/** Servers behind a gateway, with given responses, that record their requests. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { portOf, start } from './node-server.ts'

/** A request as the upstream received it. */
export interface Arrived {
  readonly method: string
  readonly url: string
  /** The field lines as sent, names in lower case. */
  readonly fields: [name: string, value: string][]
  readonly body: string
}

export interface UpstreamServer {
  readonly url: string
  readonly arrived: Arrived[]
  /** The first value of a field of the last request. */
  last(): Arrived
  field(name: string): string | undefined
}

export type Answer = (req: IncomingMessage, res: ServerResponse, body: string) => unknown

/** Listens on loopback until the end of the test. */
export async function startUpstream(
  answer: Answer = (_req, res) => res.end('from the upstream'),
): Promise<UpstreamServer> {
  const arrived: Arrived[] = []
  const server = await start(
    createServer(async (req, res) => {
      const body = Buffer.concat(await req.toArray()).toString()
      arrived.push({ method: req.method ?? '', url: req.url ?? '', fields: fieldsOf(req), body })
      answer(req, res, body)
    }),
  )
  const last = (): Arrived => {
    const found = arrived.at(-1)
    if (found === undefined) throw new Error('Nothing arrived at the upstream.')
    return found
  }
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    arrived,
    last,
    field: (name) => last().fields.find(([each]) => each === name)?.[1],
  }
}

export function fieldsOf({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as [string, string]] : [],
  )
}
