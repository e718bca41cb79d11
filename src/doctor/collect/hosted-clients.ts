/** Sends requests as hosted clients: bot rules of firewalls look at `User-Agent`. */

import type { AgentEvidence } from '../evidence.ts'
import type { HttpClient } from './http-client.ts'
import { post } from './json-rpc.ts'

/** How hosted clients, and the libraries in which they are written, name themselves. */
const HOSTED_CLIENTS: readonly (readonly [name: string, userAgent: string])[] = [
  ['Claude', 'Claude-User'],
  ['ChatGPT', 'openai-mcp/1.0.0'],
  [
    'ChatGPT',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot',
  ],
  ['Le Chat', 'MistralAI-User/1.0'],
  ['A client in Python', 'python-httpx/0.28.1'],
  ['A client in Node', 'node'],
]

/** The request without a token once more, for each of them. */
export async function requestAsHostedClients(
  client: HttpClient,
  url: URL,
): Promise<AgentEvidence[]> {
  const agents: AgentEvidence[] = []
  for (const [name, userAgent] of HOSTED_CLIENTS) {
    agents.push({ name, userAgent, exchange: await post(client, url, { 'User-Agent': userAgent }) })
  }
  return agents
}

/** The documents at these URLs once more: a rule may cover /.well-known/ only. */
export async function requestDocumentsAsHostedClient(
  client: HttpClient,
  urls: readonly string[],
): Promise<AgentEvidence[]> {
  const name = 'Claude'
  const userAgent = 'Claude-User'
  const documents: AgentEvidence[] = []
  for (const url of new Set(urls)) {
    const headers = { Accept: 'application/json', 'User-Agent': userAgent }
    documents.push({ name, userAgent, exchange: await client.send({ url, headers }) })
  }
  return documents
}
