/** Serves a function of Google Cloud with its own framework. */

import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getTestServer } from '@google-cloud/functions-framework/testing'

await import(pathToFileURL(resolve(process.argv[2] ?? '')).href)
const server = getTestServer('mcp').listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
