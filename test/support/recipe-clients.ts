/** The clients of both SDKs behind one interface, with a token of the test instead of a login. */

import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

interface Connected {
  /** The revision of the protocol that client and server agreed on. */
  readonly revision: string | undefined
  call(name: string, args?: Record<string, unknown>, onprogress?: () => void): Promise<string>
  close(): Promise<void>
}

export type Connect = (url: URL, authorization: string) => Promise<Connected>

export const connectFirst: Connect = async (url, Authorization) => {
  const { client, transport } = await openFirst(url, Authorization)
  return {
    revision: transport.protocolVersion,
    call: async (name, args = {}, onprogress) => {
      const options = onprogress && { onprogress }
      const { content } = await client.callTool({ name, arguments: args }, undefined, options)
      return textOf(content)
    },
    close: () => client.close(),
  }
}

export const connectSecond: Connect = async (url, Authorization) => {
  const client = new SecondClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  )
  await client.connect(new SecondTransport(url, { requestInit: { headers: { Authorization } } }))
  return {
    revision: client.getNegotiatedProtocolVersion(),
    call: async (name, args = {}, onprogress) => {
      const options = onprogress && { onprogress }
      return textOf((await client.callTool({ name, arguments: args }, options)).content)
    },
    close: () => client.close(),
  }
}

/** The transport has the id of the session. */
export async function openFirst(
  url: URL,
  Authorization: string,
): Promise<{ client: FirstClient; transport: FirstTransport }> {
  const client = new FirstClient({ name: 'test', version: '1.0.0' })
  const transport = new FirstTransport(url, { requestInit: { headers: { Authorization } } })
  await client.connect(transport as Parameters<FirstClient['connect']>[0])
  return { client, transport }
}

function textOf(content: unknown): string {
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')
}
