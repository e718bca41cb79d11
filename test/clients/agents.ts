/** Agents: programs that let a language model call the tools. Data only. */

import type { Client, Place } from './clients.ts'

const ENTER = '\r'

export const AGENTS: readonly Client[] = [
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
    files: (place) => ({ 'opencode.json': openCodeConfig(place) }),
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
    name: 'Kilo CLI',
    packages: ['@kilocode/cli@7.7.7'],
    files: (place) => ({ 'kilo.json': openCodeConfig(place) }),
    logIn: ({ modules }) => [
      { argv: [`${modules}/@kilocode/cli-linux-x64/bin/kilo`, 'mcp', 'auth', 'notes'], keys: [] },
    ],
    session: ({ modules }) => ({
      argv: [`${modules}/@kilocode/cli-linux-x64/bin/kilo`, 'run', '--auto', 'Go.'],
    }),
  },
  {
    name: 'Pi, `@earendil-works/pi-coding-agent`',
    packages: ['@earendil-works/pi-coding-agent@1.6.0'],
    files: ({ mcpUrl, controlUrl }) => ({
      '.pi/agent/mcp.json': { mcpServers: { notes: { url: mcpUrl, exposure: 'direct' } } },
      '.pi/agent/models.json': {
        providers: {
          local: {
            baseUrl: `${controlUrl}/v1`,
            api: 'openai-completions',
            apiKey: 'none',
            models: [{ id: 'model' }],
          },
        },
      },
    }),
    env: () => ({ PI_OFFLINE: '1', PI_TELEMETRY: '0' }),
    logIn: ({ bin }) => [{ argv: [`${bin}/pi`, 'mcp', 'login', 'notes'], keys: [] }],
    session: ({ bin }) => ({ argv: [`${bin}/pi`, '--model', 'local/model', '-p', 'Go.'] }),
  },
  {
    name: 'VS Code in code-server',
    packages: ['code-server@4.139.1', 'playwright-core@1.64.1'],
    installsBelow: ['code-server/lib/vscode'],
    session: ({ modules, mcpUrl }) => ({
      argv: [process.execPath, 'vscode.mjs', `${modules}/code-server/out/node/entry.js`, mcpUrl],
    }),
  },
]

/** Kilo is a fork of opencode, and reads the same members from a file of another name. */
function openCodeConfig({ mcpUrl, controlUrl }: Place): Readonly<Record<string, unknown>> {
  return {
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
  }
}
