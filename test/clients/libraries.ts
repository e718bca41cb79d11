/** Libraries, each with a program of ours on it. Data only. */

import type { Client } from './clients.ts'

export const LIBRARIES: readonly Client[] = [
  library('MCP SDK 2.x client', 'sdk2.mjs', ['@modelcontextprotocol/client@2.4.0']),
  library('MCP SDK 1.x', 'sdk1.mjs', ['@modelcontextprotocol/sdk@1.32.2']),
  library('AI SDK, `@ai-sdk/mcp`', 'ai-sdk.mjs', ['@ai-sdk/mcp@2.0.99']),
  library('LangChain, `@langchain/mcp-adapters`', 'langchain.mjs', [
    '@langchain/mcp-adapters@1.1.4',
    '@langchain/core',
  ]),
  library('OpenAI Agents, `@openai/agents`', 'openai-agents.mjs', ['@openai/agents@0.20.0']),
  library('Strands Agents, `@strands-agents/sdk`', 'strands.mjs', [
    '@strands-agents/sdk@1.19.0',
    '@modelcontextprotocol/sdk@1.32.2',
  ]),
  library('Mastra, `@mastra/mcp`', 'mastra.mjs', ['@mastra/mcp@2.0.0', '@mastra/core']),
  library('Google ADK, `@google/adk`', 'google-adk.mjs', [
    '@google/adk@2.0.0',
    '@modelcontextprotocol/sdk@1.32.2',
  ]),
  library('Cloudflare Agents, `agents`', 'cloudflare-agents.mjs', [
    'agents@0.32.0',
    'miniflare@4.20260730.0',
    'esbuild@0.27.0',
  ]),
  pythonLibrary('MCP SDK for Python', 'python-sdk.py', 'mcp==2.3.0'),
  pythonLibrary('FastMCP for Python', 'fastmcp-client.py', 'fastmcp==4.0.10'),
]

/** A program of ours on a library. */
function library(name: string, program: string, packages: readonly string[]): Client {
  return {
    name,
    packages,
    isLibrary: true,
    session: ({ mcpUrl }) => ({ argv: [process.execPath, program, mcpUrl] }),
  }
}

function pythonLibrary(name: string, program: string, requirement: string): Client {
  return {
    name,
    packages: [requirement],
    isPython: true,
    isLibrary: true,
    session: ({ python, mcpUrl }) => ({ argv: [python, program, mcpUrl] }),
  }
}
