/**
 * Measures on the runtime that runs it and prints JSON. `npm run bench` runs it on each runtime and
 * makes `docs/performance.md` of what it says.
 */

import { metadataResponse, protectedResource } from '../dist/index.js'
import { createFixtures, createRequest, type Fixtures, ISSUER, RESOURCE } from './fixtures.ts'
import { compare, type Figure, refuseImpostors } from './measure.ts'
import type { Subject } from './subjects.ts'
import * as subjects from './subjects.ts'

export interface Table {
  readonly title: string
  readonly figures: readonly Figure[]
}

const tables: Table[] = []
const rs256 = await createFixtures('RS256')

for (const count of [1, 64, 10_000]) await measureCached(rs256, count)
for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
  await measureCold(algorithm === 'RS256' ? rs256 : await createFixtures(algorithm))
}
await measureRefusals(rs256)
await measureMetadata()
console.log(JSON.stringify(tables))

async function measureCached(fixtures: Fixtures, count: number): Promise<void> {
  const requests = await requestsFor(fixtures, count)
  const compared = [
    subjects.headerOnly(),
    subjects.gatehouse(fixtures),
    subjects.sdkStatic(),
    await subjects.fastJwt(fixtures, true),
  ]
  const [first] = requests as [Request]
  await refuseImpostors(compared, first, false)
  for (const { run } of compared) for (const request of requests) await run(request)
  tables.push({
    title: `Seen before: ${count} ${count === 1 ? 'token' : 'tokens'} in turn`,
    figures: await compare(compared, requests),
  })
}

async function measureCold(fixtures: Fixtures): Promise<void> {
  const requests = await requestsFor(fixtures, 64)
  const isRsa = fixtures.algorithm === 'RS256'
  const compared: Subject[] = [
    await subjects.subtleVerify(fixtures, await fixtures.token()),
    subjects.joseVerify(fixtures),
    subjects.gatehouse(fixtures, false),
    subjects.oauth4webapi(fixtures),
    subjects.sdkJose(fixtures),
    subjects.mcpAuth(fixtures),
    ...(isRsa ? [subjects.hono(fixtures)] : []),
  ]
  await refuseImpostors(compared, requests[0] as Request, false)
  tables.push({
    title: `Not seen before: ${fixtures.algorithm}`,
    figures: await compare(compared, requests),
  })
}

async function measureRefusals(fixtures: Fixtures): Promise<void> {
  const bare: Subject = {
    name: 'new Response(401)',
    run: async () => new Response(null, { status: 401 }),
  }
  const compared = [bare, subjects.gatehouse(fixtures), subjects.sdkJose(fixtures)]
  const cases: Readonly<Record<string, string | undefined>> = {
    'no credentials': undefined,
    garbage: `Bearer ${'x'.repeat(800)}`,
    'an expired token': `Bearer ${await fixtures.token(0, { exp: 1_700_000_000 })}`,
    'a token for somebody else': `Bearer ${await fixtures.token(0, { aud: 'https://other.example' })}`,
  }
  for (const [title, authorization] of Object.entries(cases)) {
    const requests = Array.from({ length: 64 }, () => createRequest(authorization))
    await refuseImpostors(compared, requests[0] as Request, true)
    tables.push({ title: `Refused: ${title}`, figures: await compare(compared, requests) })
  }
}

async function measureMetadata(): Promise<void> {
  const resource = protectedResource({ resource: RESOURCE, authorizationServers: [ISSUER] })
  const request = new Request(resource.metadataUrl)
  const served = metadataResponse(request, resource) as Response
  const [body, headers] = [await served.text(), Object.fromEntries(served.headers)]
  const compared: Subject[] = [
    { name: 'new Response(string, { headers })', run: async () => new Response(body, { headers }) },
    { name: 'mcp-gatehouse', run: async (asked) => metadataResponse(asked, resource) },
  ]
  tables.push({ title: 'Metadata served', figures: await compare(compared, [request]) })
}

async function requestsFor(fixtures: Fixtures, count: number): Promise<Request[]> {
  const requests: Request[] = []
  for (let number = 0; number < count; number++) {
    requests.push(createRequest(`Bearer ${await fixtures.token(number)}`))
  }
  return requests
}
