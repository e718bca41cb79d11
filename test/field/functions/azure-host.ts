/** Calls a function of Azure for each HTTP request. The library of Azure has no host, which is a program of its own. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { HttpRequest, HttpResponse, type HttpResponseInit } from '@azure/functions'

const { handler } = (await import(pathToFileURL(resolve(process.argv[2] ?? '')).href)) as {
  handler(request: HttpRequest): Promise<HttpResponseInit>
}

const server = createServer(async (req, res) => {
  const body = Buffer.concat(await req.toArray()).toString()
  const url = `https://api.example.com${req.url}`
  // The host joins the values of a repeated field by a comma.
  const headers = Object.fromEntries(
    Object.entries(req.headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  )
  const request = new HttpRequest({
    method: req.method ?? 'GET',
    url,
    headers,
    ...(body === '' ? {} : { body: { string: body } }),
  })
  const response = new HttpResponse(await handler(request))
  res.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body) Readable.fromWeb(response.body as never).pipe(res)
  else res.end()
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
