/** The clients: what to install, how to log in, how to call a tool. Data only. */

/** What a command needs to know. */
export interface Place {
  readonly mcpUrl: string
  readonly controlUrl: string
  /** The programs of npm packages. */
  readonly bin: string
  readonly modules: string
  /** The Python that the packages of a client in Python are installed for. */
  readonly python: string
  readonly home: string
  /** A client ID metadata document, where the issuer accepts one. */
  readonly documentUrl: string | undefined
}

export interface Command {
  readonly argv: readonly string[]
  /** What is typed into a terminal, each after the text that it answers to appears. Without it there is no terminal. */
  readonly keys?: readonly Keys[]
}

export interface Keys {
  readonly after: RegExp
  readonly type: string
}

export interface Client {
  readonly name: string
  /** Pinned; the version of the first one is that of the client. */
  readonly packages: readonly string[]
  /** Whether the packages are of PyPI. */
  readonly isPython?: boolean
  /** Files below the home directory. */
  readonly files?: (place: Place) => Readonly<Record<string, unknown>>
  readonly env?: (place: Place) => Readonly<Record<string, string>>
  /** Whether the URL that it prints is opened, because it opens none itself, or only with the programs of a desktop. */
  readonly printsUrl?: boolean
  readonly logIn?: (place: Place) => readonly Command[]
  /** A library, whose login ends with its program. */
  readonly isLibrary?: boolean
  /** All steps in one session, or one command for each step. */
  readonly session?: (place: Place) => Command
  readonly call?: (place: Place, tool: string, args: object) => Command
}

const ENTER = '\r'

export const CLIENTS: readonly Client[] = [
  {
    name: 'Codex CLI',
    packages: ['@openai/codex@0.171.0'],
    files: ({ mcpUrl, controlUrl }) => ({
      '.codex/config.toml': `
model = "model"
model_provider = "local"
mcp_oauth_credentials_store = "file"
[model_providers.local]
name = "local"
base_url = "${controlUrl}/v1"
wire_api = "responses"
[mcp_servers.notes]
url = "${mcpUrl}"
`,
    }),
    logIn: ({ bin }) => [{ argv: [`${bin}/codex`, 'mcp', 'login', 'notes'] }],
    session: ({ bin }) => ({
      argv: [
        `${bin}/codex`,
        'exec',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        'Go.',
      ],
    }),
  },
  {
    name: 'opencode',
    packages: ['opencode-ai@1.18.33'],
    files: ({ mcpUrl, controlUrl }) => ({
      'opencode.json': {
        model: 'local/model',
        autoupdate: false,
        mcp: { notes: { type: 'remote', url: mcpUrl } },
        provider: {
          local: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${controlUrl}/v1`, apiKey: 'none' },
            models: { model: { name: 'model', tool_call: true } },
          },
        },
      },
    }),
    logIn: ({ modules }) => [
      { argv: [`${modules}/opencode-linux-x64/bin/opencode`, 'mcp', 'auth', 'notes'], keys: [] },
    ],
    session: ({ modules }) => ({
      argv: [`${modules}/opencode-linux-x64/bin/opencode`, 'run', 'Go.'],
    }),
  },
  {
    name: 'Claude Code',
    packages: ['@anthropic-ai/claude-code@2.1.332'],
    files: ({ mcpUrl }) => ({
      '.claude.json': {
        hasCompletedOnboarding: true,
        mcpServers: { notes: { type: 'http', url: mcpUrl } },
      },
    }),
    env: ({ controlUrl }) => ({
      ANTHROPIC_BASE_URL: controlUrl,
      ANTHROPIC_API_KEY: 'none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      // Otherwise the model has to search for its tools.
      ENABLE_TOOL_SEARCH: 'false',
      MCP_CONNECTION_NONBLOCKING: 'false',
      IS_SANDBOX: '1',
    }),
    logIn: ({ modules }) => [
      {
        argv: [`${modules}/@anthropic-ai/claude-code-linux-x64/claude`, 'mcp', 'login', 'notes'],
        keys: [],
      },
    ],
    session: ({ modules }) => ({
      argv: [
        `${modules}/@anthropic-ai/claude-code-linux-x64/claude`,
        '-p',
        'Go.',
        '--allowedTools',
        'mcp__notes',
      ],
    }),
  },
  {
    name: 'Copilot CLI',
    packages: ['@github/copilot@1.0.102'],
    files: ({ mcpUrl }) => ({
      '.copilot/mcp-config.json': {
        mcpServers: { notes: { type: 'http', url: mcpUrl, tools: ['*'] } },
      },
    }),
    env: ({ controlUrl }) => ({
      COPILOT_OFFLINE: 'true',
      COPILOT_ALLOW_ALL: 'true',
      COPILOT_PROVIDER_BASE_URL: `${controlUrl}/v1`,
      COPILOT_PROVIDER_API_KEY: 'none',
      COPILOT_MODEL: 'model',
    }),
    // It opens the browser at its start. `-p` never logs in.
    logIn: ({ bin }) => [{ argv: [`${bin}/copilot`, '--no-auto-update'], keys: [] }],
    session: ({ bin }) => ({
      argv: [`${bin}/copilot`, '--no-auto-update', '--allow-all-tools', '-i', 'Go.'],
      keys: [],
    }),
  },
  {
    name: 'Gemini CLI',
    packages: ['@google/gemini-cli@0.61.0'],
    files: ({ mcpUrl }) => ({
      '.gemini/settings.json': {
        mcpServers: { notes: { httpUrl: mcpUrl, trust: true } },
        security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
        general: { disableAutoUpdate: true, enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
      },
    }),
    env: ({ controlUrl }) => ({
      GEMINI_API_KEY: 'none',
      GOOGLE_GEMINI_BASE_URL: controlUrl,
      GEMINI_FORCE_FILE_STORAGE: 'true',
    }),
    logIn: ({ bin }) => [
      {
        argv: [`${bin}/gemini`, '--skip-trust'],
        keys: [
          { after: /1 MCP server/, type: `/mcp auth notes${ENTER}` },
          { after: /Do you want to continue/, type: ENTER },
        ],
      },
    ],
    // Without a name it asks a model which model to use.
    session: ({ bin }) => ({
      argv: [`${bin}/gemini`, '--skip-trust', '-y', '-m', 'gemini-2.5-pro', '-p', 'Go.'],
    }),
  },
  {
    name: 'Qwen Code',
    packages: ['@qwen-code/qwen-code@0.24.4'],
    files: ({ mcpUrl }) => ({
      '.qwen/settings.json': {
        mcpServers: { notes: { httpUrl: mcpUrl, trust: true } },
        security: { auth: { selectedType: 'openai' }, folderTrust: { enabled: false } },
        general: { enableAutoUpdate: false },
        tools: { toolSearch: { enabled: false } },
        privacy: { usageStatisticsEnabled: false },
      },
    }),
    env: ({ controlUrl }) => ({
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: `${controlUrl}/v1`,
      OPENAI_MODEL: 'model',
    }),
    logIn: ({ bin }) => [
      {
        argv: [`${bin}/qwen`],
        keys: [{ after: /Type your message/, type: `/mcp${ENTER}` }],
      },
    ],
    session: ({ bin }) => ({ argv: [`${bin}/qwen`, '-y', '-p', 'Go.'] }),
  },
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

function documentOption(url: string | undefined): readonly string[] {
  return url === undefined ? [] : ['--client-metadata-url', url]
}

export function versionOf({ packages }: Client): string {
  return packages[0]?.replace(/^.+(?:@|==)/, '') ?? ''
}
