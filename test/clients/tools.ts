/** Programs without a language model: for people, for scripts, or for a client that speaks stdio. Data only. */

import type { Client } from './clients.ts'

export const TOOLS: readonly Client[] = [
  {
    name: 'mcporter',
    packages: ['mcporter@0.12.3'],
    files: ({ mcpUrl }) => ({
      'mcporter.json': { mcpServers: { notes: { baseUrl: mcpUrl, auth: 'oauth' } } },
    }),
    logIn: ({ bin }) => [
      { argv: [`${bin}/mcporter`, '--config', 'mcporter.json', 'auth', 'notes'] },
    ],
    call: ({ bin }, tool, args) => ({
      argv: [
        ...[`${bin}/mcporter`, '--config', 'mcporter.json', 'call', `notes.${tool}`],
        ...Object.entries(args).map(([name, value]) => `${name}=${value}`),
      ],
    }),
  },
  {
    name: 'mcp-remote',
    packages: ['mcp-remote@0.15.1', '@modelcontextprotocol/sdk@1.32.2'],
    printsUrl: true,
    session: ({ bin, mcpUrl, documentUrl }) => ({
      argv: [
        ...[process.execPath, 'stdio.mjs', `${bin}/mcp-remote`, mcpUrl, '--allow-http'],
        ...documentOption(documentUrl),
      ],
    }),
  },
  {
    name: 'MCP Inspector, `--cli`',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    env: () => ({ MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' }),
    printsUrl: true,
    call: ({ bin, mcpUrl, documentUrl }, tool, args) => ({
      argv: [
        ...[`${bin}/mcp-inspector`, '--cli', mcpUrl, '--transport', 'http'],
        ...documentOption(documentUrl),
        ...['--method', 'tools/call', '--tool-name', tool],
        ...Object.entries(args).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]),
      ],
    }),
  },
  {
    name: 'Cline',
    packages: ['cline@3.0.65'],
    session: ({ mcpUrl }) => ({ argv: [process.execPath, 'cline.mjs', mcpUrl] }),
  },
  {
    name: 'mcpc',
    packages: ['@apify/mcpc@0.2.6'],
    session: ({ bin, mcpUrl, documentUrl }) => ({
      argv: [process.execPath, 'mcpc.mjs', `${bin}/mcpc`, mcpUrl, ...documentOption(documentUrl)],
    }),
  },
  {
    name: 'MCP Hub, `mcp-hub`',
    packages: ['mcp-hub@4.2.1'],
    session: ({ modules, mcpUrl }) => ({
      argv: [process.execPath, 'mcp-hub.mjs', `${modules}/mcp-hub/dist/cli.js`, mcpUrl],
    }),
  },
]

function documentOption(url: string | undefined): readonly string[] {
  return url === undefined ? [] : ['--client-metadata-url', url]
}
