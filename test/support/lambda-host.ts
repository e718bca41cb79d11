/** Calls a Lambda function for each HTTP request, with events of API Gateway in the payload format 2.0. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Result {
  readonly statusCode: number
  readonly headers?: Record<string, string>
  readonly multiValueHeaders?: Record<string, string[]>
  readonly cookies?: string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

const { handler } = (await import(pathToFileURL(resolve(process.argv[2] ?? '')).href)) as {
  handler(event: object, context: object): Promise<Result>
}

const server = createServer(async (req, res) => {
  const body = Buffer.concat(await req.toArray())
  const { pathname, search } = new URL(req.url ?? '/', 'http://127.0.0.1')
  // API Gateway joins the values of a repeated field by a comma.
  const headers = Object.fromEntries(
    Object.entries(req.headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  )
  const http = { method: req.method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' }
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { ...http, userAgent: '' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '28/Nov/2026:00:00:00 +0000',
      timeEpoch: 1795824000000,
    },
    body: body.length > 0 ? body.toString('base64') : undefined,
    isBase64Encoded: true,
  }
  const context = { awsRequestId: 'request', callbackWaitsForEmptyEventLoop: false }
  const result = await handler(event, context)
  res.writeHead(result.statusCode, { ...result.headers, ...result.multiValueHeaders })
  res.end(Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8'))
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
